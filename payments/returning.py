"""What becomes of a refund: sent, told by its provider, given by hand, or undone."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market import ledger, orders
from market.accounts.actors import SYSTEM, Actor
from market.db import changed
from market.errors import Kind, MarketError, existing
from market.ledger import AccountName, chart
from market.ledger.models import Account, Entry, Posting
from market.orders import Order, Rail
from payments import collecting, differences, taking
from payments.gateway import BackStanding, PaidBack
from payments.models import Attempt, BankLine, Payment
from payments.refund_models import Refund, RefundState

SENDABLE = (RefundState.APPROVED, RefundState.SUBMITTING, RefundState.UNKNOWN)
# A later word of the provider counts; an earlier one that comes late does not.
BEFORE = {
    BackStanding.PENDING: SENDABLE,
    BackStanding.SUCCEEDED: (*SENDABLE, RefundState.PENDING),
    BackStanding.FAILED: (*SENDABLE, RefundState.PENDING, RefundState.SUCCEEDED),
}


class RefundWrongState(MarketError):
    """The refund is not where this step starts, or goes another way; facts: `state`."""

    code, kind = "refund.wrong_state", Kind.CONFLICT


def submit(session: Session, *, refund_id: UUID, now: datetime) -> tuple[Refund, bool] | None:
    """Take an approved refund up for sending, and whether that was tried before; None if sent."""
    waiting = select(Refund).where(Refund.id == refund_id, Refund.state.in_(SENDABLE))
    refund = session.scalar(waiting.with_for_update())
    if refund is None:
        return None
    again = refund.state != RefundState.APPROVED
    _move(session, refund, SENDABLE, RefundState.SUBMITTING, now)
    return refund, again


def reference_of(session: Session, *, refund: Refund) -> str:
    """The payment as its rail calls it; a line that paid nothing has none, only the refund's."""
    if refund.attempt_id is not None:
        return session.get_one(Attempt, refund.attempt_id).reference or ""
    payment = session.get(Payment, refund.payment_id) if refund.payment_id else None
    return payment.memo if payment and payment.memo else str(refund.memo)


def doubt(session: Session, *, refund_id: UUID, now: datetime) -> None:
    """The provider did not answer."""
    session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.state == RefundState.SUBMITTING)
        .values(state=RefundState.UNKNOWN, changed_at=now, version=Refund.version + 1)
    )


def refused(session: Session, *, refund_id: UUID, error: str, now: datetime) -> None:
    """The provider said no: what was reserved is free again, and a person looks at it."""
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    payment = session.get(Payment, refund.payment_id) if refund.payment_id else None
    if payment is not None:
        collecting.lock(session, group_id=payment.group_id)
    if _move(session, refund, SENDABLE, RefundState.FAILED, now, error=error):
        _release(session, refund, now)
        _report(session, refund, now)


def undo(session: Session, *, refund: Refund, to: RefundState, error: str, now: datetime) -> None:
    """Nothing is sent: what was reserved is free again."""
    since = (RefundState.REQUESTED, RefundState.PENDING)
    if _move(session, refund, since, to, now, error=error or None):
        _release(session, refund, now)


def hear(
    session: Session, *, attempt: Attempt, payment: Payment, told: PaidBack, now: datetime
) -> None:
    """Take in a refund of a card payment as its provider tells it; one that is not ours as well."""
    same = (Refund.rail == payment.rail) & (Refund.reference == told.reference)
    known = select(Refund).where(or_(Refund.id == told.refund_id, same))
    refund = session.scalars(known).first() or _external(session, attempt, payment, told, now)
    tell(session, refund=refund, told=told, now=now)


def tell(session: Session, *, refund: Refund, told: PaidBack, now: datetime) -> None:
    """What the provider says of a refund that we know."""
    if told.amount.minor != refund.amount_minor:
        differences.report(session, what="refund", reference=told.reference, now=now)
        return
    standing = told.standing
    if refund.attempt_id is None and standing is BackStanding.SUCCEEDED:
        standing = BackStanding.PENDING  # the bank's own line is what settles it
    facts = {"reference": told.reference, "error": told.error}
    if not _move(session, refund, BEFORE[standing], RefundState(standing.value), now, **facts):
        _unmoved(session, refund, standing, told.reference, now)
        return
    if refund.attempt_id is not None:
        _left_provider(session, refund, now)
        if told.standing is BackStanding.FAILED:
            _bounced(session, refund, now)


def _unmoved(
    session: Session, refund: Refund, standing: BackStanding, reference: str, now: datetime
) -> None:
    """What it says is known; but that what we gave up has arrived after all is not."""
    changed(session, refund, changed_at=now)
    if refund.state == RefundState.FAILED and standing is BackStanding.SUCCEEDED:
        differences.report(session, what="refund", reference=reference, now=now)


def settled_by_bank(session: Session, *, refund: Refund, line: BankLine, now: datetime) -> None:
    """The bank says that the transfer went out, with this line of the custody account."""
    since = (RefundState.PENDING, *SENDABLE)
    if _move(session, refund, since, RefundState.SUCCEEDED, now, reference=line.reference):
        _settle(session, refund, {chart.bank(line.account): refund.amount_minor}, SYSTEM, now)


def give_by_hand(session: Session, *, actor: Actor, refund_id: UUID, now: datetime) -> Refund:
    """Who holds the money says that the buyer has it back: cash, or what was paid directly.

    Raises NotFound, RefundWrongState for what a card's provider or the market's bank sends.
    """
    refund = existing(session.get(Refund, refund_id, populate_existing=True), "refund")
    order_id = existing(refund.order_id, "refund")
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    if not is_by_hand(refund):
        raise RefundWrongState(state=refund.state)
    given = _move(session, refund, (RefundState.PENDING,), RefundState.SUCCEEDED, now)
    if given and refund.rail == Rail.CASH:
        _settle(session, refund, _given_by(session, refund, order), actor, now)
    return refund


