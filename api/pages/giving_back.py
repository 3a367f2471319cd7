"""Money back: a seller or the desk gives it, a second person lets it go, the buyer says where."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g

from api.context import acting
from api.orders_view import details, group_of_secret
from api.pages import case_facts, counter, listing_form, order_facts, till, typed
from api.pages.following import order_page
from api.pages.frame import Views, again, form, go, render
from api.unit_of_work import refused
from catalog.baskets import LINES_MAX
from market import clock, orders
from market.accounts import Actor, Scope
from market.cases import CaseKind, CaseState
from market.errors import FieldInvalid, MarketError, existing
from market.orders import Order, OrderGroup
from payments import collecting, refunding, returning, vietqr
from payments.asking import BankAccount

views = Views()

REASON_MAX, HOLDER_MAX = 500, 100
LINE = "line-"


@views.get("/sell/orders/<uuid:order_id>/refund", *counter.KEEPERS)
def give_form(order_id: UUID) -> Response:
    """How much of an order goes back: all that is left, a part, or the price of some lines."""
    return render("sell_refund.html", **_facts(_at_counter(order_id)[1]))


@views.post("/sell/orders/<uuid:order_id>/refund", *counter.KEEPERS)
def give(order_id: UUID) -> Response:
    """Give it back."""
    actor, order = _at_counter(order_id)
    given = form()
    if refusal := refused(lambda: refunding.request(**acting(actor), order=order, **_asked(given))):
        return again("sell_refund.html", refusal, form=given, blame="amount", **_facts(order))
    return go(f"/sell/orders/{order_id}/refund", said="refunded")


@views.post("/sell/refunds/<uuid:refund_id>/payment", *counter.KEEPERS)
def given_by_hand(refund_id: UUID) -> Response:
    """The buyer has the cash, or the direct transfer, back."""
    here = counter.needed(Scope.ORDERS)
    refund = returning.give_by_hand(**acting(here.actor), refund_id=refund_id)
    return go(f"/sell/orders/{refund.order_id}/refund", said="given-back")


@views.post("/desk/cases/<number>/refund", *till.OVERSEERS)
def give_after_complaint(number: str) -> Response:
    """Give money back of the order whose buyer was right to complain."""
    case, given = case_facts.by_number(number), form()
    order = existing(g.session.get(Order, case.subject_id), "order")
    if case.kind != CaseKind.COMPLAINT or case.state != CaseState.APPROVED:
        raise orders.WrongState(state=case.state, wanted=CaseState.APPROVED.value)
    its = {"order": order, "case_id": case.id}
    if refusal := refused(lambda: refunding.request(**acting(), **its, **_asked(given))):
        facts = case_facts.page_facts(case)
        return again("case.html", refusal, form=given, blame="amount", **facts)
    return go(f"/desk/cases/{number}", said="refunded")


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
    group, given = group_of_secret(g.session, opened), form()
    its: dict[str, Any] = {**acting(), "group_id": group.id}
    if refusal := refused(lambda: refunding.name_account(**its, to=_account(given))):
        return again("order.html", refusal, form=given, blame="account", **order_page(opened))
    return go(f"/o/{opened}", said="saved")


def _account(given: Mapping[str, str], mark: str = "") -> BankAccount:
    """The account as it was typed; the names of its fields end in the mark."""
    account = "".join(given.get(f"account{mark}", "").split())
    holder = typed.needed(given, f"holder{mark}")[:HOLDER_MAX]
    bank_bin = typed.needed(given, f"bank_bin{mark}")
    vietqr.check_account(bank_bin=bank_bin, account=account)
    return BankAccount(bank_bin=bank_bin, account=account, holder=holder)


def _at_counter(order_id: UUID) -> tuple[Actor, Order]:
    here = counter.needed()
    return here.actor, orders.queries.sold_by(
        g.session, actor=here.actor, order_id=order_id, beside=True
    )


def _position(name: str) -> int:
    return int(name) if name.isdecimal() and len(name) <= len(str(LINES_MAX)) else -1


def _asked(given: Mapping[str, str]) -> dict[str, Any]:
    """The lines that were chosen, else the amount as typed, and why."""
    asked: dict[str, Any] = {"reason": typed.needed(given, "reason")[:REASON_MAX]}
    chosen = [name.removeprefix(LINE) for name in given if name.startswith(LINE)]
    if chosen:
        return asked | {"positions": [_position(name) for name in chosen]}
    amount = listing_form.price_of(given.get("amount", ""), "amount").minor
    if not amount:
        raise FieldInvalid(field="amount", reason="field.invalid")
    return asked | {"amount_minor": amount}


def _facts(order: Order) -> dict[str, Any]:
    (detail,) = details(g.session, [order], now=clock.now())
    payment = collecting.of_order(g.session, order_id=order.id)
    group = g.session.get_one(OrderGroup, order.group_id)
    return {
        "order": order,
        "buyer": group.name,
        "lines": detail["lines"],
        "weighings": detail["weighings"],
        "refunds": detail["refunds"],
        "way": order_facts.way(payment.rail, direct=payment.beneficiary_id is not None),
    }
