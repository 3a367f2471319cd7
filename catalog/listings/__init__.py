"""Goods on the shelf: what a seller drafts, revises and sells from their lots."""

from catalog.listings.drafting import Goods, Revision, Window, WindowBackwards, draft, revise
from catalog.listings.steps import Steps
from catalog.listings.stock import LotDiffers, LotStock, Reason, add_lot, harvest, lots_of, restock
from market.units import SCALES, UnknownUnit
