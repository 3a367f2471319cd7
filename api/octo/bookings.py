"""Bookings: held, extended, changed, confirmed, cancelled and looked up, each answered in full."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from uuid import uuid4

import marshmallow as ma
import orjson
from flask import g, request

from api import context, fields, house
from api.context import Facts
from api.errors import Malformed
from api.octo import booking_shapes, products, protocol
from api.octo.protocol import Loose, serve
from catalog.models import Departure
from market import FieldInvalid, clock
from payments import reselling, resold
from payments.resold import ResellerBooking
from payments.seating import Said, Wanted

ENVIRONMENTS = {"live": False, "test": True}
MINUTES_MAX = 10_000_000
EMAIL = r"([^@\s]{1,64}@[^@\s]+\.[^@\s]+)?"
ONE = "/bookings/<uuid>"


class BadEnvironment(Malformed, code="octo.bad_environment"):
    """`Octo-Env` is neither `live` nor `test`, or not what the booking was made in."""


class NothingAsked(Malformed, code="octo.nothing_asked"):
    """A list of bookings of everything: a reference or a day has to be named."""


def _text(most: int) -> fields.Text:
    return fields.Text(most=most, least=0, lines=True, allow_none=True)


class ContactIn(Loose):
    """Who comes, or who booked; all of it may be left out."""

    fullName, firstName, lastName, country = _text(200), _text(100), _text(100), _text(60)
    emailAddress = fields.Text(most=254, least=0, pattern=EMAIL, allow_none=True)
    phoneNumber, postalCode, notes = _text(40), _text(20), _text(1_000)
    locales = fields.ListOf(fields.Text(most=35), most=10, allow_none=True)


class UnitItemIn(Loose):
    """One guest."""

    uuid = ma.fields.UUID(allow_none=True)
    unitId = ma.fields.String(required=True)
    resellerReference = _text(100)
    contact = fields.Nested(ContactIn, allow_none=True)


class ExtendIn(Loose):
    """By how many minutes; the key has a most."""

    expirationMinutes = fields.Integer(least=1, most=MINUTES_MAX, allow_none=True)


class ChangeIn(ExtendIn):
    """What of a booking changes; what is left out stays."""

    productId = ma.fields.String()
    optionId = ma.fields.String()
    availabilityId = ma.fields.String()
    unitItems = ma.fields.List(ma.fields.Nested(UnitItemIn))
    resellerReference, notes = _text(100), _text(1_000)
    contact = fields.Nested(ContactIn, allow_none=True)
    emailReceipt = fields.Flag(load_default=False)


class BookingIn(ChangeIn):
    """What is to be held, under an id that the reseller may give; no guests are none."""

    uuid = ma.fields.UUID(allow_none=True)
    productId = ma.fields.String(required=True)
    optionId = ma.fields.String(required=True)
    availabilityId = ma.fields.String(required=True)
    unitItems = ma.fields.List(ma.fields.Nested(UnitItemIn), load_default=list, allow_none=True)


class ConfirmIn(ChangeIn):
    """The same, with the customer."""

    contact = fields.Nested(ContactIn, required=True)


class CancelIn(Loose):
    """Why; `force` forces nothing here: what is kept is for the host to say."""

    reason = fields.Text(most=500, least=0, allow_none=True, load_default=None)


class ListIn(Loose):
    """Which bookings: of a reference, of our code, or of days of the visit."""

    resellerReference, supplierReference = _text(100), _text(100)
    localDate, localDateStart, localDateEnd = (fields.DayField() for _ in range(3))


@serve("POST", "/bookings")
def hold() -> Facts:
    """Hold seats for a while; the same request again is answered with the same booking."""
    asked = protocol.body(BookingIn)
    is_test = _is_test(otherwise=False)
    sent = orjson.dumps([is_test, asked], default=str, option=orjson.OPT_SORT_KEYS)
    given = {"uuid": asked.get("uuid") or uuid4(), "is_test": is_test}
    given["body_hash"] = hashlib.sha256(sent).digest()
    its: Any = {"wanted": _wanted(asked, _items(asked["unitItems"] or ())), "said": _said(asked)}
    booking = reselling.hold(**context.acting(), **its, given=given, house=house.house())
    return booking_shapes.shown([booking])[0]


def changing(view: Callable[[ResellerBooking], None]) -> Callable[..., Facts]:
    """A view of one booking, which is looked up before what is sent is looked at."""

    @wraps(view)
    def changed(uuid: str) -> Facts:
        its = {"actor": g.actor, "uuid": products.parsed(uuid, "booking")}
        find = resold.get if request.method == "GET" else reselling.take
        booking = find(g.session, **its)
        if booking.is_test is not _is_test(otherwise=booking.is_test):
            raise BadEnvironment
        view(booking)
        return booking_shapes.shown([booking])[0]

    return changed


@serve("GET", ONE)
@changing
def one(booking: ResellerBooking) -> None:
    """One booking."""


@serve("PATCH", ONE)
@changing
def change(booking: ResellerBooking) -> None:
    """Other guests, another time, another visit, or other words."""
    _change(booking, protocol.body(ChangeIn))


@serve("POST", f"{ONE}/extend")
@changing
def extend(booking: ResellerBooking) -> None:
    """Hold it longer."""
    minutes = protocol.body(ExtendIn).get("expirationMinutes")
    reselling.extend(**context.acting(), booking=booking, minutes=minutes)


@serve("POST", f"{ONE}/confirm")
@changing
def confirm(booking: ResellerBooking) -> None:
    """The customer has paid; guests may be named once more."""
    asked = protocol.body(ConfirmIn)
    if booking.confirmed_at is None and "unitItems" in asked:
        _change(booking, asked)
    reselling.confirm(**context.acting(), booking=booking, said=_said(asked))
    if asked["emailReceipt"]:
        reselling.tell_customer(g.session, booking=booking, now=clock.now())


@serve("DELETE", ONE)  # as older clients say it
@serve("POST", f"{ONE}/cancel")
@changing
def cancel(booking: ResellerBooking) -> None:
    """Give the seats back, by the host's policy."""
    reason = protocol.body(CancelIn)["reason"]
    reselling.cancel(**context.acting(), booking=booking, reason=reason)


