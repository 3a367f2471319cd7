"""What the worker hears of payments; and the inbox of providers, each notification kept once."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from market import ids, outbox, portable
from payments.models import ProviderEvent


class ProviderTold(outbox.Event, name="payment.provider_told"):
    """A provider has news of the payment with this `reference` there; what news is to be asked."""

    provider: str
    reference: str


class AttemptDecided(outbox.Event, name="payment.attempt_decided"):
    """It is decided how much of an authorisation to take, or to let it go."""

    attempt_id: UUID


class RefundApproved(outbox.Event, name="payment.refund_approved"):
    """Money is to go back to a buyer."""

    refund_id: UUID


class Told(NamedTuple):
    """One notification: its id there, what kind it is, and which payment it is about, if any."""

    event_id: str
    kind: str
    reference: str | None = None


def keep(session: Session, *, provider: str, told: Told, now: datetime) -> bool:
    """Keep the notification, whatever it is about; False if it had come before."""
    facts = {"id": ids.uuid7(), "provider": provider, "received_at": now, **told._asdict()}
    is_new = portable.insert_new(session, ProviderEvent, **facts)
    if is_new and told.reference is not None:
        outbox.record(session, ProviderTold(provider=provider, reference=told.reference))
    return is_new
