"""QR codes as pictures: sharp at any size, readable with a fifth of the symbol dirty or torn."""

import io
import re
from html import escape
from typing import NamedTuple

import segno

QUIET_ZONE = 4  # modules of white around the symbol that ISO/IEC 18004 asks for


class Symbol(NamedTuple):
    """The dark runs of a QR code as (column, row, length), on a square of `size` modules."""

    size: int
    runs: tuple[tuple[int, int, int], ...]


def symbol(payload: str) -> Symbol:
    """The payload as a QR code, error correction M or better, without its quiet zone."""
    matrix = _code(payload).matrix
    rows = ((y, dark) for y, row in enumerate(matrix) for dark in _DARK.finditer(row))
    return Symbol(len(matrix), tuple((dark.start(), y, len(dark[0])) for y, dark in rows))


def qr_svg(payload: str, *, title: str) -> bytes:
    """The QR code as an SVG image that scales with its box; the title is read to the blind."""
    dark = symbol(payload)
    whole = dark.size + 2 * QUIET_ZONE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" role="img">'
        f'<title>{escape(title)}</title><path fill="#fff" d="M0 0h{whole}v{whole}H0z"/>'
        f'<path shape-rendering="crispEdges" d="{path_of(dark, QUIET_ZONE)}"/></svg>'
    ).encode()


def qr_png(payload: str, scale: int, *, quiet_zone: int = QUIET_ZONE) -> bytes:
    """The QR code as a black and white PNG with its quiet zone, `scale` pixels a module."""
    picture = io.BytesIO()
    _code(payload).save(picture, kind="png", scale=scale, border=quiet_zone)
    return picture.getvalue()


def path_of(dark: Symbol, offset: int = 0) -> str:
    """The dark runs as the data of one SVG path, one unit a module."""
    return "".join(f"M{x + offset} {y + offset}h{n}v1h-{n}z" for x, y, n in dark.runs)


def _code(payload: str) -> segno.QRCode:
    return segno.make(payload, error="m", micro=False)


_DARK = re.compile(rb"\x01+")
