"""Persons: found or made by where they are reached, named by themselves, shut out by the market."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market import audit, portable
from market.accounts.destinations import Channel, channel_of
from market.accounts.models import Person, RoleGrant
from market.actors import Actor, Role, require_administrator
from market.db import changed
from market.errors import Forbidden, Stale, existing
from market.ids import uuid7

GRANTED_ROLES = frozenset({Role.MODERATOR, Role.ADMINISTRATOR})


def reached_at(
    session: Session,
    destination: str,
    *,
    now: datetime,
    language: str | None = None,
    name: str = "",
) -> Person:
    """The person at a normalised phone number or e-mail address, made where there is none."""
    column = Person.email if channel_of(destination) is Channel.EMAIL else Person.phone
    values = {"name": name, "language": language, "created_at": now, "version": 1}
    portable.insert_new(session, Person, id=uuid7(), **{column.key: destination}, **values)
    return session.scalars(select(Person).where(column == destination)).one()


def myself(session: Session, *, actor: Actor) -> Person:
    """The person who asks."""
    return existing(session.get(Person, actor.person_id) if actor.person_id else None, "person")


def edit_myself(
    session: Session, *, actor: Actor, changes: dict[str, str | None], version: int, now: datetime
) -> Person:
    """Change one's own name or language; raises Stale when somebody was quicker."""
    person = myself(session, actor=actor)
    wanted = {key: changes[key] for key in ("name", "language") if key in changes}
    if not changed(session, person, Person.version == version, **wanted):
        raise Stale(what="person")
    audit.note(session, actor, "person.edited", person.id, now=now)
    return person


def grant_role(
    session: Session, *, actor: Actor, person_id: UUID, role: Role, now: datetime
) -> None:
    """Make somebody a moderator or an administrator; an administrator's step."""
    require_administrator(actor, "person")
    if role not in GRANTED_ROLES:
        raise Forbidden(what="role")
    if portable.insert_new(session, RoleGrant, person_id=person_id, role=role, granted_at=now):
        audit.note(session, actor, f"role.granted:{role}", person_id, now=now)


def revoke_role(
    session: Session, *, actor: Actor, person_id: UUID, role: Role, now: datetime
) -> None:
    """Take a role over the whole market back, from the next request on."""
    require_administrator(actor, "person")
    session.execute(delete(RoleGrant).filter_by(person_id=person_id, role=role))
    audit.note(session, actor, f"role.revoked:{role}", person_id, now=now)


def ban(
    session: Session, *, actor: Actor, person_id: UUID, banned: bool = True, now: datetime
) -> None:
    """Shut a person out, or let them in again: their tokens are worth nothing from now on."""
    require_administrator(actor, "person")
    its = update(Person).where(Person.id == person_id, Person.banned_at.is_(None) == banned)
    session.execute(its.values(banned_at=now if banned else None, version=Person.version + 1))
    verb = "person.banned" if banned else "person.unbanned"
    audit.note(session, actor, verb, person_id, now=now)
