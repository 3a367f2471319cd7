"""Money back to buyers and disputes, as their pages tell of them."""

from collections.abc import Iterable
from typing import Any

from flask import g

from market.cases.models import Case, CaseKind, CaseState
from market.orders import Rail
from market.orders.models import Order
from payments import banks, disputing, unsettled
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


def told(refund: Refund, to: str = "buyer") -> dict[str, Any]:
    """A refund in the words of the one who gets it, or of the `seller` who gives it."""
    its_way, stage = way(refund.rail, direct=refund.memo is None), _stage(refund)
    account = f"…{refund.bank_account[-4:]}" if refund.bank_account else "–"
    facts = {"account": account, "reason": refund.error or "–"}
    return {
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


def bank_choices() -> Iterable[dict[str, str]]:
    """The banks that a transfer can go to."""
    return [{"value": bank.bank_bin, "word": bank.short_name} for bank in banks.BANKS]


def asks_account(refund: Refund) -> bool:
    """Whether one asks the buyer where it is to be sent."""
    return _stage(refund) == "account"


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
        found["refunds"] = unsettled.of_orders(g.session, order_ids=[order.id])[order.id]
        if g.actor.oversees and case.state == CaseState.APPROVED:
            found["left"] = order.left_minor
    return found
