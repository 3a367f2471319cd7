"""What the coast brings in, and the boats that bring it, drawn."""

from math import pi, sin

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
    star,
    stroke,
)
from api.simulation.drawings.props import table, tray

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
    """This morning's fish on a bamboo tray with a banana leaf."""
    rng = canvas.rng
    canvas.haze((500, 300), 900, "#ffffff", 0.5)
    for n in range(5):
        y = 120 + n * 240
        canvas.line([(0, y), (1600, y)], "#a9cfd4", 5)
    tray(canvas, (800, 610), 560)
    banana_leaf(canvas, (270, 790), 1120, -20)
    banana_leaf(canvas, (330, 470), 960, 14)
    backs = rng.sample(("#2f6f8f", "#3c7f8b", "#41688c", "#5b7a86"), 2)
    count = rng.choice((3, 3, 4))
    for n in range(count):
        y = 612 + (n - (count - 1) / 2) * (190 if count == 3 else 150)
        size = (1.1 if count == 3 else 0.94) * rng.uniform(0.95, 1.05)
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


def waves(canvas: Canvas, level: float, shades: tuple[str, ...]) -> None:
    """The sea from its far edge to our feet."""
    far, near = shades[0], shades[-1]
    canvas.wash([(0, level), (1600, level), (1600, 1200), (0, 1200)], far, near)
    for n in range(26):
        depth = (n / 25) ** 1.7
        y = level + 14 + depth * (1180 - level)
        x, span = canvas.rng.uniform(-60, 1500), 90 + 260 * depth
        crest = [(x + span * t / 6, y + sin(t * pi / 3) * (3 + 9 * depth)) for t in range(7)]
        canvas.line(
            smooth(crest, closed=False),
            mixed(mixed(far, near, depth), "#ffffff", 0.34),
            2 + 5 * depth,
        )


def drying(canvas: Canvas) -> None:
    """Squid in the one day of sun and wind, the sea behind."""
    rng = canvas.rng
    canvas.haze((1240, 240), 560, "#fff3c9", 0.95)
    canvas.flat(placed(oval(80, 80), 1240, 240), "#fff6d2")
    waves(canvas, 620, ("#9fd6df", "#3f9bb0"))
    beach = stroke("-60,1010 300,960 760,990 1250,940 1680,990")
    canvas.flat(placed([*beach, (1680, 1260), (-60, 1260)], 0, -16), "#eaf6f3", 0.8)
    canvas.wash([*beach, (1680, 1260), (-60, 1260)], "#f5dfb6", "#dfbd84")
    for x in (110, 1490):
        canvas.across(
            [(x - 17, 190), (x + 17, 190), (x + 21, 1080), (x - 21, 1080)],
            "#c99a5b",
            "#e8c68a",
            "#94683a",
        )
        canvas.shadow(x + 10, 1084, 110, 26, 0.5)
    canvas.wash(points("40,214 1560,206 1560,244 40,252"), "#edcf96", "#a9793f")
    for x in range(200, 1500, 210):
        canvas.line([(x, 210), (x - 4, 246)], "#a9793f", 5)
    count = rng.choice((5, 6))
    for n in range(count):
        x = 800 + (n - (count - 1) / 2) * (1240 / count)
        size = rng.uniform(1.06, 1.24) * (1.06 if count == 5 else 0.98)
        canvas.line([(x, 222), (x, 268)], "#7c5a32", 6)
        squid(canvas, x, 300, size, rng.uniform(-4, 4))


