"""The host's day: who comes, and letting them in by the code on their ticket."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, g, request
from sqlalchemy import select

from api.context import acting
from api.pages import counter, typed
from api.pages.frame import Views, again, form, go, render
from catalog.shelves import own
from market import bookings, clock
from market.accounts import Scope
from market.bookings import Ticket, TicketState
from market.db import by_id
from market.errors import FieldInvalid, MarketError, NotFound
from market.ids import code_of, normal_code
from market.orders import Order, OrderGroup, OrderLine
from payments import fulfilling

views = Views()

LET_IN = "let_in"


@views.get("/host/today", *counter.KEEPERS)
def today() -> Response:
    """The departures of today, or of the day asked for, and of the next, with their guests."""
    here = counter.needed()
    facts = _day_facts(here)
    return render("host_today.html", result=_let_in(here), **facts)


@views.post("/host/redemption", *counter.KEEPERS)
def redeem() -> Response:
    """Let a guest in, or say why not."""
    here, given = counter.needed(Scope.ORDERS), form()
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


def _let_in(here: counter.Counter) -> dict[str, Any] | None:
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


def _day_facts(here: counter.Counter) -> dict[str, Any]:
    day = typed.day(request.args.get("day")) or clock.day_of(clock.now())
    days = (day, day + timedelta(days=1))
    return {"date": day, "days": [(each, _departures(here, each)) for each in days]}


def _departures(here: counter.Counter, day: date) -> list[tuple[Any, list[Any]]]:
    """The departures of a day, each with who comes: the order, its checkout, its tickets."""
    of_day: dict[str, Any] = {"since": clock.start_of(day), "until": clock.end_of(day)}
    asked = {"seller_ids": here.actor.seller_ids, "lang": g.languages[0]}
    departures = own.departures(g.session.connection(), **asked, **of_day)
    by_order: dict[tuple[UUID, UUID], list[Ticket]] = {}
    for ticket in bookings.guests(g.session, actor=here.actor, **of_day):
        if ticket.state != TicketState.VOID:
            by_order.setdefault((ticket.departure_id, ticket.order_id), []).append(ticket)
    orders = by_id(g.session, Order, (order_id for _, order_id in by_order))
    groups = by_id(g.session, OrderGroup, (order.group_id for order in orders.values()))
    guests: dict[UUID, list[Any]] = {}
    for (departure_id, order_id), tickets in by_order.items():
        order = orders[order_id]
        guests.setdefault(departure_id, []).append((order, groups[order.group_id], tickets))
    return [(row, guests.get(row.id, [])) for row in departures]
