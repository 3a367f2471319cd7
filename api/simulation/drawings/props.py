"""What stands around the goods: a table, leaves, a bowl, a tray, steam."""

from math import cos, pi, sin

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Point, curve, leaf, oval, placed, smooth, stroke


def table(canvas: Canvas, edge: float, top: str, bottom: str) -> None:
    """A table or a floor, from its far edge down."""
    canvas.wash([(0, edge), (1600, edge), (1600, 1200), (0, 1200)], top, bottom)
    canvas.glow((800, edge), 1100, 60, mixed(bottom, "#000000", 0.35), 0.28)


def leaves(canvas: Canvas, at: Point, turns: list[float], length: float, green: str) -> None:
    """A few leaves from one point, each with its middle vein."""
    for turn in turns:
        size = length * canvas.rng.uniform(0.85, 1.1)
        outline = placed(leaf(size, size * 0.46), *at, turn=turn)
        canvas.round(outline, mixed(green, "#ffffff", 0.22), mixed(green, "#04210f", 0.35))
        vein = placed([(size * 0.06, 0), (size * 0.9, 0)], *at, turn=turn)
        canvas.line(vein, mixed(green, "#ffffff", 0.38), 3)


def bowl(canvas: Canvas, at: Point, rx: float, colour: str) -> None:
    """The front of a bowl below its rim at `at`; what is in it is drawn before."""
    x, y = at
    depth = rx * 0.62
    side = smooth(
        [
            (-rx, 0),
            (-rx * 0.86, depth * 0.55),
            (-rx * 0.42, depth),
            (rx * 0.42, depth),
            (rx * 0.86, depth * 0.55),
            (rx, 0),
            (rx * 0.5, rx * 0.09),
            (0, rx * 0.11),
            (-rx * 0.5, rx * 0.09),
        ]
    )
    canvas.across(
        placed(side, x, y),
        mixed(colour, "#000000", 0.18),
        mixed(colour, "#ffffff", 0.3),
        colour,
        mixed(colour, "#000000", 0.28),
        mixed(colour, "#000000", 0.5),
    )


def rim(canvas: Canvas, at: Point, rx: float, colour: str) -> None:
    """The inside of a bowl or basket, seen from a little above."""
    canvas.flat(placed(oval(rx, rx * 0.16), *at), mixed(colour, "#ffffff", 0.25))
    inside = placed(oval(rx * 0.96, rx * 0.13), *at)
    canvas.wash(inside, mixed(colour, "#000000", 0.55), mixed(colour, "#000000", 0.3))


def tray(canvas: Canvas, at: Point, radius: float) -> None:
    """A round flat bamboo tray, seen from above."""
    x, y = at
    canvas.shadow(x + 20, y + 40, radius * 1.12, radius * 1.1, 0.6)
    canvas.round(placed(oval(radius, radius), x, y), "#d9a865", "#9a6a35")
    canvas.round(placed(oval(radius * 0.93, radius * 0.93), x, y), "#f0d39c", "#d0a262")
    pitch = radius / 13
    for n in range(-12, 13):
        half = (max(0.0, (radius * 0.92) ** 2 - (n * pitch) ** 2)) ** 0.5
        along = [(x + n * pitch, y - half), (x + n * pitch, y + half)]
        canvas.line(along, "#cfa468", 4)
        canvas.line([(x - half, y + n * pitch), (x + half, y + n * pitch)], "#e2bd81", 4)


def steam(canvas: Canvas, at: Point, height: float) -> None:
    """Wisps of steam."""
    x, y = at
    for lane in (-1, 0, 1):
        sway = canvas.rng.uniform(0, 2 * pi)
        for n in range(14):
            up = n / 14
            spot = (x + lane * 70 + sin(sway + up * 5) * 40 * up, y - up * height)
            canvas.glow(spot, 34 + 60 * up, 46 + 60 * up, "#ffffff", 0.2 * cos(up * pi / 2))


def lime(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A slice of lime."""
    canvas.shadow(x + 6, y + 12, radius * 1.2, radius * 1.15, 0.5)
    canvas.flat(placed(oval(radius, radius), x, y), "#5f9e34")
    canvas.flat(placed(oval(radius * 0.9, radius * 0.9), x, y), "#f2f7d3")
    for n in range(9):
        wedge = smooth(
            [
                (6, 0),
                (radius * 0.72, -radius * 0.22),
                (radius * 0.82, 0),
                (radius * 0.72, radius * 0.22),
            ]
        )
        canvas.round(placed(wedge, x, y, turn=n * 40 + radius), "#dcec9a", "#a8cf57")


def chilli(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """A red chilli."""
    pod = curve("0,-14 60,-24 130,-14 196,18 126,12 60,14 0,12")
    canvas.round(placed(pod, x, y, scale=size, turn=turn), "#ff5a46", "#a80f1c", at=(0.4, 0.2))
    stem = placed(stroke("2,0 -26,-6 -48,-22"), x, y, scale=size, turn=turn)
    canvas.line(stem, "#4d9440", 9 * size)
