"""Outlines: points in a plane, rounded, turned and put in their place."""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi, sin, tau
from random import Random

Point = tuple[float, float]
Points = Sequence[Point]


def smooth(points: Points, *, closed: bool = True, steps: int = 8) -> list[Point]:
    """A curve through the points (Catmull-Rom)."""
    count = len(points)
    if closed:
        around = [points[-1], *points, points[0], points[1]]
    else:
        around = [points[0], *points, points[-1]]
    curve: list[Point] = []
    for at in range(count if closed else count - 1):
        a, b, c, d = around[at : at + 4]
        for step in range(steps):
            t = step / steps
            curve.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return curve if closed else [*curve, points[-1]]


@lru_cache(maxsize=512)
def _marks(text: str) -> tuple[Point, ...]:
    pairs = (pair.split(",") for pair in text.split())
    return tuple((float(x), float(y)) for x, y in pairs)


def points(text: str) -> list[Point]:
    """Points written as in SVG: `0,-78 52,-88`."""
    return list(_marks(text))


def curve(text: str) -> list[Point]:
    """A closed curve through points written as in SVG."""
    return smooth(points(text))


def stroke(text: str) -> list[Point]:
    """An open curve through points written as in SVG."""
    return smooth(points(text), closed=False)


def placed(points: Points, x: float, y: float, *, scale: float = 1, turn: float = 0) -> list[Point]:
    """The points enlarged, turned by degrees, and moved to (x, y)."""
    angle = turn * pi / 180
    c, s = cos(angle) * scale, sin(angle) * scale
    return [(x + px * c - py * s, y + px * s + py * c) for px, py in points]


def oval(rx: float, ry: float, *, corners: int = 0) -> list[Point]:
    """An ellipse about the origin; the larger, the more corners it needs to look round."""
    corners = corners or 12 + round(6 * max(rx, ry) ** 0.5)
    return [(rx * cos(tau * n / corners), ry * sin(tau * n / corners)) for n in range(corners)]


def star(tips: int, outer: float, inner: float, *, turn: float = 0) -> list[Point]:
    """A star about the origin, its first tip at `turn` degrees."""
    start = turn * pi / 180
    return [
        (radius * cos(start + pi * n / tips), radius * sin(start + pi * n / tips))
        for n in range(2 * tips)
        for radius in [outer if n % 2 == 0 else inner]
    ]


def pebble(rng: Random, radius: float, *, rough: float = 0.08, corners: int = 11) -> list[Point]:
    """A roundish outline about the origin, never the same twice."""
    return smooth(
        [
            (x * (1 + rng.uniform(-rough, rough)), y * (1 + rng.uniform(-rough, rough)))
            for x, y in oval(radius, radius, corners=corners)
        ]
    )


def leaf(length: float, width: float) -> list[Point]:
    """A pointed leaf from the origin along the x axis."""
    half = width / 2
    return smooth(
        [
            (0, 0),
            (length * 0.2, -half * 0.72),
            (length * 0.5, -half),
            (length * 0.82, -half * 0.45),
            (length, 0),
            (length * 0.82, half * 0.45),
            (length * 0.5, half),
            (length * 0.2, half * 0.72),
        ]
    )


def hills(
    rng: Random, base: float, height: float, *, peaks: int, width: float = 1600
) -> list[Point]:
    """A skyline across the picture, open at both ends."""
    points = [(-80.0, base - rng.uniform(0, height))]
    for n in range(peaks * 2):
        rise = rng.uniform(0.55, 1) if n % 2 else rng.uniform(0, 0.4)
        x = width * (n + 0.5) / (peaks * 2) + rng.uniform(-0.25, 0.25) * width / (peaks * 2)
        points.append((x, base - height * rise))
    return smooth([*points, (width + 80, base - rng.uniform(0, height))], closed=False)


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
    )
