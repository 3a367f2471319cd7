"""The shapes of goods and visits as their sellers write and edit them."""

from typing import Any

import marshmallow as ma

from api import fields
from api.fields import (
    Choice,
    DayField,
    Identifier,
    Instant,
    Integer,
    ListOf,
    MoneyField,
    QuantityField,
    Schema,
    Text,
)
from api.v1.offer_shapes import (
    CODE,
    DESCRIPTION_MAX,
    TITLE_MAX,
    CommuneOut,
    DepartureOut,
    LotStockOut,
    Nested,
    WindowSchema,
)
from catalog.listings import Reason
from catalog.models import ListingState
from market.quantity import QUANTITY_MAX

LANGUAGE = r"[a-z]{2,3}(-[A-Za-z]{4})?"
LANGUAGES_MAX = 20
MINUTES_MAX = 30 * 24 * 60
_NEW = ("quantity", "harvest_day")


class WordsIn(Schema):
    """What an offer says in one language."""

    title = Text(most=TITLE_MAX)
    description = Text(most=DESCRIPTION_MAX, lines=True)


class TextsIn(ma.fields.Dict):
    """Titles and descriptions by language tag."""

    def __init__(self, **options: Any) -> None:
        few = ma.validate.Length(max=LANGUAGES_MAX, error="field.too_many")
        super().__init__(Text(most=35, pattern=LANGUAGE), Nested(WordsIn), validate=few, **options)


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
        is_new = "lot" not in data
        wrong, names = ("field.required", _NEW) if is_new else ("field.unknown", (*_NEW, "plot_id"))
        found = [name for name in names if (name in data) is not is_new]
        if found:
            raise ma.ValidationError({name: [fields.Reason(wrong)] for name in found})


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


class DeparturesOut(Schema):
    """The departures that were opened."""

    items = ListOf(Nested(DepartureOut), most=60)
