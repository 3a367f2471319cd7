"""The host's day: who comes to visit or stay, letting them in, rooms, lists of guests, nights."""

from datetime import date, timedelta
from functools import partial

from flask import Response, g, request, send_from_directory
from sqlalchemy import select

from api import context, csrf
from api.context import Acting, Facts, acting
from api.orders_view import order_of_secret
from api.pages import cards, counter, order_facts, typed
from api.pages.filters import STATIC
from api.pages.frame import UUID, Any, again, answered, form, go, refused, render, views
from api.spreadsheets import csv_response
from catalog import rooms, stays
from catalog.shelves import visits
from market import Money, bookings, by_id, clock, guest_lists, orders, ticket_tokens
from market.accounts import Actor, Organisation, Scope
from market.bookings import Ticket, TicketState
from market.errors import FieldInvalid, NotFound, existing
from market.guest_lists import Paper
from market.ids import code_of, normal_code
from market.orders import Order, OrderGroup
from payments import fulfilling
from translations import formats, text

LET_IN = "let_in"
WORDS = (*fulfilling.Outcome, "day", "inside", "offline", "held", "unverified", "blind")
NIGHTS, GUESTS = "/host/stays/<uuid:option_id>", "/host/guests/<uuid:order_id>"
SHOWN_DAYS = 60
FIELDS = {"name": 100, "born": 10, "nationality": 2, "paper": 20, "number": 30}
SHEET = (*FIELDS, "address", "why", "from", "until", "house")


@views.get("/host/today", *counter.KEEPERS)
def today() -> Response:
    """The departures of today, or of the day asked for, and of the next, with their guests."""
    return render("host_today.html", **_day_facts(counter.needed()))


@views.post("/host/redemption", *counter.KEEPERS)
def redeem() -> Response:
    """Let a guest in, or say why not."""
    here = counter.needed(Scope.ORDERS)
    facts, deed = partial(_day_facts, here), partial(_redeem, acting(here.actor))
    on: Facts = {"blame": "code", "to": lambda code: f"/host/today?{LET_IN}={code}"}
    return answered("host_today.html", facts, deed, said=None, **on)


@views.post("/host/orders/<uuid:order_id>/no-show", *counter.KEEPERS)
def miss(order_id: UUID) -> Response:
    """Say that nobody came."""
    fulfilling.miss(**acting(counter.needed(Scope.ORDERS).actor), order_id=order_id)
    return go("/host/today")


@views.get("/host/worker.js")
def worker() -> Response:
    """What opens the page of the day without signal; it only sees what is under its address."""
    return send_from_directory(STATIC, "worker.js")


@views.get("/host/stays", *counter.KEEPERS)
def stays_today() -> Response:
    """Who arrives, stays and leaves today, or on the day asked for."""
    return render("host_stays.html", **_stays_facts())


@views.post("/host/stays/rooms", *counter.KEEPERS)
def assign() -> Response:
    """Give those who arrive today a room each."""
    rooms.assign_all(g.session, actor=counter.needed(Scope.ORDERS).actor, now=clock.now())
    return go("/host/stays")


@views.post("/host/stays/rooms/<code>", *counter.KEEPERS)
def name(code: str) -> Response:
    """Say which room a guest has."""
    actor, room = counter.needed(Scope.ORDERS).actor, form().get("room") or None
    if refusal := refused(lambda: rooms.name(**acting(actor), code=code, room=room)):
        refusal.facts.pop("field", None)
        return again("host_stays.html", refusal, form=form(), blame=code, **_stays_facts())
    return go(f"/host/stays?day={_day()}#f-{code}")


@views.get("/host/stays/guests.csv", *counter.KEEPERS)
def declaration() -> Response:
    """Those who arrive on the day, as the declaration of their stay asks."""
    facts, rows = _stays_facts(), []
    for stay in facts["arriving"]:
        found, said = facts["lists"].pop(stay.ticket.order_id, None), stay.line.snapshot
        host = g.session.get_one(Organisation, stay.ticket.seller_id)
        house = order_facts.place_of(host, exact=True)
        its = {**said, "why": text(g.languages, "guests.why"), "house": house}
        for guest in found.guests if found else ():
            paper = text(g.languages, f"guests.paper.{guest['paper']}")
            rows.append([(its | guest | {"paper": paper})[column] for column in SHEET])
    return csv_response(f"guests-{facts['date']}", [f"guests.{it}" for it in SHEET], rows)


@views.both(NIGHTS, *counter.KEEPERS)
def nights(option_id: UUID) -> Response:
    """The coming nights of a room type, to be opened, closed and priced."""
    who = acting(counter.needed(Scope.LISTINGS).actor)
    deed, facts = partial(_change, who, option_id), partial(_nights, who["actor"], option_id)
    return answered("host_nights.html", facts, deed, blame="rooms", said="nights")


@views.both("/o/<opened>/<uuid:order_id>/guests")
def guests_by_buyer(opened: str, order_id: UUID) -> Response:
    """Who sleeps there, as the buyer says it."""
    return _guests(order_of_secret(g.session, opened, order_id), f"/o/{opened}")


@views.both(GUESTS, *counter.KEEPERS)
def guests_by_host(order_id: UUID) -> Response:
    """Who sleeps there, as the host writes it at the door."""
    actor = counter.needed(Scope.ORDERS).actor
    order = orders.queries.sold_by(g.session, actor=actor, order_id=order_id)
    return _guests(order, "/host/stays")


