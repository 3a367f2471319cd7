"""Written addresses: how many a second one core understands, in order and in a mess."""

import time
from collections.abc import Iterator, Sequence

from market import geography
from tests.benchmarks.report import Line
from tests.market.test_geography_oracle import WARDS, messy, one_slip

MILLISECONDS_MOST = 1
ROUNDS = 3


def lines() -> Iterator[Line]:
    """Old wards in full, the same with a slip of a finger, all messy forms, and the slowest."""
    every = [address for _, address, _ in messy()]
    sets = {
        "329 old wards in full": [ward.full_name for ward in WARDS],
        "the same with one slip": [one_slip(ward) for ward in WARDS],
        f"{len(every):,} messy forms of all places": every,
    }
    geography.resolve("a")  # builds the index
    for what, addresses in sets.items():
        each = min(_seconds(addresses) for _ in range(ROUNDS)) / len(addresses)
        yield _line(what, each)
    yield _line("the slowest of the messy ones", max(min(map(_one, [a] * ROUNDS)) for a in every))


def _line(what: str, seconds: float) -> Line:
    measured = f"{1 / seconds:,.0f}/s {seconds * 1000:6.2f} ms"
    return Line(what, measured, f"< {MILLISECONDS_MOST} ms", seconds * 1000 < MILLISECONDS_MOST)


def _one(address: str) -> float:
    return _seconds([address])


def _seconds(addresses: Sequence[str]) -> float:
    began = time.perf_counter()
    for address in addresses:
        geography.resolve(address)
    return time.perf_counter() - began