def fishing_boat(canvas: Canvas, x: float, y: float, size: float, paint: str) -> None:
    """A wooden fishing boat with the eyes that find the way home."""

    def at(points: Points) -> Points:
        return placed(points, x, y, scale=size)

    canvas.glow((x, y + 110 * size), 560 * size, 60 * size, "#0b3a4a", 0.6)
    canvas.line(at([(-60, -40), (-60, -430)]), "#8a5f38", 12 * size)
    canvas.line(at([(-60, -420), (430, -130)]), "#8a5f38", 3)
    canvas.line(at([(-60, -420), (-440, -80)]), "#8a5f38", 3)
    canvas.flat(at(points("-60,-430 66,-430 66,-346 -60,-346")), "#d8262c")
    canvas.flat(at(placed(star(5, 25, 10, turn=-90), 3, -388)), "#ffd93b")
    canvas.wash(at(points("-330,-210 -110,-210 -90,-40 -340,-40")), "#fff7e6", "#e6d5b4")
    canvas.wash(at(points("-356,-236 -86,-236 -96,-200 -346,-200")), "#e2604a", "#b23a2d")
    for left in (-300, -210):
        canvas.wash(
            at([(left, -170), (left + 62, -170), (left + 62, -100), (left, -100)]),
            "#8fc3d4",
            "#3f7f98",
        )
    hull = [
        *stroke("-470,-70 -440,20 -380,90"),
        *stroke("330,90 420,0 470,-130"),
        *reversed(stroke("-470,-70 -200,-40 120,-46 380,-96 470,-130")),
    ]
    canvas.wash(at(hull), mixed(paint, "#ffffff", 0.2), mixed(paint, "#00131f", 0.35))
    band = [
        *stroke("-470,-70 -200,-40 120,-46 380,-96 470,-130"),
        (456, -84),
        *reversed(stroke("-458,-34 -200,-6 120,-12 380,-58 456,-84")),
    ]
    canvas.flat(at(band), "#d8402f")
    canvas.flat(at(placed(oval(30, 18), 372, -22, turn=-18)), "#ffffff")
    canvas.flat(at(placed(oval(12, 12), 376, -22)), "#14212b")
    foam = curve("-480,92 -300,76 0,88 260,74 420,86 300,112 0,118 -300,114")
    canvas.flat(at(foam), "#e9fbfb", 0.75)


