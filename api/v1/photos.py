"""Photos and a recording of goods and visits: sent as a form, judged before any transaction."""

from typing import Any
from uuid import UUID

from api import caching, context, uploads
from api.fields import Integer, Schema, Text
from api.v1 import offer_rows
from api.v1.offer_shapes import AudioOut, PhotoOut
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, Upload, allowed, g
from catalog import media
from catalog.models import Experience, Listing
from market import clock
from market.files import kept

blp = Blueprint("photos", __name__, description="Photos and recordings of goods and visits.")

Kind = type[Listing] | type[Experience]
GOODS, VISITS = {"kind": Listing}, {"kind": Experience}


class PhotoIn(Schema):
    """One photo: JPEG, PNG or WebP."""

    photo = Upload(required=True)


class PlacingIn(Schema):
    """What is to change; an empty caption takes it away, position 0 is the photo of the card."""

    caption = Text(most=media.CAPTION_MAX, least=0)
    position = Integer(most=media.PHOTOS_MAX - 1)


class AudioIn(Schema):
    """One recording of a minute at most: Opus in Ogg, or AAC in MP4."""

    audio = Upload(required=True)


@blp.route("/listings/<uuid:offer_id>/photos", endpoint="of_goods", defaults=GOODS)
@blp.route("/experiences/<uuid:offer_id>/photos", endpoint="of_a_visit", defaults=VISITS)
class Photos(MethodView):
    """The photos of goods or a visit."""

    @allowed(*SELLERS)
    @blp.arguments(PhotoIn, location="files")
    @blp.response(201, PhotoOut)
    def post(self, form: dict[str, Any], **offer: Any) -> dict[str, Any]:
        """Show one more photo, after the others."""
        clean = uploads.photo(form["photo"])
        with kept(context.files(), clean.files):
            row, touched = media.attach(g.session, photo=clean, **_mine(**offer))
        return offer_rows.photo(row.id, row, touched.source_lang)


ONE = "photos/<uuid:photo_id>"


@blp.route(f"/listings/<uuid:offer_id>/{ONE}", endpoint="one_of_goods", defaults=GOODS)
@blp.route(f"/experiences/<uuid:offer_id>/{ONE}", endpoint="one_of_a_visit", defaults=VISITS)
class OnePhoto(MethodView):
    """One photo of goods or a visit."""

    @allowed(*SELLERS)
    @blp.arguments(PlacingIn)
    @blp.response(200, PhotoOut)
    def patch(self, body: dict[str, Any], photo_id: UUID, **offer: Any) -> dict[str, Any]:
        """Say what it shows, or move it; `If-Match` is the version of the listing or visit."""
        version = caching.expected_version()
        row, touched = media.place(
            g.session, photo_id=photo_id, version=version, **body, **_mine(**offer)
        )
        caching.versioned(touched.version)
        return offer_rows.photo(row.id, row, touched.source_lang)

    @allowed(*SELLERS)
    @blp.response(204)
    def delete(self, photo_id: UUID, **offer: Any) -> None:
        """Show it no more."""
        media.remove(g.session, photo_id=photo_id, **_mine(**offer))


@blp.route("/listings/<uuid:offer_id>/audio", endpoint="said_of_goods", defaults=GOODS)
@blp.route("/experiences/<uuid:offer_id>/audio", endpoint="said_of_a_visit", defaults=VISITS)
class Audio(MethodView):
    """What is said of goods or a visit."""

    @allowed(*SELLERS)
    @blp.arguments(AudioIn, location="files")
    @blp.response(201, AudioOut)
    def post(self, form: dict[str, Any], **offer: Any) -> dict[str, Any]:
        """Let it be heard, in place of what was said before."""
        recording = media.listen(form["audio"].stream.read())
        with kept(context.files(), recording.files):
            note = media.say(g.session, recording=recording, **_mine(**offer))
        return offer_rows.audio(note.id, note)

    @allowed(*SELLERS)
    @blp.response(204)
    def delete(self, **offer: Any) -> None:
        """Let it be heard no more."""
        media.hush(g.session, **_mine(**offer))


def _mine(kind: Kind, offer_id: UUID) -> dict[str, Any]:
    return {"actor": g.actor, "kind": kind, "offer_id": offer_id, "now": clock.now()}
