"""A recording out of untrusted bytes: Opus in Ogg or AAC in MP4, told by its content alone.

Nothing is decoded. The containers are read to their last byte, so that what was cut off, or is
something else besides, is refused.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from market import Kind, MarketError, uuid7

BYTES_MAX = 1024 * 1024  # a minute at 128 kbit/s
SECONDS_MAX = 60
OPUS_HERTZ = 48_000  # in which positions are counted, whatever was recorded
MEDIA_TYPES = {"ogg": "audio/ogg", "m4a": "audio/mp4"}


class AudioTooLarge(MarketError, code="audio.too_large", kind=Kind.TOO_LARGE):
    """More bytes than a recording may have; facts: `most`."""


class AudioTooLong(MarketError, code="audio.too_long"):
    """It takes longer than anybody listens; facts: `seconds`, `most`."""


class NotAudio(MarketError, code="audio.unsupported", kind=Kind.UNSUPPORTED):
    """Neither Opus in Ogg nor AAC in MP4 and nothing else, whatever the file is called."""


class AudioBroken(MarketError, code="audio.broken"):
    """It begins like a recording and does not go on like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that may be kept; `ending` tells what it is."""

    digest: str
    content: bytes
    ending: str
    milliseconds: int
    id: UUID = field(default_factory=uuid7)

    @property
    def files(self) -> dict[str, bytes]:
        """What is kept of it, by name."""
        return {note_file(self.id, self.ending): self.content}


def note_file(note_id: UUID, ending: str) -> str:
    """The name under which a recording is kept."""
    return f"audio/{note_id}.{ending}"


def listen(content: bytes) -> Recording:
    """What it is and how long, without what a phone noted beside the sound; or a refusal."""
    if len(content) > BYTES_MAX:
        raise AudioTooLarge(most=BYTES_MAX)
    clean = bytearray(content)
    try:
        if content.startswith(b"OggS"):
            ending, length = "ogg", _ogg_milliseconds(content)
        elif content[4:8] == b"ftyp":
            ending, length = "m4a", _mp4_milliseconds(clean)
        else:
            raise NotAudio
    except (struct.error, ZeroDivisionError, RecursionError):  # tables cut off, empty, endless
        raise AudioBroken from None
    if length <= 0:
        raise AudioBroken
    if length > SECONDS_MAX * 1000:
        raise AudioTooLong(seconds=-(-length // 1000), most=SECONDS_MAX)
    digest = hashlib.sha256(content).hexdigest()
    return Recording(digest=digest, content=bytes(clean), ending=ending, milliseconds=length)


def _ogg_milliseconds(content: bytes) -> int:
    """From the last position of the one stream, less what its head has players skip (RFC 7845)."""
    last = skipped = first_stream = 0
    for expected, (position, stream, number, body) in enumerate(_pages(content)):
        if expected == 0:
            first_stream, skipped = stream, int.from_bytes(body[10:12], "little")
        if stream != first_stream or not body.startswith(_OPUS_HEADS.get(expected, b"")):
            raise NotAudio
        if number != expected:
            raise AudioBroken
        last = max(last, position)
    return (last - skipped) * 1000 // OPUS_HERTZ


def _pages(content: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Position, stream, number and body of each page, its checksum verified (RFC 3533)."""
    start = 0
    while start < len(content):
        head = _PAGE.unpack_from(content, start)
        magic, version, _, position, stream, number, checksum, segments = head
        body = start + _PAGE.size + segments
        end = body + sum(content[start + _PAGE.size : body])
        page = content[start : start + 22] + bytes(4) + content[start + 26 : end]
        whole = end <= len(content) and (magic, version) == (b"OggS", 0)
        if not whole or _checksum(page) != checksum:
            raise AudioBroken
        yield position, stream, number, content[body:end]
        start = end


def _checksum(page: bytes) -> int:
    """Ogg's CRC is that of zlib with the bits the other way round and nothing inverted."""
    reversed_crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reversed_crc:032b}"[::-1], 2)


def _mp4_milliseconds(content: bytearray) -> int:
    """What the samples of the one track of sound add up to; places and names are blanked."""
    found: dict[bytes, list[bytes]] = {}
    for name, start, end in _boxes(content, 0, len(content)):
        found.setdefault(name, []).append(bytes(content[start:end]))
        if name in _PERSONAL:
            content[start:end] = bytes(end - start)
    if [handler[8:12] for handler in found.get(b"hdlr", [])] != [b"soun"]:
        raise NotAudio
    if [entries[12:16] for entries in found.get(b"stsd", [])] != [b"mp4a"]:
        raise NotAudio
    if not {b"mdhd", b"stts", b"mdat"} <= found.keys():
        raise AudioBroken
    (head, *_), (times, *_) = found[b"mdhd"], found[b"stts"]
    (scale,) = struct.unpack_from(">I", head, 20 if head[:1] == b"\1" else 12)
    samples = struct.iter_unpack(">II", times[8:])
    return int(sum(count * lasting for count, lasting in samples) * 1000 // scale)


def _boxes(content: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of what is in each box that holds no boxes of interest."""
    while start < end:
        size, name = struct.unpack_from(">I4s", content, start)
        inner = start + 8
        if size == 1:  # it did not fit in four bytes
            (size,) = struct.unpack_from(">Q", content, inner)
            inner += 8
        after = start + size if size else end
        if not inner <= after <= end:
            raise AudioBroken
        if name in _NESTED:
            yield from _boxes(content, inner, after)
        else:
            yield name, inner, after
        start = after


_OPUS_HEADS = {0: b"OpusHead", 1: b"OpusTags"}
_PAGE = struct.Struct("<4sBBqIIIB")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_NESTED = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_PERSONAL = frozenset({b"udta", b"meta", b"uuid"})
