"""Outlines: points in a plane, rounded, turned and put in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin, tau

Point = tuple[float, float]
Points = Sequence[Point]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a thing lies: its origin, how large, turned by how many degrees, mirrored by -1."""

    x: float = 0
    y: float = 0
    size: float = 1
    turn: float = 0
    flip: int = 1

    def put(self, points: Points) -> list[Point]:
        """The points of the thing as points of what it lies in."""
        angle = radians(self.turn)
        c, s = cos(angle) * self.size, sin(angle) * self.size
        cx, sx = c * self.flip, s * self.flip
        return [(self.x + px * cx - py * s, self.y + px * sx + py * c) for px, py in points]

    def inner(self, at: Point, size: float = 1, turn: float = 0) -> "Frame":
        """The place of a part within this place."""
        ((x, y),) = self.put([at])
        return Frame(x, y, self.size * size, self.turn + self.flip * turn, self.flip)

    def mirrored(self) -> "Frame":
        """The same place seen in a mirror that stands upright in its origin."""
        return Frame(self.x, self.y, self.size, self.turn, -self.flip)


def point(word: str) -> Point:
    """A point as in SVG: `52,-88`."""
    x, _, y = word.partition(",")
    return float(x), float(y)


@lru_cache(maxsize=2048)
def outline(shape: str, *words: str) -> tuple[Point, ...]:
    """An area's edge: `o` is an oval (middle, radii), `p` has corners, `c` is a curve through."""
    points = [point(word) for word in words]
    if shape == "o":
        (x, y), (rx, ry) = points
        return tuple((x + px * rx, y + py * ry) for px, py in CIRCLE)
    return tuple(points if shape == "p" else smooth(points))


@lru_cache(maxsize=1024)
def stroke(*words: str) -> tuple[Point, ...]:
    """An open curve through points; two points are a straight line."""
    points = [point(word) for word in words]
    return tuple(points if len(points) == 2 else smooth(points, closed=False))  # noqa: PLR2004


def smooth(points: Points, *, closed: bool = True, steps: int = 8) -> list[Point]:
    """A curve through the points (Catmull-Rom); a point named twice is a corner."""
    ends = (points[-1], points[0], points[1]) if closed else (points[0], points[-1])
    around = [ends[0], *points, *ends[1:]]
    curve: list[Point] = []
    for at in range(len(around) - 3):
        a, b, c, d = around[at : at + 4]
        for step in range(1 if b == c else steps):
            t = step / steps
            curve.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return curve if closed else [*curve, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
    )


CIRCLE = tuple((cos(tau * n / 48), sin(tau * n / 48)) for n in range(48))
