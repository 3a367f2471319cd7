"""Goods are sold from a minimum in whole increments."""

from market.errors import MarketError


class Steps(MarketError):
    """The minimum is not a whole number of increments; facts: `increment` and `minimum`."""

    code = "listing.steps"


def require_steps(*, increment: int, minimum: int) -> None:
    """Refuse a minimum that cannot be sold."""
    if increment < 1 or minimum < increment or minimum % increment:
        raise Steps(increment=increment, minimum=minimum)
