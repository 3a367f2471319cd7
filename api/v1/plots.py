"""Plots: which land grows what."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint

from api import paging
from api.auth import allowed
from api.fields import PageQuery
from api.v1.lot_shapes import PlotIn, PlotOut
from api.v1.offer_rows import commune
from api.v1.offer_shapes import page_of
from catalog import categories
from market import clock, traceability
from market.accounts import Role
from market.traceability import NewPlot
from market.traceability.models import Plot

blp = Blueprint("plots", __name__, description="A producer's plots.")

SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)


@blp.route("/plots")
class Plots(MethodView):
    """One's own plots."""

    @allowed(*SELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(PlotOut, "plots, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own plots, newest first."""
        found = traceability.plots(
            g.session,
            actor=g.actor,
            after=query["cursor"] and query["cursor"][0],
            limit=query["limit"],
        )
        page = paging.page(found, limit=query["limit"], key=lambda plot: (plot.id,))
        return page | {"items": [_plot(plot) for plot in page["items"]]}

    @allowed(*SELLERS)
    @blp.arguments(PlotIn)
    @blp.response(201, PlotOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Register a plot."""
        plot = NewPlot(
            producer_id=body["seller_id"],
            name=body["name"],
            unit_code=body["commune"],
            category_code=categories.get(body["category"]).code,
            area_m2=body["area_m2"],
        )
        return _plot(
            traceability.register_plot(g.session, actor=g.actor, plot=plot, now=clock.now())
        )


def _plot(plot: Plot) -> dict[str, Any]:
    return {
        "id": plot.id,
        "seller_id": plot.producer_id,
        "name": plot.name,
        "category": plot.category_code,
        "commune": commune(plot.unit_code),
        "area_m2": plot.area_m2,
        "created_at": plot.created_at,
    }
