"""The shapes of lots, their stories, and plots."""

import marshmallow as ma

from api import fields
from api.v1.offer_shapes import CODE, STEP, Commune, Nested, SellerOut
from market.traceability import Step, Voice


class LotIn(fields.Schema):
    """A harvest, picked already or still to be picked."""

    seller_id = fields.Identifier(required=True, attribute="producer_id")
    category = fields.Text(most=60, pattern=CODE, required=True, attribute="category_code")
    commune = fields.Text(most=10, required=True, attribute="unit_code")
    harvest_day = fields.DayField(required=True)
    quantity = fields.QuantityField(required=True)
    plot_id = fields.Identifier()


class LotOut(fields.Schema):
    """A lot as its producer sees it."""

    id = fields.Identifier()
    code = fields.Text(most=10)
    seller_id = fields.Identifier(attribute="producer_id")
    plot_id = fields.Identifier(allow_none=True)
    category = fields.Text(most=60, attribute="category_code")
    commune = Commune(attribute="unit_code")
    harvest_day = fields.DayField()
    unit = fields.Text(most=3)
    scale = fields.Integer(most=6)
    declared = fields.Integer(metadata={"description": STEP})
    accepted = fields.Integer(allow_none=True, metadata={"description": STEP})
    created_at = fields.Instant()
    version = fields.Integer()


class LotEventIn(fields.Schema):
    """One thing that happened to a lot; which `facts` belong to which step is in the guide."""

    id = fields.Identifier(attribute="event_id")
    step = fields.Choice(Step, required=True)
    occurred_at = fields.Instant(required=True)
    facts = ma.fields.Dict(
        load_default=dict,
        metadata={
            "description": "sown: variety; treated: agent and isolation_days; weighed: value (in"
            " 10^-scale of the lot's unit); packed: boxes; handed-over: to."
        },
    )


class LotEventOut(fields.Schema):
    """One event; `voice` is whose word it is."""

    step = fields.Choice(Step)
    occurred_at = fields.Instant()
    recorded_at = fields.Instant()
    voice = fields.Choice(Voice)
    facts = ma.fields.Dict()


class ProducerOut(SellerOut):
    """Who grew or caught it."""

    kind = fields.Text(most=20)


class IsolationOut(fields.Schema):
    """Until when a treated crop had to stay unpicked, and whether it did."""

    until = fields.DayField()
    kept = fields.Flag()


class TraceOut(fields.Schema):
    """The public story of a lot."""

    code = fields.Text(most=10, attribute="lot.code")
    category = fields.Text(most=60, attribute="lot.category_code")
    commune = Commune(attribute="lot.unit_code")
    producer = Nested(ProducerOut)
    harvest_day = fields.DayField(attribute="lot.harvest_day")
    unit = fields.Text(most=3, attribute="lot.unit")
    scale = fields.Integer(most=6, attribute="lot.scale")
    declared = fields.Integer(attribute="lot.declared", metadata={"description": STEP})
    accepted = fields.Integer(
        allow_none=True, attribute="lot.accepted", metadata={"description": STEP}
    )
    isolation = Nested(IsolationOut, allow_none=True)
    events = fields.ListOf(Nested(LotEventOut), most=100_000)


class PlotIn(fields.Schema):
    """A plot; its outline is not asked for."""

    seller_id = fields.Identifier(required=True, attribute="producer_id")
    name = fields.Text(most=80, required=True)
    category = fields.Text(most=60, pattern=CODE, required=True, attribute="category_code")
    commune = fields.Text(most=10, required=True, attribute="unit_code")
    area_m2 = fields.Integer(least=1, most=10**9, required=True)


class PlotOut(fields.Schema):
    """A plot as its producer sees it."""

    id = fields.Identifier()
    seller_id = fields.Identifier(attribute="producer_id")
    name = fields.Text(most=80)
    category = fields.Text(most=60, attribute="category_code")
    commune = Commune(attribute="unit_code")
    area_m2 = fields.Integer()
    created_at = fields.Instant()
