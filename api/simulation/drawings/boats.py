"""The sea and the boats on it, drawn."""

from math import pi, sin

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Points, curve, oval, placed, points, smooth, star, stroke


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
        level = 620 + n * 44
        canvas.glow((sun[0] + rng.uniform(-20, 20), level), 60 + n * 16, 9, "#fff3cf", 0.8)
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
