"""What goods cost: dated by quantity and group of customers; at the farm gate, for everybody."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from unicodedata import normalize

from flask import request

from api import fields, requests
from api.errors import Invalid
from api.v1 import offer_shapes, reports, sale_shapes
from api.v1.resources import UUID, Any, Created, Facts, Resources, acting, asking, created, g, ma
from api.v1.roles import EVERYBODY, SELLERS, STAFF
from catalog import categories, reference_prices, tiers
from catalog.tiers import CUSTOMERS_MAX, HISTORY_MAX, TIERS_MAX, CustomerGroup, Tier
from market import FieldInvalid, MarketError, clock, tables
from market.quantity import QUANTITY_MAX, SCALES
from translations import offered, text

blp = Resources("prices", __name__, description="What products fetch at the farm gate.")
dated = Resources("tiers", __name__, description="Prices by quantity and group of customers.")

PRICES = "/listings/<uuid:listing_id>/prices"
CUSTOMERS = "/organisations/<uuid:organisation_id>/customers"
ROWS_MAX = 500  # kept within one turn to write, which others wait for
GOODS = tuple(it.code for it in categories.all() if it.kind is categories.Sold.GOODS)
_KNOWN = tables.words("api", "headings.json")
HEADINGS: tables.Headings = {name: set(known) for name, known in _KNOWN.items()}


class TierIn(fields.Schema):
    """A price from a quantity on (10^-scale of the unit) for a group; both days count."""

    group = fields.Choice(CustomerGroup, load_default=CustomerGroup.RETAIL)
    from_quantity = fields.Integer(least=1, most=QUANTITY_MAX, required=True)
    price = fields.MoneyField(least=1, required=True)
    valid_from = fields.DayField(allow_none=True)
    valid_until = fields.DayField(allow_none=True)


class DatedPriceOut(fields.Identified):
    """A price and when it counts; from nought on it is what the listing itself cost."""

    group = fields.Choice(CustomerGroup, attribute="customer_group")
    from_quantity = fields.Integer()
    price = fields.PriceField(attribute="price_minor")
    starts_at = fields.Instant(attribute="valid_from")
    ends_at = fields.Instant(attribute="valid_until", allow_none=True)


class ListingPricesOut(fields.Schema):
    """What counts or will for who asks (for its seller: all), and the listing's own last prices."""

    tiers = fields.ListOf(fields.Nested(DatedPriceOut), most=TIERS_MAX)
    history = fields.ListOf(fields.Nested(DatedPriceOut), most=HISTORY_MAX)


class CustomerIn(fields.Schema):
    """Whoever signs in with the phone; of retail is everybody who is of no other group."""

    phone = fields.Text(most=20, pattern=sale_shapes.PHONE, required=True)
    group = fields.Choice(CustomerGroup, required=True)


class CustomerOut(fields.Schema):
    """Who pays the prices of a group."""

    phone = fields.Text(most=20, allow_none=True)
    group = fields.Choice(CustomerGroup, attribute="customer_group")
    set_at = fields.Instant()


CustomersOut = fields.page_of(CustomerOut, "customers", name="CustomersOut", most=CUSTOMERS_MAX)


@dated.get(PRICES, EVERYBODY, ListingPricesOut)
def prices(listing_id: UUID) -> Facts:
    """The dated prices of the goods, and what they cost before."""
    return dict(tiers.told(**acting(), listing_id=listing_id))


@dated.post(PRICES, SELLERS, DatedPriceOut, takes=TierIn)
def set_tier(body: Facts, listing_id: UUID) -> Created:
    """Have one more price count; never for what has been."""
    made = tiers.set_tier(**acting(), listing_id=listing_id, tier=Tier(**body))
    return created(made, "tiers.prices", listing_id=listing_id)


@dated.delete(f"{PRICES}/<uuid:price_id>", SELLERS)
def withdraw_tier(listing_id: UUID, price_id: UUID) -> None:
    """Let a dated price count no more; orders keep what they were made at."""
    tiers.withdraw_tier(**acting(), listing_id=listing_id, price_id=price_id)


@dated.get(CUSTOMERS, SELLERS, CustomersOut)
def customers(organisation_id: UUID) -> Facts:
    """Whom the seller put into a group, the newest first."""
    return {"items": tiers.customers(**asking(), seller_id=organisation_id), "next": None}


@dated.post(CUSTOMERS, SELLERS, CustomersOut, takes=CustomerIn)
def set_group(body: Facts, organisation_id: UUID) -> Facts:
    """Put a buyer into a group, or back to retail."""
    tiers.set_group(**acting(), seller_id=organisation_id, **body)
    return customers(organisation_id)


class Unreadable(MarketError, code="prices.unreadable"):
    """The file is no table of prices; facts: `row` and `column` where it stops."""


class PricesQuery(fields.Query):
    """One product; with a day, its history."""

    category = fields.Text(most=60, pattern=offer_shapes.CODE, load_default=None)
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
    days = reports.period(query) if has_days else None
    span = (days["since"], days["until"]) if days else None
    found = reference_prices.told(g.session, code=code, span=span, now=clock.now())
    return {"items": found, "next": None}


@blp.post("/prices", STAFF, PricesOut)
@requests.raw_body
@blp.doc(requestBody={"content": BODY})
def enter() -> Facts:
    """Keep prices out of JSON or CSV, each in place of what was said of its day."""
    if request.mimetype == "text/csv":
        entries = read_csv(requests.body_of())
    else:
        given = blp.ARGUMENTS_PARSER.parse(PricesIn, request)
        entries = [reference_prices.Entry(**each) for each in given["items"]]
    reference_prices.enter(g.session, actor=g.actor, entries=entries, now=clock.now())
    return {"items": reference_prices.told(g.session, now=clock.now()), "next": None}


def read_csv(content: bytes) -> list[reference_prices.Entry]:
    """A table with headings in Vietnamese or English; raises Unreadable, or as `read`."""
    rows = tables.read_csv(content, HEADINGS, optional={"unit"}, most=ROWS_MAX, refusal=Unreadable)
    given = {f"lines.{number}": cells for number, cells in rows}
    if not given:
        raise Unreadable(row=2, column="rows")
    return read(given)


def read(rows: Mapping[str, Mapping[str, str]]) -> list[reference_prices.Entry]:
    """Prices as people type them, by where they stand; raises Invalid with all that is wrong."""
    try:
        loaded = PriceIn(many=True).load([_in_our_shape(cells) for cells in rows.values()])
    except ma.ValidationError as error:
        wrong: Any = error.messages_dict
        errors = requests.flattened({place: wrong.get(at, {}) for at, place in enumerate(rows)}, ())
        raise Invalid(errors=list(errors)) from None
    return [reference_prices.Entry(**each) for each in loaded]


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
