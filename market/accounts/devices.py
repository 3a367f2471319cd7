"""The phones and browsers a person is signed in on: seen, and shown the door."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from market import audit
from market.accounts import tokens
from market.accounts.actors import Actor
from market.accounts.models import Device
from market.db import newest_first
from market.errors import existing


def visible_to(actor: Actor) -> Select[Device]:
    """One's own devices that are signed in; nobody sees anybody else's."""
    return select(Device).where(Device.person_id == actor.person_id, Device.revoked_at.is_(None))


def page(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = 20
) -> list[Device]:
    """One's devices, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Device.id, after=after, limit=limit)


def get(session: Session, *, actor: Actor, device_id: UUID) -> Device:
    """One of one's own devices."""
    return existing(session.scalar(visible_to(actor).where(Device.id == device_id)), "device")


def revoke(session: Session, *, actor: Actor, device_id: UUID, now: datetime) -> None:
    """Sign one of one's own devices out, this one or a lost one."""
    device = get(session, actor=actor, device_id=device_id)
    tokens.sign_out(session, device_id=device.id, now=now)
    audit.note(session, actor=actor, verb="device.signed_out", subject_id=device.id, now=now)
