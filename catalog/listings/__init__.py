"""Goods on the shelf: what a seller drafts, revises and sells from their lots."""

from catalog.listings.drafting import Goods, Piece, Revision, Window, draft, revise
from catalog.listings.stock import (
    Reason,
    add_lot,
    drawn,
    harvest,
    lots_of,
    require_promised,
    restock,
)
from market.quantity import SCALES
