"""The process that decodes: every trick with images is refused or cleaned, in little memory."""

import io
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from catalog import media
from catalog.media import cleaning
from market.errors import MarketError
from tests.rules.source import ROOT

BYTES_MAX = 12_000_000
CHILD_MIB_MAX, OURS_MIB_MAX = 320, 30  # the child may fill all that its own limit leaves it
ORIENTATION, GPS = 0x0112, 0x8825
IFD_IN_ITSELF = b"Exif\0\0II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0"


def png(width, height, *, depth=1, colours=0, rows=b"", extra=b""):
    """A PNG whose header may promise more than anybody would decode."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + extra
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def bomb(side):
    """One bit a pixel, all alike: kilobytes that unpack to gigabytes."""
    squeeze = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    return png(
        side, side, rows=b"".join([*(squeeze.compress(row) for _ in range(side)), squeeze.flush()])
    )


def saved(image, kind="JPEG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(size=(400, 300)):
    image = Image.new("RGB", size, "green")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return image


def clean(content):
    return media.clean(content, bytes_max=BYTES_MAX)


def refused(content):
    with pytest.raises(MarketError) as refusal:
        clean(content)
    return refusal.value.code


def peak_mebibytes(pid="self"):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.fixture
def decoder(monkeypatch):
    """A process of this test alone."""
    made = cleaning.Decoder()
    monkeypatch.setattr(cleaning, "_decoder", made)
    clean(saved(picture()))
    yield made
    made.end()


@pytest.fixture
def bounded(decoder):
    """Neither process may grow, whatever the test sends."""
    before = peak_mebibytes()
    yield
    if decoder._child is not None:
        assert peak_mebibytes(decoder._child.pid) < CHILD_MIB_MAX
    assert peak_mebibytes() - before < OURS_MIB_MAX


@pytest.mark.usefixtures("bounded")
class TestTricks:
    @pytest.mark.parametrize("side", [8_000, 13_000, 30_000, 60_000])
    def test_a_bomb_is_refused_by_its_header(self, side):
        assert refused(png(side, side, rows=zlib.compress(bytes(99)))) == "photo.too_many_pixels"

    def test_a_whole_bomb_is_refused_too(self):
        assert refused(bomb(8_000)) == "photo.too_many_pixels"

    def test_a_large_one_that_is_allowed_stays_small(self):
        assert clean(bomb(4_890)).width == 1280

    @pytest.mark.parametrize("size", [(1, 65_535), (65_535, 1)])
    def test_a_strip_is_refused_or_shrunk(self, size):
        content = saved(Image.new("L", size), "PNG")
        if size[0] == 1:
            assert refused(content) == "photo.broken"  # WebP is not that tall
        else:
            assert (clean(content).width, clean(content).height) == (1280, 1)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
    def test_what_was_cut_off_is_broken(self, kind, share):
        noise = Image.effect_noise((400, 300), 90)
        content = saved(noise, kind)

        assert refused(content[: int(len(content) * share)]) == "photo.broken"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xd8\xff",
            b"GIF89a\1\0\1\0" + bytes(100),
            b"PK\3\4" + bytes(100),
            b"BM" + bytes(100),
            b"%PDF-1.7",
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"II*\0\x08\0\0\0" + bytes(100),  # TIFF
            *(b"\0\0\0\x18ftyp" + brand + bytes(100) for brand in (b"heic", b"mif1", b"avif")),
        ],
    )
    def test_what_is_no_photo_is_no_photo_whatever_its_name(self, content):
        assert refused(content) == "photo.not_an_image"

    @pytest.mark.parametrize(
        "tail", [b"<html><script>alert(1)</script>", b"PK\3\4 zip", b"<?php ?>"]
    )
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_what_is_something_else_besides_loses_it(self, kind, tail):
        photo = clean(saved(picture(), kind) + tail)

        assert not any(tail in image for image in photo.images.values())

    def test_words_within_are_lost(self):
        note = Image.Exif()
        note[0x010E] = "<script>alert(1)</script>"
        note.get_ifd(GPS)[1] = "N"
        content = saved(picture(), exif=note, comment=b"<script>alert(2)</script>")

        photo = clean(content)

        for image in photo.images.values():
            assert b"script" not in image
            assert not Image.open(io.BytesIO(image)).getexif()

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_orientation_is_turned_upright(self, orientation):
        note = Image.Exif()
        note[ORIENTATION] = orientation
        photo = clean(saved(picture(), exif=note, quality=95))

        shown = Image.open(io.BytesIO(photo.images[320])).convert("RGB")
        wide, high = shown.size
        corners = {
            "tl": (9, 9),
            "tr": (wide - 9, 9),
            "bl": (9, high - 9),
            "br": (wide - 9, high - 9),
        }
        red = [name for name, at in corners.items() if shown.getpixel(at)[0] > 150]
        assert red == [["tl", "tr", "br", "bl", "tl", "tr", "br", "bl"][orientation - 1]]
        assert (wide > high) == (orientation < 5)

    @pytest.mark.parametrize(
        "content",
        [
            saved(picture().convert("CMYK")),
            saved(Image.new("I;16", (40, 30), 40_000), "PNG"),
            saved(picture(), icc_profile=b"no profile at all"),
            saved(picture(), "PNG", icc_profile=bytes(70_000)),
            saved(picture(), exif=b"Exif\0\0MM\0*" + bytes(30)),
            saved(
                picture(), exif=b"Exif\0\0II*\0\x08\0\0\0" + b"\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0"
            ),
            saved(picture(), progressive=True),
            saved(picture().convert("P"), "PNG", transparency=0),
        ],
    )
    def test_odd_but_honest_ones_are_cleaned(self, content):
        assert clean(content).width in {40, 400}

    def test_a_bomb_of_words_is_broken(self):
        words = b"zTXt" + b"key\0\0" + zlib.compress(bytes(80_000_000), 9)
        extra = struct.pack(">I", len(words) - 4) + words + struct.pack(">I", zlib.crc32(words))

        assert refused(png(8, 8, rows=zlib.compress(bytes(16)), extra=extra)) == "photo.broken"


class TestPlaceholders:
    def test_are_tiny(self):
        noise = Image.merge("RGB", [Image.effect_noise((640, 480), 200) for _ in "RGB"])
        for image in (noise, picture((300, 1200)), picture((1200, 300))):
            photo = clean(saved(image))
            blur = Image.open(io.BytesIO(b64decode(photo.placeholder)))
            assert max(blur.size) <= 16
            assert len(photo.placeholder) <= 340  # 250 bytes


class TestTheProcess:
    def test_takes_over_when_the_one_before_has_died(self, decoder):
        os.kill(decoder._child.pid, signal.SIGKILL)
        decoder._child.wait()

        assert clean(saved(picture())).width == 400

    def test_that_dies_of_a_photo_is_a_refusal_of_that_photo(self, decoder, monkeypatch):
        monkeypatch.setattr(cleaning, "SECONDS_MAX", 0.2)
        os.kill(decoder._child.pid, signal.SIGSTOP)  # it hangs

        assert refused(saved(picture())) == "photo.too_heavy"
        monkeypatch.undo()
        assert clean(saved(picture())).width == 400

    def test_is_not_kept_busy_by_one_that_is_painted_again_and_again(self, decoder):
        content = saved(Image.new("RGB", (4_800, 5_000), "#777"), progressive=True)
        last = content[content.rindex(b"\xff\xda") : -2]

        assert refused(content[:-2] + 500 * last + content[-2:]) == "photo.too_heavy"
        assert clean(content).width == 1280

    def test_has_no_more_memory_than_it_may(self, decoder, monkeypatch):
        monkeypatch.setattr(cleaning, "PIXELS_MAX", 10**9)
        decoder.end()

        assert refused(png(12_000, 12_000, depth=8, colours=6)) == "photo.too_heavy"
        assert peak_mebibytes(decoder._child.pid) < CHILD_MIB_MAX
        assert clean(saved(picture())).width == 400

    def test_serves_many_threads_one_at_a_time(self, decoder):
        photos = [saved(picture((20 + number, 30))) for number in range(24)]

        with ThreadPoolExecutor(8) as pool:
            widths = [photo.width for photo in pool.map(clean, photos)]

        assert widths == [20 + number for number in range(24)]

    def test_knows_no_secret_and_holds_no_file_of_ours(self, decoder, tmp_path):
        with (tmp_path / "database").open("w"):
            decoder.end()
            clean(saved(picture()))
            pid = decoder._child.pid
            files = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]

        assert Path(f"/proc/{pid}/environ").read_bytes() in {b"", b"LC_CTYPE=C.UTF-8\0"}
        assert not [file for file in files if "database" in file]

    @pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, None])
    def test_ends_with_the_one_that_started_it(self, ending):
        script = (
            "import sys; from catalog.media import cleaning\n"
            "cleaning._decoder.ask(b'x'); print(cleaning._decoder._child.pid, flush=True)\n"
            "sys.stdin.readline()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdin=-1, stdout=-1, text=True
        ) as parent:
            child = int(parent.stdout.readline())
            if ending is None:
                parent.stdin.close()
            else:
                parent.send_signal(ending)
            parent.wait(timeout=20)

        until = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and not _is_dead(child):
            assert time.monotonic() < until, "an orphan"
            time.sleep(0.02)


def _is_dead(pid):
    """Ended, though nobody has asked how."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
