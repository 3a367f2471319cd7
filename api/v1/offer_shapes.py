"""The shapes of goods, visits, lots and plots, as they are sent and as they are shown."""

from typing import Any

import marshmallow as ma

from api import fields
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
    QuantityField,
    Schema,
    Text,
)
from catalog.categories import Sold
from catalog.listings import Reason
from catalog.models import ListingState
from market.quantity import QUANTITY_MAX
from market.traceability import Step, Voice

Nested = ma.fields.Nested
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z]{4})?"
CODE = r"[a-z]+(\.[a-z]+)*"
TITLE_MAX, DESCRIPTION_MAX, LANGUAGES_MAX = 120, 5_000, 20
MINUTES_MAX = 30 * 24 * 60
STEP = "In 10^-scale of the unit."


class WordsIn(Schema):
    """What an offer says in one language."""

    title = Text(most=TITLE_MAX)
    description = Text(most=DESCRIPTION_MAX, lines=True)


class TextsIn(ma.fields.Dict):
    """Titles and descriptions by language tag."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(most=35, pattern=LANGUAGE), Nested(WordsIn), **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if type(value) is not dict:
            raise fields.refusal("field.wrong_type")
        if len(value) > LANGUAGES_MAX:
            raise fields.refusal("field.too_many", most=LANGUAGES_MAX)
        return super()._deserialize(value, *args, **kwargs)


class WindowSchema(Schema):
    """From which day to which day the goods are picked; either end may be open."""

    opens = DayField(allow_none=True, load_default=None, data_key="from")
    closes = DayField(allow_none=True, load_default=None, data_key="until")


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


class FoundOut(CardOut):
    """Something found; `available` is null for a visit."""

    kind = Choice(Sold)
    unit = Text(most=3)
    scale = Integer(most=6)
    available = Integer(allow_none=True, metadata={"description": STEP})


class OfferOut(Schema):
    """An offer as its seller edits it."""

    id = Identifier()
    seller_id = Identifier()
    state = Choice(ListingState)
    category = Text(most=60)
    commune = Nested(CommuneOut)
    price = MoneyField()
    texts = ma.fields.Dict(keys=Text(most=35), values=Nested(WordsIn))
    language = Text(most=35)
    version = Integer()
    created_at = Instant()
    updated_at = Instant()
    listed_at = Instant(allow_none=True)


class OwnListingOut(OfferOut):
    """Goods as their seller edits them."""

    unit = Text(most=3)
    scale = Integer(most=6)
    increment = Integer()
    minimum = Integer()
    harvest = Nested(WindowSchema)
    lots = ListOf(Nested(LotStockOut), most=10_000)


class OwnExperienceOut(OfferOut):
    """A visit as its host edits it."""

    child_price = MoneyField(allow_none=True)
    duration_minutes = Integer()
    cutoff_minutes = Integer()


class ListingIn(Schema):
    """Goods; what is left out is the category's usual. A quantity makes a lot at once."""

    id = Identifier()
    seller_id = Identifier(required=True)
    category = Text(most=60, pattern=CODE, required=True)
    commune = Text(most=10, required=True)
    price = MoneyField(least=1, required=True)
    texts = TextsIn(required=True)
    language = Text(most=35, pattern=LANGUAGE, load_default="vi")
    unit = Text(most=3, least=2, pattern="[A-Z0-9]+")
    scale = Integer(most=3)
    increment = Integer(least=1, most=QUANTITY_MAX)
    minimum = Integer(least=1, most=QUANTITY_MAX)
    harvest = Nested(WindowSchema)
    quantity = QuantityField()
    harvest_day = DayField()
    plot_id = Identifier()


class ListingPatch(Schema):
    """What changes of goods."""

    price = MoneyField(least=1)
    commune = Text(most=10)
    texts = TextsIn()
    increment = Integer(least=1, most=QUANTITY_MAX)
    minimum = Integer(least=1, most=QUANTITY_MAX)
    harvest = Nested(WindowSchema)


class HarvestIn(Schema):
    """A lot that there is (`lot`), or one more harvest (`quantity` and `harvest_day`)."""

    lot = Text(most=20)
    quantity = QuantityField()
    harvest_day = DayField()
    plot_id = Identifier()

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if "lot" in data:
            names = ("quantity", "harvest_day", "plot_id")
            surplus = {name: [fields.Reason("field.unknown")] for name in names if name in data}
            if surplus:
                raise ma.ValidationError(surplus)
            return
        names = ("quantity", "harvest_day")
        missing = {name: [fields.Reason("field.required")] for name in names if name not in data}
        if missing:
            raise ma.ValidationError(missing)


