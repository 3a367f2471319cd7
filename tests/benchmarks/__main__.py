"""`make bench`: measure this machine; a missed aim is said, only an error ends with one.

With a number, only search is measured, on a shelf of so many listings.
"""

import sys
import time
from collections.abc import Iterable
from functools import partial

from tests.benchmarks import (
    books,
    buying,
    capturing,
    comparing,
    crowd,
    databases,
    finding,
    holding,
    marking,
    photos,
    places,
    quoting,
    report,
    reselling,
    shelf,
    slipping,
    starting,
    visiting,
)
from tests.benchmarks.goods import LISTINGS

CROWD = 100_000


def main() -> None:
    """Every database in turn, each with its own floors."""
    began = time.monotonic()
    many = int(sys.argv[1]) if len(sys.argv) > 1 else None
    if many is None:
        _table("photos (median of fresh processes)", report.of_photos(photos.measure()))
        _table("written addresses, one core", places.lines())
        for engine in databases.available():
            _whole(engine)
            _money(engine)
    for engine in databases.available():
        _search(engine, many or CROWD)
    _say(f"\n{time.monotonic() - began:.0f} s in all\n")


def _whole(engine: str) -> None:
    with databases.stocked(engine) as settings:
        reading = shelf.measure(settings)
        start_seconds = starting.measure(settings)
        table = report.lines(engine, reading, buying.measure(settings), start_seconds)
        _table(f"{engine}, {LISTINGS} listings (CPU of one answer; commits a second)", table)


def _money(engine: str) -> None:
    with databases.stocked(engine, quoting.fill) as settings:
        _table(f"{engine}, quotes (p50 / p95 / p99)", quoting.lines(settings))
    with databases.stocked(engine, books.fill) as settings:
        _table(f"{engine}, a seller's books", books.lines(settings))
    with databases.stocked(engine, databases.nothing) as settings:
        table = [*report.of_captures(capturing.measure(settings)), *comparing.lines(settings)]
        table += slipping.lines(settings)
        _table(f"{engine}, money", table)
    with databases.stocked(engine, databases.nothing) as settings:
        table = [*visiting.lines(settings), *holding.lines(engine, settings)]
        _table(f"{engine}, bookings", table)
    with databases.stocked(engine, databases.nothing) as settings:
        _table(f"{engine}, resellers (CPU of one answer)", reselling.lines(settings))
    with databases.stocked(engine, marking.fill) as settings:
        _table(f"{engine}, a night of the marks", marking.lines(settings))


def _search(engine: str, many: int) -> None:
    with databases.stocked(engine, partial(crowd.fill, listings=many)) as settings:
        title = f"{engine}, {many:,} listings (p50 / p95 / p99 of one connection)"
        _table(title, finding.lines(settings, many))


def _table(title: str, lines: Iterable[object]) -> None:
    _say(f"\n{title}\n")
    for line in lines:
        _say(f"  {line}\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
