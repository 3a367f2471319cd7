"""The resources of /v1, one file each."""

from flask_smorest import Blueprint

from api.v1 import bank_statements, baskets, checkouts, orders, reports

BLUEPRINTS: tuple[Blueprint, ...] = (
    baskets.blp,
    checkouts.blp,
    orders.blp,
    bank_statements.blp,
    reports.blp,
)
