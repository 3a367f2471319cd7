"""Signing in by a code of six digits that reaches a phone or a mailbox; no passwords anywhere.

Nothing here looks a destination up before its code came back right, so the answer to a known and
to an unknown one is the same.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from market import audit, limits, outbox
from market.accounts import devices, people
from market.accounts.destinations import HOME_PREFIX, Channel, ForeignPhone, channel_of
from market.accounts.models import Challenge
from market.actors import Actor, Role
from market.errors import Kind, MarketError
from market.ids import uuid7
from market.outbox import Event

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
    session: Session,
    *,
    challenge_id: UUID,
    code: str,
    device_name: str,
    secret_key: str,
    now: datetime,
    browser: bool = False,
) -> devices.Tokens:
    """Exchange the right code for a new device's tokens; the first sign-in makes the person.

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
    person = people.reached_at(session, tried.destination, language=tried.language, now=now)
    issued = devices.issue_tokens(
        session, person_id=person.id, device_name=device_name, now=now, browser=browser
    )
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
