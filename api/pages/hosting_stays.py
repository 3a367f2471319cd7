"""The host's day of stays: who comes and leaves, their rooms and lists of guests; nights to let."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from flask import Response, g, request

from api.context import Acting
from api.orders_view import order_of_secret
from api.pages import cards, counter, order_facts, typed
from api.pages.frame import UUID, Facts, acting, again, answered, form, go, refused, render, views
from api.spreadsheets import csv_response
from catalog import rooms, stays
from market import clock, guest_lists, orders
from market.accounts import Actor, Organisation, Scope
from market.db import by_id
from market.errors import existing
from market.guest_lists import Paper
from market.money import Money
from market.orders import Order, OrderGroup
from translations import formats, text

NIGHTS, GUESTS = "/host/stays/<uuid:option_id>", "/host/guests/<uuid:order_id>"
SHOWN_DAYS = 60
FIELDS = {"name": 100, "born": 10, "nationality": 2, "paper": 20, "number": 30}
SHEET = (*FIELDS, "address", "why", "from", "until", "house")


@views.get("/host/stays", *counter.KEEPERS)
def today() -> Response:
    """Who arrives, stays and leaves today, or on the day asked for."""
    return render("host_stays.html", **_day_facts())


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
        return again("host_stays.html", refusal, form=form(), blame=code, **_day_facts())
    return go(f"/host/stays?day={_day()}#f-{code}")


@views.get("/host/stays/guests.csv", *counter.KEEPERS)
def declaration() -> Response:
    """Those who arrive on the day, as the declaration of their stay asks."""
    facts, rows = _day_facts(), []
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


def _nights(actor: Actor, option_id: UUID) -> Facts:
    named, now = stays.named(g.session, actor=actor, lang=g.languages[0]), clock.now()
    name, today = existing(named.get(option_id), "option"), clock.day_of(now)
    (option,) = stays.types(g.session, actor=actor, id=option_id)
    asked: Facts = {"option": option, "first": today, "days": SHOWN_DAYS}
    return {"nights": stays.calendar(g.session, **asked, now=now), "today": today, "name": name}


def _change(who: Acting, option_id: UUID, given: Mapping[str, str]) -> None:
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


def _keep(order: Order, given: Mapping[str, str]) -> None:
    guests = [
        {name: typed.needed(given, f"{name}-{at}", most) for name, most in FIELDS.items()}
        | {"address": given.get(f"address-{at}", "")[:200]}
        for at in range(guest_lists.GUESTS_MAX)
        if given.get(f"name-{at}")
    ]
    guest_lists.keep(g.session, order=order, guests=guests, now=clock.now())


def _day_facts() -> Facts:
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
