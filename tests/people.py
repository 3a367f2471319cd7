"""Makers of people with posts, by the real verbs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import accounts, cooperatives
from market.accounts import SYSTEM, Actor, Role, memberships, organisations, people
from market.accounts.models import MembershipState, OrganisationKind, Post
from tests import makers

FARM, HOST, COOPERATIVE = (
    OrganisationKind.FARM,
    OrganisationKind.HOST,
    OrganisationKind.COOPERATIVE,
)


def somebody(session: Session, now: datetime, *, phone: str | None = None) -> Actor:
    return again(session, makers.person(session, now, phone=phone).id, now)


def again(session: Session, person_id: UUID, now: datetime) -> Actor:
    return accounts.actor_of_person(session, person_id, now)


def founder(
    session: Session,
    now: datetime,
    kind: OrganisationKind = FARM,
    *,
    phone: str | None = None,
    verified: bool = False,
) -> tuple[Actor, UUID]:
    """Somebody with an organisation of their own."""
    actor = somebody(session, now, phone=phone)
    made = organisations.found(
        session,
        actor=actor,
        organisation=organisations.Organisation(
            kind=kind, name="Vườn Thử", unit_code=makers.COMMUNE
        ),
        now=now,
    )
    if verified:
        organisations.verify(session, organisation_id=made.id, now=now)
    return again(session, actor.person_id, now), made.id


def cooperative_of(session: Session, now: datetime, farmer: Actor) -> tuple[Actor, UUID]:
    """A manager and his cooperative, of which the farm is a member."""
    manager, cooperative = founder(session, now, COOPERATIVE, verified=True)
    member = again(session, farmer.person_id, now)
    asked = cooperatives.ask_to_join(
        session,
        actor=member,
        member=cooperatives.CooperativeMember(
            organisation_id=makers.only(farmer.seller_ids),
            cooperative_id=cooperative,
            fee_basis_points=500,
        ),
        now=now,
    )
    cooperatives.approve(session, actor=manager, member_id=asked.id, now=now)
    return manager, cooperative


def colleague(session: Session, now: datetime, boss: Actor, where: UUID, post: Post) -> Actor:
    """Somebody else whom the boss took in."""
    actor = somebody(session, now)
    asked = memberships.request(session, actor=actor, organisation_id=where, post=post, now=now)
    memberships.move(
        session,
        actor=boss,
        membership_id=asked.id,
        to=MembershipState.ACTIVE,
        version=asked.version,
        now=now,
    )
    return again(session, actor.person_id, now)


def moderator(session: Session, now: datetime) -> Actor:
    return _granted(session, now, Role.MODERATOR)


def administrator(session: Session, now: datetime) -> Actor:
    return _granted(session, now, Role.ADMINISTRATOR)


def _granted(session: Session, now: datetime, role: Role) -> Actor:
    person_id = makers.person(session, now).id
    people.grant_role(session, actor=SYSTEM, person_id=person_id, role=role, now=now)
    return again(session, person_id, now)
