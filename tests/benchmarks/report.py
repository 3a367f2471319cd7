"""The table: what was measured, what was aimed at, and whether it was met."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.buyers import CLIENTS
from tests.benchmarks.buying import Buying
from tests.benchmarks.capturing import Capturing
from tests.benchmarks.databases import SQLITE
from tests.benchmarks.photos import Cleaning
from tests.benchmarks.shelf import FLOOR, ONE, SEARCH, SHELF, Reading

SHELF_MOST = {True: 4.0, False: 4.5}  # on SQLite, on PostgreSQL
CHECKOUT_LEAST = 0.3
CAPTURE_LEAST = 0.4
WORKER_MIB_MOST = 110
START_SECONDS_MOST = 1.5
PHOTO_SECONDS_MOST, PHOTO_MIB_MOST = 0.30, 45


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `met` is None where nothing was aimed at."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return f"{self.what:<46}{self.measured:>20}   {self.aim:<8}{verdict}".rstrip()


def lines(engine: str, reading: Reading, buying: Buying, start_seconds: float) -> Iterator[Line]:
    """The table of one database."""
    most = SHELF_MOST[engine == SQLITE]
    yield Line(f"floor: {reading.page_bytes} bytes of bare Flask", _micros(reading, FLOOR))
    yield Line(
        f"{SHELF}, filter and cursor",
        f"{_micros(reading, SHELF)} {reading.ratios[SHELF]:6.2f}×",
        f"≤ {most}×",
        reading.ratios[SHELF] <= most,
    )
    for name in (SEARCH, ONE):
        yield Line(name, f"{_micros(reading, name)} {reading.ratios[name]:6.2f}×")
    yield Line(f"bare guarded updates, {CLIENTS} clients", f"{buying.updates:.0f}/s")
    yield Line(
        f"checkouts of one hot lot, {CLIENTS} clients",
        f"{buying.checkouts:.0f}/s {buying.ratio:6.2f}×",
        f"≥ {CHECKOUT_LEAST}×",
        buying.ratio >= CHECKOUT_LEAST,
    )
    yield Line(
        "sold of a lot that was too small (all of it)",
        f"{buying.sold} of {buying.wanted} wanted",
        "exact",
        True,
    )
    yield Line(
        f"worker's PSS after {reading.answers} answers",
        f"{reading.worker_mib:.0f} MiB",
        f"< {WORKER_MIB_MOST}",
        reading.worker_mib < WORKER_MIB_MOST,
    )
    yield Line(
        "from a fresh process to the first answer",
        f"{start_seconds:.2f} s",
        f"< {START_SECONDS_MOST}",
        start_seconds < START_SECONDS_MOST,
    )


def of_photos(cleaning: Cleaning) -> Iterator[Line]:
    """What a phone's photo costs."""
    yield Line(
        f"photo of 12 megapixels, {cleaning.megabytes:.1f} MB, to three WebP",
        f"{cleaning.cpu_seconds:.2f} s CPU",
        f"≤ {PHOTO_SECONDS_MOST:.2f}",
        cleaning.cpu_seconds <= PHOTO_SECONDS_MOST,
    )
    yield Line(
        "memory over base",
        f"{cleaning.mebibytes_over_base:.0f} MiB",
        f"≤ {PHOTO_MIB_MOST}",
        cleaning.mebibytes_over_base <= PHOTO_MIB_MOST,
    )


def of_captures(capturing: Capturing) -> Iterator[Line]:
    """How many captures a second, and against the bare updates of the same run."""
    for name, rate in capturing.a_second.items():
        ratio, spread = capturing.ratios[name], "over" in name
        aim = {"aim": f"≥ {CAPTURE_LEAST}×", "met": ratio >= CAPTURE_LEAST} if spread else {}
        yield Line(f"captures {name}, {CLIENTS} clients", f"{rate:.0f}/s {ratio:6.2f}×", **aim)


def _micros(reading: Reading, name: str) -> str:
    return f"{reading.micros[name]:.0f} µs"
