"""A shop's money, where that of each order is, and cash on its way from the door to the market."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, g

from api import context, house, paging
from api.context import acting
from api.orders_view import details
from api.pages import counter, desk_facts, listing_form
from api.pages.counter import KEEPERS, Counter
from api.pages.desk import READERS
from api.pages.frame import Views, again, form, go, render
from api.pages.seller_facts import drawn
from api.unit_of_work import refused
from market import accounts, clock, ledger, reports
from market.accounts import Actor
from market.accounts.models import Organisation, Scope
from market.db import by_id, columns_of
from market.errors import MarketError
from market.ledger import chart
from market.orders import Rail
from market.orders.models import OrderGroup
from market.orders.queries import BOOKKEEPERS
from payments import fake_bank, remitting, whereabouts
from payments.models import Remittance, RemittanceState
from payments.whereabouts import Place, Whereabouts
from translations import text

views = Views()

PAGE = 20
REMITTANCES = 6
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
    if refusal := _announce(here.actor, here.shop.id, given):
        return again("sell_money.html", refusal, form=given, blame="amount", **_facts(here))
    return go("/sell/money#hand-in")


@views.get("/desk/cash", *READERS)
def cash() -> Response:
    """What the cooperative's drivers took at the door, and its way to the market."""
    return render("desk_cash.html", **_desk(desk_facts.cooperative()))


@views.post("/desk/cash", *BOOKKEEPERS)
def hand_in_at_desk() -> Response:
    """Announce a transfer of it; the next page shows its QR."""
    here, given = desk_facts.cooperative(), form()
    if refusal := _announce(g.actor, here.id, given):
        return again("desk_cash.html", refusal, form=given, blame="amount", **_desk(here))
    return go(desk_facts.address("/desk/cash", here) + "#hand-in")


def _here() -> Counter:
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.ORDERS)
    return here


def _facts(here: Counter) -> dict[str, Any]:
    return {
        "row": reports.owed_to(g.session, actor=here.actor, seller_id=here.shop.id),
        **_orders_page(here),
        **_cash_facts(here.actor, here.shop.id, action="/sell/money/remittances"),
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
        "money": row,
        "tone": "ok" if row.place in SURE else "bad" if row.place is Place.DISPUTED else "sea",
        "may_give_back": row.place in PAID and row.order.left_minor > 0,
    }


def _place(row: Whereabouts) -> str:
    """Cash is in the seller's own hands from the door on."""
    is_cash = row.order.rail == Rail.CASH and row.place in IN_HAND
    return text(g.languages, f"page.where.{Place.CASH if is_cash else row.place}")


def _announce(actor: Actor, holder_id: UUID, given: Mapping[str, str]) -> MarketError | None:
    """Announce what was typed, or why not; the demo's bank sends what was announced before."""
    if "demo" in given and context.settings().demo:
        _send(actor, holder_id, given["demo"])
        return None

    def announce() -> None:
        amount = listing_form.price_of(given.get("amount", ""), "amount").minor
        remitting.announce(**acting(actor), holder_id=holder_id, amount_minor=amount)

    return refused(announce)


def _cash_facts(actor: Actor, holder_id: UUID, *, action: str) -> dict[str, Any]:
    """All that `_hand_in.html` shows, its form going to the address."""
    found = remitting.page(g.session, actor=actor, holder_id=holder_id, limit=REMITTANCES)
    return {
        "action": action,
        "may_hand_in": holder_id in remitting.holders(actor),
        "cash": ledger.balance(g.session, chart.cash(holder_id)),
        "held": remitting.in_hand(g.session, holder_id=holder_id),
        "unannounced": remitting.unannounced(g.session, holder_id=holder_id),
        "remittances": [_remittance(each) for each in found[:REMITTANCES]],
    }


def _desk(here: Organisation) -> dict[str, Any]:
    action = desk_facts.address("/desk/cash", here)
    return {**_cash_facts(g.actor, here.id, action=action), "owner": here.name}


def _send(actor: Actor, holder_id: UUID, memo: str) -> None:
    custody, folder = house.house().custody, context.settings().data
    name = g.session.get_one(Organisation, holder_id).name
    for each in remitting.page(g.session, actor=actor, holder_id=holder_id, limit=REMITTANCES):
        if each.memo == memo:
            payload = remitting.payload(each, custody=custody)
            fake_bank.pay(folder, payload=payload, payer=name, now=clock.now())


def _remittance(remittance: Remittance) -> dict[str, Any]:
    custody = house.house().custody
    is_awaited = remittance.state == RemittanceState.ANNOUNCED
    return {
        **columns_of(remittance),
        "payload": remitting.payload(remittance, custody=custody) if is_awaited else None,
        "custody": custody,
    }
