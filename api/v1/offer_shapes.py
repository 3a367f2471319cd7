"""The shapes of goods and visits as everybody sees them."""

import marshmallow as ma

from api.fields import (
    Choice,
    DayField,
    Flag,
    Identifier,
    Instant,
    Integer,
    ListOf,
    MoneyField,
    PageQuery,
    Query,
    Schema,
    Text,
)
from catalog.categories import Sold
from catalog.models import ListingState

Nested = ma.fields.Nested
CODE = r"[a-z]+(\.[a-z]+)*"
TITLE_MAX, DESCRIPTION_MAX = 120, 5_000
STEP = "In 10^-scale of the unit."


class CommuneOut(Schema):
    """A commune, ward or special zone."""

    code = Text(most=10)
    name = Text(most=100)


class SellerOut(Schema):
    """Who sells, and whether the market has seen their papers."""

    id = Identifier()
    name = Text(most=200)
    verified = Flag()


class ThumbnailOut(Schema):
    """The first photo; `/media/<id>/<width>.webp` has it 320, 640 and 1280 wide."""

    id = Identifier()
    url = Text(most=100)


class PhotoOut(Schema):
    """A photo by width; `width` and `height` are those of the largest."""

    id = Identifier()
    width = Integer()
    height = Integer()
    urls = ma.fields.Dict(keys=Text(most=4), values=Text(most=100))


class CardOut(Schema):
    """What every card shows; `_lang` names the language of a text that is not in the asked one."""

    id = Identifier()
    title = Text(most=TITLE_MAX)
    served = ma.fields.Dict(keys=Text(most=20), values=Text(most=35), data_key="_lang")
    category = Text(most=60)
    commune = Nested(CommuneOut)
    seller = Nested(SellerOut)
    photo = Nested(ThumbnailOut, allow_none=True)
    price = MoneyField(metadata={"description": "For one whole unit."})
    listed_at = Instant(allow_none=True)


class WindowSchema(Schema):
    """From which day to which day the goods are picked; either end may be open."""

    opens = DayField(allow_none=True, load_default=None, data_key="from")
    closes = DayField(allow_none=True, load_default=None, data_key="until")


class GoodsOut(CardOut):
    """Goods on a shelf; `increment` and `minimum` are in 10^-scale of the unit."""

    unit = Text(most=3)
    scale = Integer(most=6)
    increment = Integer()
    minimum = Integer()
    available = Integer(metadata={"description": STEP})


class LotStockOut(Schema):
    """A lot that goods are sold from."""

    code = Text(most=10)
    harvest_day = DayField()
    available = Integer(metadata={"description": STEP})


class FullOut(Schema):
    """What a page of its own shows beside the card."""

    description = Text(most=DESCRIPTION_MAX, lines=True, allow_none=True)
    photos = ListOf(Nested(PhotoOut), most=100)
    state = Choice(ListingState)
    version = Integer()
    updated_at = Instant()


class ListingOut(GoodsOut, FullOut):
    """One listing in full."""

    harvest = Nested(WindowSchema)
    lots = ListOf(Nested(LotStockOut), most=10_000)


class VisitOut(CardOut):
    """A visit on a shelf; without a child's price it is for adults only."""

    child_price = MoneyField(allow_none=True)
    duration_minutes = Integer()
    cutoff_minutes = Integer()
    next_departure_at = Instant(allow_none=True)


class ExperienceOut(VisitOut, FullOut):
    """One visit in full."""


class DepartureOut(Schema):
    """One start with its seats."""

    id = Identifier()
    starts_at = Instant()
    cutoff_at = Instant()
    status = Choice(("available", "sold-out", "closed", "cancelled"))
    seats = Integer()
    seats_left = Integer()


class FoundOut(CardOut):
    """Something found; `available` is null for a visit."""

    kind = Choice(Sold)
    unit = Text(most=3)
    scale = Integer(most=6)
    available = Integer(allow_none=True, metadata={"description": STEP})


class ShelfQuery(PageQuery):
    """What narrows a shelf; a category means all below it."""

    category = Text(most=60, pattern=CODE, load_default=None)
    commune = Text(most=10, load_default=None)
    seller = Identifier(load_default=None)


class SearchQuery(ShelfQuery):
    """What is looked for; prices are in đồng, both ends included."""

    q = Text(most=200, least=0, load_default="")
    kind = Choice(Sold, load_default=None)
    price_from = Integer(load_default=None)
    price_to = Integer(load_default=None)


def page_of(item: type[Schema], name: str) -> type[Schema]:
    """The shape of a page of such items."""
    members = {
        "items": ListOf(Nested(item), most=101),
        "next": ma.fields.String(allow_none=True),
        "__doc__": f"A page of {name}.",
    }
    return type(f"{item.__name__.removesuffix('Out')}Page", (Schema,), members)


class FoundPage(page_of(FoundOut, "what is found, best first")):  # type: ignore[misc]
    """A page of what is found, best first, or what may have been meant."""

    did_you_mean = ma.fields.String(allow_none=True)


class SuggestQuery(Query):
    """What was typed so far."""

    q = Text(most=200, required=True)


class SuggestionsOut(Schema):
    """Whole queries, the likeliest first."""

    items = ListOf(ma.fields.String(), most=8)
