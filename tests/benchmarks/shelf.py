"""Reading: CPU of one answer, against bare Flask under the same server in the same minutes."""

import random
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple
from urllib.parse import quote, urlencode

import orjson

from api.simulation.facts import GOODS
from market.config import Settings
from tests.benchmarks import servers
from tests.benchmarks.servers import Server

PAGE = 20
ROUNDS = 3
FLOOR_REQUESTS, SHELF_REQUESTS = 2_000, 600
WARM_REQUESTS = 200
PAGES_DEEP = 6
QUERIES = ("dâu tây", "dau tay", "cà phê", "xà lách", "nuoc mam", "strawberries", "hồng", "da lat")

FLOOR, SHELF, SEARCH, ONE = "floor", "shelf page", "search page", "one listing"
Next = Callable[[], str]


class Reading(NamedTuple):
    """CPU microseconds per answer (medians over the rounds), and the worker's memory after."""

    micros: dict[str, float]
    ratios: dict[str, float]
    page_bytes: int
    answers: int
    worker_mib: float


def measure(settings: Settings, *, seed: int = 1) -> Reading:
    """Ask both servers in turn, round after round, always the same mixture of addresses."""
    chance = random.Random(seed)
    with servers.market(settings) as market:
        shelves, listings = _addresses(market)
        size = sum(len(market.get(path)) for path in shelves) // len(shelves)
        with servers.floor(size) as floor:
            routes = _routes(floor, market, shelves, listings, chance)
            for server, following, _ in routes.values():
                _spend(server, following, WARM_REQUESTS)
            rounds = [_round(routes) for _ in range(ROUNDS)]
            answers = 2 * len(shelves) + 3 * (WARM_REQUESTS + ROUNDS * SHELF_REQUESTS)
            return Reading(
                micros={name: median(each[name] for each in rounds) for name in routes},
                ratios={
                    name: median(each[name] / each[FLOOR] for each in rounds) for name in routes
                },
                page_bytes=size,
                answers=answers,
                worker_mib=market.worker_pss_mib(),
            )


def _addresses(market: Server) -> tuple[list[str], list[str]]:
    """Pages of every category, each with the cursors that lead deeper, and some listings."""
    shelves: list[str] = []
    listings: list[str] = []
    for category in sorted({facts.category for facts in GOODS}):
        for path, page in _pages(market, category):
            shelves.append(path)
            listings += [f"/v1/listings/{item['id']}" for item in page["items"]]
    return shelves, listings


def _pages(market: Server, category: str) -> Iterator[tuple[str, dict]]:
    query = {"category": category, "limit": str(PAGE)}
    for _ in range(PAGES_DEEP):
        path = f"/v1/listings?{urlencode(query)}"
        page = orjson.loads(market.get(path))
        if len(page["items"]) == PAGE:  # a short page would flatter us
            yield path, page
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def _routes(
    floor: Server,
    market: Server,
    shelves: Sequence[str],
    listings: Sequence[str],
    chance: random.Random,
) -> dict[str, tuple[Server, Next, int]]:
    searches = [f"/v1/search?q={quote(query)}&limit={PAGE}" for query in QUERIES]
    return {
        FLOOR: (floor, lambda: "/", FLOOR_REQUESTS),
        SHELF: (market, lambda: chance.choice(shelves), SHELF_REQUESTS),
        SEARCH: (market, lambda: chance.choice(searches), SHELF_REQUESTS),
        ONE: (market, lambda: chance.choice(listings), SHELF_REQUESTS),
    }


def _round(routes: dict[str, tuple[Server, Next, int]]) -> dict[str, float]:
    return {
        name: _spend(server, following, count)
        for name, (server, following, count) in routes.items()
    }


def _spend(server: Server, following: Next, count: int) -> float:
    """CPU microseconds that the server spends on one of so many answers."""
    before = server.cpu_seconds()
    for _ in range(count):
        server.get(following())
    return (server.cpu_seconds() - before) / count * 1e6
