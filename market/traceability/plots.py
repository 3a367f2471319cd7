"""A producer's plots: which land (or which ground of a boat) grows what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import audit, geography
from market.accounts import Actor, require_scope
from market.accounts.models import Scope
from market.errors import NotFound
from market.ids import uuid7
from market.traceability.models import Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlot:
    """What a producer says of a plot; its exact outline is nobody else's business."""

    producer_id: UUID
    name: str
    unit_code: str
    category_code: str
    area_m2: int


def register_plot(session: Session, *, actor: Actor, plot: NewPlot, now: datetime) -> Plot:
    """A plot of one of the actor's farms, from which lots may be harvested."""
    require_scope(actor, Scope.LOTS)
    if plot.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    row = Plot(
        id=uuid7(),
        producer_id=plot.producer_id,
        name=plot.name,
        unit_code=geography.unit(plot.unit_code).code,
        category_code=plot.category_code,
        area_m2=plot.area_m2,
        created_at=now,
    )
    session.add(row)
    audit.note(session, actor=actor, verb="plot.registered", subject_id=row.id, now=now)
    return row
