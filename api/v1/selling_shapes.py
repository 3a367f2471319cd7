"""The shapes of goods and visits as their sellers write and edit them."""

from typing import Any

import marshmallow as ma

from api import fields
from api.v1 import offer_shapes
from api.v1.offer_shapes import CODE, TITLE_MAX
from api.v1.option_shapes import LANGUAGE
from catalog import listings, models
from catalog.listings.drafting import PIECE_GRAMS_MAX, TOLERANCE_MAX
from market.quantity import QUANTITY_MAX

LANGUAGES_MAX = 20
HOURS_MAX = 9_999
MINUTES_MAX = 30 * 24 * 60
_NEW = ("quantity", "harvest_day")


class WordsIn(fields.Schema):
    """What an offer says in one language."""

    title = fields.Text(most=TITLE_MAX)
    description = fields.Text(most=offer_shapes.DESCRIPTION_MAX, lines=True)


class TextsIn(fields.Dict):
    """Titles and descriptions by language tag."""

    def __init__(self, **options: Any) -> None:
        few = ma.validate.Length(max=LANGUAGES_MAX, error="field.too_many")
        super().__init__(
            fields.Text(most=35, pattern=LANGUAGE), fields.Nested(WordsIn), validate=few, **options
        )


class PieceIn(fields.Schema):
    """What a piece weighs by estimate, and how much more an order holds until it is weighed."""

    makes = listings.Piece
    grams = fields.Integer(least=1, most=PIECE_GRAMS_MAX, required=True)
    tolerance_basis_points = fields.Integer(most=TOLERANCE_MAX, load_default=1_000)


class OfferOut(fields.Identified):
    """An offer as its seller edits it."""

    seller_id = fields.Identifier()
    state = fields.Choice(models.ListingState)
    category = fields.Text(most=60, attribute="category_code")
    commune = offer_shapes.Commune(attribute="unit_code")
    price = fields.PriceField(attribute="price_minor")
    texts = fields.Dict(keys=fields.Text(most=35), values=fields.Nested(WordsIn))
    language = fields.Text(most=35, attribute="source_lang")
    version = fields.Integer()
    proposed = fields.Text(
        most=10, allow_none=True, metadata={"description": "The case of a change that waits."}
    )
    created_at = fields.Instant()
    updated_at = fields.Instant()
    listed_at = fields.Instant(allow_none=True)


class OwnListingOut(offer_shapes.StepsOut, OfferOut):
    """Goods as their seller edits them."""

    piece = fields.Nested(PieceIn, allow_none=True)
    cold_chain = fields.Flag()
    shelf_hours = fields.Integer(allow_none=True)
    harvest = fields.Nested(offer_shapes.WindowSchema)
    lots = fields.ListOf(fields.Nested(offer_shapes.LotStockOut), most=10_000)

    @ma.pre_dump
    def _window(self, row: dict[str, Any], **_: Any) -> dict[str, Any]:
        window = {"opens": row["harvest_from"], "closes": row["harvest_until"]}
        tolerance = {"tolerance_basis_points": row["tolerance_basis_points"]}
        piece = row["piece_grams"] and {"grams": row["piece_grams"], **tolerance}
        return row | {"harvest": window, "piece": piece}


class OwnExperienceOut(OfferOut):
    """A visit as its host edits it."""

    price = fields.PriceField(attribute="adult_minor")
    child_price = fields.PriceField(allow_none=True, attribute="child_minor")
    duration_minutes = fields.Integer()
    cutoff_minutes = fields.Integer()
    availability = fields.Choice(models.Availability)
    meeting_landmark = fields.Text(most=offer_shapes.LANDMARK_MAX, allow_none=True)
    meeting_commune = offer_shapes.Commune(attribute="meeting_unit_code", allow_none=True)
    spoken = fields.ListOf(fields.Text(most=35), most=offer_shapes.SPOKEN_MAX)


