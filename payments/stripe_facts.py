"""What Stripe says, as our own plain values; raises KeyError for words that we do not know.

Stripe counts in the smallest unit of a currency, which for the đồng is the đồng itself.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from market.money import Money
from payments import gateway as port
from payments.models import DisputeState

Facts = dict[str, Any]

# Stripe's words for how things stand, and its reporting categories
# (https://docs.stripe.com/reports/reporting-categories), each with ours.
_WORDS = json.loads(Path(__file__).with_name("data").joinpath("stripe.json").read_text())
STANDINGS = {its: port.Standing(ours) for its, ours in _WORDS["standings"].items()}
BACK_STANDINGS = {its: port.BackStanding(ours) for its, ours in _WORDS["refunds"].items()}
# An inquiry (`warning_…`) takes no money; it is a dispute from when it becomes one.
CONTESTED = {its: DisputeState(ours) for its, ours in _WORDS["disputes"].items()}
KINDS = {its: port.MovementKind(ours) for its, ours in _WORDS["movements"].items()}
# Of https://docs.stripe.com/declines/codes; that a card is lost or stolen is nobody's to hear.
TOLD_TO_PAYERS = frozenset({"insufficient_funds"})


def money(facts: Facts, minor: int) -> Money:
    """An amount in the currency of what it stands in."""
    return Money(minor, facts["currency"].upper())


def paid_in(
    intent: Facts, refunds: Sequence[Facts] = (), disputes: Sequence[Facts] = ()
) -> port.PaidIn:
    """A PaymentIntent, with all that came of it."""
    charge = intent["latest_charge"]
    card = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    return port.PaidIn(
        reference=intent["id"],
        charge_id=_our_id(intent, "charge"),
        standing=STANDINGS[intent["status"]],
        amount=money(intent, intent["amount"]),
        captured=money(intent, intent["amount_received"]),
        capturable_until=_moment((card.get("card") or {}).get("capture_before")),
        error=_refusal(intent["last_payment_error"] or {}),
        client_secret=intent["client_secret"],
        refunds=tuple(map(paid_back, refunds)),
        disputes=tuple(_contested(each) for each in disputes if each["status"] in CONTESTED),
    )


def _refusal(error: Facts) -> str | None:
    """Why a card was refused; of what only its bank knows, no more than Stripe lets be said."""
    code, why = error.get("code"), error.get("decline_code")
    return why if code == "card_declined" and why in TOLD_TO_PAYERS else code


def paid_back(refund: Facts) -> port.PaidBack:
    """A refund, ours or not."""
    return port.PaidBack(
        reference=refund["id"],
        refund_id=_our_id(refund, "refund"),
        amount=money(refund, refund["amount"]),
        standing=BACK_STANDINGS[refund["status"]],
        error=refund.get("failure_reason"),
    )


def _contested(dispute: Facts) -> port.Contested:
    return port.Contested(
        reference=dispute["id"],
        amount=money(dispute, dispute["amount"]),
        state=CONTESTED[dispute["status"]],
        due_at=_moment(dispute["evidence_details"].get("due_by")),
    )


def movement(moved: Facts) -> port.Movement:
    """A balance transaction, its source expanded."""
    source = moved["source"]
    behind: Mapping[str, Any] = source if isinstance(source, dict) else {"id": source}
    return port.Movement(
        reference=moved["id"],
        kind=KINDS.get(moved["reporting_category"], port.MovementKind.OTHER),
        amount=money(moved, moved["amount"]),
        fee=money(moved, moved["fee"]),
        source=behind["id"] or moved["type"],
        payment=behind.get("payment_intent"),
        at=datetime.fromtimestamp(moved["created"], UTC),
    )


def _our_id(facts: Facts, name: str) -> UUID | None:
    """The id that we gave it; what was made elsewhere has none."""
    with suppress(KeyError, TypeError, ValueError):
        return UUID(facts["metadata"][name])
    return None


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)
