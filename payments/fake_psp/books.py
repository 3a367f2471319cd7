"""Where the shipped Stripe keeps objects, answers and notifications; how it says no."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from market import secret, tables


@dataclass(eq=False)
class Refused(Exception):
    """A no with Stripe's own code; it is kept for the key that it was asked with."""

    code: str
    status: int = 400
    kind: str = "invalid_request_error"
    param: str | None = None
    kept: ClassVar[bool] = True

    @property
    def body(self) -> dict[str, Any]:
        """The no as Stripe's API words it."""
        error = {"type": self.kind, "code": self.code, "message": self.code, "param": self.param}
        return {"error": {name: value for name, value in error.items() if value is not None}}


class Unfit(Refused):
    """The request itself is wrong, so nothing was begun and nothing is kept for its key."""

    kept: ClassVar[bool] = False


Body = dict[str, Any]
WORDS = tables.words("payments", "stripe.json")
PREFIXES: dict[str, str] = WORDS["prefixes"]
FILE = "fake_stripe.db"
TABLES = tables.text("payments", "fake_stripe.sql")
CONDITIONS: dict[str, str] = WORDS["conditions"]  # that a list can be narrowed by
PAGE_MAX = 100
PAGE = 10  # of Stripe, where none is asked for


@contextmanager
def opened(folder: Path, now: datetime, *, told: int = 1) -> Iterator["Books"]:
    """The books for one deed, alone; each event is told so many times."""
    with alone(folder / FILE, TABLES) as file:
        yield Books(file, now, told)


@contextmanager
def alone(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """A file with these tables, for one deed that nobody else disturbs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        file.executescript(tables)
        file.execute("PRAGMA synchronous = OFF")  # a play; a power cut may end it
        file.execute("BEGIN IMMEDIATE")
        with file:
            yield file
    finally:
        file.close()


class Books(NamedTuple):
    """The open file, the moment, and how many times events are told."""

    file: sqlite3.Connection
    now: datetime
    told: int

    @property
    def stamp(self) -> int:
        """The moment as Stripe writes it."""
        return int(self.now.timestamp())

    def new(self, kind: str, *, owner: str | None = None, **facts: Any) -> Body:
        """Make an object; `owner` is the object whose lists it is in."""
        name = f"{PREFIXES[kind]}_{secret(18).replace('-', 'A').replace('_', 'B')}"
        body = {"id": name, "object": kind, "created": self.stamp, **facts}
        self.file.execute(
            "INSERT INTO object (id, kind, owner, created, body) VALUES (?, ?, ?, ?, ?)",
            (name, kind, owner, self.stamp, json.dumps(body)),
        )
        return body

    def keep(self, body: Body, **changes: Any) -> None:
        """Change an object."""
        body |= changes
        changed = (json.dumps(body), body["id"])
        self.file.execute("UPDATE object SET body = ? WHERE id = ?", changed)

    def get(self, name: str, kind: str | None = None) -> Body:
        """The object, of that kind if one is said; raises Unfit."""
        row = self.file.execute(
            "SELECT body FROM object WHERE id = ? AND kind = coalesce(?, kind)", (name, kind)
        ).fetchone()
        if row is None:
            raise Unfit("resource_missing", status=404)
        return json.loads(row[0])  # type: ignore[no-any-return]

    def page(self, kind: str, asked: Body) -> Body:
        """The newest objects of a kind that are as asked, as Stripe lists them."""
        limit, since = whole(asked, "limit", most=PAGE_MAX, otherwise=PAGE), asked.get("created")
        where = ["kind = :kind", *(CONDITIONS[name] for name in CONDITIONS if name in asked)]
        rows = self.file.execute(
            f"SELECT body FROM object WHERE {' AND '.join(where)}"
            f" ORDER BY number DESC LIMIT {limit + 1}",
            {**asked, "kind": kind, "since": since and int(since["gte"])},
        ).fetchall()
        found = [json.loads(body) for (body,) in rows[:limit]]
        url = f"/v1/{kind}s"
        return {"object": "list", "data": found, "has_more": len(rows) > limit, "url": url}

    def tell(self, name: str, body: Body) -> None:
        """An event with the object as it is now, and its notifications."""
        event = self.new("event", type=name, data={"object": body})
        for _ in range(self.told):
            self.notify(event["id"])

    def notify(self, event_id: str) -> None:
        """One more notification of the event, after those that wait."""
        self.file.execute(
            "INSERT INTO notification (place, event_id, due)"
            " SELECT coalesce(max(place), 0) + 1, ?, ? FROM notification",
            (event_id, self.now.timestamp()),
        )

    def move(self, kind: str, amount: int, source: Body, *, fee: int = 0, **facts: Any) -> str:
        """Change the balance, `kind` being the reporting category; the movement's name."""
        what = {"type": kind, "reporting_category": kind, "status": "available"} | facts
        sums: Body = {"amount": amount, "fee": fee, "net": amount - fee}
        whose = {"currency": source["currency"], "source": source["id"]}
        return str(self.new("balance_transaction", **what, **sums, **whose)["id"])


def whole(asked: Body, name: str, *, most: int, otherwise: int | None = None) -> int:
    """A parameter that is an amount above zero; raises Refused, Unfit."""
    text = str(asked.get(name, otherwise))
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise Unfit("parameter_invalid_integer", param=name)
    if int(text) > most:
        raise Refused("amount_too_large", param=name)
    return int(text)
