"""A shop's money: where that of each order is, cash on its way to the market, and statements."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context, house, paging
from api.context import acting
from api.pages import counter, desk_facts, listing_form, typed
from api.pages.desk import READERS
from api.pages.frame import Views, again, form, go, render
from api.pages.seller_facts import drawn
from api.unit_of_work import refused
from api.v1 import reports as sheets
from market import clock, ledger, reports
from market.accounts import Actor, Organisation, Scope
from market.db import columns_of
from market.errors import MarketError
from market.ledger import Statement, chart
from market.orders import Rail
from market.orders.queries import BOOKKEEPERS
from payments import fake_bank, remitting, whereabouts
from payments.models import Remittance, RemittanceState
from payments.whereabouts import Place, Whereabouts
from translations import text

views = Views()

PAGE = 20
LINES_MAX = 2_000  # of a statement on its page; the sheet has them all
MONTHS = 24
DAY = timedelta(days=1)
REMITTANCES = 6
SURE = (Place.EARNED, Place.CASH, Place.DIRECT)
PAID = (Place.HELD, Place.WAITING, Place.COMPLAINED, *SURE)
IN_HAND = (Place.HELD, Place.CASH)


@views.get("/sell/money", *counter.KEEPERS)
def money() -> Response:
    """What the market still owes the shop, the cash in its hands, and the orders it comes from."""
    return render("sell_money.html", **_facts(counter.needed(Scope.ORDERS)))


@views.post("/sell/money/remittances", *counter.KEEPERS)
def hand_in() -> Response:
    """Announce a transfer of cash in hand; the next page shows its QR."""
    here, given = counter.needed(Scope.ORDERS), form()
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


@views.get("/sell/statement", *counter.KEEPERS)
def own() -> Response:
    """The shop's own."""
    here = counter.needed()
    return _statement(here.actor, here.shop.id, back="/sell/money")


@views.get("/desk/members/<uuid:organisation_id>/statement", *READERS)
def of_member(organisation_id: UUID) -> Response:
    """A member's, for those who keep the cooperative's books."""
    return _statement(g.actor, organisation_id, back="/desk/owed")


def _facts(here: counter.Counter) -> dict[str, Any]:
    return {
        "row": reports.owed_to(g.session, actor=here.actor, seller_id=here.shop.id),
        **_orders_page(here),
        **_cash_facts(here.actor, here.shop.id, action="/sell/money/remittances"),
    }


def _orders_page(here: counter.Counter) -> dict[str, Any]:
    """A page of orders, the newest first, and where the next one is."""
    wait = timedelta(hours=context.settings().release_hours)
    asked = {"actor": here.only, "wait": wait, "after": paging.asked(), "limit": PAGE}
    found = whereabouts.of_seller(g.session, **asked)
    page = paging.page(found, limit=PAGE, key=lambda row: (row.order.created_at, row.order.id))
    shown = drawn([row.order for row in page["items"]], clock.now())
    return {
        "orders": [each | _where(row) for row, each in zip(page["items"], shown, strict=True)],
        "next": page["next"] and f"/sell/money?cursor={page['next']}",
    }


def _where(row: Whereabouts) -> dict[str, Any]:
    is_cash = row.order.rail == Rail.CASH and row.place in IN_HAND  # from the door on
    return {
        "where": text(g.languages, f"page.where.{Place.CASH if is_cash else row.place}"),
        "money": row,
        "tone": "ok" if row.place in SURE else "bad" if row.place is Place.DISPUTED else "sea",
        "may_give_back": row.place in PAID and row.order.left_minor > 0,
    }


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


def _statement(actor: Actor, organisation_id: UUID, *, back: str) -> Response:
    months = _months(clock.day_of(clock.now()))
    since = typed.day(f"{request.args.get('month', '')}-01") or months[0]
    until = _next(since) - DAY
    asked: dict[str, Any] = {"actor": actor, "organisation_id": organisation_id}
    found = reports.statement(g.session, **asked, since=since, until=until)
    if request.args.get("format") == "csv":
        return sheets.as_csv(found, since, until)
    facts = _sums(found) | {
        "owner": reports.whose(g.session, **asked).name,
        "values": {"month": f"{since:%Y-%m}"},
        "months": [{"value": f"{each:%Y-%m}", "word": f"{each:%m/%Y}"} for each in months],
        "csv": f"{request.path}?month={since:%Y-%m}&format=csv",
    }
    return render("statement.html", since=since, until=until, back=back, **facts)


def _sums(found: Statement) -> dict[str, Any]:
    """The first lines, and sums of all of them, so that what is printed adds up."""
    shown: list[Any] = []
    come = gone = count = 0
    for line in found.lines:
        come += max(line.amount, 0)
        gone -= min(line.amount, 0)
        count += 1
        if count <= LINES_MAX:
            shown.append(line)
    more = text(g.languages, "statement.more", count=count - LINES_MAX)
    return {
        "opening": found.opening,
        "come": come,
        "gone": gone,
        "closing": found.opening + come - gone,
        "lines": shown,
        "why": partial(sheets.why, languages=g.languages),
        "account": partial(sheets.account, languages=g.languages),
        "more": more if count > LINES_MAX else None,
    }


def _months(today: date) -> list[date]:
    """The first days of this month and of those before it, the newest first."""
    counted = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    return [date(each // 12, each % 12 + 1, 1) for each in counted]


def _next(month: date) -> date:
    return (month.replace(day=28) + 4 * DAY).replace(day=1)
