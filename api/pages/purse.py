"""Money: where that of each order is, cash on its way, statements; and money given back."""

from datetime import timedelta
from functools import partial

from dateutil.relativedelta import relativedelta
from flask import Response, g, request

from api import context, house, paging
from api.context import Acting, Facts, acting
from api.orders_view import details, group_of_secret
from api.pages import case_facts, counter, desk, listing_form, order_facts, till, typed
from api.pages.following import order_page
from api.pages.frame import UUID, Any, again, answered, form, go, render, views
from api.v1 import reports as sheets
from catalog.baskets import LINES_MAX
from market import FieldInvalid, MarketError, clock, existing, ledger, orders, reports
from market.accounts import Actor, Organisation, Scope
from market.cases import CaseKind, CaseState
from market.ledger import Statement, chart
from market.orders import Order, OrderGroup, Rail
from market.orders.queries import BOOKKEEPERS
from payments import collecting, fake_bank, refunding, remitting, returning, vietqr, whereabouts
from payments.asking import BankAccount
from payments.whereabouts import Place, Whereabouts
from translations import text

PAGE = 20
STATEMENT_MAX = 2_000  # of a statement on its page; the sheet has them all
MONTHS = 24
REMITTANCES = 6
SURE = (Place.EARNED, Place.CASH, Place.DIRECT)
PAID = (Place.HELD, Place.WAITING, Place.COMPLAINED, *SURE)
IN_HAND = (Place.HELD, Place.CASH)
REASON_MAX, HOLDER_MAX = 500, 100
LINE = "line-"


@views.get("/sell/money", *counter.KEEPERS)
@views.post("/sell/money/remittances", *counter.KEEPERS)
def money() -> Response:
    """What the market owes the shop, and the cash in its hands, with the form that announces it."""
    here = counter.needed(Scope.ORDERS)
    deed, on = partial(_announce, here.actor, here.shop.id), {"to": "/sell/money#hand-in"}
    return answered("sell_money.html", lambda: _facts(here), deed, blame="amount", said=None, **on)


@views.get("/desk/cash", *desk.READERS)
def cash() -> Response:
    """What the cooperative's drivers took at the door, and its way to the market."""
    return render("desk_cash.html", **_desk(desk.cooperative()))


@views.post("/desk/cash", *BOOKKEEPERS)
def hand_in_at_desk() -> Response:
    """Announce a transfer of it; the next page shows its QR."""
    here = desk.cooperative()
    deed, on = partial(_announce, g.actor, here.id), desk.address("/desk/cash", here)
    its: Facts = {"blame": "amount", "to": f"{on}#hand-in", "said": None}
    return answered("desk_cash.html", lambda: _desk(here), deed, **its)


@views.get("/sell/statement", *counter.KEEPERS)
def own() -> Response:
    """The shop's own."""
    here = counter.needed()
    return _statement(here.actor, here.shop.id, back="/sell/money")


@views.get("/desk/members/<uuid:organisation_id>/statement", *desk.READERS)
def of_member(organisation_id: UUID) -> Response:
    """A member's, for those who keep the cooperative's books."""
    return _statement(g.actor, organisation_id, back="/desk/owed")


@views.both("/sell/orders/<uuid:order_id>/refund", *counter.KEEPERS)
def give(order_id: UUID) -> Response:
    """Give back all that is left of an order, a part, or the price of some lines."""
    actor, its = counter.needed().actor, {"order_id": order_id}
    order = orders.queries.sold_by(g.session, actor=actor, beside=True, **its)
    deed, facts = partial(_give, acting(actor), order=order), partial(_refund_facts, order)
    return answered("sell_refund.html", facts, deed, blame="amount", said="refunded")


@views.post("/sell/refunds/<uuid:refund_id>/payment", *counter.KEEPERS)
def given_by_hand(refund_id: UUID) -> Response:
    """The buyer has the cash, or the direct transfer, back."""
    here = counter.needed(Scope.ORDERS)
    refund = returning.give_by_hand(**acting(here.actor), refund_id=refund_id)
    return go(f"/sell/orders/{refund.order_id}/refund", said="given-back")


@views.post("/desk/cases/<number>/refund", *till.OVERSEERS)
def give_after_complaint(number: str) -> Response:
    """Give money back of the order whose buyer was right to complain."""
    case = case_facts.by_number(number)
    order = existing(g.session.get(Order, case.subject_id), "order")
    if case.kind != CaseKind.COMPLAINT or case.state != CaseState.APPROVED:
        raise orders.WrongState(state=case.state, wanted=CaseState.APPROVED.value)
    deed = partial(_give, acting(), order=order, case_id=case.id)
    facts, told = partial(case_facts.page_facts, case), {"blame": "amount", "said": "refunded"}
    return answered("case.html", facts, deed, to=f"/desk/cases/{number}", **told)