class StockIn(Schema):
    """How much more or less there is of a lot, and why; without `lot` it is the newest."""

    lot = Text(most=20)
    change = Integer(least=-QUANTITY_MAX, most=QUANTITY_MAX, required=True)
    reason = Choice(Reason, required=True)


class StockOut(Schema):
    """The lots that a listing is sold from, in the order in which they are sold."""

    items = ListOf(Nested(LotStockOut), most=10_000)


class ExperienceIn(Schema):
    """A visit; without a child's price it is for adults only."""

    id = Identifier()
    seller_id = Identifier(required=True)
    category = Text(most=60, pattern=CODE, required=True)
    commune = Text(most=10, required=True)
    price = MoneyField(least=1, required=True)
    child_price = MoneyField()
    duration_minutes = Integer(least=1, most=MINUTES_MAX, required=True)
    cutoff_minutes = Integer(most=MINUTES_MAX, load_default=60)
    texts = TextsIn(required=True)
    language = Text(most=35, pattern=LANGUAGE, load_default="vi")


class ExperiencePatch(Schema):
    """What changes of a visit."""

    price = MoneyField(least=1)
    child_price = MoneyField()
    duration_minutes = Integer(least=1, most=MINUTES_MAX)
    cutoff_minutes = Integer(most=MINUTES_MAX)
    commune = Text(most=10)
    texts = TextsIn()


class DeparturesIn(Schema):
    """Starts of a visit, each with the same number of seats."""

    starts = ListOf(Instant(), least=1, most=60, required=True)
    seats = Integer(least=1, most=500, required=True)


class DepartureOut(Schema):
    """One start with its seats."""

    id = Identifier()
    starts_at = Instant()
    cutoff_at = Instant()
    status = Choice(("available", "sold-out", "closed", "cancelled"))
    seats = Integer()
    seats_left = Integer()


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


class LotIn(Schema):
    """A harvest, picked already or still to be picked."""

    seller_id = Identifier(required=True)
    category = Text(most=60, pattern=CODE, required=True)
    commune = Text(most=10, required=True)
    harvest_day = DayField(required=True)
    quantity = QuantityField(required=True)
    plot_id = Identifier()


class LotOut(Schema):
    """A lot as its producer sees it."""

    id = Identifier()
    code = Text(most=10)
    seller_id = Identifier()
    plot_id = Identifier(allow_none=True)
    category = Text(most=60)
    commune = Nested(CommuneOut)
    harvest_day = DayField()
    declared = QuantityField()
    accepted = QuantityField(allow_none=True)
    created_at = Instant()
    version = Integer()


class EventIn(Schema):
    """One thing that happened to a lot; which `facts` belong to which step is in the guide."""

    id = Identifier()
    step = Choice(Step, required=True)
    occurred_at = Instant(required=True)
    facts = ma.fields.Dict(
        load_default=dict,
        metadata={
            "description": "sown: variety; treated: agent and isolation_days; weighed: value (in"
            " 10^-scale of the lot's unit); packed: boxes; handed-over: to."
        },
    )


class EventOut(Schema):
    """One event; `voice` is whose word it is."""

    step = Choice(Step)
    occurred_at = Instant()
    recorded_at = Instant()
    voice = Choice(Voice)
    facts = ma.fields.Dict()


class ProducerOut(SellerOut):
    """Who grew or caught it."""

    kind = Text(most=20)


class IsolationOut(Schema):
    """Until when a treated crop had to stay unpicked, and whether it did."""

    until = DayField()
    kept = Flag()


class TraceOut(Schema):
    """The public story of a lot."""

    code = Text(most=10)
    category = Text(most=60)
    commune = Nested(CommuneOut)
    producer = Nested(ProducerOut)
    harvest_day = DayField()
    declared = QuantityField()
    accepted = QuantityField(allow_none=True)
    isolation = Nested(IsolationOut, allow_none=True)
    events = ListOf(Nested(EventOut), most=100_000)


class PlotIn(Schema):
    """A plot; its outline is not asked for."""

    seller_id = Identifier(required=True)
    name = Text(most=80, required=True)
    category = Text(most=60, pattern=CODE, required=True)
    commune = Text(most=10, required=True)
    area_m2 = Integer(least=1, most=10**9, required=True)


class PlotOut(Schema):
    """A plot as its producer sees it."""

    id = Identifier()
    seller_id = Identifier()
    name = Text(most=80)
    category = Text(most=60)
    commune = Nested(CommuneOut)
    area_m2 = Integer()
    created_at = Instant()


def page_of(item: type[Schema], name: str) -> type[Schema]:
    """The shape of a page of such items."""
    members = {
        "items": ListOf(Nested(item), most=101),
        "next": ma.fields.String(allow_none=True),
        "__doc__": f"A page of {name}.",
    }
    return type(f"{item.__name__.removesuffix('Out')}Page", (Schema,), members)
