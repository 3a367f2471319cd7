"""The shapes of lots, their stories, and plots."""

import marshmallow as ma

from api.fields import (
    Choice,
    DayField,
    Flag,
    Identifier,
    Instant,
    Integer,
    ListOf,
    QuantityField,
    Schema,
    Text,
)
from api.v1.offer_shapes import CODE, STEP, CommuneOut, Nested, SellerOut
from market.traceability import Step, Voice


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
    unit = Text(most=3)
    scale = Integer(most=6)
    declared = Integer(metadata={"description": STEP})
    accepted = Integer(allow_none=True, metadata={"description": STEP})
    created_at = Instant()
    version = Integer()


class LotEventIn(Schema):
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


class LotEventOut(Schema):
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
    unit = Text(most=3)
    scale = Integer(most=6)
    declared = Integer(metadata={"description": STEP})
    accepted = Integer(allow_none=True, metadata={"description": STEP})
    isolation = Nested(IsolationOut, allow_none=True)
    events = ListOf(Nested(LotEventOut), most=100_000)


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
