"""Where the money of what an organisation sold is, order by order."""

from dataclasses import replace
from datetime import timedelta

from api import context, fields
from api.v1.resources import UUID, Facts, Resources, Rows, g, ma
from api.v1.roles import SELLERS
from api.v1.sale_shapes import RefundOut, minor_as_money
from market import accounts
from market.accounts.models import Scope
from market.db import columns_of
from market.errors import NotFound
from market.orders import Rail
from payments import whereabouts
from payments.whereabouts import Place

blp = Resources("seller_money", __name__, description="Where a seller's money is.")


class WhereaboutsOut(fields.Schema):
    """One order's money: where it is, until when, and what of it is the seller's.

    `refunded` went back or is on its way, `yours` is what is left when all goes well.
    """

    order_id = fields.Identifier()
    code = fields.Text(most=10)
    rail = fields.Choice(Rail)
    created_at = fields.Instant()
    place = fields.Choice(Place)
    until = fields.Instant(allow_none=True)
    total = minor_as_money("total_minor")
    refunded = minor_as_money("refunded_minor")
    yours = minor_as_money("yours_minor")
    refunds = fields.ListOf(ma.fields.Nested(RefundOut), most=1000)


MONEY = "/organisations/<uuid:organisation_id>/money"
WhereaboutsPage = fields.page_of(WhereaboutsOut, "whereabouts", most=100)


@blp.pages(MONEY, SELLERS, WhereaboutsPage, key=("created_at", "order_id"))
def page(query: Facts, organisation_id: UUID) -> Rows:
    """The organisation's orders, the newest first."""
    accounts.require_scope(g.actor, Scope.ORDERS)
    if organisation_id not in g.actor.seller_ids:
        raise NotFound(what="organisation")
    seller = replace(g.actor, seller_ids=frozenset({organisation_id}))
    wait = timedelta(hours=context.settings().release_hours)
    found = whereabouts.of_seller(g.session, actor=seller, wait=wait, **query)
    return [_row(each) for each in found]


def _row(found: whereabouts.Whereabouts) -> Facts:
    own = ("place", "until", "refunded_minor", "yours_minor", "refunds")
    said = {name: getattr(found, name) for name in own}
    return columns_of(found.order) | said | {"order_id": found.order.id}
