"""A photo out of untrusted bytes: small, upright, and without a word of where it was taken.

Pure work on pixels, done before any transaction. One photo at a time in a process: a decoded
frame of twelve million pixels is most of the memory that the process has.
"""

import hashlib
import io
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from market.errors import Kind, MarketError

WIDTHS = (320, 640, 1280)
PIXELS_MAX = 24_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY, EFFORT = 72, 4


class TooLarge(MarketError):
    """More bytes than a photo may have; facts: `most`."""

    code, kind = "photo.too_large", Kind.TOO_LARGE


class TooManyPixels(MarketError):
    """More pixels than a photo may have; facts: `most`."""

    code, kind = "photo.too_many_pixels", Kind.TOO_LARGE


class NotAnImage(MarketError):
    """The bytes are no JPEG, PNG or WebP, whatever the file is called."""

    code, kind = "photo.not_an_image", Kind.UNSUPPORTED


class Broken(MarketError):
    """It begins like a photo and does not go on like one."""

    code, kind = "photo.broken", Kind.INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPhoto:
    """The photo as WebP by width; `width` and `height` are those of the largest."""

    digest: str
    width: int
    height: int
    images: Mapping[int, bytes]


def clean(content: bytes, *, bytes_max: int) -> CleanPhoto:
    """Shrink, turn upright and strip; the header is judged before a pixel is decoded.

    Raises TooLarge, NotAnImage, TooManyPixels, Broken. Nothing is made larger than it was.
    """
    if len(content) > bytes_max:
        raise TooLarge(most=bytes_max)
    with _one_at_a_time:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Pillow warns of is refused below
                upright = _upright(_opened(content))
                images = {width: _webp(upright, width) for width in WIDTHS}
        except _BROKEN:
            raise Broken from None
    return CleanPhoto(
        digest=hashlib.sha256(content).hexdigest(),
        width=min(upright.width, WIDTHS[-1]),
        height=_height(upright, WIDTHS[-1]),
        images=images,
    )


def _opened(content: bytes) -> Image.Image:
    """The photo with only its header read."""
    try:
        photo = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise NotAnImage from None
    except Image.DecompressionBombError:
        raise TooManyPixels(most=PIXELS_MAX) from None
    if photo.width * photo.height > PIXELS_MAX:
        raise TooManyPixels(most=PIXELS_MAX)
    return photo


def _upright(photo: Image.Image) -> Image.Image:
    """The first frame as RGB on white, shrunk and only then turned, at a fifth of the cost.

    A copy in a plain new image carries no metadata.
    """
    largest = WIDTHS[-1]
    photo.draft("RGB", (largest, largest))
    # Width and height may change places when turned, so both are kept large enough.
    shrink = largest / min(photo.width, photo.height)
    if shrink < 1:
        size = (max(1, round(photo.width * shrink)), max(1, round(photo.height * shrink)))
        orientation = photo.getexif().get(_ORIENTATION, 1)
        photo = photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
        photo.getexif()[_ORIENTATION] = orientation
    turned = ImageOps.exif_transpose(photo)
    with_alpha = turned.convert("RGBA") if turned.has_transparency_data else turned.convert("RGB")
    plain = Image.new("RGB", turned.size, "white")
    plain.paste(with_alpha, mask=with_alpha if with_alpha.mode == "RGBA" else None)
    return plain


def _webp(photo: Image.Image, width: int) -> bytes:
    size = (min(photo.width, width), _height(photo, width))
    shown = photo if size == photo.size else photo.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.save(out, "WEBP", quality=QUALITY, method=EFFORT)
    return out.getvalue()


def _height(photo: Image.Image, width: int) -> int:
    return max(1, round(photo.height * min(photo.width, width) / photo.width))


_ORIENTATION = 0x0112
# What Pillow is known to raise for bytes that begin like a photo; a strip too long for WebP too.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error)
_one_at_a_time = Lock()
