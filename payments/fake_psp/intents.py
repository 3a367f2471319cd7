"""Money at the shipped Stripe: PaymentIntents until they are paid or not, refunds and disputes."""

from market import Money, secret
from payments.fake_psp.books import WORDS, Body, Books, Refused, Unfit, whole

AMOUNT_MAX = 99_999_999  # Stripe's eight digits
CURRENCIES = frozenset({"vnd", "usd", "eur", "jpy"})
METHODS = frozenset({"automatic", "automatic_async", "manual"})
HELD_SECONDS = 7 * 24 * 3600
FEE_BASIS_POINTS = 340

# https://docs.stripe.com/testing
DECLINED: dict[str, str] = WORDS["declined"]
SECURED = frozenset({"4000002500003155", "4000000000003220"})
UNSET = ("latest_charge", "last_payment_error", "next_action", "payment_method", "canceled_at")
UNFINISHED = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(books: Books, _: str, asked: Body) -> Body:
    """Ask for money; nothing moves before the payer confirms."""
    currency, method = asked["currency"], asked.get("capture_method", "automatic_async")
    if currency not in CURRENCIES:
        raise Unfit("parameter_invalid_string_empty", param="currency")
    if method not in METHODS:
        raise Unfit("parameter_unknown", param="capture_method")
    amount = whole(asked, "amount", most=AMOUNT_MAX)
    facts: Body = {"amount": amount, "currency": currency, "capture_method": method}
    facts |= {"amount_received": 0, "amount_capturable": 0, "payment_method_types": ["card"]}
    facts |= {"metadata": asked.get("metadata", {}), "status": "requires_payment_method"}
    facts |= {"transfer_group": asked.get("transfer_group")}
    intent = books.new("payment_intent", **dict.fromkeys(UNSET), **facts)
    books.keep(intent, client_secret=f"{intent['id']}_secret_{secret()}")
    books.tell("payment_intent.created", intent)
    return intent


def capture(books: Books, name: str, asked: Body) -> Body:
    """Take all or a part of what the payer's bank holds; the rest is let go."""
    intent = expect(books, name, "requires_capture")
    held = intent["amount_capturable"]
    amount = whole(asked, "amount_to_capture", most=held, otherwise=held)
    _take(books, intent, books.get(intent["latest_charge"], "charge"), amount)
    return intent


def cancel(books: Books, name: str, asked: Body) -> Body:
    """Ask for the money no more, and let go what is held; a refund is not made of it."""
    intent = expect(books, name, *UNFINISHED, "requires_capture")
    reason = asked.get("cancellation_reason")
    books.keep(intent, status="canceled", amount_capturable=0, next_action=None)
    books.keep(intent, canceled_at=books.stamp, cancellation_reason=reason)
    books.tell("payment_intent.canceled", intent)
    return intent


def confirm(books: Books, name: str, card: str) -> Body:
    """The payer gives a card: it pays, is declined, or asks for 3-D Secure."""
    intent = expect(books, name, *UNFINISHED)
    if card in DECLINED:
        decline(books, intent, "card_declined", DECLINED[card])
    elif card in SECURED:
        page = {"url": f"https://hooks.stripe.com/{name}", "return_url": None}
        action = {"type": "redirect_to_url", "redirect_to_url": page}
        books.keep(intent, status="requires_action", payment_method=card, next_action=action)
        books.tell("payment_intent.requires_action", intent)
    else:
        pay(books, intent, card)
    return intent


def decline(books: Books, intent: Body, code: str, reason: str | None = None) -> None:
    """The payer may try again with another card."""
    error = {"type": "card_error", "code": code, "message": code, "decline_code": reason}
    books.keep(intent, status="requires_payment_method", last_payment_error=error, next_action=None)
    books.tell("payment_intent.payment_failed", intent)


def pay(books: Books, intent: Body, card: str) -> None:
    """The payer's bank agrees: it holds the money, or gives it at once."""
    manual = intent["capture_method"] == "manual"
    details = {"last4": card[-4:], "capture_before": books.stamp + HELD_SECONDS if manual else None}
    facts = {name: intent[name] for name in ("amount", "transfer_group")}
    facts |= {"amount_captured": 0, "amount_refunded": 0, "balance_transaction": None}
    facts |= {"payment_method_details": {"type": "card", "card": details}}
    charge = books.new("charge", **of(intent), **facts, status="succeeded", disputed=False)
    held = intent["amount"] if manual else 0
    books.keep(intent, status="requires_capture", amount_capturable=held)
    books.keep(intent, latest_charge=charge["id"], payment_method=f"pm_{card[-4:]}")
    books.keep(intent, last_payment_error=None, next_action=None)
    books.tell("charge.succeeded", charge)
    if manual:
        books.tell("payment_intent.amount_capturable_updated", intent)
    else:
        _take(books, intent, charge, intent["amount"])


def of(intent: Body) -> Body:
    """What all that comes of a PaymentIntent has of it."""
    name, currency = intent["id"], intent["currency"]
    return {"owner": name, "payment_intent": name, "currency": currency}


def expect(books: Books, name: str, *states: str) -> Body:
    """The PaymentIntent, if it is in one of the states; raises Refused, Unfit."""
    intent = books.get(name, "payment_intent")
    if intent["status"] not in states:
        raise Refused("payment_intent_unexpected_state")
    return intent


def _take(books: Books, intent: Body, charge: Body, amount: int) -> None:
    fee = Money(amount).part(FEE_BASIS_POINTS).minor
    moved = books.move("charge", amount, charge, fee=fee)
    books.keep(charge, amount_captured=amount, balance_transaction=moved)
    books.keep(intent, status="succeeded", amount_received=amount, amount_capturable=0)
    books.tell("payment_intent.succeeded", intent)


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
