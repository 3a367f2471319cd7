"""Durian, thorns and all, drawn."""

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Point, curve, oval, placed, star, stroke
from api.simulation.drawings.props import leaves, table


def thorn(canvas: Canvas, at: Point, size: float, lean: Point, skin: str) -> None:
    """One thorn of a durian, lit on its left side."""
    x, y = at
    tip = (x + lean[0] * size * 0.5, y + lean[1] * size * 0.5 - size * 0.18)
    left, right, low = (x - size, y - size * 0.1), (x + size, y), (x, y + size * 0.95)
    up = (x, y - size * 0.85)
    canvas.flat([up, left, tip], mixed(skin, "#fff3b0", 0.4))
    canvas.flat([left, low, tip], mixed(skin, "#fff3b0", 0.14))
    canvas.flat([up, right, tip], mixed(skin, "#22330c", 0.18))
    canvas.flat([right, low, tip], mixed(skin, "#22330c", 0.42))


def durian(canvas: Canvas, x: float, y: float, size: float, skin: str) -> None:
    """One whole durian."""
    rx, ry = 300 * size, 340 * size
    spikes = star(34, 1.06, 0.95)
    canvas.flat([(x + px * rx, y + py * ry) for px, py in spikes], mixed(skin, "#22330c", 0.5))
    canvas.line([(x, y - ry * 0.9), (x + 8, y - ry * 1.24)], "#7a6a3a", 34 * size)
    step = 44 * size
    rows = int(ry / step * 1.35)
    for row in range(-rows, rows + 1):
        for column in range(-9, 10):
            px, py = column * step * 1.25 + (row % 2) * step * 0.62, row * step * 0.74
            far = (px / rx) ** 2 + (py / ry) ** 2
            if far < 1:
                shade = mixed(skin, "#1c2b0a", min(0.5, far * 0.3 + max(0, px / rx) * 0.22))
                thorn(canvas, (x + px, y + py), step * 0.66, (px / rx, py / ry), shade)
    canvas.glow((x - rx * 0.4, y - ry * 0.45), rx * 0.6, ry * 0.55, "#fff8c8", 0.36)


def pod(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One piece of durian in its white bed."""
    pulp = curve("-130,0 -90,-62 0,-74 96,-56 132,4 84,60 -8,70 -92,58")
    canvas.round(placed(pulp, x, y, scale=size, turn=turn), "#fff0a3", "#e8ab32", reach=0.8)
    crease = stroke("-96,12 -20,-6 84,8")
    canvas.line(placed(crease, x, y, scale=size, turn=turn), "#dda33a", 4 * size)
    canvas.glow((x - 34 * size, y - 30 * size), 66 * size, 32 * size, "#ffffff", 0.6)


def durians(canvas: Canvas) -> None:
    """A durian and one that has been opened."""
    rng = canvas.rng
    skin = rng.choice(("#a3a743", "#94a13c", "#b0a548"))
    canvas.haze((420, 220), 800, "#fffbe2", 0.9)
    canvas.bokeh("#fffdf2", 14)
    table(canvas, 790, "#e6d4a4", "#c9ac72")
    leaves(canvas, (1330, 720), [-110, -150, -75, -40], 320, "#4b8a46")
    canvas.shadow(560, 950, 470, 100, 0.55)
    durian(canvas, 520, 580, rng.uniform(1.0, 1.1), skin)
    canvas.shadow(1130, 1060, 440, 90, 0.55)
    husk = curve("740,820 900,690 1150,660 1400,730 1490,850 1350,1000 1100,1060 880,1000")
    for n in range(0, len(husk), 2):
        hx, hy = husk[n]
        canvas.flat(placed(star(3, 36, 15), hx, hy, turn=n * 11), mixed(skin, "#22330c", 0.35))
    canvas.round(husk, skin, mixed(skin, "#22330c", 0.5))
    inner = [(1115 + (x - 1115) * 0.9, 862 + (y - 862) * 0.86) for x, y in husk]
    canvas.round(inner, "#fffdf0", "#e3d9b0")
    for at, turn in (((960, 850), -22), ((1240, 822), 12)):
        canvas.round(placed(oval(158, 104), *at, turn=turn), "#e9dfb6", "#cdbd86", at=(0.6, 0.7))
        pod(canvas, *at, 1.04, turn + rng.uniform(-6, 6))
    pod(canvas, 1110, 946, 0.78, -4)
