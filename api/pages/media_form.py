"""The photos and the recording on a seller's form: what is new, what goes, what it shows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from flask import g

from api import context, uploads
from api.pages import typed
from api.pages.frame import files
from catalog import media
from catalog.models import AudioNote
from market.errors import NotFound
from market.files import kept

PHOTOS_MAX = 6  # at once
DROP, CAPTION = "drop-", "caption-"
Sent = Sequence[media.CleanPhoto | media.Recording]


@contextmanager
def sent() -> Iterator[Sent]:
    """What the form brings, cleaned and kept before the database is asked for anything."""
    chosen = files("photos")
    if len(chosen) > PHOTOS_MAX:
        raise media.TooManyPhotos(most=PHOTOS_MAX)
    brought: list[media.CleanPhoto | media.Recording] = [uploads.photo(file) for file in chosen]
    brought += [media.listen(file.stream.read()) for file in files("audio")[:1]]
    contents = {name: content for each in brought for name, content in each.files.items()}
    with kept(context.files(), contents):
        yield brought


def keep(given: Mapping[str, str], brought: Sent, **offer: Any) -> None:
    """Change what an offer shows (`actor`, `kind`, `offer_id`, `now`) as the form says."""
    for photo in media.photos_of(g.session, subject_id=offer["offer_id"]):
        name = f"{CAPTION}{photo.id}"
        caption = typed.bounded(given.get(name, photo.caption or ""), name, media.CAPTION_MAX)
        if f"{DROP}{photo.id}" in given:
            media.remove(g.session, photo_id=photo.id, **offer)
        elif caption != (photo.caption or ""):
            media.place(g.session, photo_id=photo.id, caption=caption, **offer)
    if f"{DROP}audio" in given:
        with suppress(NotFound):  # the same form was sent twice
            media.hush(g.session, **offer)
    for each in brought:
        if isinstance(each, media.Recording):
            media.say(g.session, recording=each, **offer)
        else:
            media.attach(g.session, photo=each, **offer)


def shown(offer_id: UUID) -> dict[str, Any]:
    """The photos and the recording that are there."""
    recording = g.session.get(AudioNote, offer_id, populate_existing=True)
    return {"photos": media.photos_of(g.session, subject_id=offer_id), "recording": recording}
