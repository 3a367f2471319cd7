"""A guest cancels: all or some of the party, by the policy of the host, with the sum known before.

What the policy keeps is the host's after the waiting time, less commission, as a visit that was.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import options, rooms
from catalog.booking_models import ExperienceOption
from market import Actor, Kind, MarketError, NotFound, bookings, inventory, orders
from market.bookings import Ticket
from market.money import Money, half_up
from market.orders import Fulfilment, LineKind, Order, OrderLine, State, news
from payments import cancelling, collecting
from payments.cancelling import TooLateToCancel
from translations import Amount

OPEN = cancelling.BY_BUYER | {State.CONFIRMED}


class RefundChanged(MarketError, code="booking.refund_changed", kind=Kind.CONFLICT):
    """Another sum than was expected would go back by now; facts: `refund`."""


class Terms(NamedTuple):
    """What goes back to who cancels now, of what the guests cost, and until when it is so much.

    Of what was not taken yet nothing goes back, and nothing is kept.
    """

    tickets: list[Ticket]
    is_whole: bool
    percent: int
    price: Money
    refund: Money
    kept: Money
    until: datetime | None


def terms(session: Session, *, order: Order, codes: Collection[str] = (), now: datetime) -> Terms:
    """What it comes to when the guests with these tickets cancel now; with none, the whole party.

    Until the host has agreed all goes back. Raises NotFound or TooLateToCancel.
    """
    lines, party = lines_of(session, order), party_of(session, order)
    state, first = orders.state_at(order, now), first_of(lines, party)
    begun = datetime.fromisoformat(first.snapshot["starts_at"]) <= now
    if state not in OPEN or (begun and state != State.AWAITING_PAYMENT):
        raise TooLateToCancel(state=state)
    chosen = [each for each in party if each.code in codes] if codes else party
    if len(chosen) < len(set(codes)):
        raise NotFound(what="ticket")
    is_whole = len(chosen) == len(party)
    price = sum(price_of(lines[each.position]) for each in chosen)
    percent, until = 100, None
    if state == State.CONFIRMED:
        percent, until = held_until(first.snapshot, now)
    taken = _taken(session, order, now)
    left = sum(each.left_minor for each in taken)
    back = min(half_up(price * percent, 100), left)
    kept = (left if is_whole else min(price, left)) - back
    price_, back_, kept_ = (Money(minor, order.currency) for minor in (price, back, kept))
    return Terms(chosen, is_whole, percent, price_, back_, kept_, until)


def withdraw(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    codes: Collection[str] = (),
    expected: Money | None = None,
    reason: str = "",
    now: datetime,
) -> Order:
    """Cancel a booking, or for the guests with these tickets, by its policy.

    Raises RefundChanged where not just the `expected` goes back, WrongState for a part of what is
    not paid yet, what `options.require_party` does for those who are left, and as `terms`.
    """
    collecting.lock_anew(session, order)
    its = terms(session, order=order, codes=codes, now=now)
    if expected is not None and expected != its.refund:
        raise RefundChanged(refund=its.refund)
    said: Any = {"actor": actor, "by": "buyer", "reason": reason, "percent": its.percent}
    if its.is_whole:
        back = _spread(_taken(session, order, now), its.refund.minor)
        cancelling.call_off_all(session, order, back, now=now, **said)
    else:
        _part(session, order, its, now, said)
    return order


def lines_of(session: Session, order: Order) -> dict[int, OrderLine]:
    """The lines of a booking by position; raises NotFound for what is none.

    While its guests have a disruption to choose about, it is WrongState.
    """
    if orders.moving.is_suspended(order):
        raise orders.WrongState(state=order.state, wanted=State.CONFIRMED.value)
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    if order.fulfilment != Fulfilment.VISIT or order.supplements_id is not None:
        raise NotFound(what="booking")
    return {line.position: line for line in lines}


def require_party(session: Session, line: OrderLine, counts: Mapping[str, int]) -> None:
    """Refuse guests who may not be so many, or not without others, as `options.require_party`."""
    option = session.get_one(ExperienceOption, UUID(line.snapshot["option"]))
    options.require_party(option.units, counts, option.least_units, option.most_units)


def party_of(session: Session, order: Order) -> list[Ticket]:
    """The tickets of a booking that are not used or void."""
    tickets = bookings.of_orders(session, order_ids=[order.id])[order.id]
    return [each for each in tickets if each.state in bookings.LIVE]


def first_of(lines: Mapping[int, OrderLine], party: Sequence[Ticket]) -> OrderLine:
    """A line of which somebody still comes; what nobody comes for is never rebooked."""
    return lines[party[0].position if party else 0]


def price_of(line: OrderLine) -> int:
    """What one guest or room costs, as it was last agreed."""
    return int(line.snapshot.get("now_minor", line.price_minor))


def held_until(snapshot: Mapping[str, Any], now: datetime) -> tuple[int, datetime | None]:
    """How much goes back by the policy now, in percent, and until when."""
    starts_at, cutoff_at = (
        datetime.fromisoformat(snapshot[it]) for it in ("starts_at", "cutoff_at")
    )
    tiers: Sequence[Mapping[str, int]] = snapshot["tiers"]
    percent = options.percent_back(tiers, starts_at=starts_at, cutoff_at=cutoff_at, now=now)
    edges = [starts_at - timedelta(hours=tier["hours"]) for tier in tiers] or [cutoff_at]
    percent = min(percent, snapshot.get("percent_max", 100))
    return percent, min((edge for edge in edges if edge > now), default=None)


def give_part(session: Session, *, order: Order, minor: int, now: datetime, **said: Any) -> None:
    """Owe back so much of what was taken for a booking; of cash, less is due."""
    taken = _taken(session, order, now) or collecting.together(session, order, now=now)
    for each, back in _spread(taken, minor).items():
        cancelling.give_back(session, order=each, minor=back, now=now, **said)


def _taken(session: Session, order: Order, now: datetime) -> list[Order]:
    """The order and what it costs more since it was changed, as far as that was taken."""
    both = collecting.together(session, order, now=now)
    payments = collecting.of_orders(session, order_ids=[each.id for each in both])
    return [each for each in both if payments[each.id].state in cancelling.TAKEN]


def _part(session: Session, order: Order, its: Terms, now: datetime, said: Any) -> None:
    """Those who go give their seats back; who stays has his ticket as before."""
    lines = lines_of(session, order)
    if order.state == State.AWAITING_PAYMENT:
        raise orders.WrongState(state=order.state, wanted=State.CONFIRMED.value)
    codes = {each.code for each in its.tickets}
    stay = [each for each in party_of(session, order) if each.code not in codes]
    first = lines[0]
    if first.kind == LineKind.SEATS:
        require_party(session, first, Counter(each.unit for each in stay))
    extras = collecting.beside(session, order, now=now)
    asked = [each for each in extras if each.state == State.AWAITING_PAYMENT]
    inventory.lock(session, owner_ids=[order.id, *(each.id for each in asked)])
    for each in asked:  # it was a change of the whole party
        cancelling.call_off(session, order=each, now=now, actor=said["actor"], by="buyer")
    freed = sum(lines[each.position].snapshot.get("pax", 1) for each in its.tickets)
    wants = inventory.wants_of(session, owner_id=order.id)
    fewer = [replace(want, qty=want.qty - freed) for want in wants]
    inventory.change_claims(session, owner_id=order.id, wants=fewer, now=now)
    bookings.void(session, order_id=order.id, codes=codes)
    rooms.let_go(session, order_id=order.id, codes=codes)
    is_taken = its.refund.minor + its.kept.minor > 0
    back = its.refund.minor if is_taken else its.price.minor
    doing = {name: said[name] for name in ("actor", "reason")}
    give_part(session, order=order, minor=back, now=now, **doing)
    orders.note_step(session, order, "order.reduced", now=now, tickets=sorted(codes), **said)
    refund = Amount(its.refund.minor, order.currency)
    news.tell(session, order, "notice.order.reduced", now, amount=refund, count=len(stay))
    news.tell_people(session, order=order, key="notice.sold.reduced", count=str(len(stay)))


def _spread(taken: Sequence[Order], minor: int) -> dict[Order, int]:
    """The sum, as far as it goes, from the order first and then from what is beside it."""
    parts = {}
    for order in taken:
        parts[order] = min(minor, order.left_minor)
        minor -= parts[order]
    return parts
