"""The host's day: who comes, and letting them in by the code on their ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, g, request
from sqlalchemy import select

from api.context import acting
from api.pages import counter, typed
from api.pages.counter import KEEPERS, Counter
from api.pages.frame import Views, again, form, go, render
from catalog.shelves import own
from market import accounts, bookings, clock
from market.accounts.models import Scope
from market.bookings.models import Ticket, TicketState
from market.db import by_id
from market.errors import FieldInvalid, MarketError, NotFound
from market.ids import code_of, normal_code
from market.orders import Rail, State
from market.orders.models import Order, OrderGroup, OrderLine
from payments import fulfilling

views = Views()

LET_IN = "let_in"
TO_COLLECT = frozenset({State.PLACED, State.CONFIRMED})


@views.get("/host/today", *KEEPERS)
def today() -> Response:
    """The departures of today, or of the day asked for, and of the next, with their guests."""
    here = counter.needed()
    facts = _day_facts(here)
    return render("host_today.html", values={}, errors={}, result=_let_in(here), **facts)


@views.post("/host/redemption", *KEEPERS)
def redeem() -> Response:
    """Let a guest in, or say why not."""
    here, given = counter.needed(), form()
    accounts.require_scope(here.actor, Scope.ORDERS)
    try:
        written = given.get("codes", "").split() or [typed.needed(given, "code")]
        codes = [code_of(each, what="ticket") for each in written]
        with g.session.begin_nested():
            for code in codes:
                fulfilling.redeem(**acting(here.actor), code=code)
    except MarketError as refusal:
        unknown = FieldInvalid(field="code", reason="ticket.unknown")
        told = unknown if isinstance(refusal, NotFound) else refusal
        facts = {"blame": "code", "result": None, **_day_facts(here)}
        return again("host_today.html", told, form=given, **facts)
    return go(f"/host/today?{LET_IN}={codes[0]}")


@dataclass(frozen=True, slots=True)
class _Booked:
    """An order with its guests on one departure."""

    order: Order
    group: OrderGroup
    tickets: Sequence[Ticket]


def _let_in(here: Counter) -> dict[str, Any] | None:
    """Whom the last codes let in; only a ticket of this host's says anything."""
    code = normal_code(request.args.get(LET_IN, ""))
    ticket = code and g.session.scalar(
        select(Ticket).where(
            Ticket.code == code,
            Ticket.seller_id.in_(here.actor.seller_ids),
            Ticket.state == TicketState.REDEEMED,
        )
    )
    if not ticket:
        return None
    order = g.session.get_one(Order, ticket.order_id)
    return {
        "title": g.session.get_one(OrderLine, (order.id, ticket.position)).title,
        "guest": g.session.get_one(OrderGroup, order.group_id).name,
        "unit": ticket.unit,
    }


def _day_facts(here: Counter) -> dict[str, Any]:
    day = typed.day(request.args.get("day")) or clock.day_of(clock.now())
    after = day + timedelta(days=1)
    return {
        "date": day,
        "days": [{"day": each, "departures": _on(here, each)} for each in (day, after)],
    }


def _on(here: Counter, day: date) -> list[dict[str, Any]]:
    booked = _booked(here, day)
    asked = {"seller_ids": here.actor.seller_ids, "lang": g.languages[0]}
    asked |= {"since": clock.start_of(day), "until": clock.end_of(day)}
    found = own.departures(g.session.connection(), **asked)
    return [_departure(row, booked.get(row.id, [])) for row in found]


def _booked(here: Counter, day: date) -> dict[UUID, list[_Booked]]:
    """The orders with guests on the day's departures."""
    by_order: dict[tuple[UUID, UUID], list[Ticket]] = {}
    since, until = clock.start_of(day), clock.end_of(day)
    for ticket in bookings.guests(g.session, actor=here.actor, since=since, until=until):
        if ticket.state != TicketState.VOID:
            by_order.setdefault((ticket.departure_id, ticket.order_id), []).append(ticket)
    orders = by_id(g.session, Order, (order_id for _, order_id in by_order))
    groups = by_id(g.session, OrderGroup, (order.group_id for order in orders.values()))
    found: dict[UUID, list[_Booked]] = {}
    for (departure_id, order_id), tickets in by_order.items():
        order = orders[order_id]
        of_it = _Booked(order, groups[order.group_id], tickets)
        found.setdefault(departure_id, []).append(of_it)
    return found


def _departure(row: Any, booked: list[_Booked]) -> dict[str, Any]:
    return {
        "title": row.title,
        "starts": row.starts_at,
        "seats_sold": sum(len(each.tickets) for each in booked),
        "capacity": row.capacity,
        "guests": [_guest(each) for each in booked],
    }


def _guest(booked: _Booked) -> dict[str, Any]:
    states = [ticket.state for ticket in booked.tickets]
    return {
        "name": booked.group.name,
        "phone": booked.group.phone,
        "count": len(states),
        "inside": states.count(TicketState.REDEEMED),
        "codes": [each.code for each in booked.tickets if each.state == TicketState.VALID],
        "state": _state(booked.tickets),
        "cash": _cash(booked.order),
    }


def _state(tickets: Sequence[Ticket]) -> str:
    states = {ticket.state for ticket in tickets}
    if TicketState.PENDING in states:
        return "unpaid"
    return "waiting" if TicketState.VALID in states else "in"


def _cash(order: Order) -> int | None:
    due = order.rail == Rail.CASH and order.state in TO_COLLECT
    return order.total_minor if due else None
