"""A buyer's complaint: a case about the order, with photos of what came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import cases
from market.accounts.actors import Actor
from market.cases.models import Case, CaseKind
from market.errors import MarketError
from market.orders.models import Order, State
from market.orders.moving import WrongState

COMPLAINABLE = frozenset({State.HANDED_OVER, State.DELIVERED})


class NothingSaid(MarketError):
    """A complaint without a word."""

    code = "complaint.nothing_said"


def complaints(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """The last complaint about each of the orders, for those who may see these."""
    found = session.scalars(
        select(Case)
        .where(Case.kind == CaseKind.COMPLAINT, Case.subject_id.in_(order_ids))
        .order_by(Case.opened_at)
    )
    return {case.subject_id: case for case in found}


def complain(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    statement: str,
    photos: Sequence[str],
    now: datetime,
) -> Case:
    """Open a case about goods that came; `photos` are files kept already."""
    if order.state not in COMPLAINABLE:
        raise WrongState(state=order.state, wanted=State.DELIVERED.value)
    if not statement.strip():
        raise NothingSaid
    return cases.open_case(
        session,
        actor=actor,
        kind=CaseKind.COMPLAINT,
        subject_id=order.id,
        organisation_id=order.seller_id,
        statement=statement.strip(),
        documents=[{"name": f"{number}.webp", "file": name} for number, name in enumerate(photos)],
        now=now,
    )
