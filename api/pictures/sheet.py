"""A printed sheet: a few marks in millimetres, drawn as SVG, and as PDF out of that."""

import unicodedata
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from api.pictures import qr

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

POINT_MM = 25.4 / 72
FAMILY = "'Be Vietnam Pro', system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
FONTS = {400: "Regular", 600: "SemiBold", 800: "ExtraBold"}
MODULE = 8  # pixels of a code's module in a PDF
MEASURE = 1000  # pixels; a font is measured large, so that rounding does not show
NO_XML = dict.fromkeys((0xFFFE, 0xFFFF))
Point = tuple[float, float]


class Code(NamedTuple):
    """A QR code in a square; the white around it is the sheet's."""

    payload: str
    at: Point
    width: float


class Sheet(NamedTuple):
    """One page in millimetres with its marks, the later above the earlier, and a code on them."""

    width: float
    height: float
    title: str
    marks: tuple[str, ...]
    code: Code


def words(
    text: str, at: Point, *, size: float, weight: int, fill: str, centred: bool = False
) -> str:
    """One line of text on its baseline; the size in points, centred where asked."""
    anchor = ' text-anchor="middle"' if centred else ""
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size * POINT_MM:.3g}"'
        f' font-weight="{weight}" fill="{fill}"{anchor}>{escape(_composed(text))}</text>'
    )


def width_of(text: str, *, size: float, weight: int) -> float:
    """How wide the line is in millimetres when printed at so many points."""
    return _font(weight).getlength(_composed(text)) / MEASURE * size * POINT_MM


def to_svg(sheet: Sheet) -> bytes:
    """The sheet as an SVG image of its true size."""
    title = f"<title>{escape(sheet.title)}</title>"
    inside = "".join(sheet.marks) + _drawn(sheet.code)
    return _svg(sheet, f'{title}<g font-family="{FAMILY}">{inside}</g>').encode()


def to_pdf(*sheets: Sheet) -> bytes:
    """Sheets of one size as a PDF, its font inside; letters the font lacks stay empty boxes."""
    from fpdf import FPDF  # slow to import
    from fpdf.svg import SVGObject

    pages = FPDF(unit="mm", format=(sheets[0].width, sheets[0].height))
    pages.set_title(sheets[0].title)
    for weight in FONTS:  # each a family of its own, since a PDF's has but two
        pages.add_font(str(weight), fname=_font_path(weight))
    for sheet in sheets:
        pages.add_page()
        marks = "".join(sheet.marks).replace(' font-weight="', ' font-family="')
        SVGObject(_svg(sheet, marks)).draw_to_page(pages, 0, 0)
        # A picture, because the path of a code takes the library ten times as long.
        picture = BytesIO(qr.qr_png(sheet.code.payload, MODULE, quiet_zone=0))
        pages.image(picture, *sheet.code.at, w=sheet.code.width)
    return bytes(pages.output())


def _drawn(code: Code) -> str:
    dark = qr.symbol(code.payload)
    place = f"translate({code.at[0]:g} {code.at[1]:g}) scale({code.width / dark.size:.5g})"
    return f'<path transform="{place}" d="{qr.path_of(dark)}"/>'


def _svg(sheet: Sheet, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width}mm"'
        f' height="{sheet.height}mm" viewBox="0 0 {sheet.width} {sheet.height}" role="img">'
        f"{inside}</svg>"
    )


def _composed(text: str) -> str:
    """Letter and mark as one sign, which is how the font has them."""
    return unicodedata.normalize("NFC", text.translate(NO_XML))


@cache
def _font(weight: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(_font_path(weight), MEASURE)


def _font_path(weight: int) -> Path:
    package = files("fontpkg_be_vietnam_pro")  # SIL Open Font License 1.1
    return Path(str(package)) / "files" / f"BeVietnamPro-{FONTS[weight]}.ttf"
