"""Handing in cash: announced by who holds it, transferred under a memo of its own."""

from api import house
from api.fields import Choice, Identifier, Instant, MoneyField, Schema, Text, page_of
from api.v1.resources import Facts, Resources, Rows, acting, asking, ma
from api.v1.roles import SELLERS, STAFF, Role
from api.v1.selling_shapes import PriceField
from market.db import columns_of
from payments import remitting
from payments.models import Remittance, RemittanceState

blp = Resources("remittances", __name__, description="Cash on its way to the market's account.")

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
    amount = PriceField(attribute="amount_minor")
    received = PriceField(attribute="received_minor")
    state = Choice(RemittanceState)
    created_at = Instant()
    settled_at = Instant(allow_none=True)
    vietqr = ma.fields.String()


RemittancesOut = page_of(RemittanceOut, "remittances", name="RemittancesOut", most=100)


@blp.pages("/remittances", (*HOLDERS, *STAFF), RemittancesOut, key=("created_at", "id"))
def page(query: Facts) -> Rows:
    """The newest first, of one's own cash; to who oversees the market, all."""
    return [_shown(each) for each in remitting.page(**asking(), **query)]


@blp.post("/remittances", HOLDERS, RemittanceOut, takes=RemittanceIn)
def announce(body: Facts) -> Facts:
    """Announce that so much of one's cash in hand will be transferred."""
    which = {"holder_id": body["holder_id"], "amount_minor": body["amount"].minor}
    return _shown(remitting.announce(**acting(), **which))


def _shown(remittance: Remittance) -> Facts:
    vietqr = remitting.payload(remittance, custody=house.house().custody)
    return columns_of(remittance) | {"vietqr": vietqr}
