"""Harvests to come: what a grower expects, when it slips, and what the buyer makes of that."""

from api import fields
from api.v1.offer_shapes import STEP, ComingOut
from api.v1.orders import bought, shown
from api.v1.resources import UUID, Created, Facts, Resources, acting, created, g
from api.v1.roles import GUESTS_TOO, SELLERS
from api.v1.sale_shapes import OrderDetailOut
from catalog import harvests, seasons
from market import clock, columns_of, existing, inventory
from market.quantity import QUANTITY_MAX
from payments import repromising

blp = Resources("harvests", __name__, description="Harvests to come, and what is ordered ahead.")

ONE = "/harvests/<uuid:harvest_id>"


class ComingIn(fields.Schema):
    """When the goods are expected, how surely, from which day they are promised, and how much."""

    opens = fields.DayField(required=True, data_key="from")
    closes = fields.DayField(required=True, data_key="until")
    confidence = fields.Choice(harvests.Confidence, required=True)
    promised_day = fields.DayField(load_default=None, allow_none=True)
    limit = fields.Integer(most=QUANTITY_MAX, load_default=0, metadata={"description": STEP})


class HarvestOut(ComingOut):
    """The same for its grower; `orders` would be touched by a slip."""

    orders = fields.Integer()


class SlipIn(fields.Schema):
    """The later day that is promised instead; with none the orders are released."""

    to_day = fields.DayField(required=True, allow_none=True)
    reason = fields.Text(most=300, required=True)


class ChoiceIn(fields.Schema):
    """Wait, the money back, or another listing's goods instead."""

    choice = fields.Choice(repromising.Choice, required=True)
    listing_id = fields.Identifier(load_default=None)


class SwapOut(fields.Schema):
    """Goods of the same seller that lie there and cost no more."""

    listing_id = fields.Identifier(attribute="line.listing_id")
    title = fields.Text(attribute="line.title", most=200)


class PromiseOut(fields.Schema):
    """A promise that was moved, and what may be taken instead."""

    from_day = fields.DayField()
    to_day = fields.DayField(allow_none=True)
    swaps = fields.ListOf(fields.Nested(SwapOut), most=100)


@blp.post("/listings/<uuid:listing_id>/harvests", SELLERS, HarvestOut, takes=ComingIn)
def expect(body: Facts, listing_id: UUID) -> Created:
    """Tell of a harvest to come, or anew of it; what was ordered already keeps its promise."""
    harvest = seasons.expect(**acting(), listing_id=listing_id, expected=seasons.Expected(**body))
    return created(_shown(harvest), "listings.one", listing_id=listing_id)


@blp.post(f"{ONE}/opening", SELLERS, HarvestOut)
def begin(harvest_id: UUID) -> Facts:
    """Say that the picking has begun."""
    return _shown(seasons.turn(**acting(), harvest_id=harvest_id, to=harvests.HarvestState.OPEN))


@blp.post(f"{ONE}/closing", SELLERS, HarvestOut)
def end(harvest_id: UUID) -> Facts:
    """Say that it is over; nothing more is ordered ahead."""
    return _shown(seasons.turn(**acting(), harvest_id=harvest_id, to=harvests.HarvestState.CLOSED))


@blp.post(f"{ONE}/slip", SELLERS, HarvestOut, takes=SlipIn)
def slip(body: Facts, harvest_id: UUID) -> Facts:
    """Promise all that was ordered ahead for a later day, or release it; each buyer chooses."""
    return _shown(repromising.slip(**acting(), harvest_id=harvest_id, **body))


@blp.post("/orders/<uuid:order_id>/promise", GUESTS_TOO, OrderDetailOut, takes=ChoiceIn)
def choose(body: Facts, order_id: UUID) -> Facts:
    """As the buyer of what comes later than was promised, say what is to be done."""
    return shown(repromising.choose(**acting(), order=bought(order_id), **body))


@blp.get("/orders/<uuid:order_id>/promise", GUESTS_TOO, PromiseOut)
def promise(order_id: UUID) -> Facts:
    """As its buyer, see that the promise was moved and waits for a word."""
    order = bought(order_id)
    slip = existing(repromising.awaited(g.session, order_ids=[order.id]).get(order.id), "promise")
    swaps = repromising.swaps(g.session, order=order, now=clock.now())
    return {"from_day": slip.from_day, "to_day": slip.to_day, "swaps": swaps}


def _shown(harvest: harvests.Harvest) -> Facts:
    now = clock.now()
    free = inventory.free(g.session, cells=[(harvest.id, 0)], now=now)[harvest.id, 0]
    orders = repromising.touched(g.session, harvest_id=harvest.id, now=now)
    return columns_of(harvest) | {"left": free, "orders": orders}
