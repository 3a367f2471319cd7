"""Lots: opened and told by those who grow, read by anybody who holds a box."""

from typing import Any

from flask import g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from api import paging
from api.auth import allowed, public
from api.fields import PageQuery
from api.v1.lot_shapes import LotEventIn, LotEventOut, LotIn, LotOut, TraceOut
from api.v1.offer_rows import commune
from api.v1.offer_shapes import page_of
from catalog import categories
from market import clock, traceability
from market.accounts import Role
from market.errors import NotFound
from market.ids import normal_code
from market.traceability import Harvest, Trace
from market.traceability.models import Lot, LotEvent

blp = Blueprint("lots", __name__, description="Harvests with a code, and what happened to them.")

SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)
TELLERS = (*SELLERS, Role.WEIGH_MASTER)


@blp.route("/lots")
class Lots(MethodView):
    """One's own lots."""

    @allowed(*TELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(LotOut, "lots, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The lots one may tell of, newest first."""
        found = traceability.lots(
            g.session,
            actor=g.actor,
            after=query["cursor"] and query["cursor"][0],
            limit=query["limit"],
        )
        page = paging.page(found, limit=query["limit"], key=lambda lot: (lot.id,))
        return page | {"items": [_lot(lot) for lot in page["items"]]}

    @allowed(*SELLERS)
    @blp.arguments(LotIn)
    @blp.response(201, LotOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Open a lot; its code is printed on the boxes."""
        harvest = Harvest(
            producer_id=body["seller_id"],
            category_code=categories.get(body["category"]).code,
            unit_code=body["commune"],
            harvest_day=body["harvest_day"],
            quantity=body["quantity"],
            plot_id=body.get("plot_id"),
        )
        lot = traceability.open_lot(g.session, actor=g.actor, harvest=harvest, now=clock.now())
        return _lot(lot), 201, {"Location": url_for("lots.OneLot", code=lot.code)}


@blp.route("/lots/<string:code>")
class OneLot(MethodView):
    """The story of a lot."""

    @public
    @blp.response(200, TraceOut)
    def get(self, code: str) -> dict[str, Any]:
        """Who grew it, in which commune, what happened, and who says so."""
        return _trace(traceability.trace(g.session, code=code))


@blp.route("/lots/<string:code>/events")
class Events(MethodView):
    """Telling the story."""

    @allowed(*TELLERS)
    @blp.arguments(LotEventIn)
    @blp.response(201, LotEventOut)
    def post(self, body: dict[str, Any], code: str) -> LotEvent:
        """Append one thing that happened; a weighing sets what is accepted and in stock."""
        found = normal_code(code)
        if found is None:
            raise NotFound(what="lot")
        return traceability.append(
            g.session,
            actor=g.actor,
            code=found,
            step=body["step"],
            occurred_at=body["occurred_at"],
            facts=body["facts"],
            event_id=body.get("id"),
            now=clock.now(),
        )


def _lot(lot: Lot) -> dict[str, Any]:
    return _amounts(lot) | {
        "id": lot.id,
        "seller_id": lot.producer_id,
        "plot_id": lot.plot_id,
        "created_at": lot.created_at,
        "version": lot.version,
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return _amounts(trace.lot) | {
        "producer": {
            "id": trace.producer_id,
            "name": trace.producer_name,
            "kind": trace.producer_kind,
            "verified": trace.verified,
        },
        "isolation": trace.isolation,
        "events": trace.events,
    }


def _amounts(lot: Lot) -> dict[str, Any]:
    return {
        "code": lot.code,
        "category": lot.category_code,
        "commune": commune(lot.unit_code),
        "harvest_day": lot.harvest_day,
        "unit": lot.unit,
        "scale": lot.scale,
        "declared": lot.declared,
        "accepted": lot.accepted,
    }
