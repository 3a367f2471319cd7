"""What an order has earned, and from whom it is taken again; the parts always add up.

A part is what its owner has of the order now less what he should keep of the rest, so that any
row of refunds that gives all back leaves nobody a đồng.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import Kind, MarketError, db, ledger, money
from market.ledger import Account, AccountName, Entry, Posting, chart
from market.orders import Order
from payments.models import Attempt, Payment

Parts: TypeAlias = Mapping[AccountName, int]


class RefundTooMuch(MarketError, code="refund.too_much", kind=Kind.CONFLICT):
    """More than is left of what was paid for the order; facts: `left`."""


def spread(session: Session, orders: Sequence[Order], amount_minor: int) -> list[tuple[Order, int]]:
    """The amount over what is here of several orders, at most all of it; nobody gets nothing.

    Of what was not earned only what is held is here: an order may have been called off unpaid.
    """
    held = ledger.balances(session, [chart.held(order.id) for order in orders])
    stands = ((order, held[chart.held(order.id).code]) for order in orders)
    here = [order.left_minor if order.earned_at else minor for order, minor in stands]
    whole = money.Money(min(amount_minor, sum(here)))
    parts = whole.split(*here) if whole else []
    return [(order, part.minor) for order, part in zip(orders, parts, strict=False) if part]


def captured_by(session: Session, *, order: Order, payment: Payment) -> UUID | None:
    """The try whose captured money is held for the order; None on the other rails."""
    tries = select(Attempt.id).where(Attempt.payment_id == payment.id, Attempt.captured_minor > 0)
    keys = {f"capture:{attempt_id}": attempt_id for attempt_id in session.scalars(tries)}
    of_order = taken(session, keys=keys, account=chart.held(order.id).code)
    return next((keys[key] for key in of_order), None)


def taken(session: Session, *, keys: Collection[str], account: str) -> dict[str, int]:
    """What of the postings stands on the credit side of an account, or of all that are like it."""
    asked = select(Posting.key, -Entry.amount).join_from(Posting, Entry).join(Account)
    its = asked.where(Posting.key.in_(keys), Account.code.like(account)).order_by(Posting.key)
    return {key: int(amount) for key, amount in session.execute(its)}


def take_back(session: Session, *, order: Order, payment: Payment, amount_minor: int) -> Parts:
    """Count the amount as given back, and tell from which accounts it comes.

    Held money goes first; of what was earned each gives his part: the market, the cooperative,
    and the seller, who owes what he has no more. A direct seller gives the buyer's money himself,
    and owes less of the fees. Raises RefundTooMuch.
    """
    count(session, order=order, amount_minor=amount_minor)
    is_direct = payment.beneficiary_id is not None
    if order.earned_at is None:
        return {} if is_direct else {chart.held(order.id): amount_minor}
    commission, fee = _fees_of(session, order, amount_minor)
    owners = {} if order.cooperative_id is None else {order.cooperative_id: fee}
    if not is_direct:
        owners[order.seller_id] = amount_minor - commission - fee
    parts = {chart.COMMISSION: commission, **_from_owners(session, owners)}
    return parts | _owing_less(session, order, commission + fee) if is_direct else parts


def count(session: Session, *, order: Order, amount_minor: int) -> None:
    """Count the amount as given back, or as never to be taken; raises RefundTooMuch."""
    given_back = Order.given_back_minor + amount_minor
    if not db.changed(session, order, given_back <= Order.total_minor, given_back_minor=given_back):
        raise RefundTooMuch(left=order.left_minor)


def put_back(session: Session, *, order: Order, amount_minor: int, key: str, now: datetime) -> None:
    """The amount was not given back after all; what would be held of an earned order is earned."""
    db.changed(session, order, given_back_minor=Order.given_back_minor - amount_minor)
    if order.earned_at is not None:
        _earn(session, order, f"earned:{order.id}:{key}", now)


def undo(session: Session, key: str, kind: str, *, of: str, now: datetime) -> None:
    """Reverse what was taken; where a seller has repaid his debt meanwhile, it is his again."""
    try:
        with session.begin_nested():
            ledger.reverse(session, key, kind, of=of, now=now)
    except ledger.TooLittle:
        amounts, order_id = _opposite(session, of)
        ledger.post(session, key, kind, amounts, order_id=order_id, now=now)


def earn(session: Session, *, order: Order, payment: Payment, now: datetime) -> None:
    """The waiting time is over: what is left is the seller's, less commission and fee.

    A seller who owes something pays that first. Who was paid directly owes the fees only.
    """
    if payment.beneficiary_id is None:
        _earn(session, order, f"earned:{order.id}", now)
        return
    commission, fee = order.fees_of(order.left_minor)
    amounts = {chart.COMMISSION: -commission, chart.receivable(order.seller_id): commission + fee}
    if order.cooperative_id is not None:
        amounts[chart.payable(order.cooperative_id)] = -fee
    key = f"earned:{order.id}"
    ledger.post(session, key, "order.earned", amounts, order_id=order.id, now=now)


def _earn(session: Session, order: Order, key: str, now: datetime) -> None:
    """Give to each what is held of the order, so that he has his part of all that is left."""
    held = ledger.balance(session, chart.held(order.id))
    commission, fee = _parts_now(session, order)
    keeps = order.fees_of(order.left_minor)
    commission = max(0, min(keeps[0] - commission, held))
    fee = max(0, min(keeps[1] - fee, held - commission))
    earned, owed = held - commission - fee, chart.receivable(order.seller_id)
    owners = [each for each in (order.seller_id, order.cooperative_id) if each]
    repaid = min(earned, _locked(session, owners)[owed.code])
    amounts = {chart.held(order.id): held, chart.COMMISSION: -commission, owed: -repaid}
    amounts[chart.payable(order.seller_id)] = repaid - earned
    if order.cooperative_id is not None:
        amounts[chart.payable(order.cooperative_id)] = -fee
    ledger.post(session, key, "order.earned", amounts, order_id=order.id, now=now)


def _fees_of(session: Session, order: Order, amount_minor: int) -> tuple[int, int]:
    """What of the amount are commission and fee: what they are now, less what they should be."""
    commission, fee = _parts_now(session, order)
    keeps = order.fees_of(order.left_minor)
    commission = max(0, min(commission - keeps[0], amount_minor))
    return commission, max(0, min(fee - keeps[1], amount_minor - commission))


def _parts_now(session: Session, order: Order) -> tuple[int, int]:
    """What the market and the cooperative have of the order, but for cash that it laid out."""
    stands = ledger.of_order(session, order_id=order.id, besides="refund.paid")
    commission = stands.get(chart.COMMISSION.code, 0)
    if order.cooperative_id is None:
        return commission, 0
    payable, owed = chart.payable(order.cooperative_id), chart.receivable(order.cooperative_id)
    return commission, stands.get(payable.code, 0) - stands.get(owed.code, 0)


def _from_owners(session: Session, shares: Mapping[UUID, int]) -> dict[AccountName, int]:
    """Each owner's share from what he has here; what he has not he owes."""
    names = {owner: chart.payable(owner) for owner in shares}
    holding = _locked(session, list(shares))
    amounts: dict[AccountName, int] = {}
    for owner, share in shares.items():
        here = min(share, holding[names[owner].code])
        amounts |= {names[owner]: here, chart.receivable(owner): share - here}
    return amounts


