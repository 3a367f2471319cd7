"""Which photos an offer shows, in which order and with which words, and what its seller says."""

import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog import offers
from catalog.media.cleaning import WIDTHS, CleanPhoto, file_of
from catalog.media.sound import MEDIA_TYPES, Recording, note_file
from catalog.models import AudioNote, MediaUse, Photo
from catalog.offers import Which
from market import outbox, portable
from market.db import took_effect
from market.errors import Kind, MarketError, existing
from market.outbox import Event
from market.worker import Context

PHOTOS_MAX = 8
FILES_MAX = 2_000
BYTES_MAX = 500_000_000  # of all that an organisation keeps
CAPTION_MAX = 200
_KEPT = ("id", "digest", "width", "height", "placeholder")


class QuotaSpent(MarketError):
    """The seller keeps as much as there is room for; facts: `files_most`, `bytes_most`."""

    code, kind = "media.quota", Kind.CONFLICT


class TooManyPhotos(MarketError):
    """No more photos fit; facts: `most`."""

    code, kind = "photo.too_many", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRemoved(Event):
    """A photo or a recording of this id is no more, and its files may go."""

    name: ClassVar[str] = "catalog.photo_removed"
    photo_id: UUID


def attach(session: Session, *, photo: CleanPhoto, **which: Unpack[Which]) -> tuple[Photo, Any]:
    """Show a photo after the others (the same file is the one it was), with what `touch` tells."""
    offer = offers.touch(session, **which)
    shown = photos_of(session, subject_id=which["offer_id"])
    for known in shown:
        if known.digest == photo.digest:
            outbox.record(session, PhotoRemoved(photo_id=photo.id))  # the files just kept
            return known, offer
    if len(shown) >= PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    size_bytes = sum(map(len, photo.images.values()))
    take_room(session, seller_id=offer.seller_id, size_bytes=size_bytes)
    facts = {name: getattr(photo, name) for name in _KEPT}
    facts["position"] = max((known.position for known in shown), default=-1) + 1
    place = {"subject_id": which["offer_id"], "created_at": which["now"]}
    row = Photo(**facts, **place, size_bytes=size_bytes)
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
    take_room(session, seller_id=offer.seller_id, files=-1, size_bytes=given_back)
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
    take_room(session, seller_id=offer.seller_id, size_bytes=size_bytes)
    facts = {name: getattr(recording, name) for name in ("id", "digest", "ending", "milliseconds")}
    place = {"subject_id": which["offer_id"], "created_at": which["now"]}
    note = AudioNote(**facts, **place, size_bytes=size_bytes)
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
    take_room(session, seller_id=offer.seller_id, files=-1, size_bytes=-removed.size_bytes)
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


def take_room(session: Session, *, seller_id: UUID, files: int = 1, size_bytes: int) -> None:
    """Room for photos or recordings, or back with it (less than nothing); raises QuotaSpent."""
    portable.insert_new(session, MediaUse, organisation_id=seller_id, files=0, size_bytes=0)
    files_then, bytes_then = MediaUse.files + files, MediaUse.size_bytes + size_bytes
    counting = (
        update(MediaUse)
        .filter_by(organisation_id=seller_id)
        .where(files_then.between(0, FILES_MAX), bytes_then.between(0, BYTES_MAX))
        .values(files=files_then, size_bytes=bytes_then)
    )
    if not took_effect(session, counting) and files > 0:
        raise QuotaSpent(files_most=FILES_MAX, bytes_most=BYTES_MAX)
