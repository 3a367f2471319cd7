"""Closures: the form, what one would touch, how far it is; a guest's choice about an order."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, g, request
from sqlalchemy import select

from api.house import settling
from api.orders_view import order_of_secret
from api.pages import cards, counter, typed
from api.pages.frame import UUID, Facts, acting, again, form, go, refused, render, views
from api.v1.disruptions import told
from api.v1.roles import STAFF
from catalog.models import Departure
from catalog.shelves.visits import SEATS
from market import clock
from market.accounts import Actor, Scope
from market.db import columns_of
from market.errors import FieldInvalid, NotFound
from market.inventory.models import Cell
from payments import disrupting, remedying
from payments.disruptions import Cause, Disruption, Remedy

EVERY = (*counter.KEEPERS, *STAFF)
BOARD = "/<any(desk, host):side>/<any(disruptions, closing):word>"


@views.get(BOARD, *EVERY)
def board(side: str, word: str) -> Response:
    """The closures there are, with the form for a new one."""
    return render("closing.html", **_facts(side, word, _who(side)))


@views.post(BOARD, *EVERY)
def declare(side: str, word: str) -> Response:
    """Write one down, and go on to what it would touch."""
    given, who = form(), _who(side)
    made: list[UUID] = []

    def write() -> None:
        days = min(typed.count(given.get("days", "")) or 3, disrupting.DECIDE_DAYS_MAX)
        made.append(disrupting.declare(**acting(who), new=_read(given), days=days).id)

    if refusal := refused(write):
        return again("closing.html", refusal, form=given, **_facts(side, word, who))
    return go(f"/{side}/{word}/{made[0]}")


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
    remedying.choose(**settling(), order=order, choice=choice, to=to)
    return go(f"/o/{opened}#o-{order.code}", said="disrupted")


def _who(side: str) -> Actor:
    """Who declares: an overseer at the desk, a host for the shop they stand behind."""
    if side == "host":
        return counter.needed(Scope.LISTINGS).only
    if not g.actor.oversees:
        raise NotFound(what="page")
    return acting()["actor"]


def _read(given: Mapping[str, str]) -> Disruption:
    said: Facts = {"departure_id": typed.id_of(given.get("departure", ""))}
    if said["departure_id"] is None:
        said["from_at"] = clock.start_of(typed.day_of(given, "from"))
        said["until_at"] = clock.end_of(typed.day_of(given, "until"))
    said["source"] = typed.needed(given, "source", 300)
    said["cause"] = typed.one_of(Cause, given.get("cause")) or Cause.OTHER
    return Disruption(**said, unit_codes=request.form.getlist("unit_codes"))


def _facts(side: str, word: str, who: Actor) -> Facts:
    found = disrupting.page(g.session, actor=who, limit=20)
    progress = [disrupting.progress(g.session, disruption_id=each.id) for each in found]
    rows = [columns_of(each) | {"progress": its} for each, its in zip(found, progress, strict=True)]
    wanted = typed.id_of(request.values.get("departure", ""))
    its = select(Departure, Cell.sold + Cell.held).join(Cell, SEATS).where(Departure.id == wanted)
    return {
        "side": side,
        "path": f"/{side}/{word}",
        "rows": rows,
        "departure": g.session.execute(its).first(),
        "causes": cards.choices("disruption.cause", Cause),
        "units": cards.communes(),
        "today": clock.day_of(clock.now()).isoformat(),
    }
