"""Orders: the seller's steps, the buyer's word, the guests at the gate, and a sibling's help."""

from sqlalchemy.orm import Session

from api import context, fields, orders_view, unit_of_work, uploads
from api.v1.resources import UUID, Any, Facts, Resources, Rows, Upload, acting, asking, g, request
from api.v1.roles import GUESTS_TOO, SELLERS, SIGNED_IN
from api.v1.sale_shapes import LineOut, OrderDetailOut, OrderOut, ReasonIn
from catalog.baskets import LINES_MAX
from market import FieldInvalid, NotFound, clock, code_of, existing, orders, quantity
from market.accounts.models import Scope
from market.files import kept
from market.orders import State, models, queries
from payments import cancelling, fulfilling, reassigning, supplementing, weighing

blp = Resources("orders", __name__, description="Orders of buyers and sellers.")
siblings = Resources("offered-orders", __name__, description="Orders that siblings may take over.")
entries = Resources("redemptions", __name__, description="Guests who are let in, or never came.")

ONE = "/orders/<uuid:order_id>"
SHOWN_MOST = 100


class OrdersQuery(fields.PageQuery):
    """Whose orders, and in which state."""

    side = fields.Choice(("selling", "buying"), load_default="selling")
    state = fields.Choice(State, load_default=None)


class WeightIn(fields.Schema):
    """What a line weighs."""

    position = fields.Integer(most=LINES_MAX, required=True)
    grams = fields.Integer(least=1, most=quantity.QUANTITY_MAX, required=True)


class PackingIn(fields.Schema):
    """The weights of lines that are sold by the piece and priced by weight; none for others."""

    weights = fields.ListOf(fields.Nested(WeightIn), most=LINES_MAX, load_default=list)


class ComplaintIn(fields.Schema):
    """What is wrong, in the buyer's own words."""

    statement = fields.Text(most=2000, lines=True, required=True)


class PhotosIn(fields.Schema):
    """Pictures of it."""

    photos = fields.ListOf(Upload(), most=4, load_default=list)


class ComplaintOut(fields.Schema):
    """The number of the case in which a complaint, or a report, is answered."""

    number = fields.Text(most=10)


@blp.pages("/orders", SIGNED_IN, OrderOut, query=OrdersQuery, key=("created_at", "id"))
def page(query: Facts) -> Rows:
    """The newest first, of what one sells or of what one bought."""
    which = {"after": query["after"], "limit": query["limit"] + 1}
    states, selling = [query["state"]] if query["state"] else (), query["side"] == "selling"
    found = queries.page(**asking(), selling=selling, states=states, **which)
    return orders_view.details(g.session, found, now=clock.now())


@blp.get(ONE, SIGNED_IN, OrderDetailOut)
def one(order_id: UUID) -> Facts:
    """The order with its lines, steps and tickets."""
    return shown(queries.get(**asking(), order_id=order_id))


@blp.post(f"{ONE}/confirmation", SELLERS, OrderDetailOut)
def confirm(order_id: UUID) -> Facts:
    """Promise to deliver."""
    return shown(orders.confirm(**acting(), order_id=order_id))


@blp.post(f"{ONE}/packing", SELLERS, OrderDetailOut, takes=PackingIn)
def pack(body: Facts, order_id: UUID) -> Facts:
    """Say that the goods stand packed, and what each line priced by weight weighs."""
    grams = {each["position"]: each["grams"] for each in body["weights"]}
    if len(grams) < len(body["weights"]):
        raise FieldInvalid(field="weights", reason="field.not_allowed")
    return shown(weighing.pack(**acting(), order_id=order_id, grams=grams))


@blp.post(f"{ONE}/supplements", SELLERS, OrderDetailOut, takes=WeightIn)
def supplement(body: Facts, order_id: UUID) -> Facts:
    """Ask the buyer to pay for a line that weighs more than is held; the order beside this one."""
    weighed = (body["position"], body["grams"])
    return shown(supplementing.ask(**acting(), order_id=order_id, weighed=weighed))


@blp.post(f"{ONE}/agreement", GUESTS_TOO, OrderDetailOut)
def agree(order_id: UUID) -> Facts:
    """Agree, as its buyer, to pay a supplement in cash; others are agreed to by paying them."""
    return shown(supplementing.agree(**acting(), order=bought(order_id)))


@blp.post(f"{ONE}/handover", SELLERS, OrderDetailOut)
def hand_over(order_id: UUID) -> Facts:
    """Give the goods away and take the cash where it is due."""
    return shown(fulfilling.hand_over(**acting(), order_id=order_id))


@blp.post(f"{ONE}/delivery", GUESTS_TOO, OrderDetailOut)
def deliver(order_id: UUID) -> Facts:
    """Say that the goods have arrived, as their buyer, their seller or his cooperative.

    Cash that is due was taken with that, by who says so; a buyer says that the seller took it.
    """
    order = queries.brought_by(**asking(), order_id=order_id) or party_to(order_id)[0]
    fulfilling.deliver(**acting(), order=order)
    return shown(order)


@blp.post(f"{ONE}/refusal", SELLERS, OrderDetailOut, takes=ReasonIn)
def refuse(body: Facts, order_id: UUID) -> Facts:
    """Take the goods back: no cash is due, and what was paid is owed back."""
    return shown(fulfilling.refuse(**acting(), order_id=order_id, **body))


