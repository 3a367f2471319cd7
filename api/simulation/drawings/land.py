"""The highlands: mountains, tea hills, an evening with gongs, drawn."""

from math import cos, pi, sin

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import (
    Points,
    curve,
    hills,
    leaf,
    oval,
    placed,
    points,
    smooth,
    stroke,
)

DOWN: Points = [(1680, 1260), (-80, 1260)]


def pine(canvas: Canvas, x: float, y: float, height: float, green: str) -> None:
    """A three-needled pine, its foot at (x, y)."""
    canvas.line([(x, y), (x, y - height * 0.4)], mixed("#6b4a32", green, 0.3), height * 0.045)
    for n in range(5):
        level = y - height * (0.16 + n * 0.165)
        wide = height * (0.25 - n * 0.04)
        tier = [
            (x - wide, level),
            (x - wide * 0.3, level - height * 0.14),
            (x, level - height * 0.26),
        ]
        tier += [(x + wide * 0.3, level - height * 0.14), (x + wide, level)]
        tier += [(x + wide * 0.4, level + height * 0.025), (x, level + height * 0.01)]
        tier += [(x - wide * 0.4, level + height * 0.03)]
        canvas.across(tier, mixed(green, "#ffffff", 0.2), green, mixed(green, "#001008", 0.35))


def ranges(canvas: Canvas, far: str, near: str, count: int, top: float) -> None:
    """Ranges of hills, each nearer one darker, mist between them."""
    rng = canvas.rng
    for n in range(count):
        share = n / max(1, count - 1)
        colour = mixed(far, near, share)
        ridge = hills(rng, top + 190 + n * 105, 250 - n * 46, peaks=3 + n % 2)
        foot = top + (370 if n < count - 1 else 640) + n * 105
        below = [(1680.0, foot), (-80.0, foot)]
        canvas.wash([*ridge, *below], colour, mixed(colour, "#ffffff", 0.42 - share * 0.3))
        for _ in range(2):
            spot = (rng.uniform(0, 1600), top + 230 + n * 105)
            canvas.glow(spot, 520, 60, "#ffffff", 0.5 - share * 0.32)


def lake(canvas: Canvas, level: float) -> None:
    """Still water with the light of the sky in it."""
    shore = smooth(
        [(-80, level + 30), (300, level), (900, level + 14), (1680, level - 10)], closed=False
    )
    canvas.wash([*shore, *DOWN], "#cfe7e4", "#4f98a3")
    for _ in range(26):
        y = level + 50 + canvas.rng.random() ** 1.4 * (1150 - level)
        x, span = canvas.rng.uniform(-100, 1500), canvas.rng.uniform(60, 320)
        canvas.line([(x, y), (x + span, y)], "#e3f3ef", 2 + (y - level) / 160)
    x = canvas.rng.uniform(500, 1000)
    canvas.glow((x, level + 226), 210, 22, "#14424c", 0.6)
    hull = curve("-170,-20 -130,34 130,34 170,-20 90,0 -90,0")
    canvas.wash(placed(hull, x, level + 190), "#a86a3a", "#6b3d1e")
    canvas.line([(x - 10, level + 190), (x - 20, level + 104)], "#31554c", 34)
    canvas.flat(placed(curve("-62,14 0,-44 62,14 0,6"), x - 22, level + 78), "#e8cf95")
    canvas.line([(x + 4, level + 120), (x + 150, level + 236)], "#7a5230", 7)


def mountain(canvas: Canvas) -> None:
    """Mist under Lang Biang, pines, and by chance a lake or a flowering meadow."""
    rng = canvas.rng
    sun = (rng.uniform(900, 1280), rng.uniform(230, 330))
    canvas.haze(sun, 700, "#fff4d2", 1)
    canvas.flat(placed(oval(82, 82), *sun), "#fffbe6")
    ranges(canvas, "#b3cfd3", "#3f8a63", 4, 300)
    if rng.random() < 0.5:
        lake(canvas, 800)
    else:
        meadow(canvas)
    for _ in range(6):
        x = rng.choice((rng.uniform(-20, 420), rng.uniform(1180, 1620)))
        pine(
            canvas,
            x,
            rng.uniform(1010, 1100),
            rng.uniform(400, 560),
            rng.choice(("#256b45", "#1f5b3a", "#2f7a50")),
        )
    front = hills(rng, 1130, 70, peaks=3)
    canvas.wash([*front, *DOWN], "#2f7a4a", "#154a2c")


