"""The same request sent twice has one effect and one answer, kept beside the effect itself."""

import hashlib
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import LargeBinary, delete, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import portable
from market.db import Base, Json
from market.errors import Kind, MarketError

KEPT = timedelta(days=45)  # phones stay out of reach for weeks
PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.02


class KeyReused(MarketError, code="idempotency.key_reused"):
    """The key already stands for another request."""


class InFlight(MarketError, code="idempotency.in_flight", kind=Kind.CONFLICT):
    """The same request is still being answered; facts: `retry_after_seconds`."""


class IdempotencyKey(Base):
    """What was answered to one caller's key on one route."""

    caller: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Request(NamedTuple):
    """Who asks, where, under which key, and the SHA-256 of what."""

    caller: str
    route: str
    key: str
    body_hash: bytes


class Answer(NamedTuple):
    """What is said again to a repeated request."""

    status: int
    headers: dict[str, str]
    body: bytes


def recall(session: Session, request: Request) -> Answer | None:
    """The answer already given, or None and the right to give it; raises InFlight, KeyReused."""
    _await_turn(session, request)
    kept = session.get(IdempotencyKey, (request.caller, request.route, request.key))
    if kept is None:
        return None
    if kept.body_hash != request.body_hash:
        raise KeyReused
    return Answer(status=kept.status, headers=kept.headers, body=kept.body)


def keep(session: Session, request: Request, answer: Answer, *, now: datetime) -> None:
    """Store the answer in the transaction of its effect."""
    row = request._asdict() | answer._asdict()
    session.execute(insert(IdempotencyKey).values(**row, created_at=now))


def forget(session: Session, *, now: datetime) -> None:
    """Drop the answers that are older than they are `KEPT`."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))


def _await_turn(session: Session, request: Request) -> None:
    name = f"{request.caller}\n{request.route}\n{request.key}".encode()
    lock = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) >> 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not portable.try_lock(session, lock):
        if time.monotonic() > deadline:
            raise InFlight(retry_after_seconds=1)
        time.sleep(_PAUSE_SECONDS)
