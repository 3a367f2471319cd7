"""The shapes of goods and visits as everybody sees them."""

from functools import cache
from typing import Any

from api import fields
from api.v1.option_shapes import OptionOut
from catalog import categories, harvests, listings, models
from catalog.media.photos import CAPTION_MAX
from catalog.search import Facet, Sort
from market import geography
from market.accounts.models import OrganisationKind

MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"
CODE = r"[a-z]+(\.[a-z]+)*"
TITLE_MAX, DESCRIPTION_MAX = 120, 5_000
LANDMARK_MAX, SPOKEN_MAX = 200, 20
STEP = "In 10^-scale of the unit."


class CommuneOut(fields.Schema):
    """A commune, ward or special zone."""

    code = fields.Text(most=10)
    name = fields.Text(most=100)


@cache
def commune(code: str) -> dict[str, str]:
    """A commune by its name, ready for JSON."""
    return {"code": code, "name": geography.unit(code).name}


class Commune(fields.Nested):
    """The commune of a code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(CommuneOut, **options)

    def _serialize(self, *given: Any, **_: Any) -> Any:
        return given[0] and commune(given[0])


class SellerOut(fields.Identified):
    """Who sells, and whether the market has seen their papers."""

    name = fields.Text(most=200)
    verified = fields.Flag()


class ThumbnailOut(fields.Identified):
    """The first photo; `/media/<id>/<width>.webp` has it 320, 640 and 1280 wide."""

    url = fields.Text(most=100)


class PhotoOut(fields.Identified):
    """A photo by width; `width` and `height` are those of the largest.

    Whoever sends `Save-Data: on` is told of the smallest alone. The placeholder is a tiny blurred
    picture as a `data:` URI.
    """

    width = fields.Integer()
    height = fields.Integer()
    urls = fields.Dict(keys=fields.Text(most=4), values=fields.Text(most=100))
    placeholder = fields.Text(most=1_000, allow_none=True)
    caption = fields.Text(most=CAPTION_MAX, allow_none=True)
    served = fields.Dict(fields.Text(most=20), fields.Text(most=35), data_key="_lang")


class AudioOut(fields.Identified):
    """What the seller says, in a recording of a minute at most."""

    url = fields.Text(most=100)
    media_type = fields.Text(most=20)
    milliseconds = fields.Integer()


class CardOut(fields.Identified):
    """What every card shows; `_lang` names the language of a text that is not in the asked one."""

    title = fields.Text(most=TITLE_MAX)
    served = fields.Dict(fields.Text(most=20), fields.Text(most=35), data_key="_lang")
    category = fields.Text(most=60)
    commune = fields.Nested(CommuneOut)
    seller = fields.Nested(SellerOut)
    photo = fields.Nested(ThumbnailOut, allow_none=True)
    price = fields.MoneyField(metadata={"description": "For one whole unit."})
    listed_at = fields.Instant(allow_none=True)


class WindowSchema(fields.Schema):
    """From which day to which day the goods are picked; either end may be open."""

    makes = listings.Window
    opens = fields.DayField(allow_none=True, load_default=None, data_key="from")
    closes = fields.DayField(allow_none=True, load_default=None, data_key="until")


class PieceOut(fields.Schema):
    """A piece that is priced by weight: what it weighs about, and what an order holds above that.

    `price` of the goods is then what a piece costs by estimate; the scales decide.
    """

    grams = fields.Integer()
    tolerance_basis_points = fields.Integer()
    price_per_kilogram = fields.MoneyField()


class StepsOut(fields.Schema):
    """How goods are measured; `increment` and `minimum` are in 10^-scale of the unit."""

    unit = fields.Text(most=3)
    scale = fields.Integer(most=6)
    increment = fields.Integer()
    minimum = fields.Integer()
    grade = fields.Choice(models.Grade, allow_none=True)


class GoodsOut(StepsOut, CardOut):
    """Goods on a shelf."""

    piece = fields.Nested(PieceOut, allow_none=True)
    available = fields.Integer(metadata={"description": STEP})


class LotStockOut(fields.Schema):
    """A lot that goods are sold from."""

    code = fields.Text(most=10)
    harvest_day = fields.DayField()
    available = fields.Integer(attribute="left", metadata={"description": STEP})


class ComingOut(fields.Identified):
    """A harvest to come; `available` may still be ordered ahead."""

    opens = fields.DayField(data_key="from", attribute="expected_from")
    closes = fields.DayField(data_key="until", attribute="expected_until")
    confidence = fields.Choice(harvests.Confidence)
    promised_day = fields.DayField(allow_none=True)
    state = fields.Choice(harvests.HarvestState)
    available = fields.Integer(attribute="left", metadata={"description": STEP})


class FullOut(fields.Schema):
    """What a page of its own shows beside the card."""

    description = fields.Text(most=DESCRIPTION_MAX, lines=True, allow_none=True)
    photos = fields.ListOf(fields.Nested(PhotoOut), most=100)
    audio = fields.Nested(AudioOut, allow_none=True)
    marks = fields.ListOf(fields.Text(most=40), most=20)
    state = fields.Choice(models.ListingState)
    version = fields.Integer()
    updated_at = fields.Instant()


class ListingOut(GoodsOut, FullOut):
    """One listing in full; `shelf_hours` is how long it keeps, from being packed."""

    cold_chain = fields.Flag()
    shelf_hours = fields.Integer(allow_none=True)
    harvest = fields.Nested(WindowSchema)
    lots = fields.ListOf(fields.Nested(LotStockOut), most=10_000)
    coming = fields.Nested(ComingOut, allow_none=True)


class VisitOut(CardOut):
    """A visit on a shelf; without a child's price it is for adults only."""

    child_price = fields.MoneyField(allow_none=True)
    duration_minutes = fields.Integer()
    cutoff_minutes = fields.Integer()
    next_departure_at = fields.Instant(allow_none=True)


