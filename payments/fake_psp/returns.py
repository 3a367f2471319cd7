"""Money that leaves the shipped Stripe again: refunds and disputes."""

from payments.fake_psp.books import Body, Books, Refused, whole
from payments.fake_psp.intents import AMOUNT_MAX, expect, of

DISPUTE_FEE = 350_000
ANSWER_SECONDS = 7 * 24 * 3600
REFUNDS_PENDING = "7726"  # the last four of a card whose refunds take their time


def refund(books: Books, _: str, asked: Body) -> Body:
    """Give money back, no more than there is and none while it is disputed."""
    intent = expect(books, asked["payment_intent"], "succeeded")
    charge = books.get(intent["latest_charge"], "charge")
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = whole(asked, "amount", most=AMOUNT_MAX, otherwise=left or charge["amount_captured"])
    require_refundable(books, intent, amount, left)
    slow = charge["payment_method_details"]["card"]["last4"] == REFUNDS_PENDING
    facts: Body = {"charge": charge["id"], "amount": amount, "reason": asked.get("reason")}
    facts |= {"status": "pending" if slow else "succeeded", "metadata": asked.get("metadata", {})}
    facts |= {"balance_transaction": None, "failure_reason": None}
    back = books.new("refund", **of(intent), **facts)
    books.keep(back, balance_transaction=books.move("refund", -amount, back))
    books.keep(charge, amount_refunded=charge["amount_refunded"] + amount)
    books.tell("refund.created", back)
    books.tell("charge.refunded", charge)
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


def require_refundable(books: Books, intent: Body, amount: int, left: int) -> None:
    """Refuse what the payer's bank has taken back, or what is more than is left."""
    disputes = books.page("dispute", {"payment_intent": intent["id"]})["data"]
    if any(each["status"] != "won" for each in disputes):
        raise Refused("charge_disputed")
    if amount > left:
        raise Refused("amount_too_large" if left else "charge_already_refunded", param="amount")
