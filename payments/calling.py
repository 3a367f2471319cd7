"""The worker's calls to providers: our rows first, the call outside of them, its outcome after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from market.money import Money
from market.orders import Rail
from payments import attempting, differences, hearing, returning
from payments.gateway import Gateway, GatewayRefused, GatewayUnsure, Standing
from payments.models import Attempt, AttemptState, Refund

DONE = (AttemptState.CAPTURED, AttemptState.CANCELLED)


def carry_out(context: Any, event: hearing.AttemptDecided) -> None:
    """Tell the provider what was decided; the worker comes again while it does not answer."""
    now, database = context.now(), context.database
    with database.reading() as session:
        attempt = session.get_one(Attempt, event.attempt_id)
    gateway: Gateway = context.ports["gateways"][Rail.CARD]
    if attempt.state in DONE or attempt.capture_minor is None:
        return
    if attempt.reference is None:
        found = gateway.find(attempt.id, since=attempt.created_at)
        if found is None and attempt.created_at > now - attempting.ARRIVAL_MAX:
            raise GatewayUnsure("perhaps on its way")
        if found is None:
            database.run(attempting.give_up, attempt_id=attempt.id, error="called_off", now=now)
            return
        attempt.reference = found.reference
    told = _tell(gateway, attempt, attempt.reference, now)
    with database.transaction() as session:
        attempting.hear(session, provider=attempt.provider, told=told, now=now)
        wanted = Standing.CAPTURED if attempt.capture_minor else Standing.CANCELLED
        if told.standing not in {wanted, Standing.CAPTURED}:
            differences.report(session, what="capture", reference=told.reference, now=now)


def hear_provider(context: Any, event: hearing.ProviderTold) -> None:
    """A notification came: ask how its payment stands, and take that in; others' are dropped."""
    gateway: Gateway = context.ports["gateways"][Rail.CARD]
    try:
        attempting.look(context.database, gateway, event.reference, now=context.now())
    except GatewayRefused:
        with context.database.reading() as session:
            ours = select(Attempt.id).where(Attempt.reference == event.reference)
            if session.scalar(ours) is not None:
                raise


def send_refund(context: Any, event: hearing.RefundApproved) -> None:
    """Have the provider give the money back, once however often this is called.

    What may have been sent before is looked for first: a key is forgotten after a day.
    """
    now = context.now()
    with context.database.transaction() as session:
        taken = returning.submit(session, refund_id=event.refund_id, now=now)
        if taken is None:
            return
        refund, again = taken
        reference = returning.reference_of(session, refund=refund)
        session.expunge(refund)
    gateway: Gateway = context.ports["gateways"][refund.rail]
    try:
        tried = again and refund.attempt_id is not None
        if tried and _was_sent(context, gateway, reference, refund.id):
            return
        amount = Money(refund.amount_minor, refund.currency)
        told = gateway.refund(reference, amount, refund_id=refund.id, key=_key(refund, now))
    except GatewayUnsure:
        context.database.run(returning.doubt, refund_id=refund.id, now=now)
        raise
    except GatewayRefused as no:
        context.database.run(returning.refused, refund_id=refund.id, error=no.code, now=now)
        return
    with context.database.transaction() as session:
        known = session.get_one(Refund, refund.id)
        returning.tell(session, refund=known, told=told, now=now)


def _was_sent(context: Any, gateway: Gateway, reference: str, refund_id: UUID) -> bool:
    """Whether the provider has the refund; what it says of the payment is taken in."""
    try:
        told = attempting.look(context.database, gateway, reference, now=context.now())
    except GatewayRefused as no:
        raise GatewayUnsure("not_seen") from no
    return any(each.refund_id == refund_id for each in told.refunds)


def _key(refund: Refund, now: datetime) -> str:
    """The refund's own key; the provider forgets it after a day, and an answer of 500 with it."""
    days = (now - refund.created_at).days
    return f"{refund.id}:{days}" if days else str(refund.id)


def _tell(gateway: Gateway, attempt: Attempt, reference: str, now: datetime) -> Any:
    """Each hour has a key of its own: a provider keeps an answer of 500 for its key for a day.

    Neither of the two can be done twice.
    """
    key = f"{attempt.id}:{now:%Y%m%d%H}"
    try:
        if not attempt.capture_minor:
            return gateway.cancel(reference, key=f"{key}:cancel")
        amount = Money(attempt.capture_minor, attempt.currency)
        return gateway.capture(reference, amount, key=f"{key}:capture")
    except GatewayRefused:  # done before, or not possible any more: its own word tells which
        return gateway.look(reference)
