"""An organisation's statement: what the market owes it, line by line, for those who may read it."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, ledger
from market.accounts import Actor, Organisation, Scope, require_scope
from market.cooperatives.models import CooperativeMember
from market.errors import NotFound, existing
from market.ledger import chart


def statement(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    since: date,
    until: date,
    after: tuple[Any, ...] | None = None,
    limit: int | None = None,
) -> ledger.Statement:
    """Earned, reserved and on its way, less cash in hand and debts; both days counted.

    Above zero the market owes the organisation. Raises as `whose`.
    """
    whose(session, actor=actor, organisation_id=organisation_id)
    return ledger.statement(
        session,
        accounts=chart.of_seller(organisation_id),
        since=clock.start_of(since),
        until=clock.end_of(until),
        after=after,
        limit=limit,
    )


def whose(session: Session, *, actor: Actor, organisation_id: UUID) -> Organisation:
    """The organisation, for those who sell for it, decide for it or keep its cooperative's books.

    Raises NotFound for strangers, OutOfScope under a mandate without its orders.
    """
    if organisation_id in actor.seller_ids:
        require_scope(actor, Scope.ORDERS)
    elif not (
        actor.oversees
        or organisation_id in actor.managed_ids | actor.cooperative_ids
        or _is_member(session, organisation_id, actor.cooperative_ids)
    ):
        raise NotFound(what="organisation")
    return existing(session.get(Organisation, organisation_id), "organisation")


def _is_member(session: Session, organisation_id: UUID, cooperative_ids: frozenset[UUID]) -> bool:
    """Now: what a former member earns is no longer the cooperative's to read."""
    membership = select(CooperativeMember.id).where(
        CooperativeMember.organisation_id == organisation_id,
        CooperativeMember.cooperative_id.in_(cooperative_ids),
        CooperativeMember.approved_at.is_not(None),
        CooperativeMember.ended_at.is_(None),
    )
    return session.scalar(membership) is not None
