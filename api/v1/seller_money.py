"""Where the money of what an organisation sold is, and the cash of it that is handed in."""

from dataclasses import replace
from datetime import timedelta

from api import context, fields, house
from api.v1.resources import SELLERS, STAFF, UUID, Facts, Resources, Role, Rows, acting, asking, g
from api.v1.sale_shapes import RefundOut
from market import NotFound, accounts, columns_of
from market.accounts.models import Scope
from market.orders import Rail
from payments import models, remitting, whereabouts

blp = Resources("seller_money", __name__, description="Where a seller's money is.")
cash = Resources("remittances", __name__, description="Cash on its way to the market's account.")

HOLDERS = (*SELLERS, Role.MANAGER, Role.ACCOUNTANT, Role.RESELLER)


class WhereaboutsOut(fields.Schema):
    """One order's money: where it is, until when, and what of it is the seller's.

    `refunded` went back or is on its way, `yours` is what is left when all goes well.
    """

    order_id = fields.Identifier(attribute="order.id")
    code = fields.Text(most=10, attribute="order.code")
    rail = fields.Choice(Rail, attribute="order.rail")
    created_at = fields.Instant(attribute="order.created_at")
    place = fields.Choice(whereabouts.Place)
    until = fields.Instant(allow_none=True)
    total = fields.PriceField(attribute="order.total_minor")
    refunded = fields.PriceField(attribute="refunded_minor")
    yours = fields.PriceField(attribute="yours_minor")
    refunds = fields.ListOf(fields.Nested(RefundOut), most=1000)


MONEY = "/organisations/<uuid:organisation_id>/money"
KEY = ("order.created_at", "order.id")


@blp.pages(MONEY, SELLERS, WhereaboutsOut, name="WhereaboutsPage", key=KEY)
def page(query: Facts, organisation_id: UUID) -> Rows:
    """The organisation's orders, the newest first."""
    accounts.require_scope(g.actor, Scope.ORDERS)
    if organisation_id not in g.actor.seller_ids:
        raise NotFound(what="organisation")
    seller = replace(g.actor, seller_ids=frozenset({organisation_id}))
    wait = timedelta(hours=context.settings().release_hours)
    return whereabouts.of_seller(g.session, actor=seller, wait=wait, **query)


class RemittanceIn(fields.Schema):
    """Whose cash, and how much of it."""

    holder_id = fields.Identifier(required=True)
    amount = fields.MoneyField(least=1, required=True)


class RemittanceOut(fields.Identified):
    """Cash on its way; `vietqr` is what a bank app scans to send it."""

    holder_id = fields.Identifier()
    memo = fields.Text(most=12)
    amount = fields.PriceField(attribute="amount_minor")
    received = fields.PriceField(attribute="received_minor")
    state = fields.Choice(models.RemittanceState)
    created_at = fields.Instant()
    settled_at = fields.Instant(allow_none=True)
    vietqr = fields.String()


@cash.pages("/remittances", (*HOLDERS, *STAFF), RemittanceOut, key=("created_at", "id"))
def remittances(query: Facts) -> Rows:
    """The newest first, of one's own cash; to who oversees the market, all."""
    return [_shown(each) for each in remitting.page(**asking(), **query)]


@cash.post("/remittances", HOLDERS, RemittanceOut, takes=RemittanceIn)
def announce(body: Facts) -> Facts:
    """Announce that so much of one's cash in hand will be transferred."""
    which = {"holder_id": body["holder_id"], "amount_minor": body["amount"].minor}
    return _shown(remitting.announce(**acting(), **which))


def _shown(remittance: models.Remittance) -> Facts:
    return columns_of(remittance) | {"vietqr": house.handing_in(remittance)}
