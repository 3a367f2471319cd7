"""Search on a crowded shelf, as the market asks: by words of every kind, and with counts."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import select

from catalog import categories, search
from catalog.search import Filters, Search
from catalog.search.models import SearchTerm
from market import clock
from market.config import Settings
from market.db import Database
from tests.benchmarks.report import Line

ASKED = 400  # questions of each kind
LIMIT = 20
P99_MOST = {100_000: 12.0, 1_000_000: 25.0}  # milliseconds
APART = ("dâu tây phan rí cửa", "xà lách phú quý nước mắm", "mực khô cầu đất hữu cơ")
KINDS = {
    "common words": ("đà lạt", "vườn", "cà phê", "rau", "hái buổi sáng", "trái"),
    "without marks": ("da lat", "ca phe", "rau sach", "nuoc mam", "sau rieng", "dalat"),
    "absent words": ("xyzzy", "khôngcóđâu", "zzzqq dâu", "qwerty asdf"),
    "misspelt words": ("dau tayy", "caf phee", "nuoc mamm", "ddaf latj", "sau rienng"),
}
TYPED = ("c", "ca ph", "đà l", "sầu r", "d", "nuoc m", "vườn n", "khô")


def lines(settings: Settings, listings: int, *, seed: int = 1) -> Iterator[Line]:
    """The table of one database with so many listings."""
    chance = random.Random(seed)
    with closing(Database(settings)) as database:
        rare = _rare(database)
        for kind, queries in {**KINDS, "rare words": rare}.items():
            yield _line(kind, listings, _found(database, chance, queries))
        yield _line("words never met together", 0, _found(database, chance, APART), times=40)
        yield _line("last word completed", listings, _completed(database, chance))
        yield _line("shelf of a category with facets", listings, _shelves(database, chance))
        common = KINDS["common words"]
        yield _line("common words with facets", 0, _counted(database, chance, common), times=40)


def _line(kind: str, listings: int, ask: Callable[[], None], *, times: int = ASKED) -> Line:
    for _ in range(times // 10):
        ask()
    spent = sorted(_milliseconds(ask) for _ in range(times))
    p50, p95, p99 = (spent[int(times * part)] for part in (0.5, 0.95, 0.99))
    most = P99_MOST.get(listings)
    figures = f"{p50:.2f} / {p95:.2f} / {p99:.2f} ms"
    if most is None:
        return Line(kind, figures)
    return Line(kind, figures, f"≤ {most:.0f}", p99 <= most)


def _milliseconds(ask: Callable[[], None]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1_000


def _rare(database: Database) -> tuple[str, ...]:
    """Words that some ten offers have."""
    few = select(SearchTerm.term).where(SearchTerm.count.between(2, 20)).order_by(SearchTerm.term)
    with database.reading() as session:
        return tuple(session.scalars(few.limit(50)))


def _found(
    database: Database, chance: random.Random, queries: tuple[str, ...]
) -> Callable[[], None]:
    def ask() -> None:
        wanted = Search(query=chance.choice(queries))
        if not _page(database, wanted):
            with database.reading() as session:
                search.did_you_mean(session, query=wanted.query)

    return ask


def _page(database: Database, wanted: Search) -> list[Any]:
    with database.asking() as connection:
        return search.find(connection, wanted, lang="vi", after=None, limit=LIMIT, now=clock.now())


def _completed(database: Database, chance: random.Random) -> Callable[[], None]:
    def ask() -> None:
        with database.reading() as session:
            search.complete(session, query=chance.choice(TYPED))

    return ask


def _shelves(database: Database, chance: random.Random) -> Callable[[], None]:
    shelves = [each.code for each in categories.all()]

    def ask() -> None:
        wanted = Search(filters=Filters(category=chance.choice(shelves)))
        _page(database, wanted)
        _count(database, wanted)

    return ask


def _counted(
    database: Database, chance: random.Random, queries: tuple[str, ...]
) -> Callable[[], None]:
    return lambda: _count(database, Search(query=chance.choice(queries)))


def _count(database: Database, wanted: Search) -> None:
    with database.asking() as connection:
        search.counted(connection, wanted, today=clock.day_of(clock.now()))