def coracle(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A round basket boat."""
    canvas.glow((x, y + 70 * size), 200 * size, 36 * size, "#0b3a4a", 0.6)
    side = curve("-150,0 -128,64 -60,100 60,100 128,64 150,0 0,40")
    canvas.across(placed(side, x, y, scale=size), "#8a5d2e", "#d9a763", "#b07d40", "#6d4721")
    canvas.flat(placed(oval(152, 42), x, y, scale=size), "#e0b572")
    canvas.wash(placed(oval(136, 33), x, y, scale=size), "#54371b", "#8f6636")
    canvas.line(placed([(-30, -6), (150, -120)], x, y, scale=size), "#caa06a", 10 * size)
    canvas.flat(
        placed(oval(40, 15), x + 160 * size, y - 128 * size, scale=size, turn=-36), "#caa06a"
    )


def boats(canvas: Canvas) -> None:
    """A boat on quiet water, at sunrise or in full day."""
    rng = canvas.rng
    sun = (rng.uniform(960, 1320), rng.uniform(250, 400))
    canvas.haze(sun, 620, "#fff3cf", 1)
    canvas.flat(placed(oval(88, 88), *sun), "#fffbe6")
    isle = stroke("60,600 190,530 330,560 450,500 600,560 720,604")
    canvas.wash([*isle, (720, 640), (60, 640)], "#9dbfc4", "#b9d6d6")
    waves(canvas, 600, ("#a8dbe2", "#56aabd", "#1d6f88"))
    for n in range(9):
        y = 620 + n * 44
        canvas.glow((sun[0] + rng.uniform(-20, 20), y), 60 + n * 16, 9, "#fff3cf", 0.8)
    paint = rng.choice(("#2b7fb8", "#1f8a8c", "#3a6fb0"))
    fishing_boat(canvas, rng.uniform(640, 720), 760, rng.uniform(1.0, 1.12), paint)
    coracle(canvas, rng.uniform(1240, 1340), 930, rng.uniform(1.0, 1.15))
    for _ in range(5):
        x, y, wing = rng.uniform(200, 900), rng.uniform(110, 320), rng.uniform(20, 36)
        bird = smooth(
            [
                (x - wing, y - 8),
                (x - wing / 2, y - 14),
                (x, y),
                (x + wing / 2, y - 14),
                (x + wing, y - 8),
            ],
            closed=False,
        )
        canvas.line(bird, "#5c7f8a", 4)


def bottle(canvas: Canvas, x: float, size: float, glass: str) -> None:
    """A glass bottle with a paper label, standing at the table's edge."""
    y = 1010.0

    def at(points: Points) -> Points:
        return placed(points, x, y, scale=size)

    dark = mixed(glass, "#1d0600", 0.62)
    canvas.shadow(x + 70 * size, y + 4, 260 * size, 54 * size, 0.6)
    body = [
        (-118, 0),
        (-124, -20),
        (-124, -400),
        *stroke("-124,-400 -112,-480 -52,-550 -46,-640"),
        (46, -640),
        *stroke("46,-640 52,-550 112,-480 124,-400"),
        (124, -20),
        (118, 0),
    ]
    canvas.across(at(body), dark, glass, mixed(glass, "#ffd58a", 0.55), glass, dark)
    liquid = mixed(glass, "#5a1600", 0.35)
    canvas.flat(
        at(points("-110,-10 -110,-400 -70,-500 70,-500 110,-400 110,-10")),
        liquid,
        0.35,
    )
    canvas.across(
        at(points("-56,-720 56,-720 56,-636 -56,-636")),
        "#8c2a1f",
        "#d5533c",
        "#a8382a",
        "#6d1d15",
    )
    canvas.across(
        at(points("-124,-350 124,-350 124,-96 -124,-96")),
        "#d9c79f",
        "#fff8e4",
        "#f6e8c4",
        "#cdb98c",
    )
    for top in (-336, -124):
        canvas.flat(at([(-124, top), (124, top), (124, top + 10), (-124, top + 10)]), "#b23a2d")
    fish_mark = placed(FISH, 0, 0, scale=0.24)
    canvas.flat(at(placed(fish_mark, -8, -236)), "#14625f")
    canvas.flat(at(placed(placed(TAIL, 0, 0, scale=0.24), -8, -236)), "#14625f")
    for n in range(3):
        wave = [(-70 + 20 * t, -172 + n * 14 + (5 if t % 2 else -5)) for t in range(8)]
        canvas.line(at(smooth(wave, closed=False)), "#5fa9ad", 4 * size)
    canvas.flat(
        at(curve("-98,-30 -104,-380 -90,-450 -78,-440 -86,-370 -84,-40")),
        "#ffffff",
        0.42,
    )


def sauces(canvas: Canvas) -> None:
    """Bottles of fish sauce and a small bowl of it with chilli."""
    rng = canvas.rng
    canvas.haze((1150, 260), 780, "#fff7df", 0.95)
    canvas.bokeh("#fff3d0", 14)
    table(canvas, 880, "#c98d55", "#9b6234")
    for y in (930, 1000, 1090):
        canvas.line(
            smooth([(0, y), (500, y + 10), (1100, y - 8), (1600, y + 4)], closed=False),
            "#b47a47",
            4,
        )
    glass = rng.choice(("#b4531a", "#a8481a", "#c06a1e"))
    bottle(canvas, 470, rng.uniform(1.1, 1.18), glass)
    bottle(canvas, 790, rng.uniform(1.22, 1.3), glass)
    canvas.shadow(1250, 1080, 330, 60, 0.6)
    bowl_side = curve("-250,0 -210,90 -110,150 110,150 210,90 250,0 0,60")
    canvas.across(placed(bowl_side, 1240, 920), "#c4d3d6", "#ffffff", "#e3ecec", "#93a8ae")
    canvas.line(
        stroke("1012,966 1120,1010 1240,1022 1360,1010 1468,966"),
        "#2d6f9c",
        8,
    )
    canvas.flat(placed(oval(252, 68), 1240, 918), "#ffffff")
    canvas.wash(
        placed(oval(226, 54), 1240, 922), mixed(glass, "#2a0800", 0.3), mixed(glass, "#ffb84f", 0.4)
    )
    for n in range(6):
        spot = (1240 + rng.uniform(-140, 140), 924 + rng.uniform(-24, 24))
        canvas.flat(
            placed(oval(22, 9), *spot, turn=rng.uniform(-20, 20)), "#d9261f" if n % 2 else "#3f9a44"
        )
        canvas.flat(placed(oval(10, 4), *spot), "#ffd9a0")
    canvas.glow((1170, 906), 70, 14, "#ffffff", 0.8)
    chilli(canvas, 1010, 1110, 1.05, -8)
    lime(canvas, 1480, 1080, 62)
