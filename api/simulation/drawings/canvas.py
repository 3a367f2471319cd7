"""A canvas of 1600 by 1200: drawn twice as large and made small, with light, shade and grain."""

import io
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageOps

from api.simulation.drawings.curves import Point, Points, oval, placed

WIDTH, HEIGHT = 1600, 1200
OVER = 2  # drawn this much larger, so that edges come out smooth
BACKDROP = 8  # backgrounds are soft: painted this much smaller
TILE = 256  # pixels of grain, repeated
RIM = 181  # what Pillow's radial gradient has reached at the sides; its corners reach 255
TOP_LEFT = (0.34, 0.28)  # where the light falls on round things


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies so far from one to the other."""
    a, b = ImageColor.getrgb(one), ImageColor.getrgb(other)
    return "#" + "".join(
        f"{round(x + (y - x) * share):02x}" for x, y in zip(a[:3], b[:3], strict=True)
    )


class Canvas:
    """One picture in the making; the later strokes lie above the earlier."""

    def __init__(self, rng: Random, *, top: str, bottom: str) -> None:
        self.rng = rng
        size = (WIDTH // BACKDROP, HEIGHT // BACKDROP)
        self._small: Image.Image | None = _linear(top, bottom).resize(size)
        self._image = Image.new("RGB", (1, 1))

    def chance(self, share: float) -> bool:
        """Whether it comes so this time: true in so large a share of pictures."""
        return self.rng.random() < share

    def haze(self, at: Point, radius: float, colour: str, strength: float = 1) -> None:
        """A wide soft light in the background, before anything is drawn on it."""
        if self._small is None:
            raise ValueError("the background is finished once something stands before it")
        _glow(self._small, at, (radius, radius), colour, strength, 1 / BACKDROP)

    def bokeh(self, colour: str, count: int, *, below: float = 700) -> None:
        """Pale discs far behind, out of focus."""
        if self._small is None:
            raise ValueError("the background is finished once something stands before it")
        for _ in range(count):
            r = self.rng.uniform(40, 120) / BACKDROP
            x = self.rng.uniform(0, WIDTH) / BACKDROP
            y = self.rng.uniform(0, below) / BACKDROP
            box = (round(x - r), round(y - r), round(x + r), round(y + r))
            mask = Image.new("L", self._small.size)
            ImageDraw.Draw(mask).ellipse(box, fill=self.rng.randint(30, 90))
            self._small.paste(colour, (0, 0, *self._small.size), mask)

    def glow(self, at: Point, rx: float, ry: float, colour: str, strength: float = 1) -> None:
        """A soft spot of colour: light, or shadow."""
        _glow(self._open(), at, (rx, ry), colour, strength, OVER)

    def shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.4) -> None:
        """What a thing takes from the light of the ground below it."""
        self.glow((x, y), rx, ry, "#2a1a14", strength)

    def round(
        self, points: Points, light: str, dark: str, *, at: Point = TOP_LEFT, reach: float = 0.95
    ) -> None:
        """A solid thing: light where the light falls, dark at its far edge."""
        self._paste(points, _radial(light, dark, at, reach))

    def wash(self, points: Points, top: str, bottom: str) -> None:
        """An area that changes from top to bottom."""
        self._paste(points, _linear(top, bottom))

    def across(self, points: Points, *colours: str) -> None:
        """An area that changes from left to right, as glass and cylinders do."""
        self._paste(points, _across(colours))

    def flat(self, points: Points, colour: str, strength: float = 1) -> None:
        """An area of one colour, see-through where the strength is below one."""
        self._paste(points, Image.new("RGB", (1, 1), colour), strength)

    def ball(self, x: float, y: float, rx: float, ry: float, light: str, dark: str) -> None:
        """A round thing."""
        self.round(placed(oval(rx, ry), x, y), light, dark)

    def line(self, points: Points, colour: str, width: float) -> None:
        """A stroke with round ends."""
        image = self._open()
        draw = ImageDraw.Draw(image)
        dots = [(x * OVER, y * OVER) for x, y in points]
        draw.line(dots, fill=colour, width=max(1, round(width * OVER)), joint="curve")
        r = width * OVER / 2
        for x, y in (dots[0], dots[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def jpeg(self, *, warmth: float = 0.1) -> bytes:
        """The finished picture with light from the upper left and a little grain."""
        picture = self._open().reduce(OVER)
        if self.chance(0.5):
            picture = ImageOps.mirror(picture)
        _glow(picture, (300, 60), (1300, 900), "#fff3d6", warmth, 1)
        picture = ImageChops.add(picture, _grain(self.rng), 1, -4)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=86, progressive=True, optimize=True)
        return out.getvalue()

    def _open(self) -> Image.Image:
        if self._small is not None:
            size = (WIDTH * OVER, HEIGHT * OVER)
            self._image = self._small.resize(size, Image.Resampling.BILINEAR)
            self._small = None
        return self._image

    def _paste(self, points: Points, fill: Image.Image, strength: float = 1) -> None:
        image = self._open()
        left = max(0, int(min(x for x, _ in points) * OVER))
        top = max(0, int(min(y for _, y in points) * OVER))
        right = min(image.width, int(max(x for x, _ in points) * OVER) + 2)
        bottom = min(image.height, int(max(y for _, y in points) * OVER) + 2)
        if right <= left or bottom <= top:
            return
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        inside = [(x * OVER - left, y * OVER - top) for x, y in points]
        ImageDraw.Draw(mask).polygon(inside, fill=round(255 * strength))
        image.paste(fill.resize(size, Image.Resampling.BILINEAR), (left, top), mask)


def _glow(
    image: Image.Image,
    at: Point,
    radii: Point,
    colour: str,
    strength: float,
    scale: float,
) -> None:
    size = (max(2, round(radii[0] * 2 * scale)), max(2, round(radii[1] * 2 * scale)))
    mask = _spot(round(strength * 100)).resize(size, Image.Resampling.BILINEAR)
    corner = (round((at[0] - radii[0]) * scale), round((at[1] - radii[1]) * scale))
    image.paste(colour, (*corner, corner[0] + size[0], corner[1] + size[1]), mask)


@lru_cache(maxsize=64)
def _spot(strength_percent: int) -> Image.Image:
    """A soft mask: full in the middle, nothing at the rim, with no edge in between."""
    full = 255 * strength_percent / 100
    near = [max(0.0, 1 - v / RIM) for v in range(256)]
    return Image.radial_gradient("L").point([round(full * t * t * (3 - 2 * t)) for t in near])


@lru_cache(maxsize=256)
def _radial(light: str, dark: str, at: Point, reach: float) -> Image.Image:
    box = 128 / reach
    left, top = 128 - at[0] * box, 128 - at[1] * box
    spot = Image.radial_gradient("L").transform(
        (64, 64), Image.Transform.EXTENT, (left, top, left + box, top + box)
    )
    return ImageOps.colorize(spot, light, dark)


@lru_cache(maxsize=256)
def _linear(top: str, bottom: str) -> Image.Image:
    return ImageOps.colorize(Image.linear_gradient("L"), top, bottom).resize((2, 64))


@lru_cache(maxsize=64)
def _across(colours: tuple[str, ...]) -> Image.Image:
    stripe = Image.new("RGB", (len(colours), 1))
    for n, colour in enumerate(colours):
        stripe.putpixel((n, 0), ImageColor.getrgb(colour)[:3])
    return stripe.resize((128, 2), Image.Resampling.BICUBIC)


def _grain(rng: Random) -> Image.Image:
    tile = Image.frombytes("L", (TILE, TILE), rng.randbytes(TILE * TILE))
    tile = tile.point([round(v * 8 / 255) for v in range(256)])
    grain = Image.new("L", (WIDTH, HEIGHT))
    for x in range(0, WIDTH, TILE):
        for y in range(0, HEIGHT, TILE):
            grain.paste(tile, (x, y))
    return Image.merge("RGB", (grain, grain, grain))
