"""The seats of a reseller's booking: found, priced net, held by an order, given up for others."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, options, prices
from catalog.booking_models import ExperienceOption
from catalog.models import Availability, Departure, Experience
from market import Kind, MarketError, NotFound, bookings, inventory, orders, portable, uuid7
from market.accounts import Actor, Organisation
from market.accounts.models import ResellerKey
from market.inventory import Want
from market.orders import Buyer, LineKind, NewOrder, Order, Part, Rail
from payments import asking, cancelling, checkout, remedying, resold, withdrawing
from payments.checkout import House
from payments.disruptions import Remedy
from payments.resold import ResellerBooking

ITEMS_MAX = 50
Item = Mapping[str, Any]


class NothingBooked(MarketError, code="reseller.nothing_booked", kind=Kind.CONFLICT):
    """A booking without anybody in it, or with more than so many; facts: `most`."""


class OutsideWindow(MarketError, code="reseller.outside_window", kind=Kind.CONFLICT):
    """The key books nothing that starts so soon or so late; facts: `notice_minutes`, `days`."""


class Wanted(NamedTuple):
    """What is booked: a start of an option of a visit, and its guests, each with an id."""

    experience_id: UUID
    option_id: UUID
    departure_id: UUID
    items: Sequence[Item]


class Said(NamedTuple):
    """What else a reseller says of a booking; what is left out stays as it is."""

    contact: Mapping[str, Any] | None = None
    reference: str | None = None
    notes: str | None = None
    minutes: int | None = None
    language: str = "vi"


class Deal(NamedTuple):
    """What is asked for, by whom, on whose terms, and when."""

    actor: Actor
    wanted: Wanted
    said: Said
    house: House
    now: datetime


def start_of(session: Session, wanted: Wanted, key: ResellerKey, now: datetime) -> Departure:
    """The start that is asked for, if all that is named belongs together and the key may."""
    experience = session.get(Experience, wanted.experience_id)
    by_night = experience is not None and experience.availability == Availability.NIGHTS
    if experience is None or by_night or not experience.is_live:
        raise NotFound(what="product", id=str(wanted.experience_id))
    option = session.get(ExperienceOption, wanted.option_id)
    if option is None or option.experience_id != experience.id or option.closed_at:
        raise NotFound(what="option", id=str(wanted.option_id))
    departure = session.get(Departure, wanted.departure_id)
    if departure is None or departure.option_id != option.id:
        raise NotFound(what="availability", id=str(wanted.departure_id))
    if not 0 < len(wanted.items) <= ITEMS_MAX:
        raise NothingBooked(most=ITEMS_MAX)
    for item in wanted.items:
        if options.unit_of(option.units, item["unit"]) is None:
            raise NotFound(what="unit", id=item["unit"][:100])
    by_day = option.availability == Availability.OPENING_HOURS
    if not resold.within(resold.window_of(key, now), departure, by_day=by_day):
        raise OutsideWindow(notice_minutes=key.notice_minutes, days=key.window_days)
    return departure


def fill(session: Session, booking: ResellerBooking, deal: Deal) -> None:
    """Price what is wanted, and hold it in an order unless it is a test."""
    wanted, counts = deal.wanted, Counter(item["unit"] for item in deal.wanted.items)
    its = LineKind.SEATS, wanted.departure_id
    puts = [baskets.Put(uuid7(), *its, unit, count) for unit, count in sorted(counts.items())]
    asked: Any = {"lang": deal.said.language, "reseller_id": booking.reseller_id, "now": deal.now}
    asked |= {"commission_basis_points": deal.house.commission_basis_points}
    (part,) = prices.quote(session, lines=puts, delivery=prices.Delivery(), **asked)
    lines = {line.snapshot["unit"]: line for line in part.lines}
    tickets: dict[str, list[str | None]] = defaultdict(list)
    if booking.is_test:
        tickets |= {unit: [None] * count for unit, count in counts.items()}
    else:
        order_id = _order(session, booking, part, deal)
        for ticket in bookings.of_orders(session, order_ids=[order_id])[order_id]:
            tickets[ticket.unit].append(ticket.code)
        booking.order_id = order_id
    booking.items = [
        {
            **item,
            "ticket": tickets[item["unit"]].pop(),
            "net": lines[item["unit"]].price.minor,
            "retail": lines[item["unit"]].snapshot["retail_minor"],
        }
        for item in wanted.items
    ]
    session.flush()


def give_up(session: Session, order: Order, departure: Departure, deal: Deal) -> None:
    """End the order whose place another takes; its cells and those of the other are locked."""
    is_off = orders.moving.is_suspended(order)  # it cannot take place as booked
    if not is_off and withdrawing.terms(session, order=order, now=deal.now).kept:
        raise cancelling.TooLateToCancel(state=order.state)
    option = session.get_one(ExperienceOption, departure.option_id)
    wants = [Want(resource_id=departure.resource_id, bucket=departure.bucket, qty=1)]
    ids, period = map(UUID, option.asset_ids), (departure.starts_at, departure.ends_at)
    use: Any = {"use": departure.id, "qty": 1}
    wants += inventory.slices(session, asset_ids=ids, period=period, **use)
    inventory.lock(session, owner_ids=[order.id], wants=wants)
    its: Any = {"actor": deal.actor, "order": order, "now": deal.now}
    if is_off:
        give_back(session, **its)
    else:
        cancelling.call_off(session, **its, by="buyer", reason="changed")


def give_back(session: Session, *, actor: Actor, order: Order, now: datetime) -> None:
    """End, with all its money back, what cannot take place; raises NothingToChoose."""
    remedying.choose(session, actor=actor, order=order, choice=Remedy.REFUND, now=now)


def keep_tickets(session: Session, booking: ResellerBooking, before: Sequence[Item]) -> None:
    """Who is named again comes with the ticket of before."""
    had = {(item["uuid"], item["unit"]): item["ticket"] for item in before}
    both = [(item["ticket"], had.get((item["uuid"], item["unit"]))) for item in booking.items]
    kept = {new: old for new, old in both if new and old}
    bookings.keep_codes(session, kept)
    tickets = [kept.get(new, new) for new, _ in both]
    booking.items = [
        {**item, "ticket": ticket} for item, ticket in zip(booking.items, tickets, strict=True)
    ]


def _order(session: Session, booking: ResellerBooking, part: Part, deal: Deal) -> UUID:
    """Write the order with its tickets and what is to be paid for it, and hold its seats."""
    until = min([booking.expires_at or deal.now, *orders.cutoffs(part.lines)])
    if booking.confirmed_at is None:
        booking.expires_at = until
    else:  # it is confirmed again at once
        until = deal.now + inventory.rearranging.MOMENT
    order = NewOrder(uuid7(), booking.id, part, until, Rail.RESELLER)
    batch, doing = portable.Batch(session), dict[str, Any](actor=deal.actor, now=deal.now)
    if booking.order_id is None:
        buyer = _buyer(session, booking, deal)
        group = orders.placing.draft(batch, buyer=buyer, orders=[order], **doing)
        orders.placing.open_group(session, group=group | {"code": booking.code})
    else:
        orders.placing.add(batch, order=order, **doing)
    asking.ask(batch, orders=[order], accounts={}, now=deal.now)
    checkout.issue(batch, order)
    batch.write(session)
    inventory.hold_all(session, holds=[order.hold], now=deal.now)
    return order.id


def _buyer(session: Session, booking: ResellerBooking, deal: Deal) -> Buyer:
    """Whose name the host reads: the customer's, and the reseller's until that is told."""
    name = resold.name_of(booking.contact)
    name = name or session.get_one(Organisation, booking.reseller_id).name
    contact: Any = {"phone": booking.contact.get("phoneNumber"), "email": None}
    contact["language"] = deal.said.language
    return Buyer(person_id=deal.actor.person_id, name=name, **contact)
