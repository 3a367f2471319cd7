"""Paying: a transfer that was made, Stripe's own form, and in the demo one that plays the payer."""

from contextlib import suppress

from api import card, context
from api.orders_view import group_of_secret
from api.pages.frame import UUID, Response, form, g, go, render, views
from api.protection import CARD_POLICY
from api.unit_of_work import own_transactions, showing
from market import clock
from market.errors import existing
from payments import asking, collecting, fake_bank, unsettled
from payments.attempting import NotPayable, PaymentRefused, PaymentUnsure
from payments.fake_psp import Refused, payer
from payments.gateway import PaidIn, Standing

# What the trial page offers: the card that is given, and how often its notifications are sent.
TRIALS = {
    "pay": (payer.GOOD, 1),
    "secure": (payer.SECURED, 1),
    "decline": (payer.DECLINED, 1),
    "poor": (payer.POOR, 1),
    "lose": (payer.GOOD, 0),
    "twice": (payer.GOOD, 2),
}
ANSWERS = {"pass": True, "fail": False}  # to 3-D Secure


@views.post("/o/<opened>/payments/<uuid:payment_id>/claim")
def claim(opened: str, payment_id: UUID) -> Response:
    """Say that the transfer was made; the bank's word still counts. The demo's bank can pay it."""
    group = group_of_secret(g.session, opened)
    now = clock.now()
    payment = collecting.claim(g.session, group_id=group.id, payment_id=payment_id, now=now)
    if "demo" in form() and context.settings().demo:
        came = unsettled.came(g.session, payments=[payment])[payment.id]
        payload = asking.payload(payment, came=came)
        folder = context.settings().data
        fake_bank.pay(folder, payload=payload, payer=group.name, now=now)
    return go(f"/o/{opened}")


@views.post("/o/<opened>/card/<uuid:payment_id>")
@own_transactions
def begin(opened: str, payment_id: UUID) -> Response:
    """Ask for the money by card, or go on where that was begun; the order tells what came of it."""
    with suppress(PaymentUnsure, PaymentRefused, NotPayable):
        told = card.start(_group(opened), payment_id)
        if told.standing is Standing.AWAITING_PAYER:
            return go(f"/o/{opened}/card/{payment_id}")
    return go(f"/o/{opened}#pay")


@views.get("/o/<opened>/card/<uuid:payment_id>")
@own_transactions
def pay(opened: str, payment_id: UUID) -> Response:
    """The page where the card is given; the order's own where nothing is awaited by it."""
    told = card.look(_group(opened), payment_id)
    if told is None or told.standing is not Standing.AWAITING_PAYER:
        return go(f"/o/{opened}#pay")
    with showing():
        return _page(opened, payment_id, told)


@views.get("/o/<opened>/card/<uuid:payment_id>/return")
@views.post("/o/<opened>/card/<uuid:payment_id>/look")
@own_transactions
def look(opened: str, payment_id: UUID) -> Response:
    """Ask how the payment stands: what became of it is asked, not believed.

    The payer's bank sends the payer back here, and the order's page leads here by itself as long
    as nobody knows.
    """
    told = card.look(_group(opened), payment_id)
    return go(f"/o/{opened}{'?asked=1' if told else ''}#pay")


@views.post("/o/<opened>/card/<uuid:payment_id>/trial")
@own_transactions
def play(opened: str, payment_id: UUID) -> Response:
    """Be the payer at the shipped Stripe; in the demo only."""
    existing(card.is_on_trial() or None, "page")
    told = existing(card.look(_group(opened), payment_id), "payment")
    deed, here = form().get("deed", ""), f"/o/{opened}/card/{payment_id}"
    with suppress(Refused):  # the page was open twice, and the other one was quicker
        if _do(deed, told.reference) == "requires_action":
            return go(f"{here}?secure=1")
    return go(f"/o/{opened}#pay" if deed == "lose" else f"{here}/return")


def _do(deed: str, reference: str) -> str:
    """What the payer does; how the payment stands at the shipped Stripe then."""
    folder, now = context.settings().data, clock.now()
    if deed in ANSWERS:
        return payer.authenticate(folder, reference, passed=ANSWERS[deed], now=now)
    given, told = existing(TRIALS.get(deed), "page")
    return payer.pay(folder, reference, card=given, told=told, now=now)


def _page(opened: str, payment_id: UUID, told: PaidIn) -> Response:
    is_on_trial, public_url = card.is_on_trial(), context.settings().public_url.rstrip("/")
    page = render(
        "card.html",
        order=f"/o/{opened}",
        action=f"/o/{opened}/card/{payment_id}",
        amount=told.amount.minor,
        trials=tuple(TRIALS) if is_on_trial else (),
        client_secret=told.client_secret,
        publishable_key=context.settings().stripe_publishable_key,
        back=f"{public_url}/o/{opened}/card/{payment_id}/return",
    )
    if not is_on_trial:
        page.headers["Content-Security-Policy"] = CARD_POLICY
    return page


def _group(opened: str) -> UUID:
    with context.database().reading() as session:
        return group_of_secret(session, opened).id
