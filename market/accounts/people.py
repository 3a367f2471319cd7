"""Persons: signed in by a code, named by themselves, shut out by the market.

The code of six digits reaches a phone or a mailbox; there are no passwords anywhere. No
destination is looked up before its code came back right, so the answer to a known and to an
unknown one is the same.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market import audit, limits, outbox, portable
from market.accounts import devices
from market.accounts.destinations import HOME_PREFIX, Channel, ForeignPhone, channel_of
from market.accounts.models import Challenge, Person, RoleGrant
from market.actors import Actor, Role, require_administrator
from market.db import changed
from market.errors import Forbidden, Kind, MarketError, Stale, existing
from market.ids import uuid7
from market.outbox import Event

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


CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
TRIES_MAX = 5
PREFIX_DIGITS_LEFT_OUT = 4  # pumped numbers come in blocks that share all but the last digits
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Counters = Mapping[str, tuple[int, timedelta]]


class WrongCode(MarketError, code="sign_in.wrong_code", kind=Kind.UNAUTHENTICATED, keeps=True):
    """Not the code that was sent; facts: `tries_left`. The try is counted."""


class CodeGone(MarketError, code="sign_in.code_gone", kind=Kind.GONE):
    """No code stands behind this any more: unknown, used, tried too often or past its time."""


class Caps(NamedTuple):
    """How many codes may go out; a cap on the whole day bounds what an attack can cost."""

    address_hour: int = 30
    destination_hour: int = 5
    destination_day: int = 10
    prefix_day: int = 100
    sms_day: int = 5_000
    email_day: int = 20_000


class SignInCodeAsked(Event, name="accounts.sign_in_code_asked"):
    """A code is to be sent; the task works it out again, so that no secret waits in the outbox."""

    challenge_id: UUID


def ask_code(
    session: Session,
    *,
    destination: str,
    language: str,
    client_address: str,
    now: datetime,
    sms_foreign: bool = False,
    caps: Caps = Caps(),
) -> Challenge:
    """Have a code sent to the normalised destination; refuses with TooMany or ForeignPhone."""
    channel = channel_of(destination)
    if channel is Channel.SMS and not sms_foreign and not destination.startswith(HOME_PREFIX):
        raise ForeignPhone
    counters = _counters(destination, channel, client_address, caps)
    for key, (most, window) in counters.items():
        limits.take(session, key, most, window=window, now=now)
    to = {"destination": destination, "channel": channel, "language": language}
    times = {"created_at": now, "expires_at": now + CODE_LIFETIME}
    challenge = Challenge(id=uuid7(), **to, **times)
    session.add(challenge)
    outbox.record(session, SignInCodeAsked(challenge_id=challenge.id))
    return challenge


def sign_in(
    session: Session, *, challenge_id: UUID, code: str, secret_key: str, now: datetime, **on: Any
) -> devices.Tokens:
    """Exchange the right code for a new device's tokens; the first sign-in makes the person.

    It is `on` the device that `devices.issue_tokens` takes: its `device_name`, and if a `browser`.
    The try is counted before it is judged, so guesses in parallel are never more than five.
    """
    its = update(Challenge).filter_by(id=challenge_id, used_at=None)
    alive = its.where(Challenge.tries < TRIES_MAX, Challenge.expires_at > now)
    told = Challenge.destination, Challenge.language, Challenge.tries
    counting = alive.values(tries=Challenge.tries + 1).returning(*told)
    tried = session.execute(counting).one_or_none()
    if tried is None:
        raise CodeGone
    right = code_of(secret_key, challenge_id, tried.destination)
    if not hmac.compare_digest(right.encode(), code.encode("utf-8", "replace")):
        raise WrongCode(tries_left=TRIES_MAX - tried.tries)
    session.execute(update(Challenge).where(Challenge.id == challenge_id).values(used_at=now))
    person = reached_at(session, tried.destination, language=tried.language, now=now)
    issued = devices.issue_tokens(session, person_id=person.id, now=now, **on)
    actor = Actor(person_id=person.id, device_id=issued.device_id, roles=frozenset({Role.BUYER}))
    audit.note(session, actor, "device.signed_in", issued.device_id, now=now)
    return issued


def code_of(secret_key: str, challenge_id: UUID, destination: str) -> str:
    """The six digits of a challenge: a truncated HMAC, the same whenever it is worked out."""
    message = f"sign-in:{challenge_id}:{destination}".encode()
    digest = hmac.digest(secret_key.encode(), message, "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def forget_challenges(session: Session, *, before: datetime) -> None:
    """Drop the challenges that nobody can answer any more."""
    session.execute(delete(Challenge).where(Challenge.expires_at < before))


def _counters(destination: str, channel: Channel, client_address: str, caps: Caps) -> Counters:
    """Each counter with how often and in which window; what one caller can fill comes first."""
    counters = {
        f"code:from:{client_address}": (caps.address_hour, HOUR),
        f"code:to:{destination}:hour": (caps.destination_hour, HOUR),
        f"code:to:{destination}:day": (caps.destination_day, DAY),
    }
    if channel is Channel.EMAIL:
        return counters | {"code:all:email": (caps.email_day, DAY)}
    prefix = f"code:prefix:{destination[:-PREFIX_DIGITS_LEFT_OUT]}"
    return counters | {prefix: (caps.prefix_day, DAY), "code:all:sms": (caps.sms_day, DAY)}
