"""Posts in organisations: asked for, granted by those who decide there, and ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, true, update
from sqlalchemy.orm import Session

from market import audit, limits, outbox
from market.accounts import models
from market.accounts.models import Membership, MembershipState, Organisation, Person, Post
from market.actors import Actor
from market.db import Paged, by_id, changed, inserted, newest_first
from market.errors import Forbidden, Kind, MarketError, NotFound, Stale, existing
from market.ids import uuid7
from market.outbox import Event

REQUESTS_PER_DAY_MAX = 20
# A request is granted or refused; a post held is ended; what has ended is asked for anew.
MOVES: Mapping[MembershipState, frozenset[MembershipState]] = {
    MembershipState.ACTIVE: frozenset({MembershipState.REQUESTED}),
    MembershipState.ENDED: frozenset({MembershipState.REQUESTED, MembershipState.ACTIVE}),
}


class NoSuchPost(MarketError, code="membership.no_such_post"):
    """An organisation of this kind has no such post; facts: `post`."""


class AlreadyMember(MarketError, code="membership.exists", kind=Kind.CONFLICT):
    """The post is held or asked for already."""


class WrongMove(MarketError, code="membership.wrong_state", kind=Kind.CONFLICT):
    """The membership is not in a state for this step; facts: `state`."""


class LastToDecide(MarketError, code="membership.last", kind=Kind.CONFLICT):
    """Somebody has to be left who decides for the organisation."""


class MembershipRequested(Event, name="accounts.membership_requested"):
    """Those who decide for the organisation are to look at it."""

    membership_id: UUID


class MembershipDecided(Event, name="accounts.membership_decided"):
    """The person is to hear what became of it."""

    membership_id: UUID


class Member(NamedTuple):
    """A membership with the words to show it by."""

    membership: Membership
    person: Person


def request(
    session: Session, *, actor: Actor, organisation_id: UUID, post: Post, now: datetime
) -> Membership:
    """Ask for a post; whoever was given the organisation's id may ask."""
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == organisation_id))
    if post not in models.POSTS[models.OrganisationKind(existing(kind, "organisation"))]:
        raise NoSuchPost(post=post)
    limits.take(session, f"membership:{actor.person_id}", REQUESTS_PER_DAY_MAX, now=now)
    membership = _asked(session, actor, organisation_id, post, now)
    outbox.record(session, MembershipRequested(membership_id=membership.id))
    audit.note(session, actor, "membership.requested", membership.id, now=now)
    return membership


def move(
    session: Session,
    *,
    actor: Actor,
    membership_id: UUID,
    to: MembershipState,
    version: int,
    now: datetime,
) -> Membership:
    """Grant or refuse a request, end a post, or give one's own up; raises Stale, WrongMove."""
    membership = get(session, actor=actor, membership_id=membership_id)
    if not _may_move(actor, membership, to):
        raise Forbidden(what="membership")
    if MembershipState(membership.state) not in MOVES.get(to, frozenset()):
        raise WrongMove(state=membership.state)
    _keep_one(session, membership, to)
    said = {"state": to, "decided_at": now, "decided_by": actor.person_id}
    if not changed(session, membership, Membership.version == version, **said):
        raise Stale(what="membership")
    if membership.person_id != actor.person_id:
        outbox.record(session, MembershipDecided(membership_id=membership_id))
    whose = {"organisation_id": str(membership.organisation_id)}
    audit.note(session, actor, f"membership.{to}", membership_id, now=now, **whose)
    return membership


def visible_to(actor: Actor) -> Select[Membership]:
    """Everybody's own, those of the organisations one decides for, and to a moderator all."""
    own = Membership.person_id == actor.person_id
    decided = Membership.organisation_id.in_(actor.managed_ids)
    return select(Membership).where(true() if actor.oversees else or_(own, decided))


def get(session: Session, *, actor: Actor, membership_id: UUID) -> Membership:
    """The membership, if the actor may see it."""
    found = session.scalar(visible_to(actor).where(Membership.id == membership_id))
    return existing(found, "membership")


def page(
    session: Session, *, actor: Actor, organisation_id: UUID, **page: Unpack[Paged]
) -> list[Member]:
    """The people of an organisation one decides for, newest first, one more than the limit."""
    if organisation_id not in actor.managed_ids and not actor.oversees:
        raise NotFound(what="organisation")
    its = visible_to(actor).where(Membership.organisation_id == organisation_id)
    found = newest_first(session, its, Membership.id, **page)
    people = by_id(session, Person, [each.person_id for each in found])
    return [Member(membership=each, person=people[each.person_id]) for each in found]


def _asked(
    session: Session, actor: Actor, organisation_id: UUID, post: Post, now: datetime
) -> Membership:
    key = {"organisation_id": organisation_id, "person_id": actor.person_id, "post": post}
    said = {"state": MembershipState.REQUESTED, "requested_at": now}
    asked = inserted(session, Membership(id=uuid7(), **key, **said))
    if asked is None:
        ended = update(Membership).filter_by(**key, state=MembershipState.ENDED)
        again = ended.values(**said, version=Membership.version + 1).returning(Membership)
        fresh = {"synchronize_session": False, "populate_existing": True}
        asked = session.scalar(again, execution_options=fresh)
    if asked is None:
        raise AlreadyMember
    return asked


def _may_move(actor: Actor, membership: Membership, to: MembershipState) -> bool:
    if membership.organisation_id in actor.managed_ids or actor.oversees:
        return True
    own = membership.person_id == actor.person_id and actor.mandate_id is None
    return own and to is MembershipState.ENDED


def _keep_one(session: Session, membership: Membership, to: MembershipState) -> None:
    """Refuse to end the last deciding post; the organisation's row makes two leavers take turns."""
    if to is not MembershipState.ENDED or membership.state != MembershipState.ACTIVE:
        return
    session.get(Organisation, membership.organisation_id, with_for_update=True)
    others = deciding(membership.organisation_id).where(Membership.id != membership.id)
    if membership.post in models.DECIDING and session.scalar(others.limit(1)) is None:
        raise LastToDecide


def deciding(organisation_id: UUID) -> Select[UUID]:
    """The persons who decide for the organisation now."""
    its = {"organisation_id": organisation_id, "state": MembershipState.ACTIVE}
    members = select(Membership.person_id).filter_by(**its)
    return members.where(Membership.post.in_(models.DECIDING))
