"""Photos and recordings for everybody: a name always means the same bytes, kept for a year."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, request

from api import auth, context
from catalog.media import MEDIA_TYPES, WIDTHS, file_of, note_file
from market.errors import NotFound

blp = Blueprint("media", __name__)

JPEG_QUALITY = 85
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}  # for a year


@blp.get("/media/<uuid:photo_id>/<int:width>.webp")
@auth.public
def photo(photo_id: UUID, width: int) -> Response:
    """A photo in one of its widths."""
    if width not in WIDTHS:
        raise NotFound(what="photo")
    content = context.files().get(file_of(photo_id, width))
    headers = KEPT | {"ETag": f'"{photo_id.hex}-{width}"'}
    return Response(content, mimetype="image/webp", headers=headers)


@blp.get("/media/<uuid:photo_id>/<int:width>.jpg")
@auth.public
def photo_as_jpeg(photo_id: UUID, width: int) -> Response:
    """The same for who reads no WebP."""
    from PIL import Image

    with Image.open(BytesIO(photo(photo_id, width).get_data())) as picture:
        content = BytesIO()
        picture.convert("RGB").save(content, "JPEG", quality=JPEG_QUALITY)
    return Response(content.getvalue(), mimetype="image/jpeg", headers=KEPT)


@blp.get("/media/<uuid:note_id>/note.<any(ogg, m4a):ending>")
@auth.public
def note(note_id: UUID, ending: str) -> Response:
    """A recording, or the part of it that a player asks for (`Range`)."""
    content = context.files().get(note_file(note_id, ending))
    headers = KEPT | {"ETag": f'"{note_id.hex}"'}
    response = Response(content, mimetype=MEDIA_TYPES[ending], headers=headers)
    # A range that cannot be read is none (RFC 9110, 14.2); one that is not there is refused (416).
    asked = request.range is not None and request.range.units == "bytes"
    response.make_conditional(request.environ, accept_ranges=asked, complete_length=len(content))
    response.headers["Accept-Ranges"] = "bytes"
    return response
