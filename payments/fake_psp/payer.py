"""What others than the market do at the shipped Stripe: payers, their banks, the dashboard.

`told` is how often the notifications of a deed are sent: 0 loses them, 2 sends them twice. They
come signed, and again until they are taken or lost. Each verb raises Refused where Stripe would
not let it happen.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

from payments import stripe_hooks
from payments.fake_psp import intents
from payments.fake_psp.books import Books, opened

# Stripe's test cards, as https://docs.stripe.com/testing has them.
GOOD = "4242424242424242"
DECLINED = "4000000000000002"
POOR = "4000000000009995"
SECURED = "4000002500003155"  # asks for 3-D Secure
REFUNDS_PENDING = "4000000000007726"


def pay(folder: Path, reference: str, *, card: str = GOOD, told: int = 1, now: datetime) -> str:
    """Confirm the PaymentIntent with a card; its status then."""
    with opened(folder, now, told=told) as books:
        return str(intents.confirm(books, reference, card)["status"])


def authenticate(
    folder: Path, reference: str, *, passed: bool, told: int = 1, now: datetime
) -> str:
    """Pass or fail the 3-D Secure that the card asked for; the PaymentIntent's status then."""
    with opened(folder, now, told=told) as books:
        intent = intents.expect(books, reference, "requires_action")
        if passed:
            intents.pay(books, intent, intent["payment_method"])
        else:
            intents.decline(books, intent, "payment_intent_authentication_failure")
        return str(intent["status"])


def dispute(folder: Path, reference: str, *, told: int = 1, now: datetime) -> str:
    """Have one's bank ask the payment back; the dispute's reference."""
    with opened(folder, now, told=told) as books:
        return str(intents.dispute(books, reference)["id"])


WAIT_SECONDS = 5  # for an answer
RETRY = timedelta(seconds=30)


class Delivery(NamedTuple):
    """One notification as it is POSTed, signed at that moment."""

    headers: dict[str, str]
    body: bytes


def deliver(folder: Path, *, public_url: str, now: datetime) -> int:
    """POST what is due to the market's hook; how many it took. The others come again later."""
    with opened(folder, now) as books:
        told = [(number, signed(books, event_id)) for number, event_id in due(books)]
    url = f"{public_url.rstrip('/')}/v1/hooks/stripe"
    taken = [number for number, each in told if _is_taken(each, url)]
    with opened(folder, now) as books:
        later = (now + RETRY).timestamp()
        for number, _ in told:
            books.file.execute("UPDATE notification SET due = ? WHERE number = ?", (later, number))
        numbers = [(number,) for number in taken]
        books.file.executemany("DELETE FROM notification WHERE number = ?", numbers)
    return len(taken)


def lose(folder: Path, *, now: datetime) -> None:
    """Drop all notifications that wait."""
    with opened(folder, now) as books:
        books.file.execute("DELETE FROM notification")


def due(books: Books) -> list[tuple[int, str]]:
    """What is to be told now, in its order: the numbers of notifications, and their events."""
    now, asked = books.now.timestamp(), "SELECT number, event_id FROM notification"
    return books.file.execute(f"{asked} WHERE due <= ? ORDER BY place", (now,)).fetchall()


def signed(books: Books, event_id: str, secret: str = stripe_hooks.DEMO_SECRET) -> Delivery:
    """The event as it is told now."""
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
