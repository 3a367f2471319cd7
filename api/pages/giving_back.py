"""Money back: a seller or the desk gives it, a second person lets it go, the buyer says where."""

from functools import partial

from api.context import Acting
from api.orders_view import details, group_of_secret
from api.pages import case_facts, counter, listing_form, order_facts, till, typed
from api.pages.following import order_page
from api.pages.frame import UUID, Any, Facts, Response, acting, again, answered, form, g, go, views
from catalog.baskets import LINES_MAX
from market import clock, orders
from market.accounts import Scope
from market.cases import CaseKind, CaseState
from market.errors import FieldInvalid, MarketError, existing
from market.orders import Order, OrderGroup
from payments import collecting, refunding, returning, vietqr
from payments.asking import BankAccount

REASON_MAX, HOLDER_MAX = 500, 100
LINE = "line-"


@views.both("/sell/orders/<uuid:order_id>/refund", *counter.KEEPERS)
def give(order_id: UUID) -> Response:
    """Give back all that is left of an order, a part, or the price of some lines."""
    actor, its = counter.needed().actor, {"order_id": order_id}
    order = orders.queries.sold_by(g.session, actor=actor, beside=True, **its)
    deed, facts = partial(_give, acting(actor), order=order), partial(_facts, order)
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


def _facts(order: Order) -> Facts:
    (detail,) = details(g.session, [order], now=clock.now())
    payment = collecting.of_order(g.session, order_id=order.id)
    group = g.session.get_one(OrderGroup, order.group_id)
    return {
        "order": order,
        "buyer": group.name,
        "detail": detail,
        "way": order_facts.way(payment.rail, direct=payment.beneficiary_id is not None),
    }
