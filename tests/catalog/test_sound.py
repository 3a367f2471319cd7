"""Recordings: what they are and how long is told by their content alone."""

import struct
from contextlib import suppress
from random import Random

import pytest

from catalog import media
from catalog.media import sound
from market.errors import MarketError
from tests.sounds import OPUS_HEAD, OPUS_TAGS, PACKET, box, m4a, ogg, track


def refused(content):
    with pytest.raises(MarketError) as refusal:
        media.listen(content)
    return refusal.value.code


class TestListening:
    @pytest.mark.parametrize("seconds", [0.5, 3, 59.9])
    def test_tells_opus_and_its_length(self, seconds):
        heard = media.listen(ogg(seconds))

        assert (heard.ending, heard.milliseconds) == ("ogg", seconds * 1000)

    @pytest.mark.parametrize("seconds", [0.5, 3, 59.9])
    def test_tells_aac_and_its_length(self, seconds):
        heard = media.listen(m4a(seconds))

        assert heard.ending == "m4a"
        assert abs(heard.milliseconds - seconds * 1000) < 25  # a frame of AAC

    def test_reads_the_long_forms_of_boxes(self):
        content = m4a()
        plain, long = box("mdat", b"silence"), struct.pack(">I4sQ", 1, b"mdat", 16)
        mdhd = box("mdhd", bytes(12), struct.pack(">II", 44_100, 0), bytes(4))
        version_1 = box("mdhd", b"\1", bytes(19), struct.pack(">IQ", 44_100, 0), bytes(4))
        assert media.listen(content.replace(plain, long)).milliseconds > 2_900
        grown = m4a(tracks=[_grown(track(), mdhd, version_1)])
        assert media.listen(grown).milliseconds > 2_900

    def test_keeps_nothing_of_where_it_was(self):
        content = m4a(personal=b"+11.9404+108.4583/")

        heard = media.listen(content)

        assert b"+11.94" in content
        assert b"+11.94" not in heard.content
        assert len(heard.content) == len(content)  # so that what points into it still does

    @pytest.mark.parametrize("make", [ogg, m4a])
    def test_allows_a_minute(self, make):
        assert media.listen(make(60)).milliseconds <= 60_000
        assert refused(make(60.1)) == "audio.too_long"
        with pytest.raises(MarketError) as refusal:
            media.listen(make(60.1))
        assert refusal.value.facts == {"seconds": 61, "most": 60}  # no "60, and 60 is the most"


class TestRefusing:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"ID3\4" + bytes(200),
            b"RIFF\0\0\0\0WAVEfmt " + bytes(200),
            b"#!AMR\n" + bytes(200),
            b"\x1a\x45\xdf\xa3" + bytes(200),  # WebM
            b"<html><script>alert(1)</script>",
            ogg(packets=(b"\1vorbis" + bytes(23), OPUS_TAGS, PACKET)),
            ogg(packets=(b"\x80theora" + bytes(23), OPUS_TAGS, PACKET)),
            ogg(packets=(OPUS_HEAD, b"\3vorbis", PACKET)),
            ogg(streams=(7, 7, 8)),
            m4a(tracks=[track("vide", "avc1")]),
            m4a(tracks=[track(), track("vide", "avc1")]),
            m4a(tracks=[track("soun", "alac")]),
            m4a(tracks=[track("soun", "samr")]),
            m4a(tracks=[]),
            box("ftyp", b"heic") + box("meta", bytes(50)),
        ],
    )
    def test_what_is_no_such_recording(self, content):
        assert refused(content) == "audio.unsupported"

    @pytest.mark.parametrize(
        "content",
        [
            ogg()[:-1],
            ogg(tail=b"<html>"),
            ogg(tail=b"OggS"),
            ogg()[:100] + b"\xff" + ogg()[101:],
            ogg(0),
            ogg(-3),
            ogg() + ogg()[-30:],
            m4a()[:-1],
            m4a() + b"PK\3\4" + bytes(40),
            m4a(0),
            m4a().replace(b"mdat", b"free"),
            box("ftyp", b"M4A ") + struct.pack(">I4s", 0, b"moov") * 9_000,
            m4a().replace(b"stts", b"sttz"),
            m4a(tracks=[track(rate=2**31)]).replace(struct.pack(">I", 2**31), bytes(4)),
        ],
    )
    def test_what_is_damaged(self, content):
        assert refused(content) == "audio.broken"

    def test_what_is_too_large(self):
        assert refused(m4a(sound=bytes(sound.BYTES_MAX))) == "audio.too_large"

    def test_answers_anything_spoilt_with_a_recording_or_a_refusal(self):
        chance = Random(11)
        for _ in range(400):
            spoilt = bytearray(chance.choice((ogg(), m4a())))
            for _ in range(chance.choice((1, 2, 20))):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            with suppress(MarketError):
                media.listen(bytes(spoilt[: chance.choice((None, chance.randrange(200)))]))


def _grown(content, box_before, box_after):
    """A track with a longer box in it: all around it grow too."""
    more = len(box_after) - len(box_before)
    for name in (b"trak", b"mdia"):
        at = content.index(name) - 4
        (size,) = struct.unpack_from(">I", content, at)
        content = content[:at] + struct.pack(">I", size + more) + content[at + 4 :]
    return content.replace(box_before, box_after)
