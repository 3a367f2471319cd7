"""The phones and browsers a person is signed in on, and their opaque tokens.

One token speaks for a quarter of an hour, the other fetches the next.
"""

import hmac
from datetime import datetime, timedelta
from typing import NamedTuple, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select, update
from sqlalchemy.orm import Session

from market import audit
from market.accounts.models import AccessToken, Device, Person, RefreshToken
from market.actors import Actor
from market.db import Paged, newest_first
from market.errors import Kind, MarketError, existing
from market.ids import in_base64, secret, token_hash, uuid7

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=90)
BROWSER_LIFETIME = timedelta(days=30)
BROWSER = "web."  # how the token in a browser's cookie begins: the API takes no such token
GRACE = timedelta(seconds=60)  # an answer lost on a weak network is asked for again
TOKEN_BYTES = 32


class TokenInvalid(MarketError, code="session.token_invalid", kind=Kind.UNAUTHENTICATED):
    """The token is unknown, past its time, or its device was signed out."""


class TokenReused(MarketError, code="session.token_reused", kind=Kind.UNAUTHENTICATED, keeps=True):
    """A refresh token came back after its successor: somebody has a copy, so the device is out."""


class PersonBanned(MarketError, code="session.banned", kind=Kind.FORBIDDEN):
    """The person was shut out of the market."""


class Tokens(NamedTuple):
    """What a device keeps; the database keeps only the hashes."""

    person_id: UUID
    device_id: UUID
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


def issue_tokens(
    session: Session,
    *,
    person_id: UUID,
    device_name: str,
    now: datetime,
    lifetime: timedelta = ACCESS_LIFETIME,
    browser: bool = False,
) -> Tokens:
    """A new device with its first pair of tokens; a browser's lasts longer. Raises PersonBanned."""
    if session.scalar(select(Person.banned_at).where(Person.id == person_id)) is not None:
        raise PersonBanned
    device = Device(id=uuid7(), person_id=person_id, name=device_name, created_at=now, seen_at=now)
    session.add(device)
    session.flush()
    first = secret(TOKEN_BYTES)
    _keep(session, device.id, first, now)
    access = f"{BROWSER}{secret(TOKEN_BYTES)}" if browser else secret(TOKEN_BYTES)
    lifetime = BROWSER_LIFETIME if browser else lifetime
    return _pair(session, device, (access, first), now, lifetime)


def refresh(session: Session, *, token: str, secret_key: str, now: datetime) -> Tokens:
    """Exchange a refresh token for the next pair; a second use after the grace ends the device."""
    old = token_hash(token)
    successor = _successor(secret_key, token)
    rotating = update(RefreshToken).filter_by(hash=old, rotated_at=None).where(_usable(now))
    device_id = session.scalar(rotating.values(rotated_at=now).returning(RefreshToken.device_id))
    if device_id is not None:
        device = session.get_one(Device, device_id)
        device.seen_at = now
        _keep(session, device.id, successor, now)
    else:
        device = _asked_again(session, old, token_hash(successor), now)
    return _pair(session, device, (secret(TOKEN_BYTES), successor), now, ACCESS_LIFETIME)


def sign_out(session: Session, *, device_id: UUID, now: datetime) -> None:
    """End a device: its tokens are worth nothing from the next request on."""
    signed_in = update(Device).filter_by(id=device_id, revoked_at=None)
    session.execute(signed_in.values(revoked_at=now))


def forget_expired(session: Session, *, before: datetime) -> None:
    """Drop the tokens that ran out; a rotated one is kept to recognise its reuse."""
    session.execute(delete(AccessToken).where(AccessToken.expires_at < before))
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))


def visible_to(actor: Actor) -> Select[Device]:
    """One's own devices that are signed in; nobody sees anybody else's."""
    return select(Device).where(Device.person_id == actor.person_id, Device.revoked_at.is_(None))


def page(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Device]:
    """One's devices, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Device.id, **page)


def get(session: Session, *, actor: Actor, device_id: UUID) -> Device:
    """One of one's own devices."""
    return existing(session.scalar(visible_to(actor).where(Device.id == device_id)), "device")


def revoke(session: Session, *, actor: Actor, device_id: UUID, now: datetime) -> None:
    """Sign one of one's own devices out, this one or a lost one."""
    device = get(session, actor=actor, device_id=device_id)
    sign_out(session, device_id=device.id, now=now)
    audit.note(session, actor, "device.signed_out", device.id, now=now)


def _keep(session: Session, device_id: UUID, token: str, now: datetime) -> None:
    times = {"issued_at": now, "expires_at": now + REFRESH_LIFETIME}
    session.add(RefreshToken(hash=token_hash(token), device_id=device_id, **times))
    session.flush()


def _pair(
    session: Session, device: Device, pair: tuple[str, str], now: datetime, lifetime: timedelta
) -> Tokens:
    access_token, refresh_token = pair
    hashed, expires_at = token_hash(access_token), now + lifetime
    session.add(AccessToken(hash=hashed, device_id=device.id, expires_at=expires_at))
    session.flush()
    kept = session.get_one(RefreshToken, token_hash(refresh_token))
    whose = device.person_id, device.id
    return Tokens(*whose, access_token, expires_at, refresh_token, kept.expires_at)


def _successor(secret_key: str, token: str) -> str:
    """The one token that follows: nobody without the key can tell it, not even from the old one."""
    return in_base64(hmac.digest(secret_key.encode(), f"refresh:{token}".encode(), "sha256"))


def _usable(now: datetime) -> ColumnElement[bool]:
    """The condition that the token, its device and its person are all still good."""
    its_device = Device.id == RefreshToken.device_id, Device.revoked_at.is_(None)
    its_person = Person.id == Device.person_id, Person.banned_at.is_(None)
    return exists().where(RefreshToken.expires_at > now, *its_device, *its_person)


def _asked_again(session: Session, old: bytes, successor: bytes, now: datetime) -> Device:
    """The device of a token already rotated, if this is a lost answer and no theft."""
    known = session.scalar(select(RefreshToken).filter_by(hash=old).where(_usable(now)))
    if known is None or known.rotated_at is None:
        raise TokenInvalid
    unused = select(RefreshToken.hash).filter_by(hash=successor, rotated_at=None)
    if now - known.rotated_at > GRACE or session.scalar(unused) is None:
        sign_out(session, device_id=known.device_id, now=now)
        device = session.get_one(Device, known.device_id)
        actor = Actor(person_id=device.person_id, device_id=device.id)
        audit.note(session, actor, "device.reuse", device.id, now=now)
        raise TokenReused
    return session.get_one(Device, known.device_id)
