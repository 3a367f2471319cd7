"""A shop's money: what it is owed, cash that it hands in, and where each order's money is."""

from datetime import timedelta
from typing import Any

from flask import Response, g

from api import context, paging
from api.orders_view import details
from api.pages import counter, handing_in, refund_facts
from api.pages.counter import KEEPERS, Counter
from api.pages.frame import Views, again, form, go, render
from api.pages.seller_facts import drawn
from market import accounts, clock, reports
from market.accounts.models import Scope
from market.db import by_id
from market.orders import Rail
from market.orders.models import OrderGroup
from payments import whereabouts
from payments.whereabouts import Place, Whereabouts
from translations import text

views = Views()

PAGE = 20
SURE = (Place.EARNED, Place.CASH, Place.DIRECT)
PAID = (Place.HELD, Place.WAITING, Place.COMPLAINED, *SURE)
IN_HAND = (Place.HELD, Place.CASH)


@views.get("/sell/money", *KEEPERS)
def money() -> Response:
    """What the market still owes the shop, the cash in its hands, and the orders it comes from."""
    return render("sell_money.html", **_facts(_here()))


@views.post("/sell/money/remittances", *KEEPERS)
def hand_in() -> Response:
    """Announce a transfer of cash in hand; the next page shows its QR."""
    here, given = _here(), form()
    if refusal := handing_in.take(here.actor, here.shop.id, given):
        return again("sell_money.html", refusal, form=given, blame="amount", **_facts(here))
    return go("/sell/money#hand-in")


def _here() -> Counter:
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.ORDERS)
    return here


def _facts(here: Counter) -> dict[str, Any]:
    return {
        "row": reports.owed_to(g.session, actor=here.actor, seller_id=here.shop.id),
        **_orders_page(here),
        **handing_in.facts(here.actor, here.shop.id, action="/sell/money/remittances"),
    }


def _orders_page(here: Counter) -> dict[str, Any]:
    """A page of orders, the newest first, and where the next one is."""
    wait = timedelta(hours=context.settings().release_hours)
    asked = {"actor": here.only, "wait": wait, "after": paging.asked(), "limit": PAGE}
    found = whereabouts.of_seller(g.session, **asked)
    page = paging.page(found, limit=PAGE, key=lambda row: (row.order.created_at, row.order.id))
    shown = details(g.session, [row.order for row in page["items"]], now=clock.now())
    groups = by_id(g.session, OrderGroup, (row.order.group_id for row in page["items"]))
    return {
        "orders": [
            {**drawn(detail, groups[detail["group_id"]]), **_where(row)}
            for row, detail in zip(page["items"], shown, strict=True)
        ],
        "next": page["next"] and f"/sell/money?cursor={page['next']}",
    }


def _where(row: Whereabouts) -> dict[str, Any]:
    return {
        "where": _place(row),
        "until": row.until,
        "tone": "ok" if row.place in SURE else "bad" if row.place is Place.DISPUTED else "sea",
        "yours": row.yours_minor,
        "gone_back": row.refunded_minor,
        "refunds": [refund_facts.told(each, to="seller") for each in row.refunds],
        "may_give_back": row.place in PAID and row.order.left_minor > 0,
    }


def _place(row: Whereabouts) -> str:
    """Cash is in the seller's own hands from the door on."""
    is_cash = row.order.rail == Rail.CASH and row.place in IN_HAND
    return text(g.languages, f"page.where.{Place.CASH if is_cash else row.place}")
