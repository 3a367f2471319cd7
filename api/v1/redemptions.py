"""The gate: tickets that phones have scanned, perhaps offline, and guests who did not come."""

from api import context
from api.fields import Choice, Identified, Identifier, Instant, ListOf, Nested, Schema, Text
from api.v1.orders import shown
from api.v1.resources import SELLERS, UUID, Facts, Resources, acting
from api.v1.sale_shapes import OrderDetailOut
from payments import fulfilling, gate

blp = Resources("redemptions", __name__, description="Guests who are let in, or never came.")


class ScanIn(Schema):
    """A ticket's code or token, scanned at `scanned_at` under an id that the phone made."""

    makes = gate.Shown
    id = Identifier(required=True)
    ticket = Text(most=400, required=True)
    scanned_at = Instant(required=True)
    device = Text(most=100, load_default=None, allow_none=True)


class RedemptionsIn(Schema):
    """Scans in any order; those that were sent before are answered as they were then."""

    items = ListOf(Nested(ScanIn), least=1, most=gate.SCANS_MAX, required=True)


class RedemptionOut(Identified):
    """What a scan came to; of one's own ticket the code, and since when its guest is in."""

    outcome = Choice(gate.Outcome)
    code = Text(most=10, allow_none=True)
    redeemed_at = Instant(allow_none=True)


class RedemptionsOut(Schema):
    """The answers, in the order of the scans."""

    items = ListOf(Nested(RedemptionOut), most=gate.SCANS_MAX)


@blp.post("/redemptions", SELLERS, RedemptionsOut, takes=RedemptionsIn, status=200)
def receive(body: Facts) -> Facts:
    """Let in whom the scans show; the earliest scan of a ticket counts, whenever it arrives."""
    secret = context.settings().secret_key
    return {"items": gate.receive(**acting(), secret=secret, scans=body["items"])}


@blp.post("/bookings/<uuid:booking_id>/no-show", SELLERS, OrderDetailOut)
def miss(booking_id: UUID) -> Facts:
    """Say that nobody came: what was paid is earned; a guest who comes late is still let in."""
    return shown(fulfilling.miss(**acting(), order_id=booking_id))
