"""What the boats bring in, drawn."""

from math import pi, sin

from api.simulation.drawings.boats import waves
from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import (
    Point,
    Points,
    curve,
    leaf,
    oval,
    placed,
    points,
    smooth,
    stroke,
)
from api.simulation.drawings.props import chilli, lime, tray

FISH: Points = curve(
    "-330,4 -282,-44 -180,-96 -30,-112 130,-78 252,-26 300,0 252,28 130,74 -30,104 -180,86 -282,42"
)
BACK: Points = curve(
    "-330,2 -282,-44 -180,-96 -30,-112 130,-78 252,-26 300,0 180,-22 0,-34 -160,-30 -260,-12"
)
TAIL: Points = curve("262,0 330,-62 410,-112 380,-30 368,0 382,34 410,112 330,60")


def fish(canvas: Canvas, x: float, y: float, size: float, turn: float, back: str) -> None:
    """One fish lying on its side, its head to the left."""

    def at(points: Points) -> Points:
        return placed(points, x, y, scale=size, turn=turn)

    pale = mixed(back, "#ffffff", 0.82)
    canvas.shadow(x + 16, y + 60 * size, 360 * size, 110 * size, 0.55)
    canvas.round(
        at(TAIL), mixed(back, "#ffffff", 0.35), mixed(back, "#000000", 0.25), at=(0.2, 0.5)
    )
    fin = curve("-120,-88 -60,-160 90,-140 150,-70")
    canvas.round(at(fin), mixed(back, "#ffffff", 0.3), mixed(back, "#000000", 0.3))
    canvas.round(at(FISH), "#ffffff", mixed(pale, back, 0.3), at=(0.4, 0.55))
    canvas.round(
        at(BACK), mixed(back, "#ffffff", 0.22), mixed(back, "#000000", 0.32), at=(0.4, 0.2)
    )
    for row in range(3):
        for n in range(11 - row):
            scale = stroke("0,-10 -9,0 0,10")
            spot = placed(scale, -140 + n * 30 + row * 14, -8 + row * 24)
            canvas.line(at(spot), mixed(pale, back, 0.38), 3 * size)
    gill = stroke("-190,-70 -168,-20 -176,34 -200,64")
    canvas.line(at(gill), mixed(back, "#ffffff", 0.25), 6 * size)
    side = curve("-150,14 -70,2 -40,40 -92,52")
    canvas.round(at(side), mixed(back, "#ffffff", 0.6), mixed(back, "#ffffff", 0.2))
    canvas.flat(at(placed(oval(22, 22), -262, -20)), "#f8f3e0")
    canvas.flat(at(placed(oval(14, 14), -264, -20)), "#10202a")
    canvas.flat(at(placed(oval(5, 5), -269, -26)), "#ffffff")
    canvas.line(at(stroke("-328,10 -304,20 -284,20")), back, 4 * size)
    canvas.glow(at([(-40, -64)])[0], 190 * size, 26 * size, "#ffffff", 0.5)


def banana_leaf(canvas: Canvas, at: Point, length: float, turn: float) -> None:
    """A banana leaf to lay things on."""
    canvas.round(
        placed(leaf(length, length * 0.4), *at, turn=turn), "#6fbf68", "#1f6d3a", at=(0.4, 0.4)
    )
    for n in range(1, 15):
        along = length * (0.06 + n * 0.058)
        wide = length * 0.19 * sin(pi * min(1, (along / length) ** 0.8)) ** 0.7
        for side in (-1, 1):
            rib = placed([(along, 0), (along + wide * 0.35, side * wide * 0.94)], *at, turn=turn)
            canvas.line(rib, "#58a85a", 3)
    canvas.line(placed([(0, 0), (length * 0.97, 0)], *at, turn=turn), "#b9dd8e", 8)


def catch(canvas: Canvas) -> None:
    """The morning's fish on a bamboo tray with a banana leaf."""
    rng = canvas.rng
    canvas.haze((500, 300), 900, "#ffffff", 0.5)
    for n in range(5):
        edge = 120 + n * 240
        canvas.line([(0, edge), (1600, edge)], "#a9cfd4", 5)
    tray(canvas, (800, 610), 560)
    banana_leaf(canvas, (270, 790), 1120, -20)
    banana_leaf(canvas, (330, 470), 960, 14)
    backs = rng.sample(("#2f6f8f", "#3c7f8b", "#41688c", "#5b7a86"), 2)
    count, apart, scale = rng.choice(((3, 190, 1.1), (3, 190, 1.1), (4, 150, 0.94)))
    for n in range(count):
        y = 612 + (n - (count - 1) / 2) * apart
        size = scale * rng.uniform(0.95, 1.05)
        fish(canvas, 790 + rng.uniform(-24, 24), y, size, -8 + rng.uniform(-4, 4), backs[n % 2])
    lime(canvas, 1130, 300, 66)
    lime(canvas, 1218, 380, 60)
    chilli(canvas, 400, 880, 1.0, 24)
    chilli(canvas, 470, 950, 0.9, -4)


