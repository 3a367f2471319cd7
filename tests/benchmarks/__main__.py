"""`make bench`: measure this machine; a missed aim is said, only an error ends with one."""

import sys
import time

from tests.benchmarks import buying, databases, report, shelf, starting
from tests.benchmarks.goods import LISTINGS


def main() -> None:
    """Every database in turn, each with its own floors."""
    began = time.monotonic()
    for engine in databases.available():
        _say(f"\n{engine}, {LISTINGS} listings (CPU of one answer; commits a second)\n")
        with databases.stocked(engine) as settings:
            reading = shelf.measure(settings)
            start_seconds = starting.measure(settings)
            for line in report.lines(engine, reading, buying.measure(settings), start_seconds):
                _say(f"  {line}\n")
    _say(f"\n{time.monotonic() - began:.0f} s in all\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
