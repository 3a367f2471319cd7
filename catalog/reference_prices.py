"""Reference prices: what products fetch at the farm gate by day, and which offers are far below."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from catalog import categories
from catalog.models import Listing
from catalog.models import ReferencePrice as Price
from market import Actor, Forbidden, Kind, MarketError, audit, clock, columns_of, portable
from market.money import Money, half_up

FRESH = timedelta(days=14)  # an older reference says nothing of today
FAR_BELOW = 60  # per cent of the reference
# Units that measure alike, and by how much; any other is only like itself.
ALIKE = {"GRM": "KGM", "TNE": "KGM", "MLT": "LTR"}
SIZES = {"GRM": 1, "KGM": 1_000, "TNE": 1_000_000, "MLT": 1, "LTR": 1_000}
Span = tuple[date, date]  # both days counted


class PriceFarBelow(MarketError, code="price.far_below", kind=Kind.CONFLICT):
    """Is it meant? Facts: `given`, and `reference` per the same unit, with `source` and `day`."""


class Entry(NamedTuple):
    """What a whole unit of a product fetched on a day; its usual unit where none is named."""

    category: str
    price: Money
    day: date
    source: str
    unit: str | None = None


def enter(session: Session, *, actor: Actor, entries: Sequence[Entry], now: datetime) -> None:
    """Keep each in place of what was said of its day; the last one of a day counts."""
    if not actor.oversees:
        raise Forbidden(what="reference_price")
    last = {(entry.category, entry.day): entry for entry in entries}
    for code, day in sorted(last):  # in one order: two who enter at once never lock each other up
        entry = last[code, day]
        said: dict[str, Any] = {
            "unit": entry.unit or categories.get(code).unit,
            "price_minor": entry.price.minor,
            "currency": entry.price.currency,
            "source": entry.source,
        }
        values = said | {"entered_by": actor.person_id, "entered_at": now}
        if not portable.insert_new(session, Price, category_code=code, day=day, **values):
            session.execute(update(Price).filter_by(category_code=code, day=day).values(values))
        about, key = uuid5(NAMESPACE_OID, f"{code} {day}"), {"category": code, "day": str(day)}
        audit.note(session, actor, "reference_price.entered", about, now=now, **key, **said)


def told(
    session: Session, *, code: str | None = None, span: Span | None = None, now: datetime
) -> list[dict[str, Any]]:
    """The newest price of each product, or of one; in a span of days all, the newest first."""
    newest = select(Price.category_code, func.max(Price.day)).group_by(Price.category_code)
    key = tuple_(Price.category_code, Price.day)
    asked = _TOLD.where(Price.day.between(*span) if span else key.in_(newest))
    if code is not None:
        asked = asked.where(Price.category_code == categories.get(code).code)
    found = session.execute(asked.order_by(Price.category_code, Price.day.desc()))
    return [
        columns_of(price)
        | {
            "category": price.category_code,
            "price": Money(price.price_minor, price.currency),
            "change": None if change is None else Money(change, price.currency),
            "stale": clock.day_of(now) - price.day > FRESH,
        }
        for price, change in found
    ]


def require_meant(session: Session, *, listing: Listing, is_meant: bool, now: datetime) -> None:
    """Question a price far below the reference, unless it is said to be meant: PriceFarBelow."""
    its = Price.category_code == listing.category_code
    reference = session.scalar(select(Price).where(its).order_by(Price.day.desc()).limit(1))
    price = Money(listing.price_minor, listing.currency)
    facts = questioned(price, listing.price_unit, reference, today=clock.day_of(now))
    if facts and not is_meant:
        raise PriceFarBelow(**facts)


def questioned(
    price: Money, unit: str, reference: Price | None, *, today: date
) -> dict[str, Any] | None:
    """What to ask about a price per unit below 60 % of a fresh reference in a like unit."""
    if reference is None or today - reference.day > FRESH:
        return None
    if ALIKE.get(unit, unit) != ALIKE.get(reference.unit, reference.unit):
        return None
    size, its_size = SIZES.get(unit, 1), SIZES.get(reference.unit, 1)
    if 100 * price.minor * its_size >= FAR_BELOW * reference.price_minor * size:
        return None
    usual = Money(half_up(reference.price_minor * size, its_size), reference.currency)
    return {"given": price, "reference": usual, "source": reference.source, "day": reference.day}


_EARLIER = aliased(Price)
_SAME = (_EARLIER.category_code == Price.category_code) & (_EARLIER.unit == Price.unit)
_ALL = select(_EARLIER.price_minor).where(_SAME, _EARLIER.day < Price.day)
_BEFORE = _ALL.order_by(_EARLIER.day.desc()).limit(1).scalar_subquery()
_TOLD = select(Price, (Price.price_minor - _BEFORE).label("change"))
