"""How pages write what they show: sums, moments and amounts, names of things and their pictures."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment

from api import context, house
from api.pages import cards, order_facts, where
from api.pages.frame import Any, g
from api.pictures.qr import qr_svg
from catalog import categories, marks
from market import clock, geography, links
from market.accounts import destinations
from market.portable import uuid_of
from market.quantity import Quantity
from payments import banks
from translations import formats, text

STATIC = Path(__file__).with_name("static")
MILLION = 1_000_000


def prepare(environment: Environment) -> None:
    """Teach the templates our formats.

    `money` (minor đồng → "180.000 ₫"), `money_short` ("186,4 tr ₫"), `measure` (value, scale, unit
    → "1,5 kg"), `unit` ("KGM" → "kg"), `day` (date → "hôm nay", "T7 22/11"), `moment` (aware time
    → "18:30 T7 22/11"), `clock` ("18:30").
    """
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(
        static=lambda name: f"/static/{name}?v={version_of(name)}",
        place_field=where.field_facts,
        words=context.words,
        photo_of=cards.photo,
        quantity=Quantity,
        banks=[{"value": bank.bank_bin, "word": bank.short_name} for bank in banks.BANKS],
        between=geography.between,
        delivery_fee=lambda: house.delivery_fee().minor,
        landed_most=lambda: context.settings().landed_warning_basis_points,
    )
    environment.filters.update(_FILTERS)


@cache
def version_of(name: str) -> str | None:
    """A short name for what a static file holds now; None where there is no such file."""
    file = STATIC / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None


def money(minor: int) -> str:
    """A sum in đồng, in the reader's language."""
    return formats.money(minor, "VND", g.languages)


def _money_short(minor: int) -> str:
    """Millions with one decimal once there are any, for figures that are glanced at."""
    if abs(minor) < MILLION:
        return money(minor)
    tenths = round(minor / (MILLION // 10))
    whole, rest = divmod(abs(tenths), 10)
    figure = ("−" if tenths < 0 else "") + formats.number(whole, g.languages)
    figure += f"{formats.comma(g.languages)}{rest}" if rest else ""
    return text(g.languages, "page.millions", figure=figure)


def percent(basis_points: int) -> str:
    """A rate in per cent, as it is read."""
    whole, rest = divmod(basis_points, 100)
    return formats.number(Decimal(f"{whole}.{rest:02}").normalize() if rest else whole, g.languages)


def _day_of(at: date | datetime) -> date:
    return clock.day_of(at) if isinstance(at, datetime) else at


def _moment(at: datetime | str, *, lasting: bool = False) -> str:
    """The hour and the day as people say them: "07:30 ngày mai", "07:30 T6 27/11".

    Lasting words are still true tomorrow, for what is printed or kept as a picture.
    """
    at = datetime.fromisoformat(at) if isinstance(at, str) else at  # out of a snapshot
    day = clock.day_of(at)
    today = day - timedelta(days=2) if lasting else clock.day_of(clock.now())
    said = formats.relative_day(day, today, g.languages)
    return text(g.languages, "page.moment", hour=_hour(at), day=said)


def _hour(at: datetime) -> str:
    return at.astimezone(clock.VIETNAM).strftime("%H:%M")


def _bank(bank_bin: str | None, *, full: bool = False) -> str:
    """A bank as its customers call it, or by its full name; the number of one that is not known."""
    bank = banks.by_bin(bank_bin or "")
    if bank is None:
        return bank_bin or "–"
    return bank.name if full else bank.short_name


def _qr(payload: str, title: str) -> str:
    """A QR as a data address, so that the page needs no second request."""
    svg = base64.b64encode(qr_svg(payload, title=title)).decode()
    return f"data:image/svg+xml;base64,{svg}"


_FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "money_short": _money_short,
    "number": lambda value: formats.number(value, g.languages),
    "percent": percent,
    "measure": lambda it: formats.measure(it.value, it.scale, it.unit, g.languages),
    "unit": lambda code: text(g.languages, f"unit.{code}"),
    "day": lambda day: formats.relative_day(_day_of(day), clock.day_of(clock.now()), g.languages),
    "iso_day": lambda at: clock.day_of(at).isoformat(),
    "day_short": lambda day: formats.day_short(_day_of(day), g.languages),
    "date": lambda day: formats.day(_day_of(day), g.languages),
    "moment": _moment,
    "clock": _hour,
    "full_moment": lambda at: formats.moment(at, g.languages),
    "phone": destinations.spoken,
    "masked": destinations.shown,
    "icon_of": lambda code: categories.get(code).icon,
    "commune": lambda code: geography.unit(code).name,
    "language": lambda tag: formats.language(tag, g.languages),
    "read_out": where.read_out,
    "bank": _bank,
    "mark": marks.get,
    "uuid": uuid_of,
    "for_reader": lambda link: links.for_reader(context.settings().secret_key, link),
    "order_path": lambda code: f"/o/{house.secret_of(house.ORDER, code)}",
    "ticket_path": lambda code: f"/t/{house.secret_of(house.TICKET, code)}",
    "qr": _qr,
    "told": order_facts.told,
    "hours": where.open_hours,
    "landed": house.landed,
    "handing_in": house.handing_in,
}
