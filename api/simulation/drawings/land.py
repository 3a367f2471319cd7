"""The highlands: mountains, pines, a lake, tea hills, drawn."""

from math import sin

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Points, curve, hills, oval, placed, points, smooth

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
    if canvas.chance(0.5):
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
