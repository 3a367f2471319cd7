"""A shop's money: where that of each order is, cash on its way to the market, and statements."""

from datetime import date, timedelta
from functools import partial

from flask import Response, g, request

from api import context, house, paging
from api.pages import counter, desk_facts, listing_form, typed
from api.pages.desk import READERS
from api.pages.frame import UUID, Facts, acting, answered, render, views
from api.pages.seller_facts import drawn
from api.v1 import reports as sheets
from market import clock, ledger, reports
from market.accounts import Actor, Organisation, Scope
from market.ledger import Statement, chart
from market.orders import Rail
from market.orders.queries import BOOKKEEPERS
from payments import fake_bank, remitting, whereabouts
from payments.whereabouts import Place, Whereabouts
from translations import text

PAGE = 20
LINES_MAX = 2_000  # of a statement on its page; the sheet has them all
MONTHS = 24
DAY = timedelta(days=1)
REMITTANCES = 6
SURE = (Place.EARNED, Place.CASH, Place.DIRECT)
PAID = (Place.HELD, Place.WAITING, Place.COMPLAINED, *SURE)
IN_HAND = (Place.HELD, Place.CASH)


@views.get("/sell/money", *counter.KEEPERS)
@views.post("/sell/money/remittances", *counter.KEEPERS)
def money() -> Response:
    """What the market owes the shop, and the cash in its hands, with the form that announces it."""
    here = counter.needed(Scope.ORDERS)
    deed, on = partial(_announce, here.actor, here.shop.id), {"to": "/sell/money#hand-in"}
    return answered("sell_money.html", lambda: _facts(here), deed, blame="amount", said=None, **on)


@views.get("/desk/cash", *READERS)
def cash() -> Response:
    """What the cooperative's drivers took at the door, and its way to the market."""
    return render("desk_cash.html", **_desk(desk_facts.cooperative()))


@views.post("/desk/cash", *BOOKKEEPERS)
def hand_in_at_desk() -> Response:
    """Announce a transfer of it; the next page shows its QR."""
    here = desk_facts.cooperative()
    deed, on = partial(_announce, g.actor, here.id), desk_facts.address("/desk/cash", here)
    its: Facts = {"blame": "amount", "to": f"{on}#hand-in", "said": None}
    return answered("desk_cash.html", lambda: _desk(here), deed, **its)


@views.get("/sell/statement", *counter.KEEPERS)
def own() -> Response:
    """The shop's own."""
    here = counter.needed()
    return _statement(here.actor, here.shop.id, back="/sell/money")


@views.get("/desk/members/<uuid:organisation_id>/statement", *READERS)
def of_member(organisation_id: UUID) -> Response:
    """A member's, for those who keep the cooperative's books."""
    return _statement(g.actor, organisation_id, back="/desk/owed")


def _facts(here: counter.Counter) -> Facts:
    return {
        "row": reports.owed_to(g.session, actor=here.actor, seller_id=here.shop.id),
        **_orders_page(here),
        **_cash_facts(here.actor, here.shop.id, action="/sell/money/remittances"),
    }


def _orders_page(here: counter.Counter) -> Facts:
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


def _where(row: Whereabouts) -> Facts:
    is_cash = row.order.rail == Rail.CASH and row.place in IN_HAND  # from the door on
    return {
        "where": text(g.languages, f"page.where.{Place.CASH if is_cash else row.place}"),
        "money": row,
        "tone": "ok" if row.place in SURE else "bad" if row.place is Place.DISPUTED else "sea",
        "may_give_back": row.place in PAID and row.order.left_minor > 0,
    }


def _announce(actor: Actor, holder_id: UUID, given: dict[str, str]) -> None:
    """Announce what was typed; the demo's bank sends what was announced before."""
    if "demo" in given and context.settings().demo:
        _send(actor, holder_id, given["demo"])
    else:
        amount = listing_form.price_of(given.get("amount", ""), "amount").minor
        remitting.announce(**acting(actor), holder_id=holder_id, amount_minor=amount)


def _cash_facts(actor: Actor, holder_id: UUID, *, action: str) -> Facts:
    """All that `_hand_in.html` shows, its form going to the address."""
    found = remitting.page(g.session, actor=actor, holder_id=holder_id, limit=REMITTANCES)
    return {
        "action": action,
        "may_hand_in": holder_id in remitting.holders(actor),
        "cash": ledger.balance(g.session, chart.cash(holder_id)),
        "held": remitting.in_hand(g.session, holder_id=holder_id),
        "unannounced": remitting.unannounced(g.session, holder_id=holder_id),
        "custody": house.house().custody,
        "remittances": found[:REMITTANCES],
    }


def _desk(here: Organisation) -> Facts:
    action = desk_facts.address("/desk/cash", here)
    return {**_cash_facts(g.actor, here.id, action=action), "owner": here.name}


def _send(actor: Actor, holder_id: UUID, memo: str) -> None:
    folder = context.settings().data
    name = g.session.get_one(Organisation, holder_id).name
    for each in remitting.page(g.session, actor=actor, holder_id=holder_id, limit=REMITTANCES):
        if each.memo == memo:
            payload = house.handing_in(each)
            fake_bank.pay(folder, payload=payload, payer=name, now=clock.now())


def _statement(actor: Actor, organisation_id: UUID, *, back: str) -> Response:
    months = _months(clock.day_of(clock.now()))
    since = typed.day(f"{request.args.get('month', '')}-01") or months[0]
    until = (since.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    asked: Facts = {"actor": actor, "organisation_id": organisation_id}
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


def _sums(found: Statement) -> Facts:
    """The first lines, and sums of all of them, so that what is printed adds up."""
    lines = list(found.lines)
    come = sum(max(line.amount, 0) for line in lines)
    gone = -sum(min(line.amount, 0) for line in lines)
    more = text(g.languages, "statement.more", count=len(lines) - LINES_MAX)
    return {
        "opening": found.opening,
        "come": come,
        "gone": gone,
        "closing": found.opening + come - gone,
        "lines": lines[:LINES_MAX],
        "why": partial(sheets.why, languages=g.languages),
        "account": partial(sheets.account, languages=g.languages),
        "more": more if lines[LINES_MAX:] else None,
    }


def _months(today: date) -> list[date]:
    """The first days of this month and of those before it, the newest first."""
    counted = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    return [date(each // 12, each % 12 + 1, 1) for each in counted]
