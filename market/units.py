"""The units goods are sold in (UN/CEFACT Recommendations 20 and 21), each counted to its scale."""

from collections.abc import Mapping

from market.errors import MarketError

_COUNTED = "GRM MLT C62 H87 DZN PR SET BX CT CR BK BG PA BE BO JR"
# Weights and volumes to the gram and the millilitre; what is counted is whole.
SCALES: Mapping[str, int] = {"KGM": 3, "TNE": 3, "LTR": 3} | dict.fromkeys(_COUNTED.split(), 0)


class UnknownUnit(MarketError):
    """Not a unit that goods are sold in here, or not to that scale; facts: `unit` and `scale`."""

    code = "unit.unknown"


def require_unit(unit: str, scale: int) -> None:
    """Refuse a unit that nobody could be shown, or one finer than it is weighed."""
    if unit not in SCALES or not 0 <= scale <= SCALES[unit]:
        raise UnknownUnit(unit=unit, scale=scale)