def is_by_hand(refund: Refund) -> bool:
    """Whether people give it back, who hold the money; else a provider or the market's bank."""
    is_direct = refund.rail == Rail.BANK_TRANSFER and refund.memo is None
    return refund.rail == Rail.CASH or is_direct


def _move(
    session: Session,
    refund: Refund,
    since: tuple[RefundState, ...],
    to: RefundState,
    now: datetime,
    **facts: str | None,
) -> bool:
    return changed(session, refund, Refund.state.in_(since), state=to, changed_at=now, **facts)


def _external(
    session: Session, attempt: Attempt, payment: Payment, told: PaidBack, now: datetime
) -> Refund:
    """A refund made past us, at the provider's desk: a person has to say whose it is."""
    refund = Refund(
        id=uuid5(attempt.id, told.reference),
        payment_id=payment.id,
        attempt_id=attempt.id,
        rail=payment.rail,
        amount_minor=told.amount.minor,
        currency=told.amount.currency,
        state=RefundState.SUBMITTING,
        reason="",
        external=True,
        created_at=now,
        changed_at=now,
    )
    session.add(refund)
    session.flush()
    differences.report(
        session,
        what="external_refund",
        reference=told.reference,
        subject_id=refund.id,
        amount_minor=told.amount.minor,
        now=now,
    )
    return refund


def _waiting(refund: Refund) -> AccountName:
    if refund.external:
        return chart.SUSPENSE
    return chart.refund(refund.order_id) if refund.order_id else chart.REFUND_PAYABLE


def _left_provider(session: Session, refund: Refund, now: datetime) -> None:
    """From the provider's acceptance on the money is not with it any more."""
    attempt = session.get_one(Attempt, refund.attempt_id)
    left = {chart.clearing(attempt.provider): refund.amount_minor}
    _settle(session, refund, left, SYSTEM, now)


def _settle(
    session: Session,
    refund: Refund,
    sources: Mapping[AccountName, int],
    actor: Actor,
    now: datetime,
) -> None:
    paid = {source: -amount for source, amount in sources.items()}
    amounts = {_waiting(refund): refund.amount_minor, **paid}
    key, kind, of = f"refunded:{refund.id}", "refund.paid", refund.order_id
    ledger.post(session, key=key, kind=kind, amounts=amounts, order_id=of, actor=actor, now=now)


def _bounced(session: Session, refund: Refund, now: datetime) -> None:
    """The money came back to the provider: the refund never was, and a person looks at it."""
    kind, of = "refund.bounced", f"refunded:{refund.id}"
    ledger.reverse(session, key=f"{kind}:{refund.id}", kind=kind, of=of, now=now)
    if refund.external:
        _nobody_bears(session, refund, now)
        return
    _release(session, refund, now)
    _report(session, refund, now)


def _nobody_bears(session: Session, refund: Refund, now: datetime) -> None:
    """What was decided about a refund made past us is undone with it."""
    decided = f"external:{refund.id}"
    payment = session.get_one(Payment, refund.payment_id)
    its_orders = collecting.orders_of(session, payment=payment)
    keys = [decided, *(f"{decided}:{order.id}" for order in its_orders)]
    rows = session.execute(
        select(Posting.key, Posting.order_id, -Entry.amount)
        .join(Entry, Entry.tx == Posting.tx)
        .join(Account, Account.id == Entry.account_id)
        .where(Account.code == chart.SUSPENSE.code, Posting.key.in_(keys))
        .order_by(Posting.key)
    )
    for key, order_id, amount in rows.all():
        taking.undo(session, key=f"undone.{key}", kind="refund.bounced", of=key, now=now)
        if order_id is not None:
            order, its = session.get_one(Order, order_id), str(refund.id)
            taking.put_back(session, order=order, amount_minor=int(amount), key=its, now=now)


def _release(session: Session, refund: Refund, now: datetime) -> None:
    """What was reserved is free again; of one made past us nothing was."""
    if refund.external:
        return
    kind, of = "refund.released", f"refund:{refund.id}"
    if session.scalar(select(Posting.tx).where(Posting.key == of)) is not None:
        taking.undo(session, key=f"{kind}:{refund.id}", kind=kind, of=of, now=now)
    if refund.order_id is not None:
        order = session.get_one(Order, refund.order_id)
        amount = refund.amount_minor
        taking.put_back(session, order=order, amount_minor=amount, key=str(refund.id), now=now)


def _report(session: Session, refund: Refund, now: datetime) -> None:
    reference = refund.reference or str(refund.id)
    differences.report(
        session,
        what="refund_failed",
        reference=reference,
        subject_id=refund.id,
        amount_minor=refund.amount_minor,
        now=now,
    )


def _given_by(session: Session, refund: Refund, order: Order) -> dict[AccountName, int]:
    """From the cash in its custodian's hands; where it was handed in, the market owes him that."""
    holder = _custodian(session, order)
    cash, amount = chart.cash(holder), refund.amount_minor
    in_hand = min(amount, ledger.locked(session, [cash])[cash.code])
    return {cash: in_hand, chart.payable(holder): amount - in_hand}


def _custodian(session: Session, order: Order) -> UUID:
    """The cash of the order is with its seller, or with the cooperative that delivered."""
    stands = ledger.of_order(session, order_id=order.id)
    cooperative = order.cooperative_id
    if cooperative is not None and stands.get(chart.cash(cooperative).code, 0) > 0:
        return cooperative
    return order.seller_id
