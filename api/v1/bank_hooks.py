"""What banks' messengers tell by themselves: payOS, of each transfer to the custody account."""

from typing import Any

from api import context
from api.fields import Flag, Schema
from api.requests import body_of, raw_body
from api.v1.people_shapes import refuses
from api.v1.resources import Blueprint, MethodView, acting, public
from market.accounts import SYSTEM
from market.errors import NotFound
from payments import bank_transfer, payos

blp = Blueprint("bank-hooks", __name__, description="Credits as banks' messengers tell them.")


class TakenOut(Schema):
    """The messenger need not come again."""

    success = Flag()


@blp.route("/hooks/payos")
class PayosHook(MethodView):
    """The address that is entered at payOS."""

    @public
    @raw_body
    @blp.doc(requestBody={"content": {"application/json": {"schema": {"type": "object"}}}})
    @refuses(blp, 403, 404)
    @blp.response(200, TakenOut)
    def post(self) -> dict[str, Any]:
        """Take a credit in, once however often it is told; a trial is answered and forgotten."""
        settings = context.settings()
        if not settings.payos_checksum_key:
            raise NotFound(what="page")
        line = payos.read(body_of(), checksum_key=settings.payos_checksum_key)
        if line is not None:
            custody = settings.custody_account
            bank_transfer.receive(**acting(SYSTEM), lines=[line], custody_account=custody)
        return {"success": True}
