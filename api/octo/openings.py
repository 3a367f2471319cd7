"""When a product can be booked: a day at a time, or each of its starts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import marshmallow as ma
from flask import g

from api import fields
from api.context import Facts
from api.errors import Malformed
from api.octo import products, protocol
from api.octo.products import Show
from api.octo.protocol import FIXED, local, serve, utc
from catalog import options
from catalog.models import Availability
from catalog.shelves import resold as shelf
from catalog.shelves.resold import Product
from market import FieldInvalid, NotFound, clock
from payments import resold

DAYS_MAX, IDS_MAX, UNITS_MAX, TOGETHER_MAX = 366, 100, 20, 1_000


class AskedTwice(Malformed, code="octo.asked_twice"):
    """Neither a day, nor days, nor ids of starts, or more than one of these."""


class UnitIn(protocol.Loose):
    """How many of a kind of guest."""

    id = ma.fields.String(required=True)
    quantity = fields.Integer(most=TOGETHER_MAX, required=True)


class CalendarIn(protocol.Loose):
    """Of what, and from which day to which, both included."""

    productId = ma.fields.String(required=True)
    optionId = ma.fields.String(required=True)
    localDateStart = fields.DayField()
    localDateEnd = fields.DayField()
    units = fields.ListOf(ma.fields.Nested(UnitIn), most=UNITS_MAX)


class AvailabilityIn(CalendarIn):
    """The same, of one day, or of starts by their ids."""

    localDate = fields.DayField()
    availabilityIds = fields.ListOf(ma.fields.String(), least=1, most=IDS_MAX)


class Start(NamedTuple):
    """A start (or, without a row, an option) that is shown to a party."""

    row: Any
    product: Product
    option: Any
    show: Show
    counts: Mapping[str, int] = Counter()

    @property
    def by_day(self) -> bool:
        """Whether guests come at any time of the opening hours."""
        return bool(self.option.availability == Availability.OPENING_HOURS)

    def product_shown(self) -> Facts:
        """What it is a start of."""
        return products.product_shown(self.product, self.show)

    def option_shown(self) -> Facts:
        """And which of its options."""
        return products.option_shown(self.product, self.option, self.show)

    def unit_shown(self, kind: str, price: int) -> Facts:
        """A kind of guest of it, whom the host may have left out since."""
        of_before, points = (
            {"type": kind, "price": price, "pax": 1},
            self.show.net_points(self.product),
        )
        return products.unit_shown(of_before, self.option, self.show, points)


@serve("POST", "/availability/calendar", reads=True)
def calendar() -> list[Facts]:
    """Each day of a period, open or not; one without opening hours is left out where they count."""
    asked = protocol.body(CalendarIn)
    what, (first, last) = _of_what(asked), _period(asked)
    rows = _starts(what.option, first, last)
    by_day = {day: list(its) for day, its in groupby(rows, lambda row: clock.day_of(row.starts_at))}
    each = (first + timedelta(days=at) for at in range((last - first).days + 1))
    return [
        _day(day, by_day.get(day, []), what) for day in each if day in by_day or not what.by_day
    ]


@serve("POST", "/availability", reads=True)
def availability() -> list[Facts]:
    """Each start in a period, or of these ids."""
    asked = protocol.body(AvailabilityIn)
    by_period = "localDateStart" in asked or "localDateEnd" in asked
    if sum((by_period, "localDate" in asked, "availabilityIds" in asked)) != 1:
        raise AskedTwice
    what = _of_what(asked)
    if "availabilityIds" in asked:
        rows = _named(what.option, asked["availabilityIds"])
    else:
        day = asked.get("localDate")
        rows = _starts(what.option, *((day, day) if day else _period(asked)))
    return [start_shown(what._replace(row=row)) for row in rows]


def start_shown(start: Start) -> Facts:
    """One start with what is left of it, for the party."""
    row, begins, ends = start.row, start.row.starts_at, start.row.ends_at
    day = clock.day_of(begins)
    if start.by_day:
        begins, ends = clock.start_of(day), clock.end_of(day)
    said: Facts = {"id": str(row.id), "allDay": start.by_day, "utcCutoffAt": utc(row.cutoff_at)}
    said |= {"localDateTimeStart": local(begins), "localDateTimeEnd": local(ends)}
    said |= _left([row], start) | {"maxUnits": start.option.most_units}
    return said | _priced(start, day, "pricing", "unitPricing")


def _of_what(asked: Facts) -> Start:
    product = products.found(asked["productId"])
    option = products.option_of(product, asked["optionId"])
    counts: Counter[str] = Counter()
    for each in asked.get("units", ()):
        if options.unit_of(option.units, each["id"]) is None:
            raise NotFound(what="unit", id=each["id"][:100])
        counts[each["id"]] += each["quantity"]
    return Start(None, product, option, products.showing(), counts)


def _period(asked: Facts) -> tuple[date, date]:
    """The days asked for, both of them named, in their order and not too many."""
    first, last = asked.get("localDateStart"), asked.get("localDateEnd")
    if first is None or last is None:
        field = "localDateEnd" if first else "localDateStart"
        raise FieldInvalid(field=field, reason="field.required")
    if not first <= last <= first + timedelta(days=DAYS_MAX):
        raise FieldInvalid(field="localDateEnd", reason="field.bad_period")
    return first, last


def _starts(option: Any, first: date, last: date) -> Sequence[Any]:
    period = clock.start_of(first), clock.end_of(last)
    return shelf.starts(g.session, option_id=option.id, period=period, now=clock.now())


def _named(option: Any, given: Sequence[str]) -> Sequence[Any]:
    ids = [products.parsed(each, "availability") for each in given]
    found = shelf.starts(g.session, ids=ids, now=clock.now())
    rows = [row for row in found if row.option_id == option.id]
    for missing in set(ids) - {row.id for row in rows}:
        raise NotFound(what="availability", id=str(missing))
    return rows


def _day(day: date, rows: Sequence[Any], what: Start) -> Facts:
    prices = _priced(what, day, "pricingFrom", "unitPricingFrom")
    return {"localDate": str(day), **_left(rows, what), **prices}


def _left(rows: Sequence[Any], start: Start) -> Facts:
    """What is left of one or more starts together; a party finds room in one of them or not."""
    now, by_day, window = clock.now(), start.by_day, start.show.window
    within = [row for row in rows if resold.within(window, row, by_day=by_day)]
    standing = [row for row in within if not row.closed and row.cutoff_at > now]
    hours = [
        {
            name: f"{at.astimezone(clock.VIETNAM):%H:%M}"
            for name, at in (("from", row.starts_at), ("to", row.ends_at))
        }
        for row in rows
        if start.by_day
    ]
    said: Facts = {"openingHours": hours, "capacity": sum(row.capacity for row in rows)}
    if not standing:
        return said | FIXED["closed"]
    pax = {unit["type"]: unit["pax"] for unit in start.option.units}
    party = sum(count * pax[kind] for kind, count in start.counts.items())
    left = [max(row.left, 0) for row in standing]
    fits = any(row.left >= (party or min(pax.values())) for row in standing)
    few = "LIMITED" if sum(left) * 2 < said["capacity"] else "AVAILABLE"
    said |= {"available": fits, "status": few if fits else "SOLD_OUT"}
    return said | {"vacancies": max(left)}  # of the calendar: of the start with most room


def _priced(start: Start, day: date, whole: str, each: str) -> Facts:
    """What each kind of guest pays on the day, and a party together where one was named."""
    if not start.show.pricing:
        return {}
    points = start.show.net_points(start.product)
    by_unit = {}
    for unit in start.option.units:
        price = options.price_of(unit, start.option.seasons, day)
        by_unit[unit["type"]] = products.sums_of(price, points)
    said: Facts = {
        each: [{"unitId": kind, **products.summed([sums])} for kind, sums in by_unit.items()]
    }
    if start.counts:
        party = [by_unit[kind] for kind in Counter(start.counts).elements()]
        said[whole] = products.summed(party)
    return said
