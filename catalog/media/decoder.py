"""The small process in which untrusted photos are decoded; `cleaning` runs this file by its path.

It knows Pillow and nothing of the market, and may use little memory. A photo comes in and an
answer goes out with four bytes of length before it; an answer is a line of JSON, then pictures.
"""

import io
import json
import resource
import signal
import sys
import warnings
from collections.abc import Sequence

from PIL import Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401  registers WebP

MEMORY_BYTES_MAX = 300 * 1024 * 1024  # of address space, Python's own included
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY, EFFORT = 72, 4
EFFORT_LARGEST = 2  # twice as quick for a tenth more bytes of what few look at
BLURRED_PIXELS, BLURRED_QUALITY = 16, 20
SCANS_MAX = 64  # of a JPEG; a camera makes one, what is meant to show step by step about ten
LENGTH_BYTES = 4


def main(seconds_max: int, idle_seconds_max: int, pixels_max: int, *widths: int) -> None:
    """Answer until nobody asks any more; the widths come largest first."""
    for limit, most in ((resource.RLIMIT_AS, MEMORY_BYTES_MAX), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    warnings.simplefilter("ignore")  # what Pillow warns of is refused
    while length := sys.stdin.buffer.read(LENGTH_BYTES):
        signal.alarm(seconds_max)  # which ends this process, even when nobody is left to do it
        answer = _answer(sys.stdin.buffer.read(int.from_bytes(length)), pixels_max, widths)
        sys.stdout.buffer.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        sys.stdout.buffer.flush()
        signal.alarm(idle_seconds_max)


def _answer(content: bytes, pixels_max: int, widths: Sequence[int]) -> bytes:
    """The size, each width and the blur; or the code of why not."""
    pictures: list[bytes] = []
    try:
        photo = _upright(content, pixels_max, widths[0])
        width, height = photo.size
        for most in widths:  # each from the one before
            photo.thumbnail((most, height), Image.Resampling.LANCZOS)
            pictures.append(_webp(photo, effort=EFFORT if pictures else EFFORT_LARGEST))
        photo.thumbnail((BLURRED_PIXELS, BLURRED_PIXELS))  # drawn large, they are a blur
        pictures.append(_webp(photo, quality=BLURRED_QUALITY))
    except Exception as error:  # noqa: BLE001  whatever Pillow raises for what begins like a photo
        refused = (code for kind, code in _CODES.items() if isinstance(error, kind))
        return json.dumps({"refused": next(refused, "photo.broken")}).encode()
    said = {"width": width, "height": height, "lengths": list(map(len, pictures))}
    return b"\n".join((json.dumps(said).encode(), b"".join(pictures)))


def _upright(content: bytes, pixels_max: int, width: int) -> Image.Image:
    """The first frame as RGB on white, shrunk, then turned; a plain copy has no metadata."""
    photo: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    if photo.width * photo.height > pixels_max:
        raise Image.DecompressionBombError
    if photo.format == "JPEG" and content.count(b"\xff\xda") > SCANS_MAX:
        raise MemoryError
    photo.draft("RGB", (width, width))
    orientation = photo.getexif().get(_ORIENTATION, 1)
    turn, lies = _TURNS.get(orientation), orientation in _SIDEWAYS
    shrink = width / (photo.height if lies else photo.width)
    if shrink < 1:
        size = (max(1, round(photo.width * shrink)), max(1, round(photo.height * shrink)))
        photo = photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    turned = photo if turn is None else photo.transpose(Image.Transpose(turn))
    with_alpha = turned.convert("RGBA") if turned.has_transparency_data else turned.convert("RGB")
    plain = Image.new("RGB", turned.size, "white")
    plain.paste(with_alpha, mask=with_alpha if with_alpha.mode == "RGBA" else None)
    return plain


def _webp(photo: Image.Image, *, quality: int = QUALITY, effort: int = EFFORT) -> bytes:
    out = io.BytesIO()
    photo.save(out, "WEBP", quality=quality, method=effort)
    return out.getvalue()


_ORIENTATION = 0x0112
_SIDEWAYS = range(5, 9)
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # EXIF's orientations as `Image.Transpose`
_CODES = {
    UnidentifiedImageError: "photo.not_an_image",
    Image.DecompressionBombError: "photo.too_many_pixels",
    MemoryError: "photo.too_heavy",
}

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
