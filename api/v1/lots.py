"""Lots: opened and told by those who grow, read by anybody who holds a box."""

from typing import Any

from api import paging
from api.fields import PageQuery, page_of
from api.v1.lot_shapes import LotEventIn, LotEventOut, LotIn, LotOut, TraceOut
from api.v1.own_offers import words_of
from api.v1.people_shapes import SELLERS, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, g, public, url_for
from catalog import categories
from market import traceability
from market.accounts import Role
from market.ids import code_of
from market.traceability import Harvest, Trace
from market.traceability.models import LotEvent

blp = Blueprint("lots", __name__, description="Harvests with a code, and what happened to them.")

TELLERS = (*SELLERS, Role.WEIGH_MASTER)


@blp.route("/lots")
class Lots(MethodView):
    """One's own lots."""

    @allowed(*TELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(LotOut, "lots, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The lots one may tell of, newest first."""
        found = traceability.lots(**asking(), after=last_id(query), limit=query["limit"])
        return paging.answer(found, query, "id")

    @allowed(*SELLERS)
    @blp.arguments(LotIn)
    @blp.response(201, LotOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Open a lot; its code is printed on the boxes."""
        categories.get(body["category"])
        harvest = Harvest(**words_of(body, seller_id="producer_id"))
        lot = traceability.open_lot(**acting(), harvest=harvest)
        return lot, 201, {"Location": url_for("lots.OneLot", code=lot.code)}


@blp.route("/lots/<string:code>")
class OneLot(MethodView):
    """The story of a lot."""

    @public
    @blp.response(200, TraceOut)
    def get(self, code: str) -> Trace:
        """Who grew it, in which commune, what happened, and who says so."""
        return traceability.trace(g.session, code=code)


@blp.route("/lots/<string:code>/events")
class Events(MethodView):
    """Telling the story."""

    @allowed(*TELLERS)
    @blp.arguments(LotEventIn)
    @blp.response(201, LotEventOut)
    def post(self, body: dict[str, Any], code: str) -> LotEvent:
        """Append one thing that happened; a weighing sets what is accepted and in stock."""
        told = words_of(body, id="event_id")
        return traceability.append(**acting(), code=code_of(code, what="lot"), **told)
