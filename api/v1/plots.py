"""Plots: which land grows what."""

from typing import Any

from api import paging
from api.fields import PageQuery, page_of
from api.v1.lot_shapes import PlotIn, PlotOut
from api.v1.own_offers import words_of
from api.v1.people_shapes import SELLERS, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking
from catalog import categories
from market import traceability
from market.traceability import NewPlot
from market.traceability.models import Plot

blp = Blueprint("plots", __name__, description="A producer's plots.")


@blp.route("/plots")
class Plots(MethodView):
    """One's own plots."""

    @allowed(*SELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(PlotOut, "plots, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own plots, newest first."""
        found = traceability.plots(**asking(), after=last_id(query), limit=query["limit"])
        return paging.answer(found, query, "id")

    @allowed(*SELLERS)
    @blp.arguments(PlotIn)
    @blp.response(201, PlotOut)
    def post(self, body: dict[str, Any]) -> Plot:
        """Register a plot."""
        categories.get(body["category"])
        plot = NewPlot(**words_of(body, seller_id="producer_id"))
        return traceability.register_plot(**acting(), plot=plot)
