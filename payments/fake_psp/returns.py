"""Money that leaves the shipped Stripe again: refunds, disputes, transfers, payouts."""

from payments.fake_psp import faults
from payments.fake_psp.books import Body, Books, Refused, whole
from payments.fake_psp.intents import AMOUNT_MAX, expect, of

DISPUTE_FEE = 350_000
ANSWER_SECONDS = 7 * 24 * 3600
REFUNDS_PENDING = "7726"  # the last four of a card whose refunds take their time


def refund(books: Books, _: str, asked: Body) -> Body:
    """Give money back; more than there is only where nobody is strict."""
    intent = expect(books, asked["payment_intent"], "succeeded")
    charge = books.get(intent["latest_charge"], "charge")
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = whole(asked, "amount", most=AMOUNT_MAX, otherwise=left or charge["amount_captured"])
    if not faults.is_lax(books):
        _require_refundable(books, intent, amount, left)
    slow = charge["payment_method_details"]["card"]["last4"] == REFUNDS_PENDING
    facts: Body = {"charge": charge["id"], "amount": amount, "reason": asked.get("reason")}
    facts |= {"status": "pending" if slow else "succeeded", "metadata": asked.get("metadata", {})}
    facts |= {"balance_transaction": None, "failure_reason": None}
    back = books.new("refund", **of(intent), **facts)
    books.keep(back, balance_transaction=books.move("refund", -amount, back))
    _count(books, charge, amount)
    books.tell("refund.created", back)
    books.tell("charge.refunded", charge)
    return back


def finish(books: Books, name: str, *, failed: bool) -> Body:
    """The payer's bank takes a refund, or sends it back to the balance, even late."""
    back = books.get(name, "refund")
    if back["status"] == "failed" or (back["status"] == "succeeded" and not failed):
        raise Refused("refund_unexpected_state")
    if failed:
        moved = books.move("refund_failure", back["amount"], back)
        reason = "expired_or_canceled_card"
        books.keep(back, status="failed", failure_reason=reason, failure_balance_transaction=moved)
        _count(books, books.get(back["charge"], "charge"), -back["amount"])
        books.tell("refund.failed", back)
    else:
        books.keep(back, status="succeeded")
    books.tell("refund.updated", back)
    return back


def dispute(books: Books, reference: str) -> Body:
    """The payer's bank takes back what was not refunded, and a fee."""
    intent = expect(books, reference, "succeeded")
    charge = books.get(intent["latest_charge"], "charge")
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or amount <= 0:
        raise Refused("charge_disputed" if charge["disputed"] else "charge_already_refunded")
    due = {"due_by": books.stamp + ANSWER_SECONDS}
    facts: Body = {"status": "needs_response", "reason": "fraudulent", "evidence_details": due}
    opened = books.new("dispute", **of(intent), charge=charge["id"], amount=amount, **facts)
    books.move("dispute", -amount, opened, fee=DISPUTE_FEE, type="adjustment")
    books.keep(charge, disputed=True)
    books.tell("charge.dispute.created", opened)
    return opened


def close(books: Books, name: str, *, won: bool) -> Body:
    """The bank decides; what was won comes back, but for the fee."""
    decided = books.get(name, "dispute")
    if decided["status"] != "needs_response":
        raise Refused("dispute_unexpected_state")
    books.keep(decided, status="won" if won else "lost")
    if won:
        books.move("dispute_reversal", decided["amount"], decided, type="adjustment")
    books.tell("charge.dispute.closed", decided)
    return decided


def transfer(books: Books, _: str, asked: Body) -> Body:
    """Pass a part of a charge on; never more than it brought."""
    charge = books.get(asked["source_transaction"], "charge")
    passed = sum(each["amount"] for each in books.every("transfer", owner=charge["id"]))
    amount = whole(asked, "amount", most=charge["amount_captured"] - passed)
    facts: Body = {name: asked[name] for name in ("currency", "destination", "source_transaction")}
    facts |= {"amount": amount, "amount_reversed": 0, "metadata": asked.get("metadata", {})}
    facts |= {"transfer_group": asked.get("transfer_group")}
    made = books.new("transfer", owner=charge["id"], **facts)
    books.move("transfer", -amount, made)
    books.tell("transfer.created", made)
    return made


def reverse(books: Books, name: str, asked: Body) -> Body:
    """Take a transfer back, in whole or in part."""
    made = books.get(name, "transfer")
    left = made["amount"] - made["amount_reversed"]
    amount = whole(asked, "amount", most=left, otherwise=left)
    facts = {"transfer": name, "amount": amount, "currency": made["currency"]}
    back = books.new("transfer_reversal", owner=name, metadata=asked.get("metadata", {}), **facts)
    books.move("transfer_reversal", amount, back, type="transfer_refund")
    books.keep(made, amount_reversed=made["amount_reversed"] + amount)
    books.tell("transfer.reversed", made)
    return back


def pay_out(books: Books, amount: int, currency: str) -> Body:
    """Send that much of the balance to the bank account of whoever has it."""
    sent = books.new("payout", amount=amount, currency=currency, status="paid")
    books.move("payout", -amount, sent)
    books.tell("payout.paid", sent)
    return sent


def _require_refundable(books: Books, intent: Body, amount: int, left: int) -> None:
    disputes = books.every("dispute", owner=intent["id"])
    if any(each["status"] != "won" for each in disputes):
        raise Refused("charge_disputed")
    if amount > left:
        raise Refused("amount_too_large" if left else "charge_already_refunded", param="amount")


def _count(books: Books, charge: Body, amount: int) -> None:
    books.keep(charge, amount_refunded=charge["amount_refunded"] + amount)
