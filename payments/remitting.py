"""Handing in cash: its custodian announces a transfer, and the bank's line says what came of it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, select, true
from sqlalchemy.orm import Session

from market import audit, cases, clock, ids, ledger, limits, money, notifications
from market.accounts import SYSTEM, Actor, Organisation, OrganisationKind, Scope
from market.cases.models import Case
from market.db import Paged, newest_first
from market.errors import FieldInvalid, Kind, MarketError, NotFound
from market.ledger import Account, Entry, Posting, chart
from market.orders import Order, queries
from payments import asking, memos, vietqr
from payments.models import Remittance, RemittanceState
from translations import formats

DAY = timedelta(days=1)
SHOWN_MOST = 200


class NotInCustody(MarketError, code="remittance.too_much", kind=Kind.CONFLICT):
    """More than the cash in hand that was not announced yet; facts: `most`."""


class Overdue(NamedTuple):
    """Cash that its custodian should have handed in: how much he holds, and since when."""

    holder_id: UUID
    amount_minor: int
    since: datetime


def holders(actor: Actor) -> frozenset[UUID]:
    """Whose cash the actor may hand in: that of their shops, and of a cooperative they keep."""
    kept = actor.cooperative_ids if actor.has(*queries.BOOKKEEPERS) else frozenset()
    return actor.managed_ids | actor.sells_for(Scope.ORDERS) | kept


def announce(
    session: Session, *, actor: Actor, holder_id: UUID, amount_minor: int, now: datetime
) -> Remittance:
    """Say that so much of the cash in one's custody will be transferred, under a memo of its own.

    Raises NotFound for somebody else's cash, NotInCustody for more than there is.
    """
    if holder_id not in holders(actor):
        raise NotFound(what="organisation")
    if amount_minor <= 0:
        raise FieldInvalid(field="amount", reason="field.required")
    lock(session, holder_id=holder_id)
    most = unannounced(session, holder_id=holder_id)
    if amount_minor > most:
        raise NotInCustody(most=money.Money(most))
    facts = {"holder_id": holder_id, "amount_minor": amount_minor, "currency": "VND"}
    said = {"state": RemittanceState.ANNOUNCED, "created_by": actor.person_id, "created_at": now}
    made = Remittance(id=ids.uuid7(), memo=memos.memo_for(ids.new_code()), **facts, **said)
    session.add(made)
    session.flush()
    audit.note(session, actor, "remittance.announced", made.id, now=now, amount=amount_minor)
    return made


def page(
    session: Session, *, actor: Actor, holder_id: UUID | None = None, **page: Unpack[Paged]
) -> list[Remittance]:
    """The remittances of one's own cash, to who oversees all; newest first, one more than asked."""
    own = true() if actor.oversees else Remittance.holder_id.in_(holders(actor))
    its = true() if holder_id is None else Remittance.holder_id == holder_id
    rows = select(Remittance).where(own, its)
    key = (Remittance.created_at, Remittance.id)
    return newest_first(session, rows, *key, **page)


def payload(remittance: Remittance, *, custody: asking.BankAccount) -> str:
    """The VietQR with which the cash is handed in."""
    to: Any = {"bank_bin": custody.bank_bin, "account": custody.account}
    amount, memo = remittance.amount_minor, remittance.memo
    return vietqr.Transfer(**to, amount_minor=amount, purpose=memo).payload()


def lock(session: Session, *, holder_id: UUID) -> None:
    """From here on nobody else announces or hands in this custodian's cash meanwhile."""
    holder = select(Organisation.id).where(Organisation.id == holder_id)
    session.execute(holder.with_for_update(key_share=True))


def unannounced(session: Session, *, holder_id: UUID) -> int:
    """How much of the cash in somebody's hands is not on its way yet."""
    its = select(func.sum(Remittance.amount_minor)).where(Remittance.holder_id == holder_id)
    announced = session.scalar(its.where(Remittance.state == RemittanceState.ANNOUNCED))
    return max(0, ledger.balance(session, chart.cash(holder_id)) - int(announced or 0))


