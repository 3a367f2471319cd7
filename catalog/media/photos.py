"""Which photos an offer shows, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog.media.cleaning import WIDTHS, CleanPhoto
from catalog.models import Photo
from catalog.offers import Offer
from market import audit, outbox
from market.accounts import Actor, require_scope
from market.accounts.models import Scope
from market.errors import Kind, MarketError, NotFound
from market.files import Files
from market.ids import uuid7
from market.outbox import Event
from market.worker import Context

PHOTOS_MAX = 8


class TooManyPhotos(MarketError):
    """No more photos fit; facts: `most`."""

    code, kind = "photo.too_many", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRemoved(Event):
    """A photo is shown no more, and its files may go."""

    name: ClassVar[str] = "catalog.photo_removed"
    photo_id: UUID


def file_of(photo_id: UUID, width: int) -> str:
    """The name under which a width of a photo is kept, and served below `/media/`."""
    return f"photos/{photo_id}/{width}.webp"


def attach(
    session: Session,
    *,
    actor: Actor,
    kind: type[Offer],
    offer_id: UUID,
    photo: CleanPhoto,
    files: Files,
    now: datetime,
) -> Photo:
    """Show a photo after those that are there; the very same file again is the photo it was."""
    _touch(session, actor=actor, kind=kind, offer_id=offer_id, now=now)
    shown = session.scalars(select(Photo).where(Photo.subject_id == offer_id)).all()
    for known in shown:
        if known.digest == photo.digest:
            return known
    if len(shown) >= PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    row = Photo(
        id=uuid7(),
        subject_id=offer_id,
        position=max((known.position for known in shown), default=-1) + 1,
        digest=photo.digest,
        width=photo.width,
        height=photo.height,
        created_at=now,
    )
    session.add(row)
    session.flush()
    for width, image in photo.images.items():
        files.put(file_of(row.id, width), image)
    verb = f"{kind.__tablename__}.photo_added"
    audit.note(session, actor=actor, verb=verb, subject_id=offer_id, now=now, photo_id=row.id)
    return row


def remove(
    session: Session,
    *,
    actor: Actor,
    kind: type[Offer],
    offer_id: UUID,
    photo_id: UUID,
    now: datetime,
) -> None:
    """Show a photo no more; its files go once that is committed."""
    _touch(session, actor=actor, kind=kind, offer_id=offer_id, now=now)
    removed = session.execute(
        delete(Photo).where(Photo.id == photo_id, Photo.subject_id == offer_id).returning(Photo.id)
    ).first()
    if removed is None:
        raise NotFound(what="photo")
    outbox.record(session, PhotoRemoved(photo_id=photo_id))
    verb = f"{kind.__tablename__}.photo_removed"
    audit.note(session, actor=actor, verb=verb, subject_id=offer_id, now=now, photo_id=photo_id)


def photos_of(session: Session, *, subject_id: UUID) -> list[Photo]:
    """The photos of an offer in their order."""
    return list(
        session.scalars(
            select(Photo).where(Photo.subject_id == subject_id).order_by(Photo.position, Photo.id)
        )
    )


def forget_files(context: Context, event: PhotoRemoved) -> None:
    """Delete the files of a removed photo (a task: a second time finds nothing to do)."""
    for width in WIDTHS:
        context.ports["files"].delete(file_of(event.photo_id, width))


def _touch(
    session: Session, *, actor: Actor, kind: type[Offer], offer_id: UUID, now: datetime
) -> None:
    """A new version of the offer, whose row makes two uploads at once wait for each other."""
    require_scope(actor, Scope.LISTINGS)
    touched = session.execute(
        update(kind)
        .where(kind.id == offer_id, kind.seller_id.in_(actor.seller_ids))
        .values(version=kind.version + 1, updated_at=now)
        .returning(kind.id)
    ).first()
    if touched is None:
        raise NotFound(what=kind.__tablename__)
