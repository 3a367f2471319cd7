"""Photos for everybody: a name always means the same bytes, so it is kept for a year."""

from uuid import UUID

from flask import Blueprint, Response

from api import context
from api.auth import public
from catalog.media import WIDTHS, file_of
from market.errors import NotFound

blp = Blueprint("media", __name__)

YEAR = "public, max-age=31536000, immutable"


@blp.get("/media/<uuid:photo_id>/<int:width>.webp")
@public
def photo(photo_id: UUID, width: int) -> Response:
    """A photo in one of its widths."""
    if width not in WIDTHS:
        raise NotFound(what="photo")
    response = Response(context.files().get(file_of(photo_id, width)), mimetype="image/webp")
    response.headers["Cache-Control"] = YEAR
    response.headers["ETag"] = f'"{photo_id.hex}-{width}"'
    return response
