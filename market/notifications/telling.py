"""What people are told: a line in their inbox, and a message that carries it to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Row, Select, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import clock, outbox
from market.accounts import Actor, Organisation, Person, memberships
from market.accounts.destinations import shown
from market.accounts.memberships import MembershipDecided, MembershipRequested
from market.accounts.models import Membership, MembershipState
from market.accounts.organisations import BankAccountChanged
from market.db import Base, Identified, Json, Paged, changed, newest_first, partial_index
from market.errors import existing
from market.ids import uuid7
from market.outbox import Event
from translations import said

Facts = Mapping[str, Any]
LANGUAGE = "vi"
COUNTED_MAX = 99


class Notice(Identified, Base):
    """One thing told to a person, or to a guest by phone or e-mail, in their language."""

    __table_args__ = (
        Index("ix_notice_person_id", "person_id", "created_at", "id"),
        partial_index("ix_notice_unread", "person_id", where="read_at IS NULL"),
    )

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    destination: Mapped[str | None]
    language: Mapped[str]
    key: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    link: Mapped[str | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class NoticeMade(Event, name="notifications.notice_made"):
    """A notice is to be carried to its reader."""

    notice_id: UUID


def tell(
    session: Session,
    *,
    key: str,
    params: Facts,
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
    outbox.record(session, NoticeMade(notice_id=notice.id))
    return notice


def tell_contact(
    session: Session, party: Any, person_id: UUID | None, key: str, facts: Facts, **more: Any
) -> None:
    """Tell a party by its account, else by its phone or e-mail, in the language that it chose.

    Sums and moments are put in its words.
    """
    params = {name: said(fact, (party.language, LANGUAGE)) for name, fact in facts.items()}
    to = None if person_id else party.phone or party.email
    whom: Any = {"person_id": person_id, "destination": to, "language": party.language}
    tell(session, key=key, params=params, **whom, **more)


def visible_to(actor: Actor) -> Select[Notice]:
    """One's own notices; nobody reads anybody else's."""
    return select(Notice).where(Notice.person_id == actor.person_id)


def inbox(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Notice]:
    """One's notices, newest first, up to one more than the limit."""
    key = (Notice.created_at, Notice.id)
    return newest_first(session, visible_to(actor), *key, **page)


def tell_deciders(
    session: Session,
    organisation: Organisation,
    key: str,
    *,
    link: str | None = None,
    now: datetime,
    **params: str,
) -> None:
    """Tell everybody who decides for the organisation; its name is among the parameters."""
    facts = {**params, "organisation": organisation.name}
    for person_id in session.scalars(memberships.deciding(organisation.id)).all():
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
    waiting = update(Notice).filter_by(person_id=actor.person_id, read_at=None)
    session.execute(waiting.values(read_at=now), execution_options={"synchronize_session": False})


def membership_requested(session: Session, event: MembershipRequested) -> None:
    """Those who decide for the organisation hear who asks to join, while it still waits."""
    membership, organisation, person = _joined(session, event.membership_id)
    if membership.state != MembershipState.REQUESTED:
        return
    who = person.name or shown(person.phone or person.email or "")
    key, now = "notice.membership.requested", membership.requested_at
    tell_deciders(session, organisation, key, person=who, now=now)


def membership_decided(session: Session, event: MembershipDecided) -> None:
    """The person hears what became of the post."""
    membership, organisation, person = _joined(session, event.membership_id)
    key, facts = f"notice.membership.{membership.state}", {"organisation": organisation.name}
    now = membership.decided_at or membership.requested_at
    tell(session, person_id=person.id, key=key, params=facts, now=now)


def bank_account_changed(session: Session, event: BankAccountChanged) -> None:
    """Everybody who decides hears it, so that a stolen phone cannot turn the money in silence."""
    organisation = session.get_one(Organisation, event.organisation_id)
    key = "notice.organisation.bank_account_changed"
    tell_deciders(session, organisation, key, now=clock.now())


def _joined(session: Session, membership_id: UUID) -> Row[Membership, Organisation, Person]:
    its = Organisation.id == Membership.organisation_id, Person.id == Membership.person_id
    asked = select(Membership, Organisation, Person).where(*its, Membership.id == membership_id)
    return session.execute(asked).one()
