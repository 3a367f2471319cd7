"""Another departure or other nights for a booking, or more guests: only the difference is paid.

It may be changed until the cut-off of both, before anybody came. What costs no more is changed at
once; what costs more holds the new places beside the old until it is paid, or lapses.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, pricing, visiting
from market import Actor, Kind, MarketError, Money, existing, inventory, orders
from market.inventory import Want
from market.orders import Line, LineKind, Order, OrderGroup, OrderLine, Rail, State
from market.quantity import Quantity
from payments import collecting, rebooking, supplementing, withdrawing


class NotChangeable(MarketError, code="booking.not_changeable", kind=Kind.CONFLICT):
    """It is not confirmed, its cut-off is over, or its host has to be asked; or it is the same."""


class PriceChanged(MarketError, code="booking.price_changed", kind=Kind.CONFLICT):
    """The change costs another sum than was expected; facts: `difference`."""


Lines = Mapping[int, OrderLine]


class To(NamedTuple):
    """Where a booking is to go: to a departure, or to other nights, as `2026-12-24/2026-12-26`."""

    departure_id: UUID | None = None
    nights: str | None = None


class Change(NamedTuple):
    """A booking as it would be: its lines by position, and what more (or less) it costs."""

    lines: dict[int, Line]
    difference: Money
    percent: int


def preview(session: Session, *, order: Order, to: To, now: datetime) -> Change:
    """What the change would come to now; nothing is held yet.

    Raises NotChangeable, NotFound, and what `pricing.priced` and `options.require_party` do.
    """
    lines, party = withdrawing.lines_of(session, order), withdrawing.party_of(session, order)
    first = withdrawing.first_of(lines, party)
    percent, _ = withdrawing.held_until(first.snapshot, now)
    is_over = orders.cutoffs([first])[0] <= now
    if is_over or not _may_change(order, now):
        raise NotChangeable
    had = inventory.wants_of(session, owner_id=order.id) if to.nights else ()
    mine = {(first.departure_id, want.bucket): want.qty for want in had}  # nights that it keeps
    new = moved(session, order, lines, to, mine=mine, now=now)
    visiting.require_parties(session, parts=[list(new.values())])
    if any(_is_refused(first, line) for line in new.values()):
        raise NotChangeable
    before = sum(withdrawing.price_of(lines[ticket.position]) for ticket in party)
    after = sum(line.amount.minor for line in new.values())
    return Change(new, Money(after - before, order.currency), percent)


def change(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    to: To,
    expected: Money | None = None,
    now: datetime,
) -> Order:
    """Change the booking, or give the order that is to be paid for that first.

    Raises PriceChanged where not just the `expected` is to be paid, AlreadyAsked while another
    change waits for its money, and as `preview`.
    """
    collecting.lock_anew(session, order)
    its = preview(session, order=order, to=to, now=now)
    if expected is not None and expected != its.difference:
        raise PriceChanged(difference=its.difference)
    beside = collecting.beside(session, order, now=now)
    if any(extra.state == State.AWAITING_PAYMENT for extra in beside):
        raise supplementing.AlreadyAsked
    doing: Any = {"actor": actor, "now": now}
    if its.difference.minor > 0:
        asked = _ask(session, order, its, doing)
        if asked.rail == Rail.CASH:  # it is due with the rest, at the door
            supplementing.agree(session, order=asked, **doing)
            rebooking.paid(session, supplement=asked, now=now)
        return asked
    withdrawing.give_part(session, order=order, minor=-its.difference.minor, **doing)
    rebooking.apply(session, order, rebooking.told(its.lines, its.percent), **doing)
    return order


def enlarge(
    session: Session, *, actor: Actor, order: Order, units: Mapping[Any, int], now: datetime
) -> Order:
    """More guests (or rooms) at the same time: an order apart in the same checkout, to be paid.

    Raises NotChangeable, and what `pricing.priced` and `options.require_party` do of all together.
    """
    collecting.lock_anew(session, order)
    first = withdrawing.lines_of(session, order)[0]
    if not _may_change(order, now):
        raise NotChangeable
    kind, said = LineKind(first.kind), first.snapshot
    nights = f"{said['from']}/{said['until']}" if kind is LineKind.NIGHTS else None
    at = order.id, kind, existing(first.departure_id, "departure")
    puts = [baskets.Put(*at, nights or unit, count) for unit, count in units.items()]
    language = session.get_one(OrderGroup, order.group_id).language
    free: Any = {"tariff": pricing.FREE_OF_CHARGE, "lang": language, "now": now}
    new = [line for _, line in pricing.priced(session, lines=puts, **free)]
    if kind is LineKind.SEATS:
        together = Counter(ticket.unit for ticket in withdrawing.party_of(session, order))
        withdrawing.require_party(session, first, together + Counter(units))
    terms = supplementing.terms_of(first)
    its: Any = {"lines": tuple(replace(line, terms=terms) for line in new), "apart": True}
    its |= {"actor": actor, "now": now}
    return supplementing.place(session, order=order, **its, until=min(orders.cutoffs(new)))


def moved(
    session: Session, order: Order, lines: Lines, to: To, *, mine: Any = None, now: datetime
) -> dict[int, Line]:
    """The lines, by position, as they would be sold then to those who still come."""
    party = withdrawing.party_of(session, order)
    counts = sorted(Counter(ticket.position for ticket in party).items())
    puts = [_put(lines[position], count, to) for position, count in counts]
    language = session.get_one(OrderGroup, order.group_id).language
    free: Any = {"tariff": pricing.FREE_OF_CHARGE, "lang": language, "now": now}
    priced = pricing.priced(session, lines=puts, mine=mine, **free)
    return {at: line for (at, _), (_, line) in zip(counts, priced, strict=True)}


def _may_change(order: Order, now: datetime) -> bool:
    """What a reseller sold is changed by the reseller, who has its customer's money."""
    return orders.state_at(order, now) == State.CONFIRMED and order.rail != Rail.RESELLER