class OfferIn(fields.Identified):
    """What is said of goods and of a visit, loaded in the domain's words."""

    seller_id = fields.Identifier(required=True)
    category = fields.Text(most=60, pattern=CODE, required=True, attribute="category_code")
    commune = fields.Text(most=10, required=True, attribute="unit_code")
    price = fields.MoneyField(least=1, required=True)
    texts = TextsIn(required=True)
    language = fields.Text(most=35, pattern=LANGUAGE, load_default="vi", attribute="source_lang")


class GoodsIn(fields.Schema):
    """How goods are measured, graded and kept, and when they are picked."""

    increment = fields.Integer(least=1, most=QUANTITY_MAX)
    minimum = fields.Integer(least=1, most=QUANTITY_MAX)
    grade = fields.Choice(models.Grade)
    piece = fields.Nested(PieceIn)
    cold_chain = fields.Flag()
    shelf_hours = fields.Integer(most=HOURS_MAX)
    harvest = fields.Nested(offer_shapes.WindowSchema, attribute="window")


class ListingIn(GoodsIn, OfferIn):
    """Goods; what is left out is the category's usual. A quantity makes a lot at once.

    Goods of a cold chain are delivered cooled only, and none that keep fewer hours than the way.
    """

    unit = fields.Text(most=3, least=2, pattern="[A-Z0-9]+")
    scale = fields.Integer(most=3)
    quantity = fields.QuantityField()
    harvest_day = fields.DayField()
    plot_id = fields.Identifier()


class SubmissionIn(fields.Schema):
    """Whether a price far below the reference is meant."""

    price_is_meant = fields.Flag(load_default=False)


class ListingPatch(GoodsIn, SubmissionIn):
    """What changes of goods; no `shelf_hours` (0) is long."""

    price = fields.MoneyField(least=1)
    commune = fields.Text(most=10, attribute="unit_code")
    texts = TextsIn()


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
    reason = fields.Choice(listings.Reason, required=True)


class StockOut(fields.Schema):
    """The lots that a listing is sold from, in the order in which they are sold."""

    items = fields.ListOf(fields.Nested(offer_shapes.LotStockOut), most=10_000)


class MeetingIn(fields.Schema):
    """Where guests meet, and the languages in which they are spoken to (BCP 47)."""

    meeting_landmark = fields.Text(most=offer_shapes.LANDMARK_MAX)
    meeting_commune = fields.Text(most=10, attribute="meeting_unit_code")
    spoken = fields.ListOf(fields.Text(most=35, pattern=LANGUAGE), most=offer_shapes.SPOKEN_MAX)


class ExperienceIn(MeetingIn, OfferIn):
    """A visit; without a child's price it is for adults only."""

    price = fields.MoneyField(least=1, required=True, attribute="adult")
    child_price = fields.MoneyField(attribute="child")
    duration_minutes = fields.Integer(least=1, most=MINUTES_MAX, required=True)
    cutoff_minutes = fields.Integer(most=MINUTES_MAX, load_default=60)


class ExperiencePatch(MeetingIn):
    """What changes of a visit."""

    price = fields.MoneyField(least=1, attribute="adult")
    child_price = fields.MoneyField(attribute="child")
    duration_minutes = fields.Integer(least=1, most=MINUTES_MAX)
    cutoff_minutes = fields.Integer(most=MINUTES_MAX)
    commune = fields.Text(most=10, attribute="unit_code")
    texts = TextsIn()


class DeparturesIn(fields.Schema):
    """Starts of a visit, each with the same number of seats."""

    starts = fields.ListOf(fields.Instant(), least=1, most=60, required=True)
    seats = fields.Integer(least=1, most=500, required=True)
    option_id = fields.Identifier(metadata={"description": "The first one unless said."})


class DeparturesOut(fields.Schema):
    """The departures that were opened."""

    items = fields.ListOf(fields.Nested(offer_shapes.DepartureOut), most=60)
