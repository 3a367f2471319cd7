"""A printed sheet: a few marks in millimetres, drawn alike as SVG and as PDF."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from api.pictures import qr

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL.ImageFont import FreeTypeFont

POINT_MM = 25.4 / 72
FAMILY = "'Be Vietnam Pro', system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
FONTS = {400: "Regular", 600: "SemiBold", 800: "ExtraBold"}
MEASURE = 1000  # pixels; a font is measured large, so that rounding does not show


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled rectangle, with round corners where a radius is given."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    radius: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A filled outline."""

    points: tuple[tuple[float, float], ...]
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text on its baseline; the size in points, centred where asked."""

    x: float
    y: float
    text: str
    size: float
    weight: int = 400
    fill: str = "#18211c"
    centred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A QR code in a square; the white around it is the sheet's."""

    x: float
    y: float
    width: float
    payload: str


Mark = Box | Shape | Words | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page in millimetres with its marks, the later above the earlier."""

    width: float
    height: float
    title: str
    marks: tuple[Mark, ...]


def width_of(text: str, *, size: float, weight: int) -> float:
    """How wide the line is in millimetres when printed at so many points."""
    return _font(weight).getlength(_composed(text)) / MEASURE * size * POINT_MM


def to_svg(sheet: Sheet) -> bytes:
    """The sheet as an SVG image of its true size."""
    marks = "".join(_svg(mark) for mark in sheet.marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width}mm"'
        f' height="{sheet.height}mm" viewBox="0 0 {sheet.width} {sheet.height}" role="img">'
        f"<title>{escape(sheet.title)}</title>"
        f'<g font-family="{FAMILY}">{marks}</g></svg>'
    ).encode()


def to_pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF of one page, its font inside; letters the font lacks stay empty boxes."""
    from fpdf import FPDF  # slow to import

    page = FPDF(unit="mm", format=(sheet.width, sheet.height))
    page.set_title(sheet.title)
    page.set_auto_page_break(auto=False)
    page.add_page()
    for weight in FONTS:
        page.add_font(str(weight), fname=_font_path(weight))
    for mark in sheet.marks:
        _draw(page, mark)
    return bytes(page.output())


def _svg(mark: Mark) -> str:
    match mark:
        case Box():
            return (
                f'<rect x="{mark.x:g}" y="{mark.y:g}" width="{mark.width:g}"'
                f' height="{mark.height:g}" rx="{mark.radius:g}" fill="{mark.fill}"/>'
            )
        case Shape():
            points = " ".join(f"{x:g},{y:g}" for x, y in mark.points)
            return f'<polygon points="{points}" fill="{mark.fill}"/>'
        case Words():
            anchor = ' text-anchor="middle"' if mark.centred else ""
            return (
                f'<text x="{mark.x:g}" y="{mark.y:g}" font-size="{mark.size * POINT_MM:.3g}"'
                f' font-weight="{mark.weight}" fill="{mark.fill}"{anchor}>'
                f"{escape(_composed(mark.text))}</text>"
            )
        case Code():
            dark = qr.symbol(mark.payload)
            return (
                f'<path transform="translate({mark.x:g} {mark.y:g})'
                f' scale({mark.width / dark.size:.5g})" d="{qr.path_of(dark)}"/>'
            )
        case _:
            assert_never(mark)


def _draw(page: "FPDF", mark: Mark) -> None:
    match mark:
        case Box():
            page.set_fill_color(mark.fill)
            page.rect(
                mark.x,
                mark.y,
                mark.width,
                mark.height,
                style="F",
                round_corners=mark.radius > 0,
                corner_radius=mark.radius,
            )
        case Shape():
            page.set_fill_color(mark.fill)
            page.polygon(mark.points, style="F")
        case Words():
            text = _composed(mark.text)
            page.set_font(str(mark.weight), size=mark.size)
            page.set_text_color(mark.fill)
            left = mark.x - page.get_string_width(text) / 2 if mark.centred else mark.x
            page.text(left, mark.y, text)
        case Code():
            _draw_code(page, mark)
        case _:
            assert_never(mark)


def _draw_code(page: "FPDF", mark: Code) -> None:
    dark = qr.symbol(mark.payload)
    module = mark.width / dark.size
    page.set_fill_color(0)
    for column, row, length in dark.runs:
        # A hair taller than the row, or viewers show white seams between rows.
        page.rect(
            mark.x + column * module,
            mark.y + row * module,
            length * module,
            module * 1.02,
            style="F",
        )


def _composed(text: str) -> str:
    """Letter and mark as one sign, which is how the font has them."""
    return unicodedata.normalize("NFC", text)


@cache
def _font(weight: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(_font_path(weight), MEASURE)


def _font_path(weight: int) -> Path:
    package = files("fontpkg_be_vietnam_pro")  # SIL Open Font License 1.1
    return Path(str(package)) / "files" / f"BeVietnamPro-{FONTS[weight]}.ttf"
