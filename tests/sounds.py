"""Recordings made at test time: silence in the containers that phones write."""

import struct

OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
OPUS_TAGS = b"OpusTags" + struct.pack("<I4sI", 4, b"test", 0)
PACKET = b"\xf8\xff\xfe"  # twenty milliseconds of silence


def ogg(seconds=3.0, *, packets=(OPUS_HEAD, OPUS_TAGS, PACKET), streams=(7, 7, 7), tail=b""):
    """Opus in Ogg: a page for each packet, the last at the end of the recording."""
    end = 312 + round(48_000 * seconds)
    positions = (0, 0, end)
    pages = [
        page(body, position=position, stream=stream, number=number)
        for number, (body, position, stream) in enumerate(
            zip(packets, positions, streams, strict=True)
        )
    ]
    return b"".join(pages) + tail


def page(body, *, position, stream, number):
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqII", b"OggS", 0, 2 * (number == 0), position, stream, number)
    rest = bytes([len(lacing)]) + lacing + body
    return head + struct.pack("<I", crc(head + bytes(4) + rest)) + rest


def crc(content):
    """As RFC 3533 describes it, bit by bit."""
    register = 0
    for byte in content:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)
            register &= 0xFFFFFFFF
    return register


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name.encode()) + body


def track(handler="soun", coding="mp4a", *, seconds=3.0, rate=44_100):
    samples = round(seconds * rate / 1024)
    return box(
        "trak",
        box(
            "mdia",
            box("mdhd", bytes(12), struct.pack(">II", rate, 0), bytes(4)),
            box("hdlr", bytes(8), handler.encode(), bytes(13)),
            box(
                "minf",
                box(
                    "stbl",
                    box("stsd", struct.pack(">II", 0, 1), box(coding, bytes(28))),
                    box("stts", struct.pack(">IIII", 0, 1, samples, 1024)),
                ),
            ),
        ),
    )


def m4a(seconds=3.0, *, tracks=None, personal=b"", sound=b"silence"):
    """AAC in MP4, with what a phone notes of itself and where it is."""
    tracks = [track(seconds=seconds)] if tracks is None else tracks
    head = box("ftyp", b"M4A \0\0\0\0M4A mp42")
    notes = box("udta", personal)
    return head + box("mdat", sound) + box("moov", box("mvhd", bytes(100)), *tracks, notes)
