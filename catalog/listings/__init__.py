"""Goods on the shelf: what a seller drafts, revises and sells from their lots."""

from catalog.listings.drafting import Goods, Piece, Revision, Window, draft, revise
from catalog.listings.stock import Reason, add_lot, harvest, lots_of, restock
from market.quantity import SCALES
