"""An evening with gongs around the fire, drawn."""

from math import cos, pi, sin

from api.simulation.drawings.canvas import Canvas
from api.simulation.drawings.curves import curve, hills, oval, placed, points, smooth, stroke
from api.simulation.drawings.land import DOWN


def flame(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A fire of crossed logs, with sparks."""
    for turn in (-24, 20, -6):
        log = [(-130, 20), (130, -6)]
        canvas.line(placed(log, x, y, scale=size, turn=turn), "#5a331d", 30 * size)
        canvas.line(
            placed([(-120, 12), (120, -12)], x, y, scale=size, turn=turn), "#8a5030", 8 * size
        )
    tongues = (
        (
            "-120,0 -96,-120 -46,-96 -30,-260 26,-170 58,-240 70,-110 112,-130 118,0 60,40 -60,40",
            "#ff9a2e",
            "#d9381e",
        ),
        (
            "-80,4 -66,-80 -30,-70 -10,-184 24,-110 48,-140 76,-60 80,4 40,34 -40,34",
            "#ffd257",
            "#ff8a1f",
        ),
        ("-44,8 -30,-50 0,-110 26,-46 44,8 16,28 -18,28", "#fffbd0", "#ffd64f"),
    )
    for text, light, dark in tongues:
        tongue = placed(curve(text), x, y, scale=size * canvas.rng.uniform(0.95, 1.06))
        canvas.round(tongue, light, dark, at=(0.5, 0.8))
    for _ in range(46):
        up = canvas.rng.random()
        spot = (x + canvas.rng.gauss(0, 40 + 120 * up) * size, y - (120 + up * 520) * size)
        canvas.flat(placed(oval(4 - 2 * up, 4 - 2 * up, corners=8), *spot), "#ffc766")


def house(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A long house on stilts under a tall thatched roof."""
    for post in range(-4, 5):
        canvas.line(
            placed([(post * 70, 0), (post * 70, -90)], x, y, scale=size), "#2c1a1c", 12 * size
        )
    canvas.wash(
        placed(points("-300,-180 300,-180 310,-84 -310,-84"), x, y, scale=size),
        "#6a3f2c",
        "#3d2320",
    )
    for window in (-180, -20, 140):
        canvas.wash(
            placed(
                [(window, -160), (window + 70, -160), (window + 70, -100), (window, -100)],
                x,
                y,
                scale=size,
            ),
            "#ffd98a",
            "#f09a45",
        )
    roof = stroke("-380,-160 -300,-240 -230,-470")
    roof += stroke("230,-470 300,-240 380,-160")
    canvas.wash(placed(roof, x, y, scale=size), "#7d5a3c", "#3a2622")


def gong(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A bronze gong on its cord."""
    canvas.line([(x, y - radius * 1.7), (x - radius * 0.5, y - radius * 0.8)], "#c9ad80", 5)
    canvas.line([(x, y - radius * 1.7), (x + radius * 0.5, y - radius * 0.8)], "#c9ad80", 5)
    canvas.ball(x, y, radius, radius, "#ffd888", "#7a4414")
    canvas.round(
        placed(oval(radius * 0.86, radius * 0.86), x, y), "#e8ad55", "#a56420", at=(0.6, 0.7)
    )
    canvas.ball(x, y, radius * 0.34, radius * 0.34, "#fff0bd", "#9a5a1c")


def dancer(canvas: Canvas, x: float, y: float, size: float, turn: int) -> None:
    """Somebody in the ring around the fire, in indigo with a bright hem."""
    lit = "#c2623a"
    canvas.across(
        placed(curve("-40,0 -30,-120 -36,-190 36,-190 30,-120 44,0"), x, y, scale=size),
        *(("#3a2350", lit) if turn < 0 else (lit, "#3a2350")),
    )
    canvas.line(placed([(-40, -14), (42, -14)], x, y, scale=size), "#ffce5a", 9 * size)
    canvas.line(placed([(-28, -110), (28, -110)], x, y, scale=size), "#e2464a", 8 * size)
    for side in (-1, 1):
        lift = -250 if side == turn else -96
        canvas.line(
            placed(
                smooth(
                    [(side * 30, -176), (side * 66, -150), (side * 92, lift * 0.75)], closed=False
                ),
                x,
                y,
                scale=size,
            ),
            "#8a4a30",
            15 * size,
        )
    canvas.ball(x, y - 222 * size, 27 * size, 30 * size, "#d98c5c", "#6d3a28")
    canvas.line(placed([(-26, -238), (26, -238)], x, y, scale=size), "#e2464a", 9 * size)


def gongs(canvas: Canvas) -> None:
    """A night of gongs: fire, a long house, people in a ring."""
    rng = canvas.rng
    canvas.haze((800, 860), 900, "#d9622b", 0.85)
    for _ in range(90):
        r = rng.uniform(1.2, 3.2)
        canvas.flat(
            placed(oval(r, r, corners=8), rng.uniform(0, 1600), rng.uniform(0, 460)),
            "#fff1cf",
            rng.uniform(0.4, 1),
        )
    ranges_night = hills(rng, 640, 200, peaks=3)
    canvas.wash([*ranges_night, *DOWN], "#2a2350", "#5a2f48")
    house(canvas, rng.uniform(1080, 1220), 800, 0.92)
    canvas.wash(points("0,790 1600,790 1600,1200 0,1200"), "#6b3a35", "#2a1626")
    canvas.glow((800, 930), 900, 190, "#ff9a45", 0.75)
    canvas.line([(70, 360), (660, 350)], "#6d4527", 22)
    for post in (100, 630):
        canvas.line([(post, 330), (post, 860)], "#5a371f", 24)
    for n, radius in enumerate((88, 72, 58)):
        gong(canvas, 200 + n * 180, 540 - n * 22, radius * rng.uniform(0.96, 1.05))
    for n in range(7):
        angle = pi * (1.06 + n * 0.147)
        dancer(canvas, 800 + cos(angle) * 620, 960 + sin(angle) * 110, 0.86, 1 if n % 2 else -1)
    flame(canvas, 800, 1010, rng.uniform(1.08, 1.2))
    for n in range(4):
        angle = pi * (0.13 + n * 0.25)
        if n not in {1, 2}:
            dancer(
                canvas, 800 + cos(angle) * 600, 1040 + sin(angle) * 130, 1.16, 1 if n % 2 else -1
            )
    canvas.glow((800, 860), 480, 380, "#ffb45a", 0.34)
