"""A shop's money: what it is owed, cash that it hands in, and where each order's money is."""

from datetime import timedelta
from typing import Any

from flask import Response, g

from api import context, house, paging
from api.context import acting
from api.orders_view import details
from api.pages import counter, order_facts, refund_facts
from api.pages.counter import KEEPERS, Counter
from api.pages.frame import Views, again, form, go, render
from api.pages.seller_facts import drawn
from market import accounts, clock, ledger, reports, tables
from market.accounts.models import Scope
from market.db import by_id, columns_of
from market.errors import FieldInvalid
from market.ledger import chart
from market.orders import Rail
from market.orders.models import OrderGroup
from payments import fake_bank, remitting, whereabouts
from payments.models import Remittance, RemittanceState
from payments.whereabouts import Place, Whereabouts
from translations import text

views = Views()

SHOWN = 6
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
    if "demo" in given and context.settings().demo:
        _send(here, given["demo"])
        return go("/sell/money#hand-in")
    try:
        amount = tables.whole(given.get("amount", "")) or 0
        with g.session.begin_nested():
            remitting.announce(**acting(here.actor), holder_id=here.shop.id, amount_minor=amount)
    except (FieldInvalid, remitting.NotInCustody) as refusal:
        return again("sell_money.html", refusal, form=given, blame="amount", **_facts(here))
    return go("/sell/money#hand-in")


def _send(here: Counter, memo: str) -> None:
    custody, folder, now = house.house().custody, context.settings().data, clock.now()
    for each in remitting.page(g.session, actor=here.only, limit=SHOWN):
        if each.memo == memo:
            fake_bank.pay(folder, payload=remitting.payload(each, custody=custody), now=now)


def _here() -> Counter:
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.ORDERS)
    return here


def _facts(here: Counter) -> dict[str, Any]:
    found = remitting.page(g.session, actor=here.only, limit=SHOWN)
    return {
        "row": reports.owed_to(g.session, actor=here.actor, seller_id=here.shop.id),
        **_orders_page(here),
        "cash": ledger.balance(g.session, chart.cash(here.shop.id)),
        "unannounced": remitting.unannounced(g.session, holder_id=here.shop.id),
        "remittances": [_remittance(each) for each in found[:SHOWN]],
    }


def _remittance(remittance: Remittance) -> dict[str, Any]:
    custody = house.house().custody
    is_awaited = remittance.state == RemittanceState.ANNOUNCED
    payload = remitting.payload(remittance, custody=custody) if is_awaited else None
    return {
        **columns_of(remittance),
        "missing": remittance.amount_minor - remittance.received_minor,
        "at": remittance.settled_at or remittance.created_at,
        "qr": payload and order_facts.picture(payload, title=remittance.memo),
        "bank": refund_facts.bank_name(custody.bank_bin, full=True),
        "custody": custody,
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
