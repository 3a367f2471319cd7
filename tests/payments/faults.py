"""What goes wrong at the shipped Stripe, where a test wants it to.

Faults wait in a table of the shipped Stripe's own file, so they end with its folder.
"""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

import stripe

from payments.fake_psp import answering, intents
from payments.fake_psp.answering import Answer
from payments.fake_psp.books import Body, Books, Refused, opened

LAX = "lax"
TABLE = """
CREATE TABLE IF NOT EXISTS fault (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, times INTEGER NOT NULL)
"""


class Fault(StrEnum):
    """What becomes of a request that goes wrong."""

    ANSWER_LOST = "answer-lost"  # done, but nobody hears of it
    NEVER_ARRIVED = "never-arrived"
    BROKEN = "broken"  # 500, and again 500 for the same key, as Stripe keeps it
    AWAY = "away"  # 503
    TOO_MANY = "too-many"  # 429
    BUSY = "busy"  # 409, as while a request with the same key is being worked on


STATUS = {
    Fault.AWAY: HTTPStatus.SERVICE_UNAVAILABLE,
    Fault.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Fault.BUSY: HTTPStatus.CONFLICT,
}


def goes_wrong(folder: Path, name: str, path: str, times: int, now: datetime) -> None:
    """Let the next requests whose path holds this one go wrong."""
    with opened(folder, now) as books:
        books.file.execute(TABLE)
        row = (name, path, times)
        books.file.execute("INSERT INTO fault (name, path, times) VALUES (?, ?, ?)", row)


def end(folder: Path, now: datetime, *, lax: bool) -> None:
    """Nothing goes wrong any more; or refunds are checked again."""
    with opened(folder, now) as books:
        books.file.execute(TABLE)
        books.file.execute("DELETE FROM fault WHERE (name = ?) = ?", (LAX, lax))


def answer(folder: Path, *, now: datetime, **asked: Any) -> Answer:
    """The shipped Stripe's answer, or what the next fault makes of it."""
    where, _, query = asked["path"].partition("?")
    with opened(folder, now) as books:
        fault = _next(books, where)
        if fault in STATUS:
            refused = Refused(fault, status=STATUS[fault], kind="api_error")
            return answering.no(refused)
        if fault is Fault.BROKEN:
            key = asked["headers"].get("Idempotency-Key", "") if asked["method"] == "POST" else ""
            request = " ".join((asked["method"], where, query or asked["body"]))
            return answering.once(books, key, request, _break)
    untyped: Any = stripe.APIConnectionError
    if fault is Fault.NEVER_ARRIVED:
        raise untyped(fault, should_retry=True)
    answered = _answer(folder, now=now, **asked)
    if fault is Fault.ANSWER_LOST:
        raise untyped(fault, should_retry=True)
    return answered


def require_refundable(books: Books, intent: Body, amount: int, left: int) -> None:
    """As the shipped Stripe does, but where nobody is strict."""
    books.file.execute(TABLE)
    if not books.file.execute("SELECT 1 FROM fault WHERE name = ?", (LAX,)).fetchone():
        _require_refundable(books, intent, amount, left)


def _next(books: Books, path: str) -> Fault | None:
    """The fault that is this request's, and one less of it."""
    books.file.execute(TABLE)
    row = books.file.execute(
        "UPDATE fault SET times = times - 1 WHERE number = (SELECT min(number) FROM fault"
        " WHERE times > 0 AND name <> ? AND instr(?, path)) RETURNING name",
        (LAX, path),
    ).fetchone()
    return Fault(row[0]) if row else None


def _break() -> Body:
    raise Refused("api_error", status=500, kind="api_error")


_answer, answering.answer = answering.answer, answer
_require_refundable, intents.require_refundable = intents.require_refundable, require_refundable
