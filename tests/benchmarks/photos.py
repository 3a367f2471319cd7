"""A phone's photo of twelve megapixels to three WebP sizes: processor time and memory."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from catalog.media.cleaning import Decoder

SIZE = (4032, 3024)
ORIENTATION, ON_ITS_SIDE = 0x0112, 6
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What one photo costs: of the decoding process, medians over fresh processes."""

    megabytes: float
    cpu_seconds: float
    mebibytes_over_base: float


def measure() -> Cleaning:
    """Each time a new process, warmed by a thumbnail, whose memory is the base."""
    photo, thumbnail = _photo(SIZE), _photo((64, 48))
    rounds = [_round(photo, thumbnail) for _ in range(ROUNDS)]
    return Cleaning(len(photo) / 1e6, *(median(figures) for figures in zip(*rounds, strict=True)))


def _round(photo: bytes, thumbnail: bytes) -> tuple[float, float]:
    decoder = Decoder()
    try:
        decoder.ask(thumbnail)
        pid = decoder._child.pid
        base, cpu = _peak_mebibytes(pid), _cpu_seconds(pid)
        decoder.ask(photo)
        return _cpu_seconds(pid) - cpu, _peak_mebibytes(pid) - base
    finally:
        decoder.end()


def _photo(size: tuple[int, int]) -> bytes:
    """Leaves and earth: soft shapes with fine noise, two megabytes at a phone's quality."""
    bands = [
        Image.effect_noise((size[0] // 128, size[1] // 128), 90).resize(
            size, Image.Resampling.BICUBIC
        )
        for _ in range(3)
    ]
    shapes = Image.merge("RGB", bands)
    grain = Image.effect_noise(size, 18).convert("RGB")
    out, exif = io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    Image.blend(shapes, grain, 0.25).save(out, "JPEG", quality=86, exif=exif)
    return out.getvalue()


def _peak_mebibytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
