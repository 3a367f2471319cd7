"""From a token to the one who asks, in two reads: what was taken away a moment ago is gone."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts import models
from market.accounts.devices import TokenInvalid
from market.accounts.models import Device, Mandate, Membership, Organisation, Person, Scope
from market.actors import Actor, Role
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
    roles = {Role.BUYER, Role.AGENT, Role(models.POSTS[models.OrganisationKind(mandate.kind)][0])}
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
        cooperative_ids=of(models.POSTS[models.OrganisationKind.COOPERATIVE]),
        managed_ids=of(models.DECIDING),
        language=language,
    )


_SELLING = models.DECIDING - {models.Post.MANAGER, models.Post.RESELLER}


def _is_member(organisation_id: Any) -> Any:
    its = models.CooperativeMember.organisation_id == organisation_id
    return sa.exists().where(its, models.CooperativeMember.belongs()).label("is_member")


_counts_now = sa.and_(
    Mandate.state == models.MandateState.ACTIVE, Mandate.expires_at > sa.bindparam("now")
)

_BEARER = (
    sa.select(Device.person_id, Device.id.label("device_id"), Person.language)
    .join_from(models.AccessToken, Device, Device.id == models.AccessToken.device_id)
    .join(Person, Person.id == Device.person_id)
    .where(
        models.AccessToken.hash == sa.bindparam("hash"),
        models.AccessToken.expires_at > sa.bindparam("now"),
    )
    .where(Device.revoked_at.is_(None), Person.banned_at.is_(None))
)

_PERSON: Any = sa.bindparam("person_id")
_WHERE = Membership.organisation_id, _is_member(Membership.organisation_id)
_POWERS = sa.union_all(
    sa.select(Membership.post.label("role"), *_WHERE).where(
        Membership.person_id == _PERSON, Membership.state == models.MembershipState.ACTIVE
    ),
    sa.select(models.RoleGrant.role, sa.null(), sa.true()).filter_by(person_id=_PERSON),
    sa.select(sa.literal(str(Role.AGENT)), sa.null(), sa.true()).where(
        sa.exists().where(Mandate.agent_id == _PERSON, _counts_now)
    ),
)

_MANDATE = (
    sa.select(Mandate.id, Mandate.scope, Organisation.kind, _is_member(Mandate.organisation_id))
    .join_from(Mandate, Organisation)
    .where(Mandate.agent_id == sa.bindparam("agent_id"))
    .where(Mandate.organisation_id == sa.bindparam("organisation_id"), _counts_now)
    .order_by(Mandate.expires_at.desc())
    .limit(1)
)
