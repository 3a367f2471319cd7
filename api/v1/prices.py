"""What products fetch at the farm gate: read by everybody, kept by the market's people."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from unicodedata import normalize

from api import fields
from api.errors import Invalid
from api.requests import body_of, flattened, raw_body
from api.v1.offer_shapes import CODE
from api.v1.reports import period
from api.v1.resources import EVERYBODY, STAFF, Any, Facts, Resources, g, ma, request
from catalog import categories, reference_prices
from catalog.reference_prices import Entry
from market import clock, tables
from market.errors import FieldInvalid, MarketError
from market.quantity import SCALES
from translations import offered, text

blp = Resources("prices", __name__, description="What products fetch at the farm gate.")

ROWS_MAX = 500  # kept within one turn to write, which others wait for
GOODS = tuple(it.code for it in categories.all() if it.kind is categories.Sold.GOODS)
HEADINGS: tables.Headings = {
    "category": {"category", "product", "mat hang", "san pham", "loai hang"},
    "price": {"price", "gia", "don gia"},
    "unit": {"unit", "don vi", "don vi tinh", "dvt"},
    "day": {"day", "date", "ngay"},
    "source": {"source", "nguon"},
}


class Unreadable(MarketError, code="prices.unreadable"):
    """The file is no table of prices; facts: `row` and `column` where it stops."""


class PricesQuery(fields.Query):
    """One product; with a day, its history."""

    category = fields.Text(most=60, pattern=CODE, load_default=None)
    since = fields.DayField(load_default=None)
    until = fields.DayField(load_default=None)


def _come(day: date) -> None:
    if day > clock.day_of(clock.now()):
        raise fields.refusal("field.in_future")


class PriceIn(fields.Schema):
    """The price of a whole unit: of the product's usual unit, and of today, unless it says so."""

    category = fields.Choice(GOODS, required=True)
    price = fields.MoneyField(least=1, required=True)
    unit = fields.Choice(tuple(SCALES))
    day = fields.DayField(load_default=lambda: clock.day_of(clock.now()), validate=_come)
    source = fields.Text(most=200, required=True)


class PricesIn(fields.Schema):
    """Prices to be kept, all or none."""

    items = fields.ListOf(fields.Nested(PriceIn), least=1, most=ROWS_MAX, required=True)


class PriceOut(PriceIn):
    """A price with its change against the one before; a stale one says nothing of today."""

    change = fields.MoneyField(allow_none=True)
    stale = fields.Flag()


PricesOut = fields.page_of(PriceOut, "newest prices, or of one product's", most=ROWS_MAX)
BODY = {"application/json": {"schema": PricesIn}, "text/csv": {"schema": {"type": "string"}}}


@blp.get("/prices", EVERYBODY, PricesOut, query=PricesQuery)
def board(query: Facts) -> Facts:
    """The newest price of each product, or of one; with a day, all of that product's span."""
    code, has_days = query["category"], query["since"] or query["until"]
    if has_days and code is None:
        raise FieldInvalid(field="category", reason="field.required")
    days = period(query) if has_days else None
    span = (days["since"], days["until"]) if days else None
    found = reference_prices.told(g.session, code=code, span=span, now=clock.now())
    return {"items": found, "next": None}


@blp.post("/prices", STAFF, PricesOut)
@raw_body
@blp.doc(requestBody={"content": BODY})
def enter() -> Facts:
    """Keep prices out of JSON or CSV, each in place of what was said of its day."""
    if request.mimetype == "text/csv":
        entries = read_csv(body_of())
    else:
        given = blp.ARGUMENTS_PARSER.parse(PricesIn, request)
        entries = [Entry(**each) for each in given["items"]]
    reference_prices.enter(g.session, actor=g.actor, entries=entries, now=clock.now())
    return {"items": reference_prices.told(g.session, now=clock.now()), "next": None}


def read_csv(content: bytes) -> list[Entry]:
    """A table with headings in Vietnamese or English; raises Unreadable, or as `read`."""
    rows = tables.read_csv(content, HEADINGS, optional={"unit"}, most=ROWS_MAX, refusal=Unreadable)
    given = {f"lines.{number}": cells for number, cells in rows}
    if not given:
        raise Unreadable(row=2, column="rows")
    return read(given)


def read(rows: Mapping[str, Mapping[str, str]]) -> list[Entry]:
    """Prices as people type them, by where they stand; raises Invalid with all that is wrong."""
    try:
        loaded = PriceIn(many=True).load([_in_our_shape(cells) for cells in rows.values()])
    except ma.ValidationError as error:
        wrong: Any = error.messages_dict
        errors = flattened({place: wrong.get(at, {}) for at, place in enumerate(rows)}, ())
        raise Invalid(errors=list(errors)) from None
    return [Entry(**each) for each in loaded]


def _in_our_shape(cells: Mapping[str, str]) -> Facts:
    typed = {name: normalize("NFC", cells[name]) for name in HEADINGS if cells.get(name)}
    said: Facts = {name: _codes().get(it.lower(), it) for name, it in typed.items()}
    if day := tables.moment(typed.get("day", "")):
        said["day"] = clock.day_of(day).isoformat()
    if price := typed.get("price"):
        amount = tables.whole(price)
        said["price"] = {"amount": price if amount is None else amount, "currency": "VND"}
    return said


@cache
def _codes() -> Mapping[str, str]:
    """The codes of products and units, by themselves and by their names in every language."""
    keys = {code: f"category.{code}" for code in GOODS} | {unit: f"unit.{unit}" for unit in SCALES}
    tags = [(language.tag,) for language in offered()]
    names = {text(tag, key).lower(): code for tag in tags for code, key in keys.items()}
    return names | {code.lower(): code for code in keys}