def meadow(canvas: Canvas) -> None:
    """A green slope full of small flowers, with a path through it."""
    rng = canvas.rng
    slope = hills(rng, 880, 90, peaks=2)
    canvas.wash([*slope, *DOWN], "#8cc56b", "#3f8a4a")
    road = curve("760,838 800,836 860,920 760,1000 900,1200 640,1200 640,1010 790,920")
    canvas.wash(road, "#f3e2b8", "#dcbf86")
    for _ in range(240):
        depth = rng.random() ** 0.7
        y, x = 900 + depth * 240, rng.uniform(0, 1600)
        if abs(x - 760) > 60 + depth * 150:
            colour = rng.choice(("#ffd84a", "#ffffff", "#f48fb1", "#b58ae0"))
            canvas.flat(placed(oval(3 + 5 * depth, 3 + 4 * depth, corners=9), x, y), colour)


def tea_row(canvas: Canvas, ridge: Points, drop: float, green: str) -> None:
    """One row of tea bushes along a line across the hill."""
    thick = 30 + drop * 52
    under = [(x, y + thick) for x, y in reversed(ridge)]
    canvas.wash([*ridge, *under], mixed(green, "#f4ffb0", 0.34), mixed(green, "#03200f", 0.45))
    for x, y in ridge[::2]:
        if -60 < x < 1660:
            r = thick * canvas.rng.uniform(0.42, 0.6)
            tone = mixed(green, "#eaff9e", canvas.rng.uniform(0.22, 0.5))
            spot = placed(oval(r * 1.15, r * 0.62, corners=14), x, y + r * 0.25)
            canvas.flat(spot, tone, 0.72)


def tea(canvas: Canvas) -> None:
    """Tea hills in the morning with pickers between the rows."""
    rng = canvas.rng
    sun = (rng.uniform(1050, 1350), rng.uniform(200, 290))
    canvas.haze(sun, 720, "#fff3cc", 1)
    canvas.flat(placed(oval(74, 74), *sun), "#fffdf0")
    ranges(canvas, "#bcd8d6", "#6fae86", 3, 230)
    canvas.wash(points("0,560 1600,560 1600,1200 0,1200"), "#7fae6a", "#1f5a30")
    lean = rng.uniform(-1, 1)
    for n in range(12):
        drop = n / 10
        y = 590 + drop**1.35 * 560
        bend = 70 + 90 * drop
        row = [
            (x, y + sin(x / 520 + lean + drop * 0.7) * bend + lean * (x - 800) * 0.05)
            for x in range(-80, 1700, 34)
        ]
        tea_row(canvas, row, drop, mixed("#5da552", "#2d7d3f", drop))
        if n in {4, 7}:
            picker(canvas, rng.uniform(360, 1240), row, 0.55 + drop * 0.55)


def picker(canvas: Canvas, x: float, row: Points, size: float) -> None:
    """Somebody in a palm-leaf hat, a basket on the back."""
    y = min(row, key=lambda point: abs(point[0] - x))[1] + 12
    shirt = canvas.rng.choice(("#c8375a", "#3b64a8", "#7b4fa0", "#e07b39"))
    canvas.across(
        placed(curve("-44,20 -50,-60 -26,-112 26,-112 50,-60 44,20"), x, y, scale=size),
        mixed(shirt, "#ffffff", 0.2),
        shirt,
        mixed(shirt, "#000000", 0.3),
    )
    canvas.line(
        placed([(34, -92), (66, -46), (40, -10)], x, y, scale=size),
        mixed(shirt, "#000000", 0.15),
        20 * size,
    )
    canvas.across(
        placed(curve("-92,-80 -40,-86 -46,-6 -82,-6"), x, y, scale=size),
        "#b98848",
        "#e0b673",
        "#8f6430",
    )
    canvas.flat(placed(oval(24, 26), x + 4 * size, y - 134 * size, scale=size), "#d9a47c")
    canvas.across(
        placed(points("-72,-134 4,-196 80,-134 4,-120"), x, y, scale=size),
        "#fbeec6",
        "#f2dca0",
        "#c9a862",
    )


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
