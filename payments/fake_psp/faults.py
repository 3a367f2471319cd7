"""What goes wrong at the shipped Stripe, for as many requests as asked for."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from payments.fake_psp.books import Books, opened

LAX = "lax"


class Fault(StrEnum):
    """What becomes of a request."""

    ANSWER_LOST = "answer-lost"  # done, but nobody hears of it
    NEVER_ARRIVED = "never-arrived"
    BROKEN = "broken"  # 500, and again 500 for the same key, as Stripe keeps it
    AWAY = "away"  # 503
    TOO_MANY = "too-many"  # 429
    BUSY = "busy"  # 409, as while a request with the same key is being worked on


UNTOUCHED = {Fault.NEVER_ARRIVED: 0, Fault.AWAY: 503, Fault.TOO_MANY: 429, Fault.BUSY: 409}
UNANSWERED = frozenset({Fault.NEVER_ARRIVED, Fault.ANSWER_LOST})


def happen(
    folder: Path, fault: Fault, *, times: int = 1, path: str = "/v1/", now: datetime
) -> None:
    """Let the next requests whose path holds this one go wrong; retries are requests too."""
    with opened(folder, now) as books:
        _add(books, fault, path, times)


def be_strict(folder: Path, *, strict: bool, now: datetime) -> None:
    """Refuse refunds above what was captured and during disputes, or (lax) let them pass."""
    with opened(folder, now) as books:
        books.file.execute("DELETE FROM fault WHERE name = ?", (LAX,))
        if not strict:
            _add(books, LAX, "", 1)


def is_lax(books: Books) -> bool:
    """Whether refunds pass unchecked."""
    return bool(books.file.execute("SELECT 1 FROM fault WHERE name = ?", (LAX,)).fetchone())


def next_for(books: Books, path: str) -> Fault | None:
    """The fault that is this request's, and one less of it."""
    row = books.file.execute(
        "SELECT number, name FROM fault WHERE times > 0 AND name <> ? AND instr(?, path)"
        " ORDER BY number LIMIT 1",
        (LAX, path),
    ).fetchone()
    if row is None:
        return None
    books.file.execute("UPDATE fault SET times = times - 1 WHERE number = ?", row[:1])
    return Fault(row[1])


def _add(books: Books, name: str, path: str, times: int) -> None:
    row = (name, path, times)
    books.file.execute("INSERT INTO fault (name, path, times) VALUES (?, ?, ?)", row)