@views.post("/desk/refunds/<uuid:refund_id>/approval", *till.OVERSEERS)
def approve(refund_id: UUID) -> Response:
    """Let a transfer back go, as somebody else than who asked for it."""
    refunding.approve(**acting(), refund_id=refund_id)
    return go("/desk/money#refunds", said="approved")


@views.post("/desk/refunds/<uuid:refund_id>/rejection", *till.OVERSEERS)
def reject(refund_id: UUID) -> Response:
    """Leave the money where it was."""
    reason = form().get("reason", "")[:REASON_MAX]
    refunding.reject(**acting(), refund_id=refund_id, reason=reason)
    return go("/desk/money#refunds", said="saved")


@views.post("/desk/refunds/<uuid:refund_id>/account", *till.OVERSEERS)
def name_account_of(refund_id: UUID) -> Response:
    """Say where one is to be sent that no buyer is asked about."""
    given, mark = form(), f"-{refund_id}"
    try:
        to = _account(given, mark)
    except MarketError as refusal:
        facts = {"blame": f"account{mark}", **till.money_facts()}
        return again("desk_money.html", refusal, form=given, **facts)
    refunding.name_account_of(**acting(), refund_id=refund_id, to=to)
    return go("/desk/money#refunds", said="saved")


@views.post("/o/<opened>/account")
def name_account(opened: str) -> Response:
    """Say where transfers of this checkout are to be sent back to."""
    group_id = group_of_secret(g.session, opened).id

    def deed(given: dict[str, str]) -> None:
        refunding.name_account(**acting(), group_id=group_id, to=_account(given))

    facts = partial(order_page, opened)
    return answered("order.html", facts, deed, blame="account", to=f"/o/{opened}")


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
    shown = counter.drawn([row.order for row in page["items"]], clock.now())
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
    action = desk.address("/desk/cash", here)
    return {**_cash_facts(g.actor, here.id, action=action), "owner": here.name}


def _send(actor: Actor, holder_id: UUID, memo: str) -> None:
    folder = context.settings().data
    name = g.session.get_one(Organisation, holder_id).name
    for each in remitting.page(g.session, actor=actor, holder_id=holder_id, limit=REMITTANCES):
        if each.memo == memo:
            payload = house.handing_in(each)
            fake_bank.pay(folder, payload=payload, payer=name, now=clock.now())


def _statement(actor: Actor, organisation_id: UUID, *, back: str) -> Response:
    today = clock.day_of(clock.now())  # the months, the newest first, by their first days
    months = [today + relativedelta(months=-back, day=1) for back in range(MONTHS)]
    since = typed.day(f"{request.args.get('month', '')}-01") or months[0]
    until = since + relativedelta(day=31)
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
    more = text(g.languages, "statement.more", count=len(lines) - STATEMENT_MAX)
    return {
        "opening": found.opening,
        "come": come,
        "gone": gone,
        "closing": found.opening + come - gone,
        "lines": lines[:STATEMENT_MAX],
        "why": partial(sheets.why, languages=g.languages),
        "account": partial(sheets.account, languages=g.languages),
        "more": more if lines[STATEMENT_MAX:] else None,
    }


def _account(given: dict[str, str], mark: str = "") -> BankAccount:
    """The account as it was typed; the names of its fields end in the mark."""
    account = "".join(given.get(f"account{mark}", "").split())
    holder = typed.needed(given, f"holder{mark}")[:HOLDER_MAX]
    bank_bin = typed.needed(given, f"bank_bin{mark}")
    vietqr.check_account(bank_bin=bank_bin, account=account)
    return BankAccount(bank_bin=bank_bin, account=account, holder=holder)


def _position(name: str) -> int:
    return int(name) if name.isdecimal() and len(name) <= len(str(LINES_MAX)) else -1


def _give(who: Acting, given: dict[str, str], **asked: Any) -> None:
    """Ask for the lines that were chosen, else for the amount as typed, and say why."""
    asked["reason"] = typed.needed(given, "reason")[:REASON_MAX]
    chosen = [name.removeprefix(LINE) for name in given if name.startswith(LINE)]
    if chosen:
        asked["positions"] = [_position(name) for name in chosen]
    else:
        asked["amount_minor"] = listing_form.price_of(given.get("amount", ""), "amount").minor
        if not asked["amount_minor"]:
            raise FieldInvalid(field="amount", reason="field.invalid")
    refunding.request(**who, **asked)


def _refund_facts(order: Order) -> Facts:
    (detail,) = details(g.session, [order], now=clock.now())
    payment = collecting.of_order(g.session, order_id=order.id)
    group = g.session.get_one(OrderGroup, order.group_id)
    return {
        "order": order,
        "buyer": group.name,
        "detail": detail,
        "way": order_facts.way(payment.rail, direct=payment.beneficiary_id is not None),
    }
