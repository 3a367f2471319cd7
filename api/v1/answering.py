"""Orders that a sibling of the cooperative may take over."""

from api.fields import Identifier, Instant, ListOf, Nested, Schema, Text
from api.v1.orders import shown
from api.v1.resources import SELLERS, UUID, Facts, Resources, acting
from api.v1.sale_shapes import LineOut, OrderDetailOut
from payments import reassigning

blp = Resources("offered-orders", __name__, description="Orders that siblings may take over.")

SHOWN_MOST = 100


class OfferedOut(Schema):
    """An order to be taken over, without who bought it, and one's listings that could serve it."""

    id = Identifier(attribute="order.id")
    line = Nested(LineOut)
    unit_code = Text(most=5, attribute="order.address.unit_code")
    deadline = Instant(attribute="order.deadline")
    listing_ids = ListOf(Identifier(), most=SHOWN_MOST)


class OfferedOrdersOut(Schema):
    """The orders that wait for a sibling, the most urgent first."""

    items = ListOf(Nested(OfferedOut), most=SHOWN_MOST)


class TakeOverIn(Schema):
    """From which of one's listings the goods will come."""

    listing_id = Identifier(required=True)


@blp.get("/offered-orders", SELLERS, OfferedOrdersOut)
def offered() -> Facts:
    """What others of one's cooperative did not answer, and one could serve."""
    return {"items": reassigning.offered(**acting())[:SHOWN_MOST]}


@blp.post("/orders/<uuid:order_id>/take-over", SELLERS, OrderDetailOut, takes=TakeOverIn)
def take_over(body: Facts, order_id: UUID) -> Facts:
    """Promise to deliver it instead; the first one has it."""
    return shown(reassigning.take_over(**acting(), order_id=order_id, **body))
