"""Lettuce and cabbage in a crate, drawn."""

from math import cos, pi, sin

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Point, Points, placed, points, smooth, stroke
from api.simulation.drawings.props import table


def lettuce(canvas: Canvas, x: float, y: float, size: float, tint: str) -> None:
    """One head of lettuce standing, its outer leaves behind and its heart in front."""
    rng = canvas.rng
    for ring, (spread, length, count) in enumerate(((58, 300, 5), (38, 262, 4), (18, 215, 2))):
        base = mixed(tint, "#f1ffb8", ring * 0.22)
        for n in range(count):
            turn = -90 + (n / (count - 1) - 0.5) * 2 * spread + rng.uniform(-7, 7)
            blade = _ruffled(length * rng.uniform(0.92, 1.08) * size, rng.uniform(0, 6))
            light = mixed(base, "#ffffff", 0.24)
            canvas.round(placed(blade, x, y, turn=turn), light, mixed(base, "#06300f", 0.44))
            for lean in (-24, -11, 0, 11, 24):
                vein = [(length * 0.1, 0), (length * (0.84 - abs(lean) / 100) * size, 0)]
                pale = mixed(base, "#ffffff", 0.5)
                canvas.line(placed(vein, x, y, turn=turn + lean), pale, 6 if lean == 0 else 2.5)


def _ruffled(length: float, phase: float) -> Points:
    outline: list[Point] = [(0, 0)]
    for n in range(27):
        angle = (n / 26 - 0.5) * pi * 1.1
        wave = 0.045 * sin(n * 1.3 + phase) + 0.03 * sin(n * 2.9 + phase * 2)
        far = length * (0.72 + 0.28 * cos(angle)) * (1 + wave)
        outline.append((far * cos(angle * 0.52), far * sin(angle * 0.52)))
    return smooth(outline, steps=3)


def cabbage(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One round cabbage in its open outer leaves."""
    for turn in (-150, -30, -120, -60):
        blade = _ruffled(260 * size, turn)
        canvas.round(placed(blade, x, y + 90 * size, turn=turn), "#8cc47a", "#2f7a4a")
    canvas.ball(x, y, 165 * size, 158 * size, "#dcf2b8", "#5fa85e")
    for text in ("0,150 -40,20 -10,-140", "0,150 60,30 66,-110", "0,150 -96,40 -104,-70"):
        canvas.line(placed(stroke(text), x, y, scale=size), "#eefbd2", 6 * size)
    for text in ("-40,20 -90,-40", "-30,-40 20,-90", "60,30 110,-20", "-96,40 -136,0"):
        canvas.line(placed(stroke(text), x, y, scale=size), "#d8efb8", 4 * size)


def greens(canvas: Canvas) -> None:
    """A wooden crate of lettuce, green and red, and cabbages."""
    rng = canvas.rng
    canvas.haze((460, 240), 820, "#fbfff2", 0.9)
    canvas.bokeh("#ffffff", 16)
    table(canvas, 840, "#d3bf94", "#a98f60")
    canvas.shadow(800, 1090, 760, 90, 0.65)
    canvas.wash(points("170,620 1430,620 1430,760 170,760"), "#6d4a2a", "#8a6238")
    red = rng.choice(("#93405c", "#93405c", "#63a83f"))
    for n, x in enumerate((390, 665, 940, 1215)):
        tint = red if n % 2 else rng.choice(("#4f9e3f", "#5fae45"))
        lettuce(canvas, x + rng.uniform(-20, 20), 730, rng.uniform(1.12, 1.26), tint)
    cabbage(canvas, 520 + rng.uniform(-20, 20), 650, 0.92)
    if canvas.chance(0.6):
        cabbage(canvas, 1080 + rng.uniform(-20, 20), 654, 0.95)
    else:
        lettuce(canvas, 1080, 800, 1.06, "#6fb84e")
    crate(canvas)


def crate(canvas: Canvas) -> None:
    """The slatted front of a wooden crate."""
    for y in (712, 840, 968):
        shade = points(f"136,{y + 8} 1464,{y + 8} 1456,{y + 118} 144,{y + 118}")
        canvas.flat(shade, "#3f2814", 0.6)
        slat = points(f"130,{y} 1470,{y} 1462,{y + 104} 138,{y + 104}")
        canvas.across(slat, "#c08a50", "#e7bd84", "#d9aa6c", "#c08c54", "#9a6a38")
        for grain in (26, 58, 82):
            bend = canvas.rng.uniform(-9, 9)
            text = (
                f"150,{y + grain} 560,{y + grain + bend} 1040,{y + grain - bend} 1450,{y + grain}"
            )
            canvas.line(stroke(text), "#b98850", 2.5)
    for x in (190, 1350):
        canvas.across(
            points(f"{x},690 {x + 64},690 {x + 60},1092 {x + 4},1092"), "#d9aa6c", "#a97844"
        )
        for y in (764, 892, 1020):
            canvas.ball(x + 31, y, 7, 7, "#e9e3da", "#6f675c")
