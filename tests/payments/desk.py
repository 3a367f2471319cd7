"""What happens at the shipped Stripe besides payers: its desk, its faults, what it tells and how.

`told` is how often the notifications of a deed are sent: 0 loses them, 2 sends them twice.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from market.money import Money
from payments import stripe_hooks
from payments.fake_psp import intents
from payments.fake_psp.books import Body, Books, Refused, opened
from payments.fake_psp.payer import Delivery, due, signed
from tests.payments import faults
from tests.payments.faults import Fault


def happen(
    folder: Path, fault: Fault, *, times: int = 1, path: str = "/v1/", now: datetime
) -> None:
    """Let the next requests whose path holds this one go wrong; retries are requests too."""
    faults.goes_wrong(folder, fault, path, times, now)


def be_strict(folder: Path, *, strict: bool, now: datetime) -> None:
    """Refuse refunds above what was captured and during disputes, or (lax) let them pass."""
    faults.end(folder, now, lax=True)
    if not strict:
        faults.goes_wrong(folder, faults.LAX, "", 1, now)


def close_dispute(folder: Path, name: str, *, won: bool, told: int = 1, now: datetime) -> None:
    """The bank decides for the market (won) or for the payer; won money comes without the fee."""
    with opened(folder, now, told=told) as books:
        decided = books.get(name, "dispute")
        if decided["status"] != "needs_response":
            raise Refused("dispute_unexpected_state")
        books.keep(decided, status="won" if won else "lost")
        if won:
            books.move("dispute_reversal", decided["amount"], decided, type="adjustment")
        books.tell("charge.dispute.closed", decided)


def refund_by_hand(
    folder: Path, reference: str, *, amount: Money, told: int = 1, now: datetime
) -> str:
    """Give money back in the dashboard, without the market; the refund's reference."""
    with opened(folder, now, told=told) as books:
        asked = {"payment_intent": reference, "amount": str(amount.minor)}
        return str(intents.refund(books, "", asked)["id"])


def finish_refund(folder: Path, name: str, *, failed: bool, told: int = 1, now: datetime) -> None:
    """Let a pending refund arrive, or let one fail, even one that had succeeded."""
    with opened(folder, now, told=told) as books:
        back = books.get(name, "refund")
        if back["status"] == "failed" or (back["status"] == "succeeded" and not failed):
            raise Refused("refund_unexpected_state")
        if failed:
            _fail(books, back)
        else:
            books.keep(back, status="succeeded")
        books.tell("refund.updated", back)


def pay_out(folder: Path, amount: Money, *, told: int = 1, now: datetime) -> str:
    """Send that much of the balance to the market's bank account; the payout's reference."""
    facts: dict[str, Any] = {"amount": amount.minor, "currency": amount.currency.lower()}
    with opened(folder, now, told=told) as books:
        sent = books.new("payout", status="paid", **facts)
        books.move("payout", -amount.minor, sent)
        books.tell("payout.paid", sent)
        return str(sent["id"])


def deliveries(
    folder: Path, *, secret: str = stripe_hooks.DEMO_SECRET, now: datetime
) -> list[Delivery]:
    """Take all notifications that are due, in their order."""
    with opened(folder, now) as books:
        taken = due(books)
        numbers = [(number,) for number, _ in taken]
        books.file.executemany("DELETE FROM notification WHERE number = ?", numbers)
        return [signed(books, event_id, secret) for _, event_id in taken]


def repeat(folder: Path, *, now: datetime) -> None:
    """Send all that wait once more, after the first time."""
    with opened(folder, now) as books:
        asked = "SELECT event_id FROM notification ORDER BY place"
        for (event_id,) in books.file.execute(asked).fetchall():
            books.notify(event_id)


def reorder(folder: Path, *, now: datetime) -> None:
    """Turn the order of all that wait round."""
    with opened(folder, now) as books:
        books.file.execute("UPDATE notification SET place = -place")


def delay(folder: Path, by: timedelta, *, now: datetime) -> None:
    """Let all that wait come later."""
    with opened(folder, now) as books:
        books.file.execute("UPDATE notification SET due = due + ?", (by.total_seconds(),))


def _fail(books: Books, back: Body) -> None:
    """The money is in the balance again, and of the charge as if it had never been given back."""
    moved, reason = books.move("refund_failure", back["amount"], back), "expired_or_canceled_card"
    books.keep(back, status="failed", failure_reason=reason, failure_balance_transaction=moved)
    charge = books.get(back["charge"], "charge")
    books.keep(charge, amount_refunded=charge["amount_refunded"] - back["amount"])
    books.tell("refund.failed", back)
