"""What becomes of a refund: sent, told by its provider, given by hand, or undone."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market import SYSTEM, Actor, Kind, MarketError, db, existing, ids, ledger, orders
from market.ledger import AccountName, Posting, chart
from market.orders import Order, Rail
from payments import collecting, differences, memos, taking
from payments.gateway import BackStanding, PaidBack
from payments.models import Attempt, BankLine, Payment, Refund, RefundState
from payments.resold import ResellerBooking

States: TypeAlias = tuple[RefundState, ...]
SENDABLE = (RefundState.APPROVED, RefundState.SUBMITTING, RefundState.UNKNOWN)
# A later word of the provider counts; an earlier one that comes late does not.
BEFORE: dict[BackStanding, States] = {
    BackStanding.PENDING: SENDABLE,
    BackStanding.SUCCEEDED: (*SENDABLE, RefundState.PENDING),
    BackStanding.FAILED: (*SENDABLE, RefundState.PENDING, RefundState.SUCCEEDED),
}


class RefundWrongState(MarketError, code="refund.wrong_state", kind=Kind.CONFLICT):
    """The refund is not where this step starts, or goes another way; facts: `state`."""


def made(
    session: Session, payment: Payment | None, *, amount_minor: int, now: datetime, **facts: Any
) -> Refund:
    """The row of a refund, by the rail that its payment came by; one without came by the bank.

    What the market's bank is to send has a memo of its own.
    """
    rail = payment.rail if payment else Rail.BANK_TRANSFER
    by_bank = rail == Rail.BANK_TRANSFER and not (payment and payment.beneficiary_id)
    its: Any = {"id": ids.uuid7(), "payment_id": payment and payment.id, "reason": "", **facts}
    its |= {"amount_minor": amount_minor, "created_at": now, "changed_at": now}
    currency = payment.currency if payment else chart.CURRENCY
    memo = memos.memo_for(ids.new_code()) if by_bank else None
    refund = Refund(rail=rail, currency=currency, memo=memo, **its)
    session.add(refund)
    return refund


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
    refund = session.get_one(Refund, refund_id)
    _move(session, refund, (RefundState.SUBMITTING,), RefundState.UNKNOWN, now)


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
        db.changed(session, refund, changed_at=now)
        if refund.state == RefundState.FAILED and standing is BackStanding.SUCCEEDED:
            # What we gave up has arrived after all.
            differences.report(session, what="refund", reference=told.reference, now=now)
    elif refund.attempt_id is not None:
        # From the provider's acceptance on the money is not with it any more.
        clearing = chart.clearing(session.get_one(Attempt, refund.attempt_id).provider)
        _settle(session, refund, {clearing: refund.amount_minor}, SYSTEM, now)
        if told.standing is BackStanding.FAILED:
            _bounced(session, refund, now)


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
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id, beside=True)
    if not is_by_hand(refund):
        raise RefundWrongState(state=refund.state)
    given = _move(session, refund, (RefundState.PENDING,), RefundState.SUCCEEDED, now)
    if given and refund.rail == Rail.CASH:
        _settle(session, refund, _given_by(session, refund, order), actor, now)
    return refund


def credit(session: Session, *, actor: Actor, refund: Refund, order: Order, now: datetime) -> None:
    """A reseller gives its customer the money back, and owes so much less from now on."""
    refund.state, refund.changed_at = RefundState.SUCCEEDED, now
    session.flush()
    _settle(session, refund, _given_by(session, refund, order), actor, now)


def is_by_hand(refund: Refund) -> bool:
    """Whether people give it back, who hold the money; else a provider or the market's bank."""
    is_direct = refund.rail == Rail.BANK_TRANSFER and refund.memo is None
    return refund.rail == Rail.CASH or is_direct


def _move(
    session: Session, refund: Refund, since: States, to: RefundState, now: datetime, **facts: Any
) -> bool:
    return db.changed(session, refund, Refund.state.in_(since), state=to, changed_at=now, **facts)


def _external(
    session: Session, attempt: Attempt, payment: Payment, told: PaidBack, now: datetime
) -> Refund:
    """A refund made past us, at the provider's desk: a person has to say whose it is."""
    its, amount = told.reference, told.amount.minor
    facts = {"id": uuid5(attempt.id, its), "attempt_id": attempt.id, "external": True}
    submitted = {"state": RefundState.SUBMITTING, **facts}
    refund = made(session, payment, amount_minor=amount, now=now, **submitted)
    session.flush()
    differences.report(session, what="external_refund", reference=its, about=refund, now=now)
    return refund


def waiting(refund: Refund) -> AccountName:
    """Where the money of a refund waits until it is sent."""
    if refund.external:
        return chart.SUSPENSE
    return chart.refund(refund.order_id) if refund.order_id else chart.REFUND_PAYABLE


def _settle(
    session: Session, refund: Refund, sources: taking.Parts, actor: Actor, now: datetime
) -> None:
    paid = {source: -amount for source, amount in sources.items()}
    amounts = {waiting(refund): refund.amount_minor, **paid}
    key, its = f"refunded:{refund.id}", refund.order_id
    ledger.post(session, key, "refund.paid", amounts, order_id=its, actor=actor, now=now)


def _bounced(session: Session, refund: Refund, now: datetime) -> None:
    """The money came back to the provider: the refund never was, and a person looks at it."""
    kind, of = "refund.bounced", f"refunded:{refund.id}"
    ledger.reverse(session, f"{kind}:{refund.id}", kind, of=of, now=now)
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
    keys = {decided: None} | {f"{decided}:{order.id}": order for order in its_orders}
    for key, amount in taking.taken(session, keys=keys, account=chart.SUSPENSE.code).items():
        taking.undo(session, f"undone.{key}", "refund.bounced", of=key, now=now)
        if order := keys[key]:
            its = str(refund.id)
            taking.put_back(session, order=order, amount_minor=amount, key=its, now=now)


def _release(session: Session, refund: Refund, now: datetime) -> None:
    """What was reserved is free again; of one made past us nothing was."""
    if refund.external:
        return
    kind, of = "refund.released", f"refund:{refund.id}"
    if session.scalar(select(Posting.tx).where(Posting.key == of)) is not None:
        taking.undo(session, f"{kind}:{refund.id}", kind, of=of, now=now)
    if refund.order_id is not None:
        order = session.get_one(Order, refund.order_id)
        amount = refund.amount_minor
        taking.put_back(session, order=order, amount_minor=amount, key=str(refund.id), now=now)


def _report(session: Session, refund: Refund, now: datetime) -> None:
    its = refund.reference or str(refund.id)
    differences.report(session, what="refund_failed", reference=its, about=refund, now=now)


def _given_by(session: Session, refund: Refund, order: Order) -> dict[AccountName, int]:
    """From the cash in its custodian's hands; where it was handed in, the market owes him that."""
    holder = _custodian(session, order)
    cash, amount = chart.cash(holder), refund.amount_minor
    in_hand = min(amount, ledger.locked(session, [cash])[cash.code])
    return {cash: in_hand, chart.payable(holder): amount - in_hand}


def _custodian(session: Session, order: Order) -> UUID:
    """Who has the order's cash: its reseller, or by the books its seller or a cooperative."""
    if order.rail == Rail.RESELLER:
        return session.get_one(ResellerBooking, order.group_id).reseller_id
    stands = ledger.of_order(session, order_id=order.id)
    mine = (code for code, amount in stands.items() if chart.is_cash(code) and amount > 0)
    code = next(mine, None)
    return UUID(code.rpartition(":")[2]) if code else order.seller_id
