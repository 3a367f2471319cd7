"""Money back to buyers and disputes, as their pages tell of them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from market.cases.models import Case, CaseKind, CaseState
from market.db import columns_of
from market.orders import Rail
from market.orders.models import Order
from payments import banks, disputing, refunding
from payments.refund_models import Dispute, Refund, RefundState
from translations import text

BY_HAND = ("cash", "direct")
TONES = {"back": "ok", "failed": "bad", "account": "warn", "rejected": "bad"}
STAGES = {
    **dict.fromkeys((RefundState.APPROVED, RefundState.SUBMITTING, RefundState.PENDING), "sent"),
    RefundState.UNKNOWN: "asking",
    RefundState.SUCCEEDED: "back",
    RefundState.FAILED: "failed",
    RefundState.REJECTED: "rejected",
}


def of_group(session: Session, *, group_id: UUID, order_ids: list[UUID]) -> dict[str, Any]:
    """What goes back of a checkout, by order or of what paid nothing; whether one asks whereto."""
    refunds = refunding.of_group(session, group_id=group_id)
    disputes = disputing.of_orders(session, order_ids=order_ids)
    return {
        "by_order": {
            order_id: {
                "refunds": [told(each) for each in refunds if each.order_id == order_id],
                "dispute": disputed(disputes.get(order_id)),
            }
            for order_id in order_ids
        },
        "others": [told(each) for each in refunds if each.order_id is None],
        "asks_account": any(_stage(each) == "account" for each in refunds),
    }


def told(refund: Refund, *, to: str = "buyer") -> dict[str, Any]:
    """A refund in the words of the one who gets it, or of the `seller` who gives it."""
    its_way, stage = way(refund.rail, direct=refund.memo is None), _stage(refund)
    account = f"…{refund.bank_account[-4:]}" if refund.bank_account else "–"
    facts = {"account": account, "reason": refund.error or "–"}
    return {
        **columns_of(refund),
        "text": text(g.languages, _KEYS[to].format(way=its_way, stage=stage), **facts),
        "tone": TONES.get(stage, "sea"),
        "by_hand": its_way in BY_HAND and refund.state == RefundState.PENDING,
    }


def way(rail: str, *, direct: bool) -> str:
    """How it goes back: to a `card`, by our `transfer`, in `cash`, or `direct` from its seller."""
    if rail == Rail.BANK_TRANSFER:
        return "direct" if direct else "transfer"
    return "card" if rail == Rail.CARD else "cash"


def disputed(dispute: Dispute | None) -> dict[str, Any] | None:
    """A dispute as those whose money it is about are told of it."""
    if dispute is None:
        return None
    state = "open" if dispute.state in disputing.OPEN else dispute.state
    return {"amount": dispute.amount_minor, "state": state}


def bank_name(bank_bin: str | None, *, full: bool = False) -> str:
    """A bank as its customers call it, or by its full name; the number of one that is not known."""
    bank = banks.by_bin(bank_bin or "")
    if bank is None:
        return bank_bin or "–"
    return bank.name if full else bank.short_name


def bank_choices() -> Iterable[dict[str, str]]:
    """The banks that a transfer can go to."""
    return [{"value": bank.bank_bin, "word": bank.short_name} for bank in banks.BANKS]


def _stage(refund: Refund) -> str:
    if refund.state == RefundState.REQUESTED:
        return "checked" if refund.bank_account else "account"
    return STAGES[RefundState(refund.state)]


_KEYS = {"buyer": "page.refund.{way}.{stage}", "seller": "page.give_back.{way}.{stage}"}


def of_case(case: Case) -> dict[str, Any]:
    """What `_case_money.html` shows; nothing of cases about anything else."""
    found: dict[str, Any] = {"meaning": None, "refunds": [], "left": None}
    if case.kind == CaseKind.MONEY:
        refund = g.session.get(Refund, case.subject_id)
        about = "external" if refund is not None and refund.external else "other"
        found["meaning"] = text(g.languages, f"page.case.money.{about}")
    if case.kind == CaseKind.COMPLAINT:
        order = g.session.get_one(Order, case.subject_id)
        refunds = refunding.of_orders(g.session, order_ids=[order.id])[order.id]
        found["refunds"] = [told(each, to="seller") for each in refunds]
        if g.actor.oversees and case.state == CaseState.APPROVED:
            found["left"] = order.left_minor
    return found