def _put(line: OrderLine, count: int, to: To) -> baskets.Put:
    """The line as a basket would have it on the other departure, or for the other nights."""
    kind, unit, subject_id = LineKind(line.kind), line.snapshot["unit"], to.departure_id
    if kind is LineKind.NIGHTS:
        unit, subject_id = to.nights, line.departure_id
    if unit is None or subject_id is None:
        raise NotChangeable
    return baskets.Put(line.order_id, kind, subject_id, unit, count)


def _is_refused(before: OrderLine, line: Line) -> bool:
    """Whether it is the same as before, of another visit, or its host has to be asked."""
    moments = [(each.snapshot["starts_at"], each.snapshot["ends_at"]) for each in (before, line)]
    is_same = line.departure_id == before.departure_id and moments[0] == moments[1]
    return is_same or line.listing_id != before.listing_id or "approves" in line.snapshot


def _ask(session: Session, order: Order, its: Change, doing: dict[str, Any]) -> Order:
    """An order beside the booking for what it costs more, which holds the new places."""
    lines, (at, first) = withdrawing.lines_of(session, order), next(iter(its.lines.items()))
    before, change = lines[at], rebooking.told(its.lines, its.percent)
    dearer = replace(
        first,
        departure_id=None,
        quantity=Quantity(1, 0, visiting.ONE),
        price=its.difference,
        amount=its.difference,
        wants=_more(session, order, its),
        terms=supplementing.terms_of(before),
        snapshot={**first.snapshot, "change": change},
    )
    until = min(orders.cutoffs([before, first]))
    return supplementing.place(session, order=order, lines=(dearer,), until=until, **doing)


def _more(session: Session, order: Order, its: Change) -> tuple[Want, ...]:
    """What the booking has not yet of what it wants; a boat in another use it has not."""
    more: Counter[tuple[UUID, int, UUID | None]] = Counter()
    for want in (want for line in its.lines.values() for want in line.wants):
        more[want.resource_id, want.bucket, want.use] += want.qty
    for want in inventory.wants_of(session, owner_id=order.id):
        more[want.resource_id, want.bucket, None] -= want.qty
    return tuple(
        Want(resource_id=key[0], bucket=key[1], qty=qty, use=key[2]) for key, qty in (+more).items()
    )
