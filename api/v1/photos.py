"""Photos and a recording of goods and visits: sent as a form, judged before any transaction."""

from collections.abc import Callable
from functools import wraps

from api import caching, context, fields, uploads
from api.v1 import offer_rows, offer_shapes
from api.v1.resources import SELLERS, UUID, Any, Facts, Resources, Upload, g
from catalog import Experience, Listing, media
from catalog.media.photos import CAPTION_MAX, PHOTOS_MAX
from market import clock, files

blp = Resources("photos", __name__, description="Photos and recordings of goods and visits.")


class PhotoIn(fields.Schema):
    """One photo: JPEG, PNG or WebP."""

    photo = Upload(required=True)


class PlacingIn(fields.Schema):
    """What is to change; an empty caption takes it away, position 0 is the photo of the card."""

    caption = fields.Text(most=CAPTION_MAX, least=0)
    position = fields.Integer(most=PHOTOS_MAX - 1)


class AudioIn(fields.Schema):
    """One recording of a minute at most: Opus in Ogg, or AAC in MP4."""

    audio = Upload(required=True)


def of_both(declared: Callable[..., Any], rule: str, *shapes: Any, **more: Any) -> Any:
    """The same operation on goods and on visits; its view is told which `offer` of the actor's."""

    def of_each(view: Callable[..., Any]) -> Callable[..., Any]:
        for place, kind in (("experiences", Experience), ("listings", Listing)):

            @wraps(view)
            def asked(*given: Any, offer_id: UUID, kind: Any = kind, **names: Any) -> Any:
                offer = {"actor": g.actor, "kind": kind, "offer_id": offer_id, "now": clock.now()}
                return view(*given, offer=offer, **names)

            declared(f"/{place}/<uuid:offer_id>/{rule}", SELLERS, *shapes, **more)(asked)
        return view

    return of_each


@of_both(blp.post, "photos", offer_shapes.PhotoOut)
@blp.arguments(PhotoIn, location="files")
def attach(form: Facts, offer: Facts) -> Facts:
    """Show one more photo, after the others."""
    clean = uploads.photo(form["photo"])
    with files.kept(context.files(), clean.files):
        row, touched = media.attach(g.session, photo=clean, **offer)
    return offer_rows.photo(row.id, row, touched.source_lang)


@of_both(blp.patch, "photos/<uuid:photo_id>", offer_shapes.PhotoOut, takes=PlacingIn)
def place(body: Facts, photo_id: UUID, offer: Facts) -> Facts:
    """Say what it shows, or move it; `If-Match` is the version of the listing or visit."""
    which: Facts = {"photo_id": photo_id, "version": caching.expected_version()}
    row, touched = media.place(g.session, **which, **body, **offer)
    caching.versioned(touched)
    return offer_rows.photo(row.id, row, touched.source_lang)


@of_both(blp.delete, "photos/<uuid:photo_id>")
def remove(photo_id: UUID, offer: Facts) -> None:
    """Show it no more."""
    media.remove(g.session, photo_id=photo_id, **offer)


@of_both(blp.post, "audio", offer_shapes.AudioOut)
@blp.arguments(AudioIn, location="files")
def say(form: Facts, offer: Facts) -> Facts:
    """Let it be heard, in place of what was said before."""
    recording = media.listen(form["audio"].stream.read())
    with files.kept(context.files(), recording.files):
        note = media.say(g.session, recording=recording, **offer)
    return offer_rows.audio(note.id, note)


@of_both(blp.delete, "audio")
def hush(offer: Facts) -> None:
    """Let it be heard no more."""
    media.hush(g.session, **offer)
