"""Where the money of what an organisation sold is, order by order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from api import context, fields, paging
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, allowed, g, ma
from api.v1.sale_shapes import RefundOut, minor_as_money
from market import accounts
from market.accounts.models import Scope
from market.db import columns_of
from market.errors import NotFound
from market.orders import Rail
from payments import whereabouts
from payments.whereabouts import Place

blp = Blueprint("seller_money", __name__, description="Where a seller's money is.")


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


@blp.route("/organisations/<uuid:organisation_id>/money")
class Money(MethodView):
    """The money of what was sold."""

    @allowed(*SELLERS)
    @blp.arguments(fields.PageQuery, location="query")
    @blp.response(200, fields.page_of(WhereaboutsOut, "whereabouts", most=100))
    def get(self, query: dict[str, Any], organisation_id: UUID) -> dict[str, Any]:
        """The organisation's orders, the newest first."""
        accounts.require_scope(g.actor, Scope.ORDERS)
        if organisation_id not in g.actor.seller_ids:
            raise NotFound(what="organisation")
        seller = replace(g.actor, seller_ids=frozenset({organisation_id}))
        wait = timedelta(hours=context.settings().release_hours)
        asked = {"after": query["cursor"], "limit": query["limit"]}
        found = whereabouts.of_seller(g.session, actor=seller, wait=wait, **asked)
        rows = [_row(each) for each in found]
        return paging.answer(rows, query, "created_at", "order_id")


def _row(found: whereabouts.Whereabouts) -> dict[str, Any]:
    own = ("place", "until", "refunded_minor", "yours_minor", "refunds")
    said = {name: getattr(found, name) for name in own}
    return columns_of(found.order) | said | {"order_id": found.order.id}