def _owing_less(session: Session, order: Order, amount_minor: int) -> dict[AccountName, int]:
    """A seller's debt goes down; what he paid of it already is his."""
    owed = chart.receivable(order.seller_id)
    off = min(amount_minor, _locked(session, [order.seller_id])[owed.code])
    return {owed: -off, chart.payable(order.seller_id): off - amount_minor}


def _locked(session: Session, owners: Sequence[UUID]) -> dict[str, int]:
    """What owners have and owe, all locked at once, so that nobody waits crosswise."""
    kinds = (chart.payable, chart.receivable)
    return ledger.locked(session, [kind(owner) for owner in owners for kind in kinds])


def _opposite(session: Session, key: str) -> tuple[dict[AccountName, int], UUID | None]:
    """A posting the other way round, but that no debt is taken back which is paid already."""
    asked = select(Account.code, Account.normal, Account.floor, Entry.amount, Posting.order_id)
    its = asked.join_from(Entry, Account).join(Posting).where(Posting.key == key)
    rows = session.execute(its).all()
    amounts = {AccountName(row.code, row.normal, row.floor): -row.amount for row in rows}
    for name in [each for each in amounts if chart.kind_of(each.code) == "receivable"]:
        owner = UUID(name.code.split(":")[1])
        off = min(-amounts[name], _locked(session, [owner])[name.code])
        rest, payable = -amounts[name] - off, chart.payable(owner)
        amounts |= {name: -off, payable: amounts.get(payable, 0) - rest}
    return amounts, rows[0].order_id