def squid(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One squid, opened and hung by its tail to dry."""

    def at(points: Points) -> Points:
        return placed(points, x, y, scale=size, turn=turn)

    for n in range(8):
        sway = canvas.rng.uniform(-14, 14)
        arm = [
            (-35 + n * 10, 330),
            (-52 + n * 15 + sway, 410),
            (-60 + n * 17 - sway, 500 - abs(n - 3.5) * 16),
        ]
        canvas.line(
            at(smooth(arm, closed=False)), mixed("#e2a487", "#c9795f", (n % 3) / 2), 12 * size
        )
    fins = curve("0,-40 70,10 128,96 60,130 0,140 -60,130 -128,96 -70,10")
    canvas.round(at(fins), "#ffe9d6", "#e0a283")
    mantle = curve("0,-44 48,30 82,140 86,250 60,318 0,330 -60,318 -86,250 -82,140 -48,30")
    canvas.round(at(mantle), "#fff4e6", "#e6ac8c", reach=0.85)
    for _ in range(34):
        spot = at([(canvas.rng.uniform(-66, 66), canvas.rng.uniform(70, 300))])[0]
        canvas.flat(placed(oval(5, 4, corners=8), *spot, scale=size), "#c9785f", 0.45)
    head = curve("-50,318 0,308 50,318 44,362 0,376 -44,362")
    canvas.round(at(head), "#f6d0b6", "#d38d70")
    for side in (-1, 1):
        canvas.flat(at(placed(oval(9, 7), side * 33, 342)), "#54343a")
    canvas.glow(at([(-26, 150)])[0], 36 * size, 120 * size, "#ffffff", 0.5)


def drying(canvas: Canvas) -> None:
    """Squid in the one day of sun and wind, the sea behind."""
    rng = canvas.rng
    canvas.haze((1240, 240), 560, "#fff3c9", 0.95)
    canvas.flat(placed(oval(80, 80), 1240, 240), "#fff6d2")
    waves(canvas, 620, ("#9fd6df", "#3f9bb0"))
    beach = stroke("-60,1010 300,960 760,990 1250,940 1680,990")
    canvas.flat(placed([*beach, (1680, 1260), (-60, 1260)], 0, -16), "#eaf6f3", 0.8)
    canvas.wash([*beach, (1680, 1260), (-60, 1260)], "#f5dfb6", "#dfbd84")
    for post in (110, 1490):
        canvas.across(
            [(post - 17, 190), (post + 17, 190), (post + 21, 1080), (post - 21, 1080)],
            "#c99a5b",
            "#e8c68a",
            "#94683a",
        )
        canvas.shadow(post + 10, 1084, 110, 26, 0.5)
    canvas.wash(points("40,214 1560,206 1560,244 40,252"), "#edcf96", "#a9793f")
    for knot in range(200, 1500, 210):
        canvas.line([(knot, 210), (knot - 4, 246)], "#a9793f", 5)
    count, scale = rng.choice(((5, 1.06), (6, 0.98)))
    for n in range(count):
        x = 800 + (n - (count - 1) / 2) * (1240 / count)
        size = rng.uniform(1.06, 1.24) * scale
        canvas.line([(x, 222), (x, 268)], "#7c5a32", 6)
        squid(canvas, x, 300, size, rng.uniform(-4, 4))


def crab(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One crab seen from above, its claws forward."""

    def at(points: Points) -> Points:
        return placed(points, x, y, scale=size, turn=turn)

    shell, deep = canvas.rng.choice((("#e8663a", "#8f2414"), ("#5f8f8a", "#23484a")))
    canvas.shadow(x + 14, y + 50 * size, 330 * size, 220 * size, 0.55)
    for side in (-1, 1):
        for n in range(4):
            knee = (side * (200 + n * 12), -30 + n * 62)
            foot = (side * (262 - n * 16), 34 + n * 66)
            limb = smooth([(side * 110, -20 + n * 34), knee, foot], closed=False)
            canvas.line(at(limb), mixed(shell, deep, 0.45), 22 * size)
        arm = smooth([(side * 110, -60), (side * 210, -120), (side * 176, -200)], closed=False)
        canvas.line(at(arm), mixed(shell, deep, 0.3), 40 * size)
        claw = curve("-52,40 -70,-40 -34,-120 -4,-150 -16,-70 10,-60 40,-130 62,-70 52,20 10,56")
        pincer = [(side * (px + 150), py - 226) for px, py in claw]
        canvas.round(at(pincer), mixed(shell, "#ffffff", 0.16), deep)
    body = curve("0,-104 90,-98 176,-40 150,50 70,116 0,124 -70,116 -150,50 -176,-40 -90,-98")
    canvas.round(at(body), mixed(shell, "#ffffff", 0.24), deep)
    for _ in range(16):
        spot = at([(canvas.rng.uniform(-110, 110), canvas.rng.uniform(-30, 90))])[0]
        canvas.flat(
            placed(oval(7, 6, corners=10), *spot, scale=size), mixed(shell, "#ffffff", 0.4), 0.6
        )
    for side in (-1, 1):
        canvas.ball(*at([(side * 34, -112)])[0], 15 * size, 15 * size, "#4a3a34", "#120a08")
    canvas.glow(at([(-60, -50)])[0], 70 * size, 46 * size, "#ffffff", 0.45)


def crabs(canvas: Canvas) -> None:
    """Two crabs on a bamboo tray with lime and chilli."""
    rng = canvas.rng
    canvas.haze((500, 300), 900, "#ffffff", 0.5)
    tray(canvas, (800, 610), 560)
    banana_leaf(canvas, (290, 700), 1060, -8)
    crab(canvas, 600, 540, rng.uniform(0.98, 1.06), -16 + rng.uniform(-8, 8))
    crab(canvas, 1010, 740, rng.uniform(0.96, 1.04), 14 + rng.uniform(-8, 8))
    lime(canvas, 1010, 330, 64)
    lime(canvas, 1096, 404, 58)
    chilli(canvas, 480, 900, 1.0, 12)
