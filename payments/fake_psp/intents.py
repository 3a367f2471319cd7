"""PaymentIntents of the shipped Stripe, from asking for money to having it or not."""

from market.ids import secret
from market.money import Money
from payments.fake_psp.books import Body, Books, Refused, Unfit, whole

AMOUNT_MAX = 99_999_999  # Stripe's eight digits
CURRENCIES = frozenset({"vnd", "usd", "eur", "jpy"})
METHODS = frozenset({"automatic", "automatic_async", "manual"})
HELD_SECONDS = 7 * 24 * 3600
FEE_BASIS_POINTS = 340

# https://docs.stripe.com/testing
DECLINED = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
}
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
