"""Quantities as integers of 10^-scale of a UN/CEFACT unit, sold in whole increments."""

from collections.abc import Mapping
from dataclasses import dataclass

from market.errors import MarketError
from market.money import Money, half_up

QUANTITY_MAX = 10**9
KILOGRAM, PIECE = "KGM", "H87"
_COUNTED = "GRM MLT C62 H87 DZN PR SET BX CT CR BK BG PA BE BO JR"
# Weights and volumes to the gram and the millilitre; what is counted is whole.
SCALES: Mapping[str, int] = {"KGM": 3, "TNE": 3, "LTR": 3} | dict.fromkeys(_COUNTED.split(), 0)


class OffIncrement(MarketError, code="quantity.off_increment"):
    """Nobody sells such a quantity; facts: `lower` and `upper`, the nearest two that are sold."""


class UnknownUnit(MarketError, code="unit.unknown"):
    """Not a unit that goods are sold in here, or not to that scale; facts: `unit` and `scale`."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` × 10^-`scale` of `unit` (UN/CEFACT Recommendation 20, such as KGM)."""

    value: int
    scale: int
    unit: str


def weight(grams: int) -> Quantity:
    """So many grams, as goods priced by the kilogram are counted."""
    return Quantity(grams, SCALES[KILOGRAM], KILOGRAM)


def cost(price: Money, quantity: Quantity) -> Money:
    """What the quantity costs at a price per whole unit, rounded half up, once."""
    return Money(half_up(price.minor * quantity.value, 10**quantity.scale), price.currency)


def require_step(quantity: Quantity, *, minimum: int, increment: int) -> None:
    """Refuse a quantity below the minimum or between two increments, naming the nearest two."""
    value = quantity.value
    if minimum <= value <= QUANTITY_MAX and value % increment == 0:
        return
    least = -(-minimum // increment) * increment
    greatest = QUANTITY_MAX // increment * increment
    lower = max(least, min(value // increment * increment, greatest))
    upper = min(lower + increment, greatest) if value > lower else lower
    near = {"asked": value, "lower": lower, "upper": upper}
    raise OffIncrement(**near, scale=quantity.scale, unit=quantity.unit)


def require_unit(unit: str, scale: int) -> None:
    """Refuse a unit that nobody could be shown, or one finer than it is weighed."""
    if unit not in SCALES or not 0 <= scale <= SCALES[unit]:
        raise UnknownUnit(unit=unit, scale=scale)
