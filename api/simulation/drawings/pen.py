"""The few words that pictures are written in; one line is one word and what it needs.

Areas: `round` (lit as a solid thing), `tube` (lit as a cylinder), `down` (from top to bottom) or
`flat`, then colours, a strength below one, and an outline (`o`, `c` or `p`, see curves.outline).
A colour is six hex digits, lighter or darker by percents (`d8402f-30`); one alone is shaded by
itself; `$` is the colour that a thing is asked for in; `a|b` is one of them by chance.

    line COLOUR WIDTH POINTS                 dots COLOUR [STRENGTH] COUNT MIDDLE RADII RADIUS
    glow COLOUR STRENGTH MIDDLE RADII        hills COLOUR BASE HEIGHT PEAKS
    waves FAR NEAR LEVEL                     both LINE (also as in a mirror)
    put THING AT [SIZE TURN COLOUR]
    fan THING COUNT AT FROM,TO [SIZE COLOUR]           turned more and more
    ring THING COUNT MIDDLE RADII [SIZE COLOUR]        around a middle, pointing outward
    row THING COUNT FROM TO [SIZE JITTER COLOUR]       things never the same twice
    scatter THING COUNT MIDDLE RADII [SIZE JITTER COLOUR]
    heap THING APART FOOT HALF,HEIGHT [SIZE JITTER COLOUR]
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import atan2, cos, degrees, sin, tau
from random import Random

from api.simulation.drawings.canvas import Canvas, Mark, filling, mixed, sticker
from api.simulation.drawings.curves import Frame, Point, Points, outline, point, smooth, stroke

Words = list[str]
Pictures = Mapping[str, list[Words]]
SHAPES = frozenset("ocp")
VARIANTS = 4  # so many of the things in a heap are drawn; the others are copies
# What one colour becomes where it is shaded: percents towards BRIGHT, or DEEP.
SHADES = {"round": (24, -40), "tube": (-36, 28, 0, -26, -50), "down": (14, -26), "flat": (0,)}
BRIGHT, DEEP = "#fff2cc", "#1c0a08"  # warm light, warm shade


class Pen:
    """Notes down the marks of one thing in its place."""

    def __init__(self, pictures: Pictures, rng: Random, frame: Frame, tint: str = "") -> None:
        self.pictures = pictures
        self.rng = rng
        self.frame = frame
        self.tint = tint
        self.marks: list[Mark] = []

    def draw(self, thing: str) -> list[Mark]:
        """All lines of a thing."""
        for words in self.pictures[thing]:
            self.line(words)
        return self.marks

    def line(self, words: Words) -> None:
        """One line of the language."""
        _WORDS[words[0]](self, words)

    def part(self, thing: str, at: Point, size: float, turn: float, tint: str) -> None:
        """A thing within the thing."""
        self.marks += self._inner(thing, self.frame.inner(at, size, turn), tint)

    def copies(self, thing: str, places: Points, words: Words) -> None:
        """Things at places, no two alike, as far as the eye can tell."""
        size, jitter, tint = _whole(words, "1 0 $")
        variants = [
            self._inner(thing, self._loose(float(size), float(jitter)), tint)
            for _ in range(min(len(places), VARIANTS * (1 + thing.count("|"))))
        ]
        spots = [(self.rng.randrange(len(variants)), at) for at in self.frame.put(places)]
        boxes = [_corners(variant) for variant in variants]
        extent = [(x + px, y + py) for n, (x, y) in spots for px, py in boxes[n]]
        self.marks.append(Mark(extent, partial(_stamp, variants=variants, spots=spots)))

    def colour(self, word: str) -> str:
        """The colour that a word means here."""
        word = self.rng.choice(word.split("|"))
        base, sign, percent = word.partition("+" if "+" in word else "-")
        base = (self.tint or "b0884a") if base == "$" else base
        towards = BRIGHT if sign == "+" else DEEP
        return mixed(f"#{base.lstrip('#')}", towards, int(percent or 0) / 100)

    def _loose(self, size: float, jitter: float) -> Frame:
        turn = self.rng.uniform(-jitter, jitter)
        size *= self.frame.size * self.rng.uniform(0.93, 1.07)
        return Frame(0, 0, size, self.frame.turn + turn, self.rng.choice((1, 1, -1)))

    def _inner(self, thing: str, frame: Frame, tint: str) -> list[Mark]:
        name = self.rng.choice(thing.split("|"))
        return Pen(self.pictures, self.rng, frame, self.colour(tint)).draw(name)


def _stamp(canvas: Canvas, variants: list[list[Mark]], spots: list[tuple[int, Point]]) -> None:
    stickers = [sticker(marks) for marks in variants]
    for n, at in spots:
        canvas.stamp(stickers[n], at)


def _corners(marks: list[Mark]) -> Points:
    xs, ys = zip(*(at for mark in marks for at in mark.extent), strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))


def _area(pen: Pen, words: Words) -> None:
    kind = words[0]
    start = next(n for n, word in enumerate(words) if word in SHAPES)
    colours = words[1:start]
    strength = float(colours.pop()) if colours[-1].startswith(".") else 1
    shades = [pen.colour(word) for word in colours]
    if len(shades) == 1:
        shades = [
            mixed(shades[0], BRIGHT if share > 0 else DEEP, abs(share) / 100)
            for share in SHADES[kind]
        ]
    fill = filling(kind, *shades)
    points = pen.frame.put(outline(*words[start:]))
    pen.marks.append(Mark(points, lambda canvas: canvas.area(points, fill, strength)))


def _line(pen: Pen, words: Words) -> None:
    colour, width = pen.colour(words[1]), float(words[2]) * pen.frame.size
    points = pen.frame.put(stroke(*words[3:]))
    pen.marks.append(Mark(points, lambda canvas: canvas.line(points, colour, width)))


def _glow(pen: Pen, words: Words) -> None:
    colour, strength = pen.colour(words[1]), float(words[2])
    (at,) = pen.frame.put([point(words[3])])
    rx, ry = (r * pen.frame.size for r in point(words[4]))
    pen.marks.append(Mark((at,), lambda canvas: canvas.glow(at, (rx, ry), colour, strength)))


def _dots(pen: Pen, words: Words) -> None:
    *colour, count, middle, radii, radius = words[1:]
    for x, y in _spread(pen.rng, int(count), point(middle), point(radii)):
        r = float(radius) * pen.rng.uniform(0.6, 1.4)
        pen.line(["flat", *colour, "o", f"{x},{y}", f"{r},{r}"])


def _hills(pen: Pen, words: Words) -> None:
    base, height, peaks = (float(word) for word in words[2:])
    ridge = [(-60.0, base - pen.rng.uniform(0, height))]
    for n in range(int(peaks) * 2):
        rise = pen.rng.uniform(0.55, 1) if n % 2 else pen.rng.uniform(0, 0.4)
        ridge.append((1280 * (n + pen.rng.uniform(0.25, 0.75)) / (peaks * 2), base - height * rise))
    ridge = smooth([*ridge, (1340, base - pen.rng.uniform(0, height))], closed=False)
    edge = [f"{x:.0f},{y:.0f}" for x, y in (*ridge, (1340, 1000), (-60, 1000))]
    pen.line(["down", words[1], f"{words[1]}+25", "p", *edge])


def _waves(pen: Pen, words: Words) -> None:
    far, near, level = words[1], words[2], float(words[3])
    pen.line(["down", far, near, "p", f"0,{level}", f"1280,{level}", "1280,960", "0,960"])
    for n in range(26):
        depth = (n / 25) ** 1.7
        x, y = pen.rng.uniform(-60, 1200), level + 12 + depth * (940 - level)
        span, lift = 70 + 210 * depth, 3 + 8 * depth
        crest = (f"{x + span * t / 4:.0f},{y + lift * (t % 2):.0f}" for t in range(5))
        pen.line(["line", f"{(far, near)[round(depth)]}+36", f"{2 + 4 * depth}", *crest])


def _both(pen: Pen, words: Words) -> None:
    pen.line(words[1:])
    pen.frame = pen.frame.mirrored()
    pen.line(words[1:])
    pen.frame = pen.frame.mirrored()


def _put(pen: Pen, words: Words) -> None:
    _, thing, at, size, turn, tint = _whole(words, "put THING AT 1 0 $")
    pen.part(thing, point(at), float(size), float(turn), tint)


def _fan(pen: Pen, words: Words) -> None:
    _, thing, count, at, turns, size, tint = _whole(words, "fan THING COUNT AT TURNS 1 $")
    first, last = point(turns)
    for n in range(int(count)):
        turn = first + (last - first) * n / (int(count) - 1) + pen.rng.uniform(-3, 3)
        pen.part(thing, point(at), float(size) * pen.rng.uniform(0.94, 1.06), turn, tint)


def _ring(pen: Pen, words: Words) -> None:
    _, thing, count, middle, radii, size, tint = _whole(words, "ring THING COUNT AT RADII 1 $")
    (x, y), (rx, ry), start = point(middle), point(radii), pen.rng.random()
    for n in range(int(count)):
        px, py = rx * cos(tau * (n + start) / int(count)), ry * sin(tau * (n + start) / int(count))
        pen.part(thing, (x + px, y + py), float(size), degrees(atan2(py, px)), tint)


def _row(pen: Pen, words: Words) -> None:
    (x, y), (x2, y2), count = point(words[3]), point(words[4]), int(words[2])
    steps = [n / max(1, count - 1) for n in range(count)]
    pen.copies(words[1], [(x + (x2 - x) * t, y + (y2 - y) * t) for t in steps], words[5:])


def _scatter(pen: Pen, words: Words) -> None:
    spots = _spread(pen.rng, int(words[2]), point(words[3]), point(words[4]))
    pen.copies(words[1], sorted(spots, key=lambda spot: spot[1]), words[5:])


def _heap(pen: Pen, words: Words) -> None:
    apart, (x, y), (half, height) = float(words[2]), point(words[3]), point(words[4])
    rows = max(1, round(height / apart / 0.62))
    spots: list[Point] = []
    for row in range(rows, -1, -1):
        wide = half * (1 - (row / (rows + 0.6)) ** 1.6)
        count = max(1, round(2 * wide / apart))
        for n in range(count):
            across = x + (n - (count - 1) / 2) * apart + pen.rng.uniform(-0.12, 0.12) * apart
            sag = 0.1 * height * (1 - ((across - x) / half) ** 2)
            up = row * height / rows + pen.rng.uniform(-0.1, 0.1) * apart
            spots.append((across, y - up + sag))
    pen.copies(words[1], spots, words[5:])


def _spread(rng: Random, count: int, middle: Point, radii: Point) -> list[Point]:
    """Points all over an oval, as the seeds of a sunflower lie, each a little out of its place."""
    loose = 0.7 / count**0.5
    spots: list[Point] = []
    for n in range(count):
        far, angle = ((n + 0.5) / count) ** 0.5, 2.39996 * n  # the golden angle
        x = far * cos(angle) + rng.uniform(-loose, loose)
        y = far * sin(angle) + rng.uniform(-loose, loose)
        spots.append((middle[0] + x * radii[0], middle[1] + y * radii[1]))
    return spots


def _whole(words: Words, usual: str) -> Words:
    """The words of a line, and the usual ones for those it leaves out."""
    return [*words, *usual.split()[len(words) :]]


_WORDS: Mapping[str, Callable[[Pen, Words], None]] = {
    **dict.fromkeys(SHADES, _area),
    "line": _line,
    "glow": _glow,
    "dots": _dots,
    "hills": _hills,
    "waves": _waves,
    "both": _both,
    "put": _put,
    "fan": _fan,
    "ring": _ring,
    "row": _row,
    "scatter": _scatter,
    "heap": _heap,
}
