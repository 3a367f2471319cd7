"""Money as whole minor units with a currency; splitting loses nothing."""

from dataclasses import dataclass
from functools import total_ordering
from itertools import accumulate, pairwise

MINOR_MAX = 10**12  # one thousand billion đồng: above every honest price, far below int64


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (the đồng has none, so whole đồng) of an ISO 4217 currency."""

    minor: int
    currency: str = "VND"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is a whole number of minor units")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, *weights: int) -> list["Money"]:
        """Shares in proportion to the weights that always add up to the whole."""
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("weights are counts, at least one of them above zero")
        marks = [self.minor * done // whole for done in accumulate(weights, initial=0)]
        return [Money(until - since, self.currency) for since, until in pairwise(marks)]

    def part(self, basis_points: int) -> "Money":
        """A rate of hundredths of a per cent of the amount, half up."""
        return Money(half_up(self.minor * basis_points, 10_000), self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError("two currencies neither add up nor compare")
        return other.minor


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, halves away from zero."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
