"""Reconciling: what a provider says moved is compared with the ledger, and what is open is asked.

Whatever was lost, came twice or in another order, after this the ledger says the same.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from market import Database, ledger, portable
from market.ledger import Account, Booking, Entry, Posting, chart
from market.orders import Rail
from payments import attempting, calling, differences, disputing, hearing, models
from payments.gateway import Gateway, GatewayRefused, GatewayUnsure, Movement, MovementKind, PaidIn
from payments.models import LIVE, Attempt, AttemptState, Dispute, Refund, RefundState

log = logging.getLogger("market.payments")

PAGE = 500
SOON, LATER = timedelta(minutes=2), timedelta(hours=1)
OVERLAP = timedelta(days=1)  # providers list by the second, and not always in order
DOUBTFUL = (AttemptState.SUBMITTING, AttemptState.UNKNOWN, AttemptState.AWAITING_PAYER)
UNSENT = (RefundState.SUBMITTING, RefundState.UNKNOWN)
OURS = {
    MovementKind.PAYMENT: "capture:{attempt}",
    MovementKind.REFUND: "refunded:{refund}",
    MovementKind.REFUND_FAILED: "refund.bounced:{refund}",
    MovementKind.DISPUTE: "dispute.opened:{dispute}",
    MovementKind.DISPUTE_WON: "dispute.won:{dispute}",
}
Say = Callable[[str], object]


def resolve(context: Any) -> int:
    """Ask the provider about every try and refund that is open for a while; how many were asked."""
    gateway: Gateway | None = context.ports["gateways"].get(Rail.CARD)
    if gateway is None:
        return 0
    now = context.now()
    with context.database.reading() as session:
        attempts, refunds = list(session.scalars(_open(now))), list(session.scalars(_unsent(now)))
    for attempt in attempts:
        _worked(partial(_go_on, context, gateway, attempt), attempt.id)
    for refund in refunds:
        _worked(partial(_send_again, context, gateway, refund), refund.id)
    return len(attempts) + len(refunds)


def _worked(deed: Callable[[], None], about: object) -> bool:
    """Whether it did; what is stuck with one is told, and stops no other."""
    try:
        deed()
    except GatewayUnsure:
        return False  # it will be asked again
    except Exception:
        log.exception("%s is stuck", about)
        return False
    return True


def _go_on(context: Any, gateway: Gateway, attempt: Attempt) -> None:
    ask(context.database, gateway, attempt=attempt, now=context.now())
    if attempt.capture_minor is not None:
        calling.carry_out(context, hearing.AttemptDecided(attempt_id=attempt.id))


def _send_again(context: Any, gateway: Gateway, refund: Refund) -> None:
    with context.database.reading() as session:
        attempt = session.get_one(Attempt, refund.attempt_id)
    ask(context.database, gateway, attempt=attempt, now=context.now())
    calling.send_refund(context, hearing.RefundApproved(refund_id=refund.id))


def ask(database: Database, gateway: Gateway, *, attempt: Attempt, now: datetime) -> PaidIn | None:
    """Ask the provider how a try stands and take that in; None where it does not answer or know.

    A try that never arrived there is given up after a while.
    """
    told: PaidIn | None
    try:
        if attempt.reference is not None:
            told = gateway.look(attempt.reference)
        else:
            told = gateway.find(attempt.id, since=attempt.created_at - LATER)
    except (GatewayUnsure, GatewayRefused):  # it will be asked again, after the others
        database.run(attempting.doubt, attempt_id=attempt.id, now=now)
        return None
    if told is not None:
        database.run(attempting.hear, provider=gateway.provider, told=told, now=now)
    elif attempt.created_at < now - attempting.ARRIVAL_MAX:
        database.run(attempting.give_up, attempt_id=attempt.id, error="never_arrived", now=now)
    return told


def compare(context: Any, *, say: Say = lambda _: None) -> int:
    """Go through the provider's movements since the last time; how many were compared.

    What the ledger has not is asked for and booked; what is still different is put to a person.
    """
    gateway: Gateway | None = context.ports["gateways"].get(Rail.CARD)
    if gateway is None:
        return 0
    with context.database.reading() as session:
        since = _since(session, gateway.provider, context.now())
    done, until, stuck = 0, context.now(), 0
    movements = gateway.movements(since=since)
    for page in iter(lambda: list(islice(movements, PAGE)), []):
        stuck += _compare(context.database, gateway, page, context.now())
        done += len(page)
        say(f"{gateway.provider}: {done} movements compared, until {page[-1].at.isoformat()}")
    if stuck:
        say(f"{gateway.provider}: {stuck} payments not known yet; these days again next time")
        return done
    context.database.run(keep_cursor, provider=gateway.provider, until=until)
    return done


def cursor(session: Session, *, provider: str) -> datetime | None:
    """Until when what the provider moved has been compared; None: never yet."""
    return session.scalar(select(models.ProviderCursor.until).filter_by(provider=provider))


def keep_cursor(session: Session, *, provider: str, until: datetime) -> None:
    """Remember that."""
    if not portable.insert_new(session, models.ProviderCursor, provider=provider, until=until):
        session.get_one(models.ProviderCursor, provider).until = until


def _open(now: datetime) -> Any:
    doubtful = or_(Attempt.state.in_(DOUBTFUL), Attempt.capture_minor.is_not(None))
    soon = and_(Attempt.state.in_(LIVE), doubtful, Attempt.changed_at < now - SOON)
    disputed = select(Dispute.attempt_id).where(Dispute.state.in_(disputing.OPEN))
    is_open = or_(Attempt.state.in_(LIVE), Attempt.id.in_(disputed))
    later = and_(is_open, Attempt.changed_at < now - LATER)
    return select(Attempt).where(or_(soon, later)).order_by(Attempt.changed_at).limit(PAGE)


def _unsent(now: datetime) -> Any:
    unsent = and_(Refund.state.in_(UNSENT), Refund.changed_at < now - SOON)
    slow = (RefundState.APPROVED, RefundState.PENDING)
    waiting = and_(Refund.state.in_(slow), Refund.changed_at < now - LATER)
    by_card = select(Refund).where(Refund.attempt_id.is_not(None), or_(unsent, waiting))
    return by_card.order_by(Refund.changed_at).limit(PAGE)


def _since(session: Session, provider: str, now: datetime) -> datetime:
    first = select(Attempt.created_at).order_by(Attempt.id).limit(1)
    return (cursor(session, provider=provider) or session.scalar(first) or now) - OVERLAP


def _compare(database: Database, gateway: Gateway, page: list[Movement], now: datetime) -> int:
    """Book what is missing of a page and report what differs; how many payments are stuck."""
    foreign = [each for each in page if {each.amount.currency, each.fee.currency} != {"VND"}]
    page = [each for each in page if each not in foreign]
    if foreign:  # an account that settles in another currency needs its own books
        currency = foreign[0].amount.currency
        database.run(differences.report, what="currency", reference=currency, now=now)
    with database.reading() as session:
        keys = _keys(session, gateway.provider, page)
        differing = _differing(session, gateway.provider, page, keys)
    references = sorted({each.payment for each in differing if each.payment})
    hear = partial(_hear, database, gateway, now)
    stuck = {each for each in references if not _worked(partial(hear, each), each)}
    differing = [each for each in differing if each.payment not in stuck]
    with database.transaction() as session:
        keys |= _keys(session, gateway.provider, differing)
        clearing = chart.clearing(gateway.provider)
        fees = [
            Booking(f"fee:{each.reference}", "card.fee", chart.PSP_FEE, clearing, each.fee.minor)
            for each in page
        ]
        strays = [
            Booking(f"stray:{each.reference}", "stray", clearing, chart.SUSPENSE, each.amount.minor)
            for each in differing
            if each.reference not in keys
        ]
        ledger.post_all(session, [*fees, *strays], now=now)
        for each in _differing(session, gateway.provider, differing, keys):
            if each.kind is not MovementKind.PAYOUT:
                what = "amount" if each.reference in keys else "stray"
                differences.report(session, what=what, reference=each.source, now=now)
    return len(stuck)


def _hear(database: Database, gateway: Gateway, now: datetime, reference: str) -> None:
    """Ask how a payment stands and take that in, unless it is another's in the same account."""
    with suppress(GatewayRefused):
        attempting.look(database, gateway, reference, now=now)


