"""What a person's decision about a difference of money brings about."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market import ledger, notifications
from market.accounts import Organisation
from market.cases.models import Case
from market.ledger import chart
from payments import collecting, refunding, remitting, taking
from payments.models import Attempt, Payment, Refund, RefundState, Remittance
from translations import formats


def money_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """A refund that was made past us is taken from its sellers; declined, the market bears it.

    What fell short of a remittance its custodian owes. Late money whose refund failed goes anew.
    """
    _short(session, case=case, approved=approved, now=now)
    refund = session.get(Refund, case.subject_id)
    if refund is not None and refund.external:
        _bear(session, refund, by_sellers=approved, now=now)
    elif refund is not None and approved and refund.attempt_id and refund.order_id is None:
        attempt, amount = session.get_one(Attempt, refund.attempt_id), refund.amount_minor
        if refund.state == RefundState.FAILED:
            refunding.give_back_unapplied(session, attempt=attempt, amount_minor=amount, now=now)


def _bear(session: Session, refund: Refund, *, by_sellers: bool, now: datetime) -> None:
    payment = session.get_one(Payment, refund.payment_id)
    collecting.lock(session, group_id=payment.group_id)
    session.refresh(refund)
    if refund.state == RefundState.FAILED:
        return  # it bounced before anybody decided: nobody has to bear it
    orders = collecting.orders_of(session, payment=payment)
    rest, key, kind = refund.amount_minor, f"external:{refund.id}", "refund.external"
    for order, part in taking.spread(session, orders, rest) if by_sellers else ():
        parts = taking.take_back(session, order=order, payment=payment, amount_minor=part)
        rest -= part
        amounts = {**parts, chart.SUSPENSE: -part}
        ledger.post(session, f"{key}:{order.id}", kind, amounts, order_id=order.id, now=now)
    ledger.post(session, key, kind, {chart.LOSS: rest, chart.SUSPENSE: -rest}, now=now)


def _short(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """Of cash that fell short its custodian owes what is missing.

    What was announced anew meanwhile, or handed in, is not. Not approved, it counts as in hand.
    """
    remittance = session.get(Remittance, case.subject_id)
    if remittance is None:
        return
    holder = session.get_one(Organisation, remittance.holder_id)
    remitting.lock(session, holder_id=holder.id)
    short = remittance.amount_minor - remittance.received_minor
    if approved:
        short = min(short, remitting.unannounced(session, holder_id=holder.id))
        amounts = {chart.receivable(holder.id): short, chart.cash(holder.id): -short}
        ledger.post(session, f"shortage:{remittance.id}", "cash.shortage", amounts, now=now)
    key = f"notice.shortage.{'approved' if approved else 'declined'}"
    amount, why = formats.money(short, remittance.currency, ("vi",)), case.reason or ""
    told: Any = {"link": f"/desk/cases/{case.number}", "amount": amount, "reason": why}
    notifications.tell_deciders(session, holder, key, **told, now=now)
