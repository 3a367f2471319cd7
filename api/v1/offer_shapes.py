"""The shapes of goods and visits as everybody sees them."""

from typing import Any

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
    page_of,
)
from catalog.categories import Sold
from catalog.media import CAPTION_MAX
from catalog.models import ListingState
from catalog.search import Facet, Sort
from market import geography
from market.accounts.models import OrganisationKind

Nested = ma.fields.Nested
MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"
CODE = r"[a-z]+(\.[a-z]+)*"
TITLE_MAX, DESCRIPTION_MAX = 120, 5_000
STEP = "In 10^-scale of the unit."


class CommuneOut(Schema):
    """A commune, ward or special zone."""

    code = Text(most=10)
    name = Text(most=100)


class Commune(Nested):
    """The commune of a code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(CommuneOut, **options)

    def _serialize(self, *given: Any, **_: Any) -> Any:
        code, *_rest = given
        return {"code": code, "name": geography.unit(code).name}


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
    """A photo by width; `width` and `height` are those of the largest.

    Whoever sends `Save-Data: on` is told of the smallest alone. The placeholder is a tiny blurred
    picture as a `data:` URI.
    """

    id = Identifier()
    width = Integer()
    height = Integer()
    urls = ma.fields.Dict(keys=Text(most=4), values=Text(most=100))
    placeholder = Text(most=1_000, allow_none=True)
    caption = Text(most=CAPTION_MAX, allow_none=True)
    served = ma.fields.Dict(keys=Text(most=20), values=Text(most=35), data_key="_lang")


class AudioOut(Schema):
    """What the seller says, in a recording of a minute at most."""

    id = Identifier()
    url = Text(most=100)
    media_type = Text(most=20)
    milliseconds = Integer()


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
    audio = Nested(AudioOut, allow_none=True)
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
    seller_kind = Choice(OrganisationKind, load_default=None)
    harvest = Text(most=7, pattern=MONTH, load_default=None)
    price_from = Integer(load_default=None)
    price_to = Integer(load_default=None)
    sort = Choice(Sort, load_default=Sort.RELEVANCE)
    near = Text(most=10, load_default=None)
    overview = Flag(load_default=False)


class CountOut(Schema):
    """How many; with `more`, more than so many."""

    count = Integer()
    more = Flag()


class FacetOut(CountOut):
    """How many have a value: a code, a month, or a price band by its lowest price in đồng."""

    value = Text(most=60)


class FoundSellerOut(SellerOut):
    """A seller whose name is meant."""

    kind = Choice(OrganisationKind)
    commune = Nested(CommuneOut)


class OverviewOut(Schema):
    """How many are found and of what, and the sellers and places that the words may mean.

    Counts are exact up to a thousand. A category is counted with all below it.
    """

    total = Nested(CountOut)
    facets = ma.fields.Dict(Choice(Facet), ListOf(Nested(FacetOut), most=200))
    sellers = ListOf(Nested(FoundSellerOut), most=5)
    places = ListOf(Nested(CommuneOut), most=5)


class FoundPage(page_of(FoundOut, "what is found, best first")):  # type: ignore[misc]
    """A page of what is found, best first, or what may have been meant.

    The first page, where it is asked for, with an overview of all that is found.
    """

    did_you_mean = ma.fields.String(allow_none=True)
    overview = Nested(OverviewOut, allow_none=True)


class SuggestQuery(Query):
    """What was typed so far."""

    q = Text(most=200, required=True)


class SuggestionsOut(Schema):
    """Whole queries, the likeliest first."""

    items = ListOf(ma.fields.String(), most=8)
