"""Paying by card, for the API and the pages alike."""

from datetime import timedelta
from uuid import UUID

from api import context
from market import NotFound, clock, existing, limits
from market.orders import Rail
from payments import Payment, attempting, reconciling
from payments.gateway import Gateway, PaidIn

LOOKS_A_MINUTE_MAX, MINUTE = 10, timedelta(minutes=1)


def start(group_id: UUID, payment_id: UUID) -> PaidIn:
    """Ask for the payment, or go on with the try that runs.

    It opens its own transactions. Raises what `attempting.start` does, and NotFound without cards.
    """
    which: context.Facts = {"group_id": group_id, "payment_id": payment_id, "now": clock.now()}
    return attempting.start(context.database(), _gateway(), **which)


def look(group_id: UUID, payment_id: UUID) -> PaidIn | None:
    """Ask how the payment's last try stands and take that in; None where nothing is to be heard.

    Nobody is asked all the time. It opens its own transactions. Raises NotFound.
    """
    gateway, now = _gateway(), clock.now()
    with context.database().reading() as session:
        payment = session.get(Payment, payment_id)
        if payment is None or payment.group_id != group_id:
            raise NotFound(what="payment")
        attempt = attempting.of_payments(session, payment_ids=[payment_id]).get(payment_id)
    if attempt is None:
        return None
    try:
        with context.database().transaction() as session:
            its: context.Facts = {"key": f"card:{payment_id}", "most": LOOKS_A_MINUTE_MAX}
            limits.take(session, **its, window=MINUTE, now=now)
    except limits.TooMany:
        return None
    return reconciling.ask(context.database(), gateway, attempt=attempt, now=now)


def is_on_trial() -> bool:
    """Whether it is the shipped Stripe that cards are tried at."""
    return context.settings().demo and not context.settings().stripe_key


def _gateway() -> Gateway:
    return existing(context.gateways().get(Rail.CARD), "payment")
