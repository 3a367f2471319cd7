"""A photo out of untrusted bytes: small, upright, and without a word of where it was taken.

Decoded before any transaction, one at a time, by a child process of little memory that the first
photo starts. Whatever a photo does to it, the market goes on and starts another.
"""

import atexit
import hashlib
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from threading import Lock, Timer
from typing import Any
from uuid import UUID

from market.errors import Busy, Kind, MarketError
from market.ids import uuid7

WIDTHS = (320, 640, 1280)
PIXELS_MAX = 24_000_000
SECONDS_MAX = 8  # twenty times what a photo of 12 megapixels takes
IDLE_SECONDS_MAX = 600  # then its memory is somebody else's; the next photo starts another
LENGTH_BYTES = 4


class TooLarge(MarketError, code="photo.too_large", kind=Kind.TOO_LARGE):
    """More bytes than a photo may have; facts: `most`."""


class TooManyPixels(MarketError, code="photo.too_many_pixels", kind=Kind.TOO_LARGE):
    """More pixels than a photo may have; facts: `most`."""


class TooHeavy(MarketError, code="photo.too_heavy", kind=Kind.TOO_LARGE):
    """To decode it takes more memory or time than there is for one photo."""


class NotAnImage(MarketError, code="photo.not_an_image", kind=Kind.UNSUPPORTED):
    """The bytes are no JPEG, PNG or WebP, whatever the file is called."""


class Broken(MarketError, code="photo.broken"):
    """It begins like a photo and does not go on like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPhoto:
    """The photo as WebP by width; `width` and `height` are those of the largest."""

    digest: str
    width: int
    height: int
    placeholder: str  # a blurred one in base64
    images: Mapping[int, bytes]
    id: UUID = field(default_factory=uuid7)

    @property
    def files(self) -> dict[str, bytes]:
        """What is kept of it, under names that no other upload has."""
        return {file_of(self.id, width): image for width, image in self.images.items()}


def file_of(photo_id: UUID, width: int) -> str:
    """The name under which a width of a photo is kept, and served below `/media/`."""
    return f"photos/{photo_id}/{width}.webp"


def clean(content: bytes, *, bytes_max: int) -> CleanPhoto:
    """Shrink, turn upright and strip; the header is judged before a pixel is decoded."""
    if len(content) > bytes_max:
        raise TooLarge(most=bytes_max)
    head, _, rest = _decoder.ask(content).partition(b"\n")
    said: dict[str, Any] = json.loads(head)
    if refusal := _REFUSALS.get(said.get("refused", "")):
        raise refusal(most=PIXELS_MAX)
    ends = accumulate(said["lengths"], initial=0)
    *pictures, blurred = (rest[start:end] for start, end in pairwise(ends))
    return CleanPhoto(
        digest=hashlib.sha256(content).hexdigest(),
        width=said["width"],
        height=said["height"],
        placeholder=b64encode(blurred).decode(),
        images=dict(zip(WIDTHS, reversed(pictures), strict=True)),
    )


class Decoder:
    """The child process: its input ends with this one, and so does it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._asked = 0.0  # on the monotonic clock

    def ask(self, content: bytes) -> bytes:
        """Its answer to a photo; raises TooHeavy where it ends instead, or takes too long."""
        with self._turn:
            child = self._running()
            watch = Timer(SECONDS_MAX, child.kill)
            watch.start()
            try:
                child.stdin.write(len(content).to_bytes(LENGTH_BYTES) + content)
                child.stdin.flush()
                length = int.from_bytes(child.stdout.read(LENGTH_BYTES))
                answer: bytes = child.stdout.read(length)
            except OSError:
                answer = b""
            finally:
                watch.cancel()
            if not answer or len(answer) < length:
                self.end()
                raise TooHeavy
            return answer

    def end(self) -> None:
        """Stop it, if it runs; the next photo starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with suppress(OSError):  # what it was still to be told
                child.communicate()

    def _running(self) -> Any:
        idle, self._asked = time.monotonic() - self._asked, time.monotonic()
        ends_now = idle > IDLE_SECONDS_MAX - SECONDS_MAX
        if self._child is None or ends_now or self._child.poll() is not None:
            self.end()
            script = str(Path(__file__).with_name("decoder.py"))
            limits = map(str, (SECONDS_MAX, IDLE_SECONDS_MAX, PIXELS_MAX, *reversed(WIDTHS)))
            try:
                self._child = subprocess.Popen(  # noqa: S603  our own file, no word from outside
                    [sys.executable, "-I", script, *limits],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={},  # it need not know any secret
                    process_group=0,  # a stop from the keyboard is for the server to answer
                )
            except OSError:
                raise Busy(retry_after_seconds=1) from None
        return self._child


_REFUSALS = {each.code: each for each in (TooManyPixels, TooHeavy, NotAnImage, Broken)}
_decoder = Decoder()
atexit.register(_decoder.end)
