"""Bookings that change: by their guest or by a closure; parties that wait for a full departure."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

from flask import Response, g, request
from sqlalchemy import select

from api import house
from api.context import Facts, acting
from api.orders_view import order_of_secret
from api.pages import buying, cards, counter, shop, typed
from api.pages.frame import UUID, Any, again, answered, form, go, render, views
from api.v1.checkouts import buyer_from
from api.v1.disruptions import told
from api.v1.roles import STAFF
from catalog.booking_models import ExperienceOption
from catalog.models import Departure
from catalog.shelves import visits
from market import FieldInvalid, MarketError, Money, NotFound, clock, columns_of
from market.accounts import Actor, Scope
from market.inventory.models import Cell
from market.orders import LineKind, Order, OrderLine, Rail
from payments import disrupting, remedying, rescheduling, waiting, withdrawing
from payments.disruptions import Cause, Disruption, Remedy
from payments.rescheduling import To

ONE = "/o/<opened>/<uuid:order_id>/booking"
EVERY = (*counter.KEEPERS, *STAFF)
BOARD = "/<any(desk, host):side>/<any(disruptions, closing):word>"


@views.get(ONE)
def booking(opened: str, order_id: UUID) -> Response:
    """What cancelling comes to, for all or those who are ticked, and the other times there are."""
    order, now = order_of_secret(g.session, opened, order_id), clock.now()
    codes, line = request.args.getlist("ticket")[:50], withdrawing.lines_of(g.session, order)[0]
    terms = withdrawing.terms(g.session, order=order, codes=codes, now=now)
    party, times = withdrawing.party_of(g.session, order), list(_times(order, line))
    facts: Facts = {"order": order, "line": line, "terms": terms, "party": party}
    facts["units"] = g.session.get_one(ExperienceOption, UUID(line.snapshot["option"])).units
    return render("booking.html", secret=opened, times=times, ticked=codes, **facts)


@views.post(f"{ONE}/cancellation")
def cancel(opened: str, order_id: UUID) -> Response:
    """Cancel for these guests, if what goes back is still what was shown."""
    given, order = form(), order_of_secret(g.session, opened, order_id)
    said: Facts = {"expected": _expected(given), "reason": given.get("reason", "")[:300]}
    codes = given.get("tickets", "").split()
    withdrawing.withdraw(**acting(), order=order, codes=codes, **said)
    return go(f"/o/{opened}#o-{order.code}", said="cancelled")


@views.post(f"{ONE}/change")
def change(opened: str, order_id: UUID) -> Response:
    """Come another time: at once, or when what it costs more is paid on the same page."""
    given, order = form(), order_of_secret(g.session, opened, order_id)
    to = To(typed.id_of(given.get("departure_id", "")), given.get("nights"))
    done = rescheduling.change(**acting(), order=order, to=to, expected=_expected(given))
    return go(f"/o/{opened}#o-{done.code}", said="rebooked" if done.id == order.id else None)


@views.post(f"{ONE}/guests")
def enlarge(opened: str, order_id: UUID) -> Response:
    """Come with more, who are paid on the same page."""
    order, units = order_of_secret(g.session, opened, order_id), buying.party(form())
    made = rescheduling.enlarge(**acting(), order=order, units=units)
    return go(f"/o/{opened}?new=1#o-{made.code}")


@views.post("/x/<uuid:experience_id>/waitlist")
def wait(experience_id: UUID) -> Response:
    """Wait for a departure that is full."""
    given = form()
    try:
        its: Facts = {"units": buying.party(given)}
        its["departure_id"] = typed.identifier(given.get("waits_for", ""))
        its["buyer"] = buyer_from({**given, "name": typed.needed(given, "name", 100)})
        made = waiting.join(g.session, **its, now=clock.now())
    except MarketError as refusal:
        facts = shop.visit_facts(experience_id)
        return again("experience.html", refusal, form=given, blame="waits_for", **facts)
    return go(f"/w/{made.id}")


@views.get("/w/<uuid:waiting_id>")
def party(waiting_id: UUID) -> Response:
    """How a party that waits stands, and its seats where they are offered."""
    found = waiting.get(g.session, waiting_id=waiting_id)
    departure = g.session.get_one(Departure, found.departure_id)
    rails = [rail.value for rail in house.house().rails]
    return render("waiting.html", party=found, departure=departure, rails=rails)


@views.post("/w/<uuid:waiting_id>/<any(taking, leaving):step>")
def answer(waiting_id: UUID, step: str) -> Response:
    """Book what is offered, or wait no more."""
    found = waiting.get(g.session, waiting_id=waiting_id)
    if step == "leaving":
        waiting.leave(g.session, waiting=found)
        return go(f"/w/{waiting_id}")
    rail = typed.one_of(Rail, form().get("rail")) or Rail.BANK_TRANSFER
    group = waiting.take(**acting(), waiting=found, rail=rail, house=house.house())
    return go(f"/o/{house.secret_of(house.ORDER, group.code)}?new=1")


@views.both(BOARD, *EVERY)
def board(side: str, word: str) -> Response:
    """The closures there are; a new one is written down, to go on to what it would touch."""
    who, path = _who(side), f"/{side}/{word}"
    facts, deed = partial(_board, side, path, who), partial(_declare, who)
    return answered("closing.html", facts, deed, to=lambda made: f"{path}/{made.id}", said=None)


@views.get(f"{BOARD}/<uuid:its_id>", *EVERY)
def one(side: str, word: str, its_id: UUID) -> Response:
    """What it would touch, or what came of it."""
    found = disrupting.get(g.session, actor=_who(side), disruption_id=its_id)
    return render("closing.html", one=told(found), path=f"/{side}/{word}", side=side)


@views.post(f"{BOARD}/<uuid:its_id>/application", *EVERY)
def apply(side: str, word: str, its_id: UUID) -> Response:
    """Let it happen."""
    disrupting.apply(**acting(_who(side)), disruption_id=its_id)
    return go(f"/{side}/{word}/{its_id}", said="applied")


@views.post("/o/<opened>/<uuid:order_id>/disruption")
def choose(opened: str, order_id: UUID) -> Response:
    """Another date, a credit, or the money back."""
    order, given = order_of_secret(g.session, opened, order_id), form()
    choice = typed.one_of(Remedy, given.get("choice"))
    if choice is None:
        raise FieldInvalid(field="choice", reason="field.required")
    to: UUID | str | None = typed.id_of(given.get("departure_id", ""))
    if arrival := typed.day(given.get("arrival")):
        to = f"{arrival}/{arrival + timedelta(days=typed.count(given.get('count', '')))}"
    remedying.choose(**acting(), order=order, choice=choice, to=to)
    return go(f"/o/{opened}#o-{order.code}", said="disrupted")


def _times(order: Order, line: OrderLine) -> Iterator[tuple[To, Any, int]]:
    """Where the party may go instead, when that is, and what it costs more."""
    now = clock.now()
    wishes = [To(nights="/".join(request.args.getlist("day")[:2]))]
    if line.kind == LineKind.SEATS:
        asked: Facts = {"experience_id": line.listing_id, "actor": g.actor, "now": now}
        rows = visits.departures(g.session.connection(), **asked, limit=8)
        wishes = [To(row.id) for row in rows]
    for to in wishes:
        with suppress(MarketError):
            its = rescheduling.preview(g.session, order=order, to=to, now=now)
            first = next(iter(its.lines.values()))
            yield to, first.snapshot["starts_at"], its.difference.minor


def _expected(given: dict[str, str]) -> Money | None:
    """The sum that the form showed, which may be below zero."""
    said = given.get("expected", "")
    minor = typed.count(said.removeprefix("-"), digits=13)
    return Money(-minor if said.startswith("-") else minor) if said else None


def _who(side: str) -> Actor:
    """Who declares: an overseer at the desk, a host for the shop they stand behind."""
    if side == "host":
        return counter.needed(Scope.LISTINGS).only
    if not g.actor.oversees:
        raise NotFound(what="page")
    return acting()["actor"]


def _declare(who: Actor, given: dict[str, str]) -> Disruption:
    said: Facts = {"departure_id": typed.id_of(given.get("departure", ""))}
    if said["departure_id"] is None:
        said["from_at"] = clock.start_of(typed.day_of(given, "from"))
        said["until_at"] = clock.end_of(typed.day_of(given, "until"))
    said["source"] = typed.needed(given, "source", 300)
    said["cause"] = typed.one_of(Cause, given.get("cause")) or Cause.OTHER
    new = Disruption(**said, unit_codes=request.form.getlist("unit_codes"))
    days = min(typed.count(given.get("days", "")) or 3, disrupting.DECIDE_DAYS_MAX)
    return disrupting.declare(**acting(who), new=new, days=days)


def _board(side: str, path: str, who: Actor) -> Facts:
    found = disrupting.page(g.session, actor=who, limit=20)
    progress = [disrupting.progress(g.session, disruption_id=each.id) for each in found]
    rows = [columns_of(each) | {"progress": its} for each, its in zip(found, progress, strict=True)]
    wanted = typed.id_of(request.values.get("departure", ""))
    seats = select(Departure, Cell.sold + Cell.held).join(Cell, visits.SEATS)
    return {
        "side": side,
        "path": path,
        "rows": rows,
        "departure": g.session.execute(seats.where(Departure.id == wanted)).first(),
        "causes": cards.choices("disruption.cause", Cause),
        "units": cards.communes(),
    }
