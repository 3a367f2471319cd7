"""The host's day: who comes, and letting them in by the code on their ticket."""

from datetime import date, timedelta

from flask import Response, g, request, send_from_directory
from sqlalchemy import select

from api import context, csrf
from api.pages import counter, order_facts, typed
from api.pages.filters import STATIC
from api.pages.frame import UUID, Any, Facts, acting, again, form, go, render, views
from catalog import stays
from catalog.shelves import own
from market import bookings, clock, ticket_tokens
from market.accounts import Scope
from market.bookings import Ticket, TicketState
from market.db import by_id
from market.errors import FieldInvalid, MarketError, NotFound
from market.ids import code_of, normal_code
from market.orders import Order, OrderGroup
from payments import fulfilling, gate
from translations import text

LET_IN = "let_in"
WORDS = (*gate.Outcome, "day", "inside", "offline", "held", "unverified", "blind")


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


@views.post("/host/orders/<uuid:order_id>/no-show", *counter.KEEPERS)
def miss(order_id: UUID) -> Response:
    """Say that nobody came."""
    fulfilling.miss(**acting(counter.needed(Scope.ORDERS).actor), order_id=order_id)
    return go("/host/today")


@views.get("/host/worker.js")
def worker() -> Response:
    """What opens the page of the day without signal; it only sees what is under its address."""
    return send_from_directory(STATIC, "worker.js")


def _let_in(here: counter.Counter) -> Facts | None:
    """Whom the last codes let in; only a ticket of this host's says anything."""
    code = normal_code(request.args.get(LET_IN, ""))
    ticket = code and g.session.scalar(
        select(Ticket).where(
            Ticket.code == code,
            Ticket.seller_id.in_(here.actor.seller_ids),
            Ticket.state == TicketState.REDEEMED,
        )
    )
    return order_facts.ticket_facts(ticket, "") if ticket else None


def _day_facts(here: counter.Counter) -> Facts:
    """The departures of two days, each with who comes: the order, its checkout, its tickets."""
    day = typed.day(request.args.get("day")) or clock.day_of(clock.now())
    days = (day, day + timedelta(days=1))
    period: Facts = {"since": clock.start_of(day), "until": clock.end_of(days[1])}
    asked = {"seller_ids": here.actor.seller_ids, "lang": g.languages[0]}
    departures = own.departures(g.session.connection(), **asked, **period)
    tickets = bookings.guests(g.session, actor=here.actor, **period)
    orders = by_id(g.session, Order, (ticket.order_id for ticket in tickets))
    groups = by_id(g.session, OrderGroup, (order.group_id for order in orders.values()))
    parties: dict[UUID, dict[UUID, Any]] = {}
    for ticket in tickets:
        if ticket.state != TicketState.VOID:
            order, its = orders[ticket.order_id], parties.setdefault(ticket.departure_id, {})
            its.setdefault(order.id, (order, groups[order.group_id], []))[2].append(ticket)
    days_of: dict[date, list[Any]] = {each: [] for each in days}
    for row in departures:
        days_of[clock.day_of(row.starts_at)].append((row, parties.get(row.id, {}).values()))
    return {
        "stays": g.session.scalar(stays.own(actor=here.actor).limit(1)),
        "date": day,
        "now": clock.now(),
        "days": list(days_of.items()),
        "again": bookings.again(g.session, ticket_ids=[ticket.id for ticket in tickets]),
        "gate": _gate(here, [(it, groups[orders[it.order_id].group_id].name) for it in tickets]),
    }


def _gate(here: counter.Counter, guests: list[tuple[Ticket, str]]) -> Facts:
    """What a phone needs to let guests in without signal; instants in seconds since 1970."""
    shop, units = here.shop.id, {ticket.unit for ticket, _ in guests}
    return {
        "key": ticket_tokens.public_key(context.settings().secret_key),
        "sellers": sorted(each.hex[-ticket_tokens.SHORT :] for each in here.actor.seller_ids),
        "acting": {} if shop in g.actor.seller_ids else {"Acting-For": str(shop)},
        "csrf": csrf.token(),
        "words": {word: text(g.languages, f"gate.{word}", count="{}") for word in WORDS},
        "units": {unit: text(g.languages, f"page.seat.{unit}") for unit in units},
        "tickets": [
            (it.code, name, it.unit, it.state, int(it.starts_at.timestamp())) for it, name in guests
        ],
    }
