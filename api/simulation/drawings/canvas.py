"""Pixels: areas and strokes with smooth edges, soft spots of light, and copies of what is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageColor, ImageDraw, ImageOps

from api.simulation.drawings.curves import Point, Points

FINE = 2  # edges are drawn this much larger and made small
RIM = 181  # what Pillow's radial gradient has reached at the sides; its corners reach 255
THIN = 8  # narrower strokes show no gaps at their bends
EDGE = "#503c28"  # shines through where a sticker ends, and so sets it off from the next
LIGHT = (0.34, 0.28)  # where the light falls on round things

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to paint, and points that hold it."""

    extent: Points
    paint: Callable[["Canvas"], None]


class Canvas:
    """An image in the making; the later marks lie above the earlier."""

    def __init__(self, size: tuple[int, int], *, ground: str, origin: Point = (0, 0)) -> None:
        self.image = Image.new("RGB", size, ground)
        self.origin = origin
        self.cover: Image.Image | None = None  # of a sticker: where something is drawn

    def area(self, points: Points, fill: Image.Image | str, strength: float) -> None:
        """Fill an outline."""
        box = self._box(points, 0)
        if box:
            mask, pen = _mask(box)
            pen.polygon(self._fine(points, box), fill=round(255 * strength))
            if isinstance(fill, Image.Image):
                fill = fill.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR)
            self._lay(fill, box, mask.reduce(FINE))

    def line(self, points: Points, colour: str, width: float) -> None:
        """A stroke with round ends."""
        box = self._box(points, width / 2)
        if box:
            mask, pen = _mask(box)
            dots, r = self._fine(points, box), width * FINE / 2
            joint = "curve" if r > THIN else None
            pen.line(dots, fill=255, width=max(1, round(r * 2)), joint=joint)
            for x, y in (dots[0], dots[-1]):
                pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
            self._lay(colour, box, mask.reduce(FINE))

    def glow(self, at: Point, radii: Point, colour: str, strength: float) -> None:
        """A soft spot of colour on what is there: light, or shadow."""
        left, top = (round(c - r - o) for c, r, o in zip(at, radii, self.origin, strict=True))
        size = (max(2, round(radii[0] * 2)), max(2, round(radii[1] * 2)))
        mask = _spot(round(strength * 100)).resize(size, Image.Resampling.BILINEAR)
        self.image.paste(colour, (left, top, left + size[0], top + size[1]), mask)

    def stamp(self, sticker: "Canvas", at: Point) -> None:
        """A copy of what is drawn elsewhere, its own zero where we want it."""
        left, top = (
            round(a + theirs - ours)
            for a, theirs, ours in zip(at, sticker.origin, self.origin, strict=True)
        )
        width, height = sticker.image.size
        self._lay(sticker.image, (left, top, left + width, top + height), sticker.cover)

    def _lay(self, fill: Image.Image | str, box: Box, mask: Image.Image | None) -> None:
        self.image.paste(fill, box, mask)
        if self.cover:
            self.cover.paste(255, box, mask)

    def _box(self, points: Points, more: float) -> Box | None:
        """The pixels that the points touch, if any."""
        ox, oy = self.origin
        xs, ys = [x - ox for x, _ in points], [y - oy for _, y in points]
        left, top = max(0, int(min(xs) - more)), max(0, int(min(ys) - more))
        right = min(self.image.width, int(max(xs) + more) + 2)
        bottom = min(self.image.height, int(max(ys) + more) + 2)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _fine(self, points: Points, box: Box) -> list[Point]:
        ox, oy = self.origin[0] + box[0], self.origin[1] + box[1]
        return [((x - ox) * FINE, (y - oy) * FINE) for x, y in points]


def sticker(marks: list[Mark]) -> Canvas:
    """What the marks make, cut out."""
    xs, ys = zip(*(point for mark in marks for point in mark.extent), strict=True)
    left, top = int(min(xs)) - 9, int(min(ys)) - 9
    size = (int(max(xs)) - left + 9, int(max(ys)) - top + 9)
    canvas = Canvas(size, ground=EDGE, origin=(left, top))
    canvas.cover = Image.new("L", size)
    for mark in marks:
        mark.paint(canvas)
    return canvas


def _mask(box: Box) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    mask = Image.new("L", ((box[2] - box[0]) * FINE, (box[3] - box[1]) * FINE))
    return mask, ImageDraw.Draw(mask)


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies so far from one to the other."""
    a, b = ImageColor.getrgb(one), ImageColor.getrgb(other)
    return "#" + "".join(
        f"{round(x + (y - x) * share):02x}" for x, y in zip(a[:3], b[:3], strict=True)
    )


@lru_cache(maxsize=512)
def filling(kind: str, *colours: str) -> Image.Image | str:
    """Paint: `flat`, or lit as on a `round` thing or a `tube`, or changing on its way `down`."""
    if kind == "flat":
        return colours[0]
    if kind == "round":
        box = 128 / 0.9
        left, top = 128 - LIGHT[0] * box, 128 - LIGHT[1] * box
        spot = Image.radial_gradient("L").transform(
            (64, 64), Image.Transform.EXTENT, (left, top, left + box, top + box)
        )
        return ImageOps.colorize(spot, colours[0], colours[1])
    stripe = Image.new("RGB", (len(colours), 1))
    for n, colour in enumerate(colours):
        stripe.putpixel((n, 0), ImageColor.getrgb(colour)[:3])
    stripe = stripe.resize((64, 1), Image.Resampling.BICUBIC).resize((64, 2))
    return stripe if kind == "tube" else stripe.transpose(Image.Transpose.ROTATE_270)


@lru_cache(maxsize=64)
def _spot(strength_percent: int) -> Image.Image:
    """A soft mask: full in the middle, nothing at the rim, with no edge in between."""
    near = [max(0.0, 1 - v / RIM) for v in range(256)]
    full = 2.55 * strength_percent
    return Image.radial_gradient("L").point([round(full * t * t * (3 - 2 * t)) for t in near])
