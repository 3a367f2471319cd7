"""Goods on the shelf: what a seller drafts, revises and sells from their lots."""

from catalog.listings.drafting import (
    PIECE_GRAMS_MAX,
    TOLERANCE_MAX,
    Goods,
    Piece,
    PieceWrong,
    Revision,
    Steps,
    Window,
    WindowBackwards,
    draft,
    revise,
)
from catalog.listings.stock import LotDiffers, LotStock, Reason, add_lot, harvest, lots_of, restock
from market.quantity import SCALES, UnknownUnit