@blp.post(f"{ONE}/cancellation", GUESTS_TOO, OrderDetailOut, takes=ReasonIn)
def cancel(body: Facts, order_id: UUID) -> Facts:
    """Call the order off, as its buyer before the seller's promise, or as its seller."""
    order, by_buyer = party_to(order_id)
    cancelling.cancel(**acting(), order=order, by_buyer=by_buyer, **body)
    return shown(order)


@blp.post(f"{ONE}/complaints", GUESTS_TOO, ComplaintOut)
@blp.arguments(ComplaintIn, location="form")
@blp.arguments(PhotosIn, location="files")
def complain(body: Facts, files: Facts, order_id: UUID) -> Any:
    """Open a case about the order, as its buyer, with up to four photos."""
    # Photos of strangers are not decoded.
    unit_of_work.before_writing(lambda session: party_to(order_id, session))
    pictures = uploads.for_a_case(files["photos"])
    with kept(context.files(), pictures):
        photos = list(pictures)
        return orders.moving.complain(**acting(), order=bought(order_id), photos=photos, **body)


@blp.post("/tickets/<string:code>/redemption", SELLERS, OrderDetailOut)
def redeem(code: str) -> Facts:
    """Let the guest of this ticket in, once."""
    return shown(fulfilling.redeem(**acting(), code=code_of(code, what="ticket")))


def bought(order_id: UUID) -> models.Order:
    """The order for its buyer alone."""
    order, by_buyer = party_to(order_id)
    return existing(order if by_buyer else None, "order")


def party_to(order_id: UUID, session: Session | None = None) -> tuple[models.Order, bool]:
    """The order for its buyer (signed in, or a guest with the secret) or its seller.

    The second value says whether they are the buyer.
    """
    asked: context.Asking = {"session": session or g.session, "actor": g.actor}
    secret = request.headers.get("Order-Secret")
    if secret is not None:
        return orders_view.order_of_secret(asked["session"], secret, order_id), True
    order = queries.get(**asked, order_id=order_id)
    if order.seller_id in g.actor.sells_for(Scope.ORDERS):
        return queries.sold_by(**asked, order_id=order_id), False
    if not queries.bought_by(**asked, order=order):
        raise NotFound(what="order")
    return order, True


def shown(order: models.Order) -> Facts:
    """The order with all that hangs on it (`OrderDetailOut`)."""
    return orders_view.details(g.session, [order], now=clock.now())[0]


SHOWN_MOST = 100


class OfferedOut(fields.Schema):
    """An order to be taken over, without who bought it, and one's listings that could serve it."""

    id = fields.Identifier(attribute="order.id")
    line = fields.Nested(LineOut)
    unit_code = fields.Text(most=5, attribute="order.address.unit_code")
    deadline = fields.Instant(attribute="order.deadline")
    listing_ids = fields.ListOf(fields.Identifier(), most=SHOWN_MOST)


class OfferedOrdersOut(fields.Schema):
    """The orders that wait for a sibling, the most urgent first."""

    items = fields.ListOf(fields.Nested(OfferedOut), most=SHOWN_MOST)


class TakeOverIn(fields.Schema):
    """From which of one's listings the goods will come."""

    listing_id = fields.Identifier(required=True)


@siblings.get("/offered-orders", SELLERS, OfferedOrdersOut)
def offered() -> Facts:
    """What others of one's cooperative did not answer, and one could serve."""
    return {"items": reassigning.offered(**acting())[:SHOWN_MOST]}


@siblings.post("/orders/<uuid:order_id>/take-over", SELLERS, OrderDetailOut, takes=TakeOverIn)
def take_over(body: Facts, order_id: UUID) -> Facts:
    """Promise to deliver it instead; the first one has it."""
    return shown(reassigning.take_over(**acting(), order_id=order_id, **body))


class ScanIn(fields.Schema):
    """A ticket's code or token, scanned at `scanned_at` under an id that the phone made."""

    makes = fulfilling.Shown
    id = fields.Identifier(required=True)
    ticket = fields.Text(most=400, required=True)
    scanned_at = fields.Instant(required=True)
    device = fields.Text(most=100, load_default=None, allow_none=True)


class RedemptionsIn(fields.Schema):
    """Scans in any order; those that were sent before are answered as they were then."""

    items = fields.ListOf(fields.Nested(ScanIn), least=1, most=fulfilling.SCANS_MAX, required=True)


class RedemptionOut(fields.Identified):
    """What a scan came to; of one's own ticket the code, and since when its guest is in."""

    outcome = fields.Choice(fulfilling.Outcome)
    code = fields.Text(most=10, allow_none=True)
    redeemed_at = fields.Instant(allow_none=True)


class RedemptionsOut(fields.Schema):
    """The answers, in the order of the scans."""

    items = fields.ListOf(fields.Nested(RedemptionOut), most=fulfilling.SCANS_MAX)


@entries.post("/redemptions", SELLERS, RedemptionsOut, takes=RedemptionsIn, status=200)
def receive(body: Facts) -> Facts:
    """Let in whom the scans show; the earliest scan of a ticket counts, whenever it arrives."""
    secret = context.settings().secret_key
    return {"items": fulfilling.receive(**acting(), secret=secret, scans=body["items"])}


@entries.post("/bookings/<uuid:booking_id>/no-show", SELLERS, OrderDetailOut)
def miss(booking_id: UUID) -> Facts:
    """Say that nobody came: what was paid is earned; a guest who comes late is still let in."""
    return shown(fulfilling.miss(**acting(), order_id=booking_id))
