"""Fruit of the highlands and the dry coast, drawn."""

from math import cos, pi, sin

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
from api.simulation.drawings.props import leaves, table

BERRY: Points = curve("0,-78 52,-88 88,-52 84,4 56,62 0,112 -56,62 -84,4 -88,-52 -52,-88")


def strawberry(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One strawberry, its green cap up."""
    rng = canvas.rng
    ripe = rng.uniform(0, 0.3)
    light, dark = mixed("#f8525b", "#e8323f", ripe), mixed("#b3122b", "#8f0d26", ripe)
    canvas.round(placed(BERRY, x, y, scale=size, turn=turn), light, dark, reach=0.8)
    for row in range(-2, 4):
        for column in range(-2, 3):
            sx, sy = column * 34 + (row % 2) * 17 - 8, row * 32 - 4
            if abs(sx) > 70 - max(0, sy) * 0.62 - max(0, -row - 1) * 14:
                continue
            spot = placed([(sx, sy)], x, y, scale=size, turn=turn)[0]
            canvas.flat(placed(oval(5.4, 7.6, corners=12), *spot, scale=size, turn=turn), dark)
            seed = placed(oval(3.7, 5.6, corners=12), spot[0], spot[1] + 1, scale=size, turn=turn)
            canvas.flat(seed, "#ffd98a")
    shine = placed([(-38, -34)], x, y, scale=size, turn=turn)[0]
    canvas.glow(shine, 46 * size, 40 * size, "#ffffff", 0.5)
    cap = placed([(0, -80)], x, y, scale=size, turn=turn)[0]
    for each in range(7):
        angle = turn + each * 30 + rng.uniform(-8, 8)
        blade = placed(leaf(56 * size, 24 * size), *cap, turn=angle)
        canvas.round(blade, "#63b455", "#1f6b33", at=(0.5, 0.2))
    stem = placed([(0, -80), (6, -112), (18, -132)], x, y, scale=size, turn=turn)
    canvas.line(smooth(stem, closed=False), "#4c9a45", 9 * size)


def strawberries(canvas: Canvas) -> None:
    """A paper box of strawberries and two that would not wait."""
    rng = canvas.rng
    canvas.haze((1250, 180), 620, "#ffffff", 0.8)
    canvas.bokeh("#ffffff", 14)
    table(canvas, 800, "#f6cfc4", "#e9ab9d")
    leaves(canvas, (270, 700), [200, 240, 285], 300, "#3c8f4a")
    leaves(canvas, (1330, 690), [-70, -30, -105], 300, "#3c8f4a")
    canvas.shadow(800, 960, 720, 150, 0.5)
    canvas.wash(points("330,560 1270,560 1310,700 290,700"), "#b98558", "#9a6b43")
    for row, (y, count, size) in enumerate(((520, 6, 1.06), (590, 7, 1.16), (668, 7, 1.22))):
        for n in range(count):
            x = 800 + (n - (count - 1) / 2) * 138 + rng.uniform(-14, 14) + row * 4
            dip = abs(x - 800) * 0.06
            strawberry(canvas, x, y + dip + rng.uniform(-16, 16), size, rng.uniform(-48, 48))
    front = stroke("262,716 1338,716")
    canvas.wash([*front, (1258, 984), (342, 984)], "#e3bd8d", "#c4935d")
    canvas.wash(points("252,700 1348,700 1344,740 256,740"), "#f3d6ab", "#dcb27d")
    canvas.flat(placed(oval(92, 92), 800, 856), "#f8e8cf")
    canvas.flat(placed(star(5, 8, 4), 800, 856), "#f8e8cf")
    strawberry(canvas, 800, 862, 0.5, 8)
    for x, y, turn in ((420, 1010, 70), (1190, 1030, -62), (1010, 1066, 24)):
        canvas.shadow(x + 12, y + 78, 150, 40, 0.5)
        strawberry(canvas, x, y, rng.uniform(0.98, 1.1), turn + rng.uniform(-15, 15))


def _scale_leaf(canvas: Canvas, at: Point, turn: float, size: float) -> None:
    blade = curve("0,-30 40,-34 92,-16 140,4 92,18 40,30 0,30")
    outline = placed(blade, *at, scale=size, turn=turn)
    canvas.round(outline, "#f0679a", "#c02a63", at=(0.2, 0.4), reach=0.8)
    tip = curve("76,-16 110,-8 146,4 108,13 78,16 90,0")
    canvas.round(placed(tip, *at, scale=size, turn=turn), "#b5d86a", "#5f9e3e")


def dragonfruit(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One dragon fruit with its green-tipped scales."""
    body = placed(oval(170, 205), x, y, scale=size, turn=turn)
    canvas.round(body, "#ff7fae", "#b81c5b", reach=0.85)
    for row in range(4):
        for side in (-1, 0, 1) if row % 2 else (-0.55, 0.55):
            at = placed([(side * 98, 128 - row * 84)], x, y, scale=size, turn=turn)[0]
            lean = -90 + side * 52 + canvas.rng.uniform(-8, 8) + turn
            _scale_leaf(canvas, at, lean, size * (0.86 - row * 0.04))
    crown = placed([(0, -186)], x, y, scale=size, turn=turn)[0]
    for lean in (-142, -112, -90, -66, -38):
        _scale_leaf(canvas, crown, lean + turn, size * 0.8)
    shine = placed([(-84, -60)], x, y, scale=size, turn=turn)[0]
    canvas.glow(shine, 80 * size, 110 * size, "#ffffff", 0.35)


def dragonfruit_half(canvas: Canvas, x: float, y: float, size: float, flesh: str) -> None:
    """Half a dragon fruit, its cut towards us."""
    rng = canvas.rng
    for lean in range(0, 360, 30):
        edge = placed([(150, 0)], x, y, scale=size, turn=lean)[0]
        _scale_leaf(canvas, edge, lean + 16, size * 0.62)
    canvas.round(placed(oval(186, 200), x, y, scale=size), "#ff86b3", "#b8205d")
    canvas.flat(placed(oval(166, 180), x, y, scale=size), mixed("#ffc4da", flesh, 0.3))
    canvas.round(placed(oval(158, 172), x, y, scale=size), flesh, mixed(flesh, "#8d5b74", 0.3))
    for _ in range(190):
        angle, far = rng.uniform(0, 2 * pi), rng.random() ** 0.55 * 0.9
        at = (x + cos(angle) * 150 * far * size, y + sin(angle) * 164 * far * size)
        seed = placed(oval(3.6, 5.4, corners=10), *at, turn=rng.uniform(0, 180))
        canvas.flat(seed, "#2b2230")
    canvas.glow((x - 60 * size, y - 80 * size), 90 * size, 70 * size, "#ffffff", 0.35)


def dragonfruits(canvas: Canvas) -> None:
    """Dragon fruit, whole and cut, the flesh white or red."""
    rng = canvas.rng
    canvas.haze((400, 250), 800, "#fffaf0", 0.9)
    canvas.bokeh("#ffffff", 14)
    table(canvas, 740, "#f4dcc0", "#dcb68e")
    leaves(canvas, (250, 560), [-30, -75, -120, 175], 300, "#5d9e58")
    leaves(canvas, (1380, 570), [-60, -105, -145, 5], 300, "#5d9e58")
    canvas.shadow(820, 900, 760, 130, 0.45)
    dragonfruit(canvas, 430, 640, rng.uniform(1.05, 1.18), rng.uniform(-16, -6))
    dragonfruit(canvas, 1210, 620, rng.uniform(1.02, 1.15), rng.uniform(8, 20))
    dragonfruit(canvas, 810, 520, rng.uniform(0.98, 1.08), rng.uniform(-6, 6))
    canvas.shadow(830, 1040, 420, 80, 0.5)
    flesh = rng.choice(("#fffafa", "#fffafa", "#d81e6b"))
    dragonfruit_half(canvas, 820, 860, rng.uniform(1.04, 1.12), flesh)


def avocado(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One whole avocado."""
    pear = curve("0,-190 62,-160 92,-70 138,40 120,140 0,190 -120,140 -138,40 -92,-70 -62,-160")
    canvas.round(placed(pear, x, y, scale=size, turn=turn), "#7da048", "#2c4a1c", reach=0.8)
    for _ in range(70):
        spot = (canvas.rng.uniform(-70, 70), canvas.rng.uniform(-90, 150))
        dot = placed([spot], x, y, scale=size, turn=turn)[0]
        canvas.flat(placed(oval(3, 3, corners=8), *dot), "#a9c46b", 0.5)
    shine = placed([(-44, -30)], x, y, scale=size, turn=turn)[0]
    canvas.glow(shine, 50 * size, 95 * size, "#ffffff", 0.4)
    stem = placed([(0, -188), (4, -214)], x, y, scale=size, turn=turn)
    canvas.line(stem, "#6b4a2b", 16 * size)


def avocado_half(
    canvas: Canvas, x: float, y: float, size: float, turn: float, *, stone: bool
) -> None:
    """Half an avocado, with its stone or the bed of it."""
    pear = curve("0,-200 66,-166 98,-70 146,44 126,148 0,200 -126,148 -146,44 -98,-70 -66,-166")
    canvas.round(placed(pear, x, y, scale=size, turn=turn), "#6f8f3e", "#2a4519")
    canvas.round(placed(pear, x, y, scale=size * 0.93, turn=turn), "#cfdf86", "#a7c353")
    canvas.round(placed(pear, x, y, scale=size * 0.84, turn=turn), "#fbf3b4", "#d9dd7e", reach=0.8)
    centre = placed([(0, 56)], x, y, scale=size, turn=turn)[0]
    if stone:
        canvas.glow((centre[0] + 10, centre[1] + 14), 100 * size, 100 * size, "#8a8a3a", 0.6)
        canvas.ball(*centre, 78 * size, 82 * size, "#b9763f", "#5b2f15")
        shine = (centre[0] - 26 * size, centre[1] - 30 * size)
        canvas.glow(shine, 34 * size, 28 * size, "#ffffff", 0.65)
    else:
        bed = placed(oval(78, 82), *centre, scale=size)
        canvas.round(bed, "#c9cd6d", "#f3ecaa", at=(0.6, 0.65))


def avocados(canvas: Canvas) -> None:
    """Avocados on a board, one cut open."""
    rng = canvas.rng
    canvas.haze((1200, 200), 800, "#fffdf0", 0.9)
    canvas.bokeh("#ffffff", 14)
    table(canvas, 720, "#d9dfbf", "#b3bd8d")
    leaves(canvas, (1290, 560), [-20, -60, -100, -150], 330, "#3f8b4b")
    canvas.shadow(800, 1010, 760, 130, 0.4)
    board = curve("170,840 800,800 1430,840 1470,930 800,1010 130,930")
    canvas.wash(placed(board, 0, 24), "#8c5f37", "#774d2b")
    canvas.wash(board, "#d6a56c", "#b98550")
    for y in (858, 894, 930, 962):
        canvas.line(smooth([(280, y), (800, y - 16), (1320, y)], closed=False), "#c08d57", 3)
    for x, y, turn in ((480, 620, -18), (1150, 610, 22), (820, 560, 4)):
        canvas.shadow(x, y + 210, 190, 56, 0.45)
        avocado(canvas, x, y, rng.uniform(1.06, 1.2), turn + rng.uniform(-6, 6))
    for x, turn, stone in ((600, -14, True), (1010, 12, False)):
        canvas.shadow(x, 1010, 210, 60, 0.5)
        avocado_half(
            canvas, x, 840, rng.uniform(0.96, 1.04), turn + rng.uniform(-5, 5), stone=stone
        )
