"""Which photos an offer shows, in which order and with which words, and what its seller says.

Their files are kept before, by `market.files.kept`, so that no transaction waits for a store. Each
upload has names of its own that only its row tells, so what a crash leaves behind is never shown,
and a photo on two offers is kept twice: nobody who removes one need know of the other.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog import offers
from catalog.media import quotas
from catalog.media.cleaning import WIDTHS, CleanPhoto, file_of
from catalog.media.sound import MEDIA_TYPES, Recording, note_file
from catalog.models import AudioNote, Photo
from catalog.offers import Which
from market import outbox
from market.errors import Kind, MarketError, existing
from market.outbox import Event
from market.worker import Context

PHOTOS_MAX = 8
CAPTION_MAX = 200


class TooManyPhotos(MarketError):
    """No more photos fit; facts: `most`."""

    code, kind = "photo.too_many", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRemoved(Event):
    """A photo or a recording of this id is no more, and its files may go."""

    name: ClassVar[str] = "catalog.photo_removed"
    photo_id: UUID


def attach(session: Session, *, photo: CleanPhoto, **which: Unpack[Which]) -> tuple[Photo, Any]:
    """Show a photo after those that are there; the very same file again is the photo it was.

    Returns it with what `offers.touch` tells.
    """
    offer = offers.touch(session, **which)
    shown = photos_of(session, subject_id=which["offer_id"])
    for known in shown:
        if known.digest == photo.digest:
            outbox.record(session, PhotoRemoved(photo_id=photo.id))  # the files just kept
            return known, offer
    if len(shown) >= PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    size_bytes = sum(map(len, photo.images.values()))
    quotas.take(session, seller_id=offer.seller_id, size_bytes=size_bytes)
    row = Photo(
        id=photo.id,
        subject_id=which["offer_id"],
        position=max((known.position for known in shown), default=-1) + 1,
        digest=photo.digest,
        width=photo.width,
        height=photo.height,
        placeholder=photo.placeholder,
        size_bytes=size_bytes,
        created_at=which["now"],
    )
    session.add(row)
    session.flush()
    offers.note(session, "photo_added", facts={"photo_id": row.id}, **which)
    return row, offer


def place(
    session: Session,
    *,
    photo_id: UUID,
    caption: str | None = None,
    position: int | None = None,
    version: int | None = None,
    **which: Unpack[Which],
) -> tuple[Photo, Any]:
    """Say what a photo shows ("" for nothing), or move it, unless somebody did since `version`."""
    offer = offers.touch(session, version=version, **which)
    shown = photos_of(session, subject_id=which["offer_id"])
    photo = existing(next((each for each in shown if each.id == photo_id), None), "photo")
    if caption is not None:
        photo.caption = unicodedata.normalize("NFC", caption).strip() or None
    if position is not None:
        shown.remove(photo)
        shown.insert(position, photo)
        for place_now, each in enumerate(shown):
            each.position = place_now
    session.flush()
    offers.note(session, "photo_placed", facts={"photo_id": photo_id}, **which)
    return photo, offer


def remove(session: Session, *, photo_id: UUID, **which: Unpack[Which]) -> None:
    """Show a photo no more; its files go once that is committed."""
    offer = offers.touch(session, **which)
    size_bytes = session.scalar(
        delete(Photo)
        .where(Photo.id == photo_id, Photo.subject_id == which["offer_id"])
        .returning(Photo.size_bytes)
    )
    given_back = -existing(size_bytes, "photo")
    quotas.take(session, seller_id=offer.seller_id, files=-1, size_bytes=given_back)
    outbox.record(session, PhotoRemoved(photo_id=photo_id))
    offers.note(session, "photo_removed", facts={"photo_id": photo_id}, **which)


def say(session: Session, *, recording: Recording, **which: Unpack[Which]) -> AudioNote:
    """Let the recording, whose file is kept already, be heard in place of the one before."""
    offer = offers.touch(session, **which)
    known = session.get(AudioNote, which["offer_id"], populate_existing=True)
    if known is not None and known.digest == recording.digest:
        outbox.record(session, PhotoRemoved(photo_id=recording.id))  # the file just kept
        return known
    if known is not None:
        hush(session, **which)
    size_bytes = len(recording.content)
    quotas.take(session, seller_id=offer.seller_id, size_bytes=size_bytes)
    note = AudioNote(
        subject_id=which["offer_id"],
        id=recording.id,
        ending=recording.ending,
        digest=recording.digest,
        milliseconds=recording.milliseconds,
        size_bytes=size_bytes,
        created_at=which["now"],
    )
    session.add(note)
    session.flush()
    offers.note(session, "audio_added", facts={"audio_id": note.id}, **which)
    return note


def hush(session: Session, **which: Unpack[Which]) -> None:
    """Let it be heard no more; its file goes once that is committed."""
    offer = offers.touch(session, **which)
    gone = delete(AudioNote).where(AudioNote.subject_id == which["offer_id"])
    its = session.execute(gone.returning(AudioNote.id, AudioNote.size_bytes)).first()
    removed = existing(its, "audio")
    quotas.take(session, seller_id=offer.seller_id, files=-1, size_bytes=-removed.size_bytes)
    outbox.record(session, PhotoRemoved(photo_id=removed.id))
    offers.note(session, "audio_removed", facts={"audio_id": removed.id}, **which)


def photos_of(session: Session, *, subject_id: UUID) -> list[Photo]:
    """The photos of an offer in their order."""
    shown = select(Photo).filter_by(subject_id=subject_id).order_by(Photo.position, Photo.id)
    return list(session.scalars(shown.execution_options(populate_existing=True)))


def forget_files(context: Context, event: PhotoRemoved) -> None:
    """Delete the files of what was removed (a task: a second time finds nothing to do)."""
    names = [file_of(event.photo_id, width) for width in WIDTHS]
    for name in (*names, *(note_file(event.photo_id, ending) for ending in MEDIA_TYPES)):
        context.ports["files"].delete(name)
