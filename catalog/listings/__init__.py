"""Goods on the shelf: what a seller drafts, revises and sells from their lots."""

from catalog.listings.drafting import Goods, Revision, Steps, Window, WindowBackwards, draft, revise
from catalog.listings.stock import LotDiffers, LotStock, Reason, add_lot, harvest, lots_of, restock
from market.units import SCALES, UnknownUnit
