"""The units goods are sold in (UN/CEFACT Recommendation 20 and 21), each counted to its scale."""

from collections.abc import Mapping

from market.errors import MarketError

# Weights and volumes to the gram and the millilitre; what is counted is whole.
SCALES: Mapping[str, int] = (
    {"KGM": 3, "TNE": 3, "LTR": 3}
    | dict.fromkeys(
        ("GRM", "MLT", "C62", "H87", "DZN", "PR", "SET", "BX", "CT", "CR", "BK", "BG", "PA", "BE"),
        0,
    )
    | {"BO": 0, "JR": 0}
)


class UnknownUnit(MarketError):
    """Not a unit that goods are sold in here, or not to that scale; facts: `unit` and `scale`."""

    code = "unit.unknown"


class Steps(MarketError):
    """Sold from a minimum in increments, and the one is a multiple of the other."""

    code = "listing.steps"


def require_unit(unit: str, scale: int) -> None:
    """Refuse a unit that nobody could be shown, or one finer than it is weighed."""
    if unit not in SCALES or not 0 <= scale <= SCALES[unit]:
        raise UnknownUnit(unit=unit, scale=scale)


def require_steps(*, increment: int, minimum: int) -> None:
    """Refuse a minimum that is not a whole number of increments."""
    if increment < 1 or minimum < increment or minimum % increment:
        raise Steps(increment=increment, minimum=minimum)
