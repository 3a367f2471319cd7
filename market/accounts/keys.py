"""Keys of resellers: made by their people, shown once, and gone the moment they are revoked."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from market import audit
from market.accounts.devices import TokenInvalid
from market.accounts.models import Organisation, OrganisationKind, Person, ResellerKey
from market.actors import Actor, Role
from market.db import changed
from market.errors import Forbidden, Kind, MarketError, NotFound, existing
from market.ids import secret, token_hash, uuid7

PREFIX = "octo_"
KEYS_MAX = 20
NOTICE_MINUTES_MAX, WINDOW_DAYS_MAX, HOLD_MINUTES_MAX = 30 * 24 * 60, 366, 24 * 60
HOLD_MINUTES = 30


class NotVerified(MarketError, code="key.not_verified", kind=Kind.CONFLICT):
    """The market has not seen the reseller's papers yet."""


class TooManyKeys(MarketError, code="key.too_many", kind=Kind.CONFLICT):
    """So many keys count at a time; facts: `most`."""


class Window(NamedTuple):
    """What a key may book: how long before the start, how far ahead, and held for how long."""

    notice_minutes: int = 0
    window_days: int = WINDOW_DAYS_MAX
    hold_minutes: int = HOLD_MINUTES


def make(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    name: str,
    window: Window | None = None,
    now: datetime,
) -> tuple[ResellerKey, str]:
    """A new key of a reseller, and its secret, which nobody is shown again.

    Unless an administrator says its window, that is as of the last key, be it revoked. Raises
    Forbidden for a window that anybody else says, NotFound, NotVerified or TooManyKeys.
    """
    reseller = _own(session, actor, organisation_id)
    if window is not None and not actor.has(Role.ADMINISTRATOR):
        raise Forbidden(what="window")
    if not reseller.verified:
        raise NotVerified
    if len(of_reseller(session, actor=actor, organisation_id=organisation_id)) >= KEYS_MAX:
        raise TooManyKeys(most=KEYS_MAX)
    of_last = select(*(getattr(ResellerKey, name) for name in Window._fields))
    its = of_last.filter_by(organisation_id=organisation_id).order_by(ResellerKey.id.desc())
    last = session.execute(its.limit(1)).one_or_none()
    window = window or Window(*last or ())
    token = PREFIX + secret(24)
    key = ResellerKey(
        id=uuid7(),
        organisation_id=organisation_id,
        made_by=existing(actor.person_id, "person"),
        name=name,
        hash=token_hash(token),
        **window._asdict(),
        created_at=now,
    )
    session.add(key)
    audit.note(session, actor, "key.made", key.id, now=now, organisation=str(organisation_id))
    return key, token


def of_reseller(session: Session, *, actor: Actor, organisation_id: UUID) -> list[ResellerKey]:
    """The keys that count, the oldest first; raises NotFound for another's."""
    _own(session, actor, organisation_id)
    its = select(ResellerKey).filter_by(organisation_id=organisation_id, revoked_at=None)
    return list(session.scalars(its.order_by(ResellerKey.id)))


def revoke(
    session: Session, *, actor: Actor, organisation_id: UUID, key_id: UUID, now: datetime
) -> None:
    """Nobody speaks with the key from now on; a second time does nothing."""
    _own(session, actor, organisation_id)
    its = select(ResellerKey).filter_by(id=key_id, organisation_id=organisation_id)
    key = existing(session.scalar(its), "key")
    if changed(session, key, ResellerKey.revoked_at.is_(None), revoked_at=now):
        audit.note(session, actor, "key.revoked", key_id, now=now)


def actor_of_key(session: Session, token: str) -> Actor:
    """Who speaks with the key: its reseller, in the name of who made it; raises TokenInvalid."""
    found = session.execute(_SPEAKS, {"hash": token_hash(token)}).one_or_none()
    if found is None:
        raise TokenInvalid
    key_id, organisation_id, person_id = found
    return Actor(
        person_id=person_id,
        device_id=key_id,
        roles=frozenset({Role.RESELLER}),
        managed_ids=frozenset({organisation_id}),
    )


def _own(session: Session, actor: Actor, organisation_id: UUID) -> Organisation:
    its = select(Organisation).filter_by(id=organisation_id, kind=OrganisationKind.RESELLER)
    found = session.scalar(its)
    if found is None or not (organisation_id in actor.managed_ids or actor.oversees):
        raise NotFound(what="organisation")
    return found


_SPEAKS = (
    select(ResellerKey.id, ResellerKey.organisation_id, ResellerKey.made_by)
    .join(Organisation, Organisation.id == ResellerKey.organisation_id)
    .join(Person, Person.id == ResellerKey.made_by)
    .where(ResellerKey.hash == bindparam("hash"), ResellerKey.revoked_at.is_(None))
    .where(Organisation.verified_at.is_not(None), Person.banned_at.is_(None))
)
