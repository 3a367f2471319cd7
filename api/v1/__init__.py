"""The resources of /v1, a file for each kind of thing."""

from importlib import import_module

from flask import Blueprint

from api import media
from api.v1.resources import Resources

# In the order in which the API is described.
NAMES = (
    "baskets", "checkouts", "orders", "reviews", "refunds", "bank_statements", "hooks",
    "reports", "rates", "registers", "listings", "photos",
    "tiers", "harvests", "lots", "marks", "prices", "experiences", "stays", "options", "channels",
    "search", "sessions", "me", "organisations", "seller_money", "members", "bookings",
    "cooperative_members", "cases", "answering", "redemptions", "disruptions",
)  # fmt: skip
FILES = tuple(vars(import_module(f"{__name__}.{name}")) for name in NAMES)
BLUEPRINTS: tuple[Blueprint, ...] = (
    *(each for file in FILES for each in file.values() if isinstance(each, Resources)),
    media.blp,
)
