"""What a person must decide of money: one case for each difference, however often it is found."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import cases
from market.accounts.actors import SYSTEM
from market.cases.models import Case, CaseKind
from translations import formats, text

DESK = ("vi",)  # the desk's language, in which a case is written
SPACE = UUID("5b0f7c1e-3f0e-5c55-9a3f-6f0d8a4f7d11")


def report(
    session: Session,
    *,
    what: str,
    reference: str | None,
    now: datetime,
    subject_id: UUID | None = None,
    amount_minor: int | None = None,
) -> None:
    """Put a difference to those who decide, unless that was done before."""
    named = reference or "–"
    if amount_minor is not None:
        named = f"{named} ({formats.money(amount_minor, 'VND', DESK)})"
    subject_id = subject_id or uuid5(SPACE, f"{what}:{reference}")
    known = select(Case.id).where(Case.subject_id == subject_id, Case.kind == CaseKind.MONEY)
    if session.scalar(known.limit(1)) is not None:
        return
    with suppress(cases.AlreadyOpen):
        said = text(DESK, f"money.difference.{what}", reference=named)
        kind, its = CaseKind.MONEY, subject_id
        cases.open_case(session, actor=SYSTEM, kind=kind, subject_id=its, statement=said, now=now)
