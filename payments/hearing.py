"""The inbox of providers: each notification kept once, and what it says asked for afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from market import outbox, portable
from market.ids import uuid7
from market.outbox import Event
from payments.models import ProviderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTold(Event):
    """A provider has news of the payment with this `reference` there; what news is to be asked."""

    name: ClassVar[str] = "payment.provider_told"
    provider: str
    reference: str


def keep(
    session: Session,
    *,
    provider: str,
    event_id: str,
    kind: str,
    reference: str | None,
    now: datetime,
) -> bool:
    """Keep the notification, whatever it is about; False if it had come before."""
    facts = {"provider": provider, "event_id": event_id, "kind": kind, "reference": reference}
    is_new = portable.insert_new(session, ProviderEvent, id=uuid7(), received_at=now, **facts)
    if is_new and reference is not None:
        outbox.record(session, ProviderTold(provider=provider, reference=reference))
    return is_new