@serve("GET", "/bookings")
def bookings() -> list[Facts]:
    """The reseller's bookings of a reference or of days, the newest first."""
    asked = protocol.loaded(ListIn, request.args.to_dict())
    first, last = asked.get("localDateStart"), asked.get("localDateEnd")
    if "localDate" in asked:
        first = last = asked["localDate"]
    if (first is None) is not (last is None):
        raise FieldInvalid(field="localDateEnd", reason="field.required")
    if first and last and first > last:
        raise FieldInvalid(field="localDateEnd", reason="field.bad_period")
    period = (clock.start_of(first), clock.end_of(last)) if first and last else None
    reference, code = asked.get("resellerReference"), asked.get("supplierReference")
    if not (period or reference or code):
        raise NothingAsked
    its: Any = {"reference": reference, "code": code, "period": period}
    return booking_shapes.shown(resold.page(g.session, actor=g.actor, **its))


def _change(booking: ResellerBooking, asked: Facts) -> None:
    """Seats change where another time is named, or others come."""
    wanted = None
    if {"productId", "optionId", "availabilityId", "unitItems"} & asked.keys():
        if "unitItems" in asked:
            items = _items(asked["unitItems"], booking.items)
        else:
            items = resold.coming(g.session, booking)
        start = g.session.get_one(Departure, booking.departure_id)
        before = {"productId": str(start.experience_id), "optionId": str(start.option_id)}
        wanted = _wanted(before | {"availabilityId": str(start.id)} | asked, items)
    its: Any = {"wanted": wanted, "said": _said(asked), "house": house.house()}
    reselling.change(**context.acting(), booking=booking, **its)


def _wanted(asked: Mapping[str, Any], items: Sequence[Facts]) -> Wanted:
    """What is asked for by its ids; what cannot be an id of ours is unknown."""
    whats = ("product", "option", "availability")
    ids = (products.parsed(asked[f"{what}Id"], what) for what in whats)
    return Wanted(next(ids), next(ids), next(ids), items)


def _items(given: Sequence[Facts], before: Sequence[Facts] = ()) -> list[Facts]:
    """The guests; of who is named again stays what is left out."""
    had = {item["uuid"]: item for item in before}
    items = []
    for item in given:
        uuid = str(item.get("uuid") or uuid4())
        said = had.get(uuid, {"reference": None, "contact": {}}) | {"uuid": uuid}
        names = {"unitId": "unit", "resellerReference": "reference", "contact": "contact"}
        items.append(
            said | {names[name]: item[name] for name in names if item.get(name) is not None}
        )
    if len({item["uuid"] for item in items}) < len(items):
        raise FieldInvalid(field="unitItems", reason="field.repeated")
    return items


def _is_test(*, otherwise: bool) -> bool:
    """Whether the request is a trial by its `Octo-Env`, or `otherwise` where that says nothing."""
    named = request.headers.get("Octo-Env", "").lower()
    if named and named not in ENVIRONMENTS:
        raise BadEnvironment
    return ENVIRONMENTS.get(named, otherwise)


def _said(asked: Facts) -> Said:
    contact, minutes = asked.get("contact"), asked.get("expirationMinutes")
    words = asked.get("resellerReference"), asked.get("notes")
    return Said(contact, *words, minutes, g.languages[0])
