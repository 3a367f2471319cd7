"""Farms, boats, hosts, cooperatives: founded by one person, shown to all, changed by their own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from market import audit, geography, limits, outbox
from market.accounts import models
from market.accounts.models import Organisation, OrganisationKind, PaymentMode, Person
from market.actors import Actor
from market.db import Paged, changed, inserted, newest_first
from market.errors import Forbidden, Kind, MarketError, Stale, existing
from market.ids import uuid7
from market.outbox import Event

FOUNDED_PER_DAY_MAX = 5
VERIFIED_FIELDS = frozenset({"name", "unit_code"})
BANK_FIELDS = frozenset({"bank_bin", "bank_account", "bank_holder"})
CLOSED = frozenset({"closed_from", "closed_until"})
CLOSED_MAX = timedelta(days=60)
OWN_FIELDS = frozenset({"payment_mode", "phone", "address", "approves_changes"})
CHANGEABLE = VERIFIED_FIELDS | BANK_FIELDS | CLOSED | OWN_FIELDS


class NameIsVerified(MarketError, code="organisation.name_is_verified", kind=Kind.CONFLICT):
    """Name and place were verified with papers; a moderator changes them."""


class BankAccountIncomplete(MarketError, code="organisation.bank_account_incomplete"):
    """A bank account is its bank, number and holder together; selling directly needs one."""


class BankAccountIsTheMarkets(MarketError, code="organisation.bank_account_is_the_markets"):
    """The number is that of the account which keeps buyers' money for everybody."""


class ClosedBackwards(MarketError, code="organisation.closed_backwards"):
    """A holiday that would end before it begins, has one end only, or is no holiday any more.

    It lasts sixty days at most: as long do buyers' orders wait for an answer.
    """


class IdTaken(MarketError, code="organisation.id_taken", kind=Kind.CONFLICT):
    """The record's id stands for something else already."""


class BankAccountChanged(Event, name="accounts.bank_account_changed"):
    """Money will go elsewhere from now on: everybody of the organisation is to know."""

    organisation_id: UUID


def found(
    session: Session, *, actor: Actor, organisation: Organisation, now: datetime
) -> Organisation:
    """A new organisation with its founder in the deciding post; buyers call its founder's phone.

    One that a moderator founds has nobody yet: it stands for somebody without a phone, and an
    agent acts for it under a mandate.
    """
    geography.unit(organisation.unit_code)
    limits.take(session, f"found:{actor.person_id}", FOUNDED_PER_DAY_MAX, now=now)
    organisation.id, organisation.created_at = organisation.id or uuid7(), now
    if not actor.oversees:
        own = select(Person.phone).where(Person.id == actor.person_id)
        organisation.phone = session.scalar(own)
    made = inserted(session, organisation)
    if made is None:
        raise IdTaken(id=organisation.id)
    if not actor.oversees:
        post = models.POSTS[OrganisationKind(made.kind)][0]
        who = {"person_id": actor.person_id, "decided_by": actor.person_id}
        seat = {"id": uuid7(), "organisation_id": made.id, "post": post}
        times = {"requested_at": now, "decided_at": now}
        session.add(models.Membership(state=models.MembershipState.ACTIVE, **seat, **who, **times))
    audit.note(session, actor, "organisation.founded", made.id, now=now)
    return made


def edit(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    changes: Mapping[str, Any],
    version: int,
    custody_account: str,
    now: datetime,
) -> Organisation:
    """Change what its people may, a moderator alone what was verified; raises Stale when late."""
    organisation = get(session, actor=actor, organisation_id=organisation_id)
    if organisation_id not in actor.managed_ids and not actor.oversees:
        raise Forbidden(what="organisation")
    allowed = {key: new for key, new in changes.items() if key in CHANGEABLE}
    wanted = {key: new for key, new in allowed.items() if getattr(organisation, key) != new}
    _check_changes(actor, organisation, wanted)
    if wanted.get("bank_account") == custody_account:
        raise BankAccountIsTheMarkets
    if not changed(session, organisation, Organisation.version == version, **wanted):
        raise Stale(what="organisation")
    if BANK_FIELDS & wanted.keys():
        outbox.record(session, BankAccountChanged(organisation_id=organisation_id))
    fields = sorted(wanted)
    audit.note(session, actor, "organisation.edited", organisation_id, now=now, fields=fields)
    return organisation


def verify(session: Session, *, organisation_id: UUID, now: datetime) -> None:
    """Its papers were found good; buyers see so from now on."""
    organisation = existing(session.get(Organisation, organisation_id), "organisation")
    changed(session, organisation, Organisation.verified_at.is_(None), verified_at=now)


def visible_to(actor: Actor) -> Select[Organisation]:
    """Everybody sees the verified ones, its people their own, a moderator all."""
    own = belonging(actor)
    seen = or_(Organisation.verified_at.is_not(None), Organisation.id.in_(own))
    return select(Organisation).where(true() if actor.oversees else seen)


def belonging(actor: Actor) -> frozenset[UUID]:
    """The organisations the actor is one of, or stands in for."""
    return actor.seller_ids | actor.cooperative_ids | actor.managed_ids


def get(session: Session, *, actor: Actor, organisation_id: UUID) -> Organisation:
    """The organisation, if the actor may see it."""
    found = session.scalar(visible_to(actor).where(Organisation.id == organisation_id))
    return existing(found, "organisation")


def page(
    session: Session,
    *,
    actor: Actor,
    mine: bool = False,
    kind: OrganisationKind | None = None,
    **page: Unpack[Paged],
) -> list[Organisation]:
    """The organisations the actor may see, newest first, up to one more than the limit."""
    statement = visible_to(actor)
    if mine:
        statement = statement.where(Organisation.id.in_(belonging(actor)))
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    return newest_first(session, statement, Organisation.id, **page)


def all_organisations(session: Session) -> list[Organisation]:
    """Every organisation, for the operator's eyes."""
    return list(session.scalars(select(Organisation).order_by(Organisation.id)))


def may_see_bank_account(actor: Actor, organisation_id: UUID) -> bool:
    """Only those who decide for it or keep its books; an agent under a mandate does not."""
    return organisation_id in actor.managed_ids | actor.cooperative_ids


def _check_changes(actor: Actor, organisation: Organisation, wanted: Mapping[str, Any]) -> None:
    if organisation.id not in actor.managed_ids and not wanted.keys() <= VERIFIED_FIELDS:
        raise Forbidden(what="organisation")
    if "unit_code" in wanted:
        geography.unit(wanted["unit_code"])
    if organisation.verified_at and VERIFIED_FIELDS & wanted.keys() and not actor.oversees:
        raise NameIsVerified
    first, last = (wanted.get(key, getattr(organisation, key)) for key in sorted(CLOSED))
    backwards = not (first and last) or not first <= last <= first + CLOSED_MAX
    if CLOSED & wanted.keys() and (first or last) and backwards:
        raise ClosedBackwards
    account = [wanted.get(key, getattr(organisation, key)) for key in sorted(BANK_FIELDS)]
    mode = wanted.get("payment_mode", organisation.payment_mode)
    if any(account) != all(account) or (mode == PaymentMode.DIRECT and not all(account)):
        raise BankAccountIncomplete
