"""Orders: the seller's steps, the buyer's word, and the guests at the gate."""

from functools import partial

from sqlalchemy.orm import Session

from api import context, uploads
from api.context import Asking
from api.fields import Choice, Integer, ListOf, Nested, PageQuery, Schema, Text
from api.house import settling
from api.orders_view import detail, details, order_of_secret
from api.unit_of_work import before_writing
from api.v1.resources import UUID, Any, Facts, Resources, Rows, Upload, acting, asking, g, request
from api.v1.roles import GUESTS_TOO, SELLERS, SIGNED_IN
from api.v1.sale_shapes import OrderDetailOut, OrderOut, ReasonIn
from catalog.baskets import LINES_MAX
from market import clock, orders
from market.accounts.models import Scope
from market.errors import FieldInvalid, NotFound, existing
from market.files import kept
from market.ids import code_of
from market.orders import State, queries
from market.orders.models import Order
from market.quantity import QUANTITY_MAX
from payments import cancelling, fulfilling, supplementing, weighing

blp = Resources("orders", __name__, description="Orders of buyers and sellers.")

ONE = "/orders/<uuid:order_id>"


class OrdersQuery(PageQuery):
    """Whose orders, and in which state."""

    side = Choice(("selling", "buying"), load_default="selling")
    state = Choice(State, load_default=None)


class WeightIn(Schema):
    """What a line weighs."""

    position = Integer(most=LINES_MAX, required=True)
    grams = Integer(least=1, most=QUANTITY_MAX, required=True)


class PackingIn(Schema):
    """The weights of lines that are sold by the piece and priced by weight; none for others."""

    weights = ListOf(Nested(WeightIn), most=LINES_MAX, load_default=list)


class ComplaintIn(Schema):
    """What is wrong, in the buyer's own words."""

    statement = Text(most=2000, lines=True, required=True)


class PhotosIn(Schema):
    """Pictures of it."""

    photos = ListOf(Upload(), most=4, load_default=list)


class ComplaintOut(Schema):
    """The number of the case in which a complaint, or a report, is answered."""

    number = Text(most=10)


@blp.pages("/orders", SIGNED_IN, OrderOut, query=OrdersQuery, key=("created_at", "id"))
def page(query: Facts) -> Rows:
    """The newest first, of what one sells or of what one bought."""
    which = {"after": query["after"], "limit": query["limit"] + 1}
    states, selling = [query["state"]] if query["state"] else (), query["side"] == "selling"
    found = queries.page(**asking(), selling=selling, states=states, **which)
    return details(g.session, found, now=clock.now())


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
    return shown(supplementing.ask(**settling(), order_id=order_id, weighed=weighed))


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
    cancelling.cancel(**settling(), order=order, by_buyer=by_buyer, **body)
    return shown(order)


@blp.post(f"{ONE}/complaints", GUESTS_TOO, ComplaintOut)
@blp.arguments(ComplaintIn, location="form")
@blp.arguments(PhotosIn, location="files")
def complain(body: Facts, files: Facts, order_id: UUID) -> Any:
    """Open a case about the order, as its buyer, with up to four photos."""
    before_writing(partial(party_to, order_id))  # photos of strangers are not decoded
    pictures = uploads.for_a_case(files["photos"])
    with kept(context.files(), pictures):
        photos = list(pictures)
        return orders.moving.complain(**acting(), order=bought(order_id), photos=photos, **body)


@blp.post("/tickets/<string:code>/redemption", SELLERS, OrderDetailOut)
def redeem(code: str) -> Facts:
    """Let the guest of this ticket in, once."""
    return shown(fulfilling.redeem(**acting(), code=code_of(code, what="ticket")))


def bought(order_id: UUID) -> Order:
    """The order for its buyer alone."""
    order, by_buyer = party_to(order_id)
    return existing(order if by_buyer else None, "order")


def party_to(order_id: UUID, session: Session | None = None) -> tuple[Order, bool]:
    """The order for its buyer (signed in, or a guest with the secret) or its seller.

    The second value says whether they are the buyer.
    """
    asked: Asking = {"session": session or g.session, "actor": g.actor}
    secret = request.headers.get("Order-Secret")
    if secret is not None:
        return order_of_secret(asked["session"], secret, order_id), True
    order = queries.get(**asked, order_id=order_id)
    if order.seller_id in g.actor.sells_for(Scope.ORDERS):
        return queries.sold_by(**asked, order_id=order_id), False
    if not queries.bought_by(**asked, order=order):
        raise NotFound(what="order")
    return order, True


def shown(order: Order) -> Facts:
    """The order with all that hangs on it (`OrderDetailOut`)."""
    return detail(g.session, order, now=clock.now())