def settle(session: Session, *, remittance: Remittance, amount_minor: int, now: datetime) -> int:
    """How much of what came is the announced cash, once; the caller has locked its custodian.

    Where it falls short, a person is asked to decide.
    """
    in_hand = ledger.balance(session, chart.cash(remittance.holder_id))
    applied = min(amount_minor, remittance.amount_minor, in_hand)
    if remittance.state != RemittanceState.ANNOUNCED or not applied:
        return 0
    is_whole = applied == remittance.amount_minor
    remittance.state = RemittanceState.RECEIVED if is_whole else RemittanceState.SHORT
    remittance.received_minor, remittance.settled_at = applied, now
    session.flush()
    if not is_whole:
        its: Any = {"organisation_id": remittance.holder_id, "now": now}
        cases.open_case(session, SYSTEM, cases.CaseKind.MONEY, remittance.id, **its)
    return applied


def short_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """Of cash that fell short its custodian owes what is missing.

    What was announced anew meanwhile, or handed in, is not. Not approved, it counts as in hand.
    """
    remittance = session.get(Remittance, case.subject_id)
    if remittance is None:
        return
    holder = session.get_one(Organisation, remittance.holder_id)
    lock(session, holder_id=holder.id)
    short = remittance.amount_minor - remittance.received_minor
    if approved:
        short = min(short, unannounced(session, holder_id=holder.id))
        amounts = {chart.receivable(holder.id): short, chart.cash(holder.id): -short}
        ledger.post(session, f"shortage:{remittance.id}", "cash.shortage", amounts, now=now)
    key = f"notice.shortage.{'approved' if approved else 'declined'}"
    amount, why = formats.money(short, remittance.currency, ("vi",)), case.reason or ""
    told: Any = {"link": f"/desk/cases/{case.number}", "amount": amount, "reason": why}
    notifications.tell_deciders(session, holder, key, **told, now=now)


def in_hand(session: Session, *, holder_id: UUID) -> list[tuple[str | None, datetime, int]]:
    """Of which orders (their codes) somebody's cash is: since when and how much, the oldest first.

    What came first is sent first.
    """
    taken = _taken(Account.code == chart.cash(holder_id).code)
    left = taken.c.balance - taken.c.later
    asked = select(Order.code, taken.c.effective_at, taken.c.amount, left).where(left > 0)
    its = asked.outerjoin_from(taken, Order, Order.id == taken.c.order_id)
    rows = session.execute(its.order_by(taken.c.effective_at, Order.code).limit(SHOWN_MOST))
    return [(code, at, int(min(amount, left))) for code, at, amount, left in rows]


def overdue(session: Session, *, now: datetime) -> list[Overdue]:
    """Who has held cash for longer than a day, the oldest first; what came first is sent first."""
    taken = _taken(Account.code.like(chart.cash.pattern))
    since = func.min(taken.c.effective_at)
    here = select(taken.c.code, taken.c.balance, since).where(taken.c.later < taken.c.balance)
    late = here.group_by(taken.c.code, taken.c.balance).having(since <= now - DAY)
    rows = session.execute(late.order_by(since, taken.c.code))
    return [Overdue(UUID(code.rpartition(":")[2]), *its) for code, *its in rows]


def remind_custodians(session: Session, *, now: datetime) -> int:
    """Tell who holds cash for longer than a day to hand it in, once a day; how many."""
    told, today = 0, clock.start_of(clock.day_of(now))
    for each in overdue(session, now=now):
        if limits.counted(session, f"cash:{each.holder_id}", today) > 1:
            continue
        holder = session.get_one(Organisation, each.holder_id)
        if holder.kind == OrganisationKind.RESELLER:
            continue  # it settles by its statement
        is_farm = holder.kind != OrganisationKind.COOPERATIVE
        link = "/sell/money" if is_farm else f"/desk/cash?cooperative={holder.id}"
        said: Any = {"link": link, "amount": formats.money(each.amount_minor, "VND", ("vi",))}
        notifications.tell_deciders(session, holder, "notice.cash.overdue", **said, now=now)
        told += 1
    return told


def _taken(which: ColumnElement[bool]) -> Subquery:
    """Each sum that custodians took, with all that they took `later`."""
    later = func.sum(Entry.amount).over(partition_by=Entry.account_id, order_by=Entry.id.desc())
    its = (Account.code, Account.balance, Posting.effective_at, Posting.order_id, Entry.amount)
    asked = select(*its, (later - Entry.amount).label("later")).join_from(Account, Entry)
    taken = asked.join(Posting, Posting.tx == Entry.tx).where(Entry.amount > 0)
    return taken.where(which, Account.balance > 0).subquery()
