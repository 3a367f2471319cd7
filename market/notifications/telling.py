"""What people are told: a line in their inbox, and a message that carries it to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from market import outbox
from market.accounts import Actor, Organisation, Person, memberships
from market.db import changed, newest_first
from market.errors import existing
from market.ids import uuid7
from market.notifications.models import Notice
from market.outbox import Event

LANGUAGE = "vi"
COUNTED_MAX = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMade(Event):
    """A notice is to be carried to its reader."""

    name: ClassVar[str] = "notifications.notice_made"
    notice_id: UUID


def tell(
    session: Session,
    *,
    key: str,
    params: Mapping[str, Any],
    now: datetime,
    person_id: UUID | None = None,
    destination: str | None = None,
    language: str | None = None,
    link: str | None = None,
) -> Notice:
    """Tell a person, or a guest at a destination; `link` is a path of this market.

    That to a checkout is kept without its seal; `links.for_reader` puts it on. Without a language
    it is the person's own, else Vietnamese. The parameters are primitives: they are put into words
    when the notice is read, and again when it is sent.
    """
    if language is None and person_id is not None:
        language = session.scalar(select(Person.language).where(Person.id == person_id))
    words = {"language": language or LANGUAGE, "key": key, "params": dict(params), "link": link}
    to = {"person_id": person_id, "destination": destination}
    notice = Notice(id=uuid7(), created_at=now, **to, **words)
    session.add(notice)
    session.flush()
    outbox.record(session, NoticeMade(notice_id=notice.id))
    return notice


def visible_to(actor: Actor) -> Select[Notice]:
    """One's own notices; nobody reads anybody else's."""
    return select(Notice).where(Notice.person_id == actor.person_id)


def inbox(
    session: Session, *, actor: Actor, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[Notice]:
    """One's notices, newest first, up to one more than the limit."""
    key = (Notice.created_at, Notice.id)
    return newest_first(session, visible_to(actor), *key, after=after, limit=limit)


def tell_deciders(
    session: Session,
    *,
    organisation: Organisation,
    key: str,
    link: str | None = None,
    now: datetime,
    **params: str,
) -> None:
    """Tell everybody who decides for the organisation; its name is among the parameters."""
    facts = {**params, "organisation": organisation.name}
    for person_id in memberships.deciders(session, organisation_id=organisation.id):
        tell(session, person_id=person_id, key=key, params=facts, link=link, now=now)


def unread(session: Session, *, actor: Actor) -> int:
    """How many notices one has not seen, counted up to 99."""
    waiting = visible_to(actor).where(Notice.read_at.is_(None)).limit(COUNTED_MAX)
    some = waiting.with_only_columns(Notice.id).subquery()
    return session.scalars(select(func.count()).select_from(some)).one()


def mark_read(session: Session, *, actor: Actor, notice_id: UUID, now: datetime) -> Notice:
    """The person has seen it; the first time counts."""
    notice = existing(session.scalar(visible_to(actor).where(Notice.id == notice_id)), "notice")
    changed(session, notice, Notice.read_at.is_(None), read_at=now)
    return notice


def mark_all_read(session: Session, *, actor: Actor, now: datetime) -> None:
    """The person has looked through the whole inbox."""
    session.execute(
        update(Notice)
        .where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
