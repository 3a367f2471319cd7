"""From a token to the one who asks, in two reads: what was taken away a moment ago is gone."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.actors import Actor, Role
from market.accounts.devices import TokenInvalid
from market.accounts.models import (
    DECIDING,
    POSTS,
    AccessToken,
    Device,
    Mandate,
    MandateState,
    Membership,
    MembershipState,
    Organisation,
    OrganisationKind,
    Person,
    Post,
    RoleGrant,
    Scope,
)
from market.db import UtcDateTime
from market.errors import Kind, MarketError, NotFound
from market.ids import token_hash


class OutOfScope(MarketError, code="mandate.out_of_scope", kind=Kind.FORBIDDEN):
    """The mandate does not cover this work; facts: `scope`, what it would have to cover."""


def actor_of_token(session: Session, token: str, now: datetime) -> Actor:
    """Who speaks with this access token; raises TokenInvalid, for a banned person too."""
    found = session.execute(_BEARER, {"hash": token_hash(token), "now": now}).one_or_none()
    if found is None:
        raise TokenInvalid
    rows = session.execute(_POWERS, {"person_id": found.person_id, "now": now}).all()
    return _actor(found.person_id, found.device_id, found.language, rows)


def actor_of_person(session: Session, person_id: UUID, now: datetime) -> Actor:
    """A person as they would ask, without a device: for the worker, commands and simulation."""
    language = session.scalars(sa.select(Person.language).where(Person.id == person_id)).one()
    rows = session.execute(_POWERS, {"person_id": person_id, "now": now}).all()
    return _actor(person_id, None, language, rows)


def act_for(session: Session, actor: Actor, organisation_id: UUID, now: datetime) -> Actor:
    """The actor in the place of who gave them a mandate, deciding nothing; NotFound without one."""
    mandate = session.execute(
        _MANDATE, {"agent_id": actor.person_id, "organisation_id": organisation_id, "now": now}
    ).one_or_none()
    if mandate is None:
        raise NotFound(what="mandate")
    roles = {Role.BUYER, Role.AGENT, Role(POSTS[OrganisationKind(mandate.kind)][0])}
    return replace(
        actor,
        roles=frozenset(roles | ({Role.MEMBER} if mandate.is_member else set())),
        seller_ids=frozenset({organisation_id}),
        cooperative_ids=frozenset(),
        managed_ids=frozenset(),
        mandate_id=mandate.id,
        scope=frozenset(mandate.scope),
    )


def require_scope(actor: Actor, scope: Scope) -> None:
    """Refuse work that the mandate acted under does not cover; raises OutOfScope."""
    if actor.mandate_id is not None and scope not in actor.scope:
        raise OutOfScope(scope=scope)


def _actor(
    person_id: UUID, device_id: UUID | None, language: str | None, rows: Sequence[Any]
) -> Actor:
    def of(posts: Collection[str]) -> frozenset[UUID]:
        return frozenset(row.organisation_id for row in rows if row.role in posts)

    roles = {Role.BUYER, *(Role(row.role) for row in rows)}
    if any(row.is_member for row in rows if row.role in _SELLING):
        roles.add(Role.MEMBER)
    return Actor(
        person_id=person_id,
        device_id=device_id,
        roles=frozenset(roles),
        seller_ids=of(_SELLING),
        cooperative_ids=of(POSTS[OrganisationKind.COOPERATIVE]),
        managed_ids=of(DECIDING),
        language=language,
    )


_SELLING = DECIDING - {Post.MANAGER}

# The cooperatives' own context stands on this one, so its table is named here and not imported.
_member = sa.table(
    "cooperative_member",
    sa.column("organisation_id", sa.Uuid),
    sa.column("approved_at", UtcDateTime),
    sa.column("ended_at", UtcDateTime),
)


def _is_member(organisation_id: Any) -> Any:
    return sa.exists().where(
        _member.c.organisation_id == organisation_id,
        _member.c.approved_at.is_not(None),
        _member.c.ended_at.is_(None),
    )


_counts_now = sa.and_(
    Mandate.state == MandateState.ACTIVE, Mandate.expires_at > sa.bindparam("now")
)

_BEARER = (
    sa.select(Device.person_id, Device.id.label("device_id"), Person.language)
    .join_from(AccessToken, Device, Device.id == AccessToken.device_id)
    .join(Person, Person.id == Device.person_id)
    .where(AccessToken.hash == sa.bindparam("hash"), AccessToken.expires_at > sa.bindparam("now"))
    .where(Device.revoked_at.is_(None), Person.banned_at.is_(None))
)

_POWERS = sa.union_all(
    sa.select(
        Membership.post.label("role"),
        Membership.organisation_id,
        _is_member(Membership.organisation_id).label("is_member"),
    )
    .where(Membership.person_id == sa.bindparam("person_id"))
    .where(Membership.state == MembershipState.ACTIVE),
    sa.select(RoleGrant.role, sa.null(), sa.true()).where(
        RoleGrant.person_id == sa.bindparam("person_id")
    ),
    sa.select(sa.literal(str(Role.AGENT)), sa.null(), sa.true()).where(
        sa.exists().where(Mandate.agent_id == sa.bindparam("person_id"), _counts_now)
    ),
)

_MANDATE = (
    sa.select(
        Mandate.id,
        Mandate.scope,
        Organisation.kind,
        _is_member(Mandate.organisation_id).label("is_member"),
    )
    .join(Organisation, Organisation.id == Mandate.organisation_id)
    .where(Mandate.agent_id == sa.bindparam("agent_id"))
    .where(Mandate.organisation_id == sa.bindparam("organisation_id"), _counts_now)
    .order_by(Mandate.expires_at.desc())
    .limit(1)
)
