"""Flowers, cut and bound, drawn."""

from math import cos, pi, sin, tau

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import curve, oval, placed, points, smooth
from api.simulation.drawings.props import leaves, table

PETALS = ("#f06a8a", "#f7a541", "#fff3e2", "#e2497f", "#b98be0", "#ffd04f", "#f28a6a")
PETAL = "0,0 30,-12 66,-17 94,-12 104,0 94,12 66,17 30,12"


def gerbera(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    """One flower with two rings of petals."""
    canvas.glow((x + 8, y + 18), radius * 1.25, radius * 1.25, "#2a1a30", 0.4)
    start = canvas.rng.uniform(0, 40)
    for ring, (count, reach) in enumerate(((14, 1.0), (11, 0.7))):
        tone = mixed(colour, "#ffffff", ring * 0.2)
        for n in range(count):
            turn = start + n * 360 / count + ring * 9
            petal = placed(curve(PETAL), x, y, scale=radius * reach / 100, turn=turn)
            canvas.round(
                petal, mixed(tone, "#ffffff", 0.34), mixed(tone, "#5a0a30", 0.26), at=(0.4, 0.3)
            )
    canvas.ball(x, y, radius * 0.27, radius * 0.27, "#ffe27a", "#a8651a")
    for n in range(14):
        angle = tau * n / 14
        spot = (x + cos(angle) * radius * 0.24, y + sin(angle) * radius * 0.24)
        canvas.flat(placed(oval(radius * 0.045, radius * 0.045, corners=8), *spot), "#7a3f12")


def rose(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    """One rose, its petals folded around each other."""
    canvas.glow((x + 8, y + 18), radius * 1.25, radius * 1.25, "#2a1a30", 0.4)
    start = canvas.rng.uniform(0, 72)
    for ring in range(5):
        size = radius * (1 - ring * 0.19)
        for n in range(5):
            angle = (start + n * 72 + ring * 34) * pi / 180
            at = (x + cos(angle) * size * 0.36, y + sin(angle) * size * 0.36)
            tone = mixed(colour, "#4a0420", ring * 0.1)
            petal = placed(oval(size * 0.66, size * 0.6), *at, turn=start + n * 72)
            canvas.round(
                petal,
                mixed(tone, "#ffffff", 0.4),
                mixed(tone, "#3a0018", 0.22),
                at=(0.4, 0.3),
                reach=0.8,
            )
    canvas.round(
        placed(oval(radius * 0.13, radius * 0.11), x, y), mixed(colour, "#4a0420", 0.4), "#5a0a28"
    )


def flowers(canvas: Canvas) -> None:
    """A bunch of flowers in paper: roses, gerberas, leaves."""
    rng = canvas.rng
    canvas.haze((480, 260), 820, "#ffffff", 0.9)
    canvas.bokeh("#ffffff", 16, below=1000)
    table(canvas, 960, "#ecd6dc", "#d3b2bf")
    canvas.shadow(830, 1120, 420, 60, 0.6)
    for turn in (-158, -136, -112, -90, -66, -44, -22):
        leaves(canvas, (800, 640), [turn], 520, rng.choice(("#4f9a57", "#3f8a50", "#6aa860")))
    canvas.wash(curve("430,560 800,470 1170,560 1010,860 800,900 590,860"), "#c79b6a", "#a87a4a")
    colours = rng.sample(PETALS, 4)
    spots = points(
        "530,420 720,300 920,290 1090,420 440,570 640,520 830,470 990,560 1160,580 600,690"
        " 770,640 940,690"
    )
    flower = rng.choice((rose, gerbera))
    for n, (x, y) in enumerate(spots):
        draw = flower if n % 4 else gerbera
        draw(
            canvas,
            x + rng.uniform(-14, 14),
            y + rng.uniform(-14, 14),
            rng.uniform(112, 138),
            colours[n % 4],
        )
    for side in (-1, 1):
        sheet = [(0, 760), (side * 430, 560), (side * 400, 640), (side * 120, 1130), (0, 1150)]
        canvas.across(
            placed(sheet, 800, 0),
            *(("#e6c79b", "#f6e2bf", "#d0a571") if side < 0 else ("#dcb787", "#f3dcb4", "#c4945c")),
        )
    canvas.line(placed([(0, 770), (0, 1146)], 800, 0), "#b98a55", 3)
    canvas.wash(placed(points("-176,940 176,940 162,984 -162,984"), 800, 0), "#e2607f", "#b93a5c")
    for side in (-1, 1):
        loop = smooth([(0, 0), (side * 90, -60), (side * 130, 0), (side * 90, 44)])
        canvas.round(placed(loop, 800, 962), "#f58aa2", "#b93a5c")
    canvas.ball(800, 962, 26, 24, "#f79ab0", "#b93a5c")


def rosette(canvas: Canvas, x: float, y: float, size: float, green: str) -> None:
    """One succulent, its thick leaves in rings seen from a little above."""
    start = canvas.rng.uniform(0, 40)
    for ring, (count, reach) in enumerate(((11, 150), (10, 122), (8, 92), (6, 62), (4, 36))):
        for n in range(count):
            turn = start + n * 360 / count + ring * 17
            blade = placed(curve("0,0 40,-24 84,-30 112,0 84,30 40,24"), 0, 0, turn=turn)
            outline = [
                (x + px * reach * size / 100, y + py * reach * size / 150) for px, py in blade
            ]
            tone = mixed(green, "#f6ffe0", ring * 0.12)
            canvas.round(outline, mixed(tone, "#ffffff", 0.3), mixed(tone, "#5a2a4a", 0.4))


def flower_pot(canvas: Canvas, x: float, y: float, size: float, clay: str) -> None:
    """A small pot of burnt clay below a plant at (x, y)."""
    dark = mixed(clay, "#000000", 0.4)
    body = placed(points("-120,30 120,30 92,250 -92,250"), x, y, scale=size)
    canvas.shadow(x + 12, y + 252 * size, 170 * size, 32 * size, 0.65)
    canvas.across(body, dark, mixed(clay, "#ffffff", 0.28), clay, dark)
    collar = placed(points("-142,-16 142,-16 136,52 -136,52"), x, y, scale=size)
    canvas.across(collar, dark, mixed(clay, "#ffffff", 0.36), clay, dark)
    canvas.wash(placed(oval(142, 34), x, y - 16 * size, scale=size), "#4a2f20", "#6d4a30")


def succulents(canvas: Canvas) -> None:
    """Three succulents in clay pots."""
    rng = canvas.rng
    canvas.haze((460, 240), 820, "#ffffff", 0.9)
    canvas.bokeh("#ffffff", 16)
    table(canvas, 850, "#e2d2b4", "#bfa67c")
    greens = rng.sample(("#6fae8c", "#8fb86a", "#7fa8a8", "#b58aa8"), 3)
    clays = rng.sample(("#c8703f", "#d9b48a", "#b5674a", "#a8573a"), 3)
    for n, (x, y, size) in enumerate(((360, 660, 1.5), (1240, 670, 1.46), (800, 600, 1.9))):
        flower_pot(canvas, x, y, size, clays[n])
        rosette(canvas, x, y - 30 * size, size * rng.uniform(1.0, 1.1), greens[n])
