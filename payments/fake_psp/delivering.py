"""Notifications of the shipped Stripe: signed, and lost, repeated, reordered or late at will."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from payments import stripe_hooks
from payments.fake_psp.books import Books, opened

WAIT_SECONDS = 5  # for an answer
RETRY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification as it is POSTed, signed at that moment."""

    headers: dict[str, str]
    body: bytes


def deliveries(
    folder: Path, *, secret: str = stripe_hooks.DEMO_SECRET, now: datetime
) -> list[Delivery]:
    """Take all notifications that are due, in their order."""
    with opened(folder, now) as books:
        due = _due(books)
        numbers = [(number,) for number, _ in due]
        books.file.executemany("DELETE FROM notification WHERE number = ?", numbers)
        return [_signed(books, event_id, secret) for _, event_id in due]


def deliver(
    folder: Path, *, public_url: str, secret: str = stripe_hooks.DEMO_SECRET, now: datetime
) -> int:
    """POST what is due to the market's hook; how many it took. The others come again later."""
    with opened(folder, now) as books:
        due = [(number, _signed(books, event_id, secret)) for number, event_id in _due(books)]
    url = f"{public_url.rstrip('/')}/v1/hooks/stripe"
    taken = [number for number, each in due if _is_taken(each, url)]
    with opened(folder, now) as books:
        later = (now + RETRY).timestamp()
        for number, _ in due:
            books.file.execute("UPDATE notification SET due = ? WHERE number = ?", (later, number))
        numbers = [(number,) for number in taken]
        books.file.executemany("DELETE FROM notification WHERE number = ?", numbers)
    return len(taken)


def lose(folder: Path, *, now: datetime) -> None:
    """Drop all notifications that wait."""
    with opened(folder, now) as books:
        books.file.execute("DELETE FROM notification")


def repeat(folder: Path, *, now: datetime) -> None:
    """Send all that wait once more, after the first time."""
    with opened(folder, now) as books:
        for _, event_id in _due(books, late=True):
            books.notify(event_id)


def reorder(folder: Path, *, now: datetime) -> None:
    """Turn the order of all that wait round."""
    with opened(folder, now) as books:
        books.file.execute("UPDATE notification SET place = -place")


def delay(folder: Path, by: timedelta, *, now: datetime) -> None:
    """Let all that wait come later."""
    with opened(folder, now) as books:
        books.file.execute("UPDATE notification SET due = due + ?", (by.total_seconds(),))


def _due(books: Books, *, late: bool = False) -> list[tuple[int, str]]:
    return books.file.execute(
        "SELECT number, event_id FROM notification WHERE due <= ? OR ? ORDER BY place",
        (books.now.timestamp(), late),
    ).fetchall()


def _signed(books: Books, event_id: str, secret: str) -> Delivery:
    body = json.dumps(books.get(event_id), indent=2).encode()  # Stripe writes it over many lines
    stamp = str(books.stamp)
    signature = stripe_hooks.signature(body, secret=secret, stamp=stamp)
    headers = {"Stripe-Signature": f"t={stamp},v1={signature}", "Content-Type": "application/json"}
    return Delivery(headers, body)


def _is_taken(delivery: Delivery, url: str) -> bool:
    request = Request(url, delivery.body, delivery.headers)  # noqa: S310  the market's own address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=WAIT_SECONDS):
            return True
    except OSError:  # no connection, no answer, or another than 2xx
        return False
