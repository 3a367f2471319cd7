"""The shapes of goods and visits as their sellers write and edit them."""

from typing import Any

import marshmallow as ma

from api import fields
from api.v1 import offer_shapes
from api.v1.offer_shapes import CODE, TITLE_MAX, Nested
from catalog.listings import Reason
from catalog.models import ListingState
from market.money import Money
from market.quantity import QUANTITY_MAX

LANGUAGE = r"[a-z]{2,3}(-[A-Za-z]{4})?"
LANGUAGES_MAX = 20
MINUTES_MAX = 30 * 24 * 60
_NEW = ("quantity", "harvest_day")


class WordsIn(fields.Schema):
    """What an offer says in one language."""

    title = fields.Text(most=TITLE_MAX)
    description = fields.Text(most=offer_shapes.DESCRIPTION_MAX, lines=True)


class TextsIn(ma.fields.Dict):
    """Titles and descriptions by language tag."""

    def __init__(self, **options: Any) -> None:
        few = ma.validate.Length(max=LANGUAGES_MAX, error="field.too_many")
        super().__init__(
            fields.Text(most=35, pattern=LANGUAGE), Nested(WordsIn), validate=few, **options
        )


class PriceField(fields.MoneyField):
    """The money of an amount's column, with the currency that stands beside it."""

    def _serialize(self, *given: Any, **_: Any) -> Any:
        minor, _name, row = given
        money = Money(minor or 0, ma.utils.get_value(row, "currency"))
        return None if minor is None else self.schema.dump(money)


class OfferOut(fields.Schema):
    """An offer as its seller edits it."""

    id = fields.Identifier()
    seller_id = fields.Identifier()
    state = fields.Choice(ListingState)
    category = fields.Text(most=60, attribute="category_code")
    commune = offer_shapes.Commune(attribute="unit_code")
    price = PriceField(attribute="price_minor")
    texts = ma.fields.Dict(keys=fields.Text(most=35), values=Nested(WordsIn))
    language = fields.Text(most=35, attribute="source_lang")
    version = fields.Integer()
    created_at = fields.Instant()
    updated_at = fields.Instant()
    listed_at = fields.Instant(allow_none=True)


class OwnListingOut(OfferOut):
    """Goods as their seller edits them."""

    unit = fields.Text(most=3)
    scale = fields.Integer(most=6)
    increment = fields.Integer()
    minimum = fields.Integer()
    harvest = Nested(offer_shapes.WindowSchema)
    lots = fields.ListOf(Nested(offer_shapes.LotStockOut), most=10_000)


class OwnExperienceOut(OfferOut):
    """A visit as its host edits it."""

    price = PriceField(attribute="adult_minor")
    child_price = PriceField(allow_none=True, attribute="child_minor")
    duration_minutes = fields.Integer()
    cutoff_minutes = fields.Integer()


class ListingIn(fields.Schema):
    """Goods; what is left out is the category's usual. A quantity makes a lot at once."""

    id = fields.Identifier()
    seller_id = fields.Identifier(required=True)
    category = fields.Text(most=60, pattern=CODE, required=True)
    commune = fields.Text(most=10, required=True)
    price = fields.MoneyField(least=1, required=True)
    texts = TextsIn(required=True)
    language = fields.Text(most=35, pattern=LANGUAGE, load_default="vi")
    unit = fields.Text(most=3, least=2, pattern="[A-Z0-9]+")
    scale = fields.Integer(most=3)
    increment = fields.Integer(least=1, most=QUANTITY_MAX)
    minimum = fields.Integer(least=1, most=QUANTITY_MAX)
    harvest = Nested(offer_shapes.WindowSchema)
    quantity = fields.QuantityField()
    harvest_day = fields.DayField()
    plot_id = fields.Identifier()


class SubmissionIn(fields.Schema):
    """Whether a price far below the reference is meant."""

    price_is_meant = fields.Flag(load_default=False)


class ListingPatch(SubmissionIn):
    """What changes of goods."""

    price = fields.MoneyField(least=1)
    commune = fields.Text(most=10)
    texts = TextsIn()
    increment = fields.Integer(least=1, most=QUANTITY_MAX)
    minimum = fields.Integer(least=1, most=QUANTITY_MAX)
    harvest = Nested(offer_shapes.WindowSchema)


class HarvestIn(fields.Schema):
    """A lot that there is (`lot`), or one more harvest (`quantity` and `harvest_day`)."""

    lot = fields.Text(most=20)
    quantity = fields.QuantityField()
    harvest_day = fields.DayField()
    plot_id = fields.Identifier()

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        is_new = "lot" not in data
        wrong, names = ("field.required", _NEW) if is_new else ("field.unknown", (*_NEW, "plot_id"))
        found = [name for name in names if (name in data) is not is_new]
        if found:
            raise ma.ValidationError({name: [fields.Reason(wrong)] for name in found})


class StockIn(fields.Schema):
    """How much more or less there is of a lot, and why; without `lot` it is the newest."""

    lot = fields.Text(most=20)
    change = fields.Integer(least=-QUANTITY_MAX, most=QUANTITY_MAX, required=True)
    reason = fields.Choice(Reason, required=True)


class StockOut(fields.Schema):
    """The lots that a listing is sold from, in the order in which they are sold."""

    items = fields.ListOf(Nested(offer_shapes.LotStockOut), most=10_000)


class ExperienceIn(fields.Schema):
    """A visit; without a child's price it is for adults only."""

    id = fields.Identifier()
    seller_id = fields.Identifier(required=True)
    category = fields.Text(most=60, pattern=CODE, required=True)
    commune = fields.Text(most=10, required=True)
    price = fields.MoneyField(least=1, required=True)
    child_price = fields.MoneyField()
    duration_minutes = fields.Integer(least=1, most=MINUTES_MAX, required=True)
    cutoff_minutes = fields.Integer(most=MINUTES_MAX, load_default=60)
    texts = TextsIn(required=True)
    language = fields.Text(most=35, pattern=LANGUAGE, load_default="vi")


class ExperiencePatch(fields.Schema):
    """What changes of a visit."""

    price = fields.MoneyField(least=1)
    child_price = fields.MoneyField()
    duration_minutes = fields.Integer(least=1, most=MINUTES_MAX)
    cutoff_minutes = fields.Integer(most=MINUTES_MAX)
    commune = fields.Text(most=10)
    texts = TextsIn()


class DeparturesIn(fields.Schema):
    """Starts of a visit, each with the same number of seats."""

    starts = fields.ListOf(fields.Instant(), least=1, most=60, required=True)
    seats = fields.Integer(least=1, most=500, required=True)


class DeparturesOut(fields.Schema):
    """The departures that were opened."""

    items = fields.ListOf(Nested(offer_shapes.DepartureOut), most=60)