class ExperienceOut(VisitOut, FullOut):
    """One visit in full: also where guests meet, and in which languages they are spoken to."""

    availability = fields.Choice(models.Availability)
    meeting_landmark = fields.Text(most=LANDMARK_MAX, allow_none=True)
    meeting_commune = fields.Nested(CommuneOut, allow_none=True)
    spoken = fields.ListOf(fields.Text(most=35), most=SPOKEN_MAX)
    options = fields.ListOf(fields.Nested(OptionOut), most=100)


class DepartureOut(fields.Identified):
    """One start with its seats."""

    starts_at = fields.Instant()
    cutoff_at = fields.Instant()
    status = fields.Choice(("available", "sold-out", "closed", "cancelled"))
    seats = fields.Integer(attribute="capacity")
    seats_left = fields.Integer(attribute="left")


class FoundOut(CardOut):
    """Something found; `available` is null for a visit."""

    kind = fields.Choice(categories.Sold)
    unit = fields.Text(most=3)
    scale = fields.Integer(most=6)
    available = fields.Integer(allow_none=True, metadata={"description": STEP})


class ShelfQuery(fields.PageQuery):
    """What narrows a shelf; a category means all below it."""

    category = fields.Text(most=60, pattern=CODE, load_default=None)
    commune = fields.Text(most=10, load_default=None)
    seller = fields.Identifier(load_default=None, attribute="seller_id")


class SearchQuery(ShelfQuery):
    """What is looked for; prices are in đồng, both ends included."""

    q = fields.Text(most=200, least=0, load_default="")
    kind = fields.Choice(categories.Sold, load_default=None)
    seller_kind = fields.Choice(OrganisationKind, load_default=None)
    harvest = fields.Text(most=7, pattern=MONTH, load_default=None)
    mark = fields.Text(most=40, load_default=None)
    price_from = fields.Integer(load_default=None)
    price_to = fields.Integer(load_default=None)
    sort = fields.Choice(Sort, load_default=Sort.RELEVANCE)
    near = fields.Text(most=10, load_default=None)
    delivers_to = fields.Text(most=5, pattern="[0-9]{5}", load_default=None)
    overview = fields.Flag(load_default=False)


class CountOut(fields.Schema):
    """How many; with `more`, more than so many."""

    count = fields.Integer()
    more = fields.Flag()


class FacetOut(CountOut):
    """How many have a value: a code, a month, or a price band by its lowest price in đồng."""

    value = fields.Text(most=60)


class FoundSellerOut(SellerOut):
    """A seller whose name is meant."""

    kind = fields.Choice(OrganisationKind)
    commune = fields.Nested(CommuneOut)


class OverviewOut(fields.Schema):
    """How many are found and of what, and the sellers and places that the words may mean.

    Counts are exact up to a thousand. A category is counted with all below it.
    """

    total = fields.Nested(CountOut)
    facets = fields.Dict(fields.Choice(Facet), fields.ListOf(fields.Nested(FacetOut), most=200))
    sellers = fields.ListOf(fields.Nested(FoundSellerOut), most=5)
    places = fields.ListOf(fields.Nested(CommuneOut), most=5)


class FoundPage(fields.page_of(FoundOut, "what is found, best first")):  # type: ignore[misc]
    """A page of what is found, best first, or what may have been meant.

    The first page, where it is asked for, with an overview of all that is found.
    """

    did_you_mean = fields.String(allow_none=True)
    overview = fields.Nested(OverviewOut, allow_none=True)


class SuggestQuery(fields.Query):
    """What was typed so far."""

    q = fields.Text(most=200, required=True)


class SuggestionsOut(fields.Schema):
    """Whole queries, the likeliest first."""

    items = fields.ListOf(fields.String(), most=8)
