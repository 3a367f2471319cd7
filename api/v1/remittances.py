"""Handing in cash: announced by who holds it, transferred under a memo of its own."""

from typing import Any

from api import house, paging
from api.fields import Choice, Identifier, Instant, MoneyField, PageQuery, Schema, Text, page_of
from api.v1.people_shapes import SELLERS, STAFF
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, ma
from market.accounts import Role
from market.db import columns_of
from market.money import Money
from payments import remitting
from payments.models import Remittance, RemittanceState

blp = Blueprint("remittances", __name__, description="Cash on its way to the market's account.")

HOLDERS = (*SELLERS, Role.MANAGER, Role.ACCOUNTANT)


class RemittanceIn(Schema):
    """Whose cash, and how much of it."""

    holder_id = Identifier(required=True)
    amount = MoneyField(least=1, required=True)


class RemittanceOut(Schema):
    """Cash on its way; `vietqr` is what a bank app scans to send it."""

    id = Identifier()
    holder_id = Identifier()
    memo = Text(most=12)
    amount = MoneyField()
    received = MoneyField()
    state = Choice(RemittanceState)
    created_at = Instant()
    settled_at = Instant(allow_none=True)
    vietqr = ma.fields.String()


@blp.route("/remittances")
class Remittances(MethodView):
    """One's own."""

    @allowed(*HOLDERS, *STAFF)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(RemittanceOut, "remittances", name="RemittancesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first, of one's own cash; to who oversees the market, all."""
        found = remitting.page(**asking(), after=query["cursor"], limit=query["limit"])
        return paging.answer([_shown(each) for each in found], query, "created_at", "id")

    @allowed(*HOLDERS)
    @blp.arguments(RemittanceIn)
    @blp.response(201, RemittanceOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Announce that so much of one's cash in hand will be transferred."""
        made = remitting.announce(
            **acting(), holder_id=body["holder_id"], amount_minor=body["amount"].minor
        )
        return _shown(made)


def _shown(remittance: Remittance) -> dict[str, Any]:
    return {
        **columns_of(remittance),
        "amount": Money(remittance.amount_minor, remittance.currency),
        "received": Money(remittance.received_minor, remittance.currency),
        "vietqr": remitting.payload(remittance, custody=house.house().custody),
    }
