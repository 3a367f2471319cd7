"""Which photos an offer shows, in which order and with which words, and what its seller says."""

import unicodedata
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog import offers
from catalog.media.cleaning import WIDTHS, CleanPhoto, file_of
from catalog.media.sound import MEDIA_TYPES, Recording, note_file
from catalog.models import AudioNote, MediaUse, Photo
from catalog.offers import Which
from market import Kind, MarketError, existing, outbox, portable, took_effect
from market.outbox import Event
from market.worker import Context

PHOTOS_MAX = 8
FILES_MAX = 2_000
BYTES_MAX = 500_000_000  # of all that an organisation keeps
CAPTION_MAX = 200
_KEPT = ("id", "digest", "width", "height", "placeholder")


class QuotaSpent(MarketError, code="media.quota", kind=Kind.CONFLICT):
    """The seller keeps as much as there is room for; facts: `files_most`, `bytes_most`."""


class TooManyPhotos(MarketError, code="photo.too_many", kind=Kind.CONFLICT):
    """No more photos fit; facts: `most`."""


class PhotoRemoved(Event, name="catalog.photo_removed"):
    """A photo or a recording of this id is no more, and its files may go."""

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
    row = Photo(
        **{name: getattr(photo, name) for name in _KEPT},
        position=max((known.position for known in shown), default=-1) + 1,
        size_bytes=sum(map(len, photo.images.values())),
    )
    _keep(session, "photo", row, offer.seller_id, **which)
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
    gone = delete(Photo).filter_by(id=photo_id, subject_id=which["offer_id"])
    _forget(session, "photo", gone.returning(Photo.id, Photo.size_bytes), **which)


def say(session: Session, *, recording: Recording, **which: Unpack[Which]) -> AudioNote:
    """Let the recording, whose file is kept already, be heard in place of the one before."""
    offer = offers.touch(session, **which)
    known = session.get(AudioNote, which["offer_id"], populate_existing=True)
    if known is not None and known.digest == recording.digest:
        outbox.record(session, PhotoRemoved(photo_id=recording.id))  # the file just kept
        return known
    if known is not None:
        hush(session, **which)
    facts = {name: getattr(recording, name) for name in ("id", "digest", "ending", "milliseconds")}
    note = AudioNote(**facts, size_bytes=len(recording.content))
    _keep(session, "audio", note, offer.seller_id, **which)
    return note


def hush(session: Session, **which: Unpack[Which]) -> None:
    """Let it be heard no more; its file goes once that is committed."""
    gone = delete(AudioNote).filter_by(subject_id=which["offer_id"])
    _forget(session, "audio", gone.returning(AudioNote.id, AudioNote.size_bytes), **which)


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
    room = files_then.between(0, FILES_MAX), bytes_then.between(0, BYTES_MAX)
    its = update(MediaUse).filter_by(organisation_id=seller_id).where(*room)
    counting = its.values(files=files_then, size_bytes=bytes_then)
    if not took_effect(session, counting) and files > 0:
        raise QuotaSpent(files_most=FILES_MAX, bytes_most=BYTES_MAX)


def _keep(session: Session, what: str, row: Any, seller_id: UUID, **which: Unpack[Which]) -> None:
    take_room(session, seller_id=seller_id, size_bytes=row.size_bytes)
    row.subject_id, row.created_at = which["offer_id"], which["now"]
    session.add(row)
    session.flush()
    offers.note(session, f"{what}_added", facts={f"{what}_id": row.id}, **which)


def _forget(session: Session, what: str, gone: Any, **which: Unpack[Which]) -> None:
    """Run the deletion, which tells id and size."""
    seller_id = offers.touch(session, **which).seller_id
    removed = existing(session.execute(gone).first(), what)
    take_room(session, seller_id=seller_id, files=-1, size_bytes=-removed.size_bytes)
    outbox.record(session, PhotoRemoved(photo_id=removed.id))
    offers.note(session, f"{what}_removed", facts={f"{what}_id": removed.id}, **which)