def _keys(session: Session, provider: str, page: list[Movement]) -> dict[str, str]:
    """Under which key the ledger has, or should have, each movement; none for what is not ours."""
    references = {each.payment for each in page if each.payment}
    tries = select(Attempt.reference, Attempt.id).where(Attempt.provider == provider)
    named = session.execute(tries.where(Attempt.reference.in_(references)))
    attempts: dict[str | None, UUID] = {row[0]: row[1] for row in named}
    by_card = select(Refund.reference, Refund.id).where(Refund.rail == Rail.CARD)
    named = session.execute(by_card.where(Refund.reference.in_({each.source for each in page})))
    refunds = {row[0]: row[1] for row in named}
    keys = {}
    for each in page:
        attempt = attempts.get(each.payment)
        if attempt is not None and each.kind in OURS:
            ids = {"attempt": attempt, "dispute": uuid5(attempt, each.source)}
            refund = refunds.get(each.source, "?")
            keys[each.reference] = OURS[each.kind].format(**ids, refund=refund)
    return keys


def _differing(
    session: Session, provider: str, page: list[Movement], keys: dict[str, str]
) -> list[Movement]:
    """The movements that the ledger has not, or with another amount."""
    account = select(Account.id).where(Account.code == chart.clearing(provider).code)
    its = (Entry.tx == Posting.tx) & (Entry.account_id == account.scalar_subquery())
    # By the posting: by the account would be through all that ever moved.
    amount = select(func.sum(Entry.amount)).where(its).scalar_subquery()
    rows = session.execute(select(Posting.key, amount).where(Posting.key.in_(keys.values())))
    booked = {key: amount and int(amount) for key, amount in rows}
    return [each for each in page if booked.get(keys.get(each.reference, "")) != each.amount.minor]
