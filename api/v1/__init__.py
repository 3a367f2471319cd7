"""The resources of /v1, one file each."""

from importlib import import_module

from flask import Blueprint

from api import media

# In the order in which the API is described.
NAMES = (
    "baskets", "checkouts", "orders", "refunds", "bank_statements", "hooks", "bank_hooks",
    "remittances", "reports", "statements", "rates", "categories", "languages", "places",
    "listings", "photos", "lots", "plots", "prices", "experiences", "search", "sign_in",
    "sessions", "me", "organisations", "seller_money", "members", "cooperative_members",
    "mandates", "cases", "notifications",
)  # fmt: skip
BLUEPRINTS: tuple[Blueprint, ...] = (
    *(import_module(f"{__name__}.{name}").blp for name in NAMES),
    media.blp,
)
