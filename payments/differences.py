"""What a person must decide of money: one case for each difference, however often it is found."""

import json
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market import SYSTEM, cases, db
from market.cases.models import Case, CaseKind
from market.orders import OrderGroup, Rail
from payments.models import Attempt, BankLine, Dispute, Payment, Refund
from translations import formats, text

SPACE = UUID("5b0f7c1e-3f0e-5c55-9a3f-6f0d8a4f7d11")


class Gap(NamedTuple):
    """A difference of an amount that has no row of its own."""

    id: UUID
    amount_minor: int


Row: TypeAlias = Refund | Dispute | BankLine | Gap


def report(
    session: Session, *, what: str, reference: str | None, about: Row | None = None, now: datetime
) -> None:
    """Put a difference to those who decide, unless that was done before."""
    subject_id = about.id if about else uuid5(SPACE, f"{what}:{reference}")
    amount_minor = about.amount_minor if about else None
    known = select(Case.id).where(Case.subject_id == subject_id, Case.kind == CaseKind.MONEY)
    if session.scalar(known.limit(1)) is not None:
        return
    with suppress(cases.AlreadyOpen):
        said = json.dumps({"what": what, "reference": reference, "amount_minor": amount_minor})
        cases.open_case(session, SYSTEM, CaseKind.MONEY, subject_id, statement=said, now=now)


def statement(case: Case, languages: tuple[str, ...]) -> str:
    """What any case says; of a difference in money, in these languages."""
    facts = _facts(case)
    if not facts:
        return case.statement
    named, amount = facts["reference"] or "–", facts["amount_minor"]
    if amount is not None:
        named = f"{named} ({formats.money(amount, 'VND', languages)})"
    return text(languages, f"money.difference.{facts['what']}", reference=named)


def title(case: Case, languages: tuple[str, ...]) -> str:
    """The same of a case of money in a few words."""
    what = _facts(case).get("what", "" if case.statement else "remittance")
    return text(languages, f"money.case.{what}") if what else case.statement


def checkouts(session: Session, found: Collection[Case]) -> dict[UUID, OrderGroup]:
    """The checkouts that cases of money are about, by case; few differences have none."""
    keys = {case.id: {case.subject_id, _facts(case).get("reference")} - {None} for case in found}
    ids = {case.subject_id for case in found if case.kind == CaseKind.MONEY}
    if not ids:
        return {}
    references = {key for its in keys.values() for key in its if isinstance(key, str)}
    refunds = select(Refund.id, Refund.reference, Payment.group_id)
    refunds = refunds.join(Payment, Payment.id == Refund.payment_id)
    ours = (Refund.rail == Rail.CARD) & Refund.reference.in_(references)
    tries = select(Attempt.id, Attempt.reference, Payment.group_id)
    tries = tries.join(Payment, Payment.id == Attempt.payment_id)
    disputes = tries.join(Dispute, Dispute.attempt_id == Attempt.id).where(Dispute.id.in_(ids))
    asked = (
        refunds.where(or_(Refund.id.in_(ids), ours)),
        tries.where(Attempt.reference.in_(references)),
        disputes.with_only_columns(Dispute.id, Dispute.reference, Payment.group_id),
    )
    rows = (row for each in asked for row in session.execute(each))
    named: dict[Any, UUID] = {key: row.group_id for row in rows for key in row[:2]}
    groups = db.by_id(session, OrderGroup, named.values())
    return {case_id: groups[named[key]] for case_id in keys for key in keys[case_id] & set(named)}


def _facts(case: Case) -> dict[str, Any]:
    """What was written down of a difference; nothing of other cases, and of those told in words."""
    if case.kind != CaseKind.MONEY or not case.statement.startswith("{"):
        return {}
    facts: dict[str, Any] = json.loads(case.statement)
    return facts