@views.post(f"{GUESTS}/declaration", *counter.KEEPERS)
def declare(order_id: UUID) -> Response:
    """The guests were declared."""
    guest_lists.declare(**acting(counter.needed(Scope.ORDERS).actor), order_id=order_id)
    return go("/host/stays", said="declared")


def _redeem(who: Acting, given: dict[str, str]) -> str:
    """Let in who holds these tickets, all or nobody; the first of their codes."""
    written = given.get("codes", "").split() or [typed.needed(given, "code")]
    try:
        codes = [code_of(each, what="ticket") for each in written]
        for code in codes:
            fulfilling.redeem(**who, code=code)
    except NotFound:
        raise FieldInvalid(field="code", reason="ticket.unknown") from None
    return codes[0]


def _let_in(here: counter.Counter) -> Facts | None:
    """Whom the last codes let in; only a ticket of this host's says anything."""
    code = normal_code(request.args.get(LET_IN, ""))
    used = select(Ticket).where(Ticket.code == code, Ticket.state == TicketState.REDEEMED)
    mine = used.where(Ticket.seller_id.in_(here.actor.seller_ids))
    ticket = code and g.session.scalar(mine)
    return order_facts.ticket_facts(ticket, "") if ticket else None


def _day_facts(here: counter.Counter) -> Facts:
    """The departures of two days, each with who comes: the order, its checkout, its tickets."""
    day = _day()
    days = (day, day + timedelta(days=1))
    period: Facts = {"since": clock.start_of(day), "until": clock.end_of(days[1])}
    asked = {"seller_ids": here.actor.seller_ids, "lang": g.languages[0]}
    departures = visits.of_hosts(g.session.connection(), **asked, **period)
    tickets = bookings.guests(g.session, actor=here.actor, **period)
    known = by_id(g.session, Order, (ticket.order_id for ticket in tickets))
    groups = by_id(g.session, OrderGroup, (order.group_id for order in known.values()))
    parties: dict[UUID, dict[UUID, Any]] = {}
    for ticket in tickets:
        if ticket.state != TicketState.VOID:
            order, its = known[ticket.order_id], parties.setdefault(ticket.departure_id, {})
            its.setdefault(order.id, (order, groups[order.group_id], []))[2].append(ticket)
    days_of: dict[date, list[Any]] = {each: [] for each in days}
    for row in departures:
        days_of[clock.day_of(row.starts_at)].append((row, parties.get(row.id, {}).values()))
    return {
        "result": _let_in(here),
        "stays": g.session.scalar(stays.own(actor=here.actor).limit(1)),
        "date": day,
        "now": clock.now(),
        "days": list(days_of.items()),
        "again": bookings.again(g.session, ticket_ids=[ticket.id for ticket in tickets]),
        "gate": _gate(here, [(it, groups[known[it.order_id].group_id].name) for it in tickets]),
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


def _nights(actor: Actor, option_id: UUID) -> Facts:
    named, now = stays.named(g.session, actor=actor, lang=g.languages[0]), clock.now()
    name, today = existing(named.get(option_id), "option"), clock.day_of(now)
    (option,) = stays.types(g.session, actor=actor, id=option_id)
    asked: Facts = {"option": option, "first": today, "days": SHOWN_DAYS}
    return {"nights": stays.calendar(g.session, **asked, now=now), "name": name}


def _change(who: Acting, option_id: UUID, given: dict[str, str]) -> None:
    rooms, price = given.get("rooms", ""), given.get("price", "").replace(".", "")
    stays.change(
        **who,
        option_id=option_id,
        first=typed.day_of(given, "from"),
        last=typed.day_of(given, "until"),
        closed={"closed": True, "open": False}.get(given.get("state", "")),
        rooms=(typed.count(rooms) if rooms.isdecimal() else -1) if rooms else None,
        price=Money(typed.count(price, digits=12)) if price else None,
    )


def _guests(order: Order, back: str) -> Response:
    kept = guest_lists.of_orders(g.session, order_ids=[order.id]).get(order.id)
    lands = formats.countries(g.languages[0]).items()
    facts: Facts = {"guests": kept.guests if kept else [], "back": back}
    facts["countries"] = [{"value": code, "word": word} for code, word in lands]
    facts["papers"] = cards.choices("guests.paper", Paper)
    return answered("guests.html", lambda: facts, partial(_keep, order), said="guests")


def _keep(order: Order, given: dict[str, str]) -> None:
    guests = [
        {name: typed.needed(given, f"{name}-{at}", most) for name, most in FIELDS.items()}
        | {"address": given.get(f"address-{at}", "")[:200]}
        for at in range(guest_lists.GUESTS_MAX)
        if given.get(f"name-{at}")
    ]
    guest_lists.keep(g.session, order=order, guests=guests, now=clock.now())


def _stays_facts() -> Facts:
    actor, day = counter.needed(Scope.ORDERS).actor, _day()
    found, at = rooms.on_day(g.session, actor=actor, day=day), day.toordinal()
    known = by_id(g.session, Order, (stay.ticket.order_id for stay in found))
    return {
        "date": day,
        "arriving": [stay for stay in found if stay.nights.start == at],
        "staying": [stay for stay in found if stay.nights.start < at < stay.nights.stop],
        "leaving": [stay for stay in found if stay.nights.stop == at],
        "groups": by_id(g.session, OrderGroup, (order.group_id for order in known.values())),
        "orders": known,
        "lists": guest_lists.of_orders(g.session, order_ids=list(known)),
        "types": stays.named(g.session, actor=actor, lang=g.languages[0]),
    }


def _day() -> date:
    return typed.day(request.values.get("day")) or clock.day_of(clock.now())
