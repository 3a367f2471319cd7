"""Bottles of fish sauce, a clay pot and what goes with them, drawn."""

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.catch import FISH, TAIL
from api.simulation.drawings.curves import (
    Points,
    curve,
    leaf,
    oval,
    pebble,
    placed,
    points,
    smooth,
    stroke,
)
from api.simulation.drawings.props import chilli, lime, steam, table


def bottle(canvas: Canvas, x: float, size: float, glass: str) -> None:
    """A glass bottle with a paper label, standing at the table's edge."""

    def at(outline: Points) -> Points:
        return placed(outline, x, 1010, scale=size)

    dark = mixed(glass, "#1d0600", 0.62)
    left = stroke("-124,-400 -112,-480 -52,-550 -46,-640")
    right = [(-px, py) for px, py in reversed(left)]
    body = [(-118.0, 0.0), (-124.0, -20.0), *left, *right, (124.0, -20.0), (118.0, 0.0)]
    canvas.shadow(x + 70 * size, 1014, 260 * size, 54 * size, 0.6)
    canvas.across(at(body), dark, glass, mixed(glass, "#ffd58a", 0.55), glass, dark)
    liquid = points("-110,-10 -110,-400 -70,-500 70,-500 110,-400 110,-10")
    canvas.flat(at(liquid), mixed(glass, "#5a1600", 0.35), 0.35)
    cap = points("-56,-720 56,-720 56,-636 -56,-636")
    canvas.across(at(cap), "#8c2a1f", "#d5533c", "#a8382a", "#6d1d15")
    bottle_label(canvas, x, size)
    shine = curve("-98,-30 -104,-380 -90,-450 -78,-440 -86,-370 -84,-40")
    canvas.flat(at(shine), "#ffffff", 0.42)


def bottle_label(canvas: Canvas, x: float, size: float) -> None:
    """Paper around a bottle, with a fish over waves and not a word."""

    def at(outline: Points) -> Points:
        return placed(outline, x, 1010, scale=size)

    paper = points("-124,-350 124,-350 124,-96 -124,-96")
    canvas.across(at(paper), "#d9c79f", "#fff8e4", "#f6e8c4", "#cdb98c")
    for top in (-336, -124):
        canvas.flat(at([(-124, top), (124, top), (124, top + 10), (-124, top + 10)]), "#b23a2d")
    for part in (FISH, TAIL):
        canvas.flat(at(placed(part, -8, -236, scale=0.24)), "#14625f")
    for n in range(3):
        wave = [(-70.0 + 20 * t, -172.0 + n * 14 + (5 if t % 2 else -5)) for t in range(8)]
        canvas.line(at(smooth(wave, closed=False)), "#5fa9ad", 4 * size)


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


def pot(canvas: Canvas) -> None:
    """A clay pot hot from the fire, steam over it, a bowl of rice beside."""
    rng = canvas.rng
    canvas.haze((900, 260), 820, "#fff4de", 0.95)
    canvas.bokeh("#fff3da", 14)
    table(canvas, 850, "#a9794e", "#754a2b")
    steam(canvas, (720, 470), 420)
    canvas.shadow(740, 1090, 520, 80, 0.65)
    clay_pot(canvas, 720, 740, rng.choice(("#b8623a", "#a8573a", "#8f5236")))
    rice_bowl(canvas, 1280, 930)
    for n in range(5):
        berry = placed(pebble(rng, 18), 180 + n * 46, 1110 + rng.uniform(-20, 20))
        canvas.round(berry, "#d9403a", "#7c1418")
    canvas.round(placed(leaf(200, 80), 150, 1060, turn=-18), "#6fb65c", "#23682f")


def clay_pot(canvas: Canvas, x: float, y: float, clay: str) -> None:
    """A covered pot of burnt clay, its middle at (x, y)."""
    shade, shine = mixed(clay, "#000000", 0.4), mixed(clay, "#ffffff", 0.3)
    for side in (-1, 1):
        ear = [(side * px, py) for px, py in stroke("330,-40 420,-60 440,10 370,50")]
        canvas.line(placed(ear, x, y), mixed(clay, "#000000", 0.2), 34)
    belly = curve(
        "-330,-150 -370,-20 -340,150 -230,290 0,330 230,290 340,150 370,-20 330,-150"
        " 160,-120 -160,-120"
    )
    canvas.across(placed(belly, x, y), shade, shine, clay, shade, mixed(clay, "#000000", 0.55))
    for level in (60, 84):
        band = f"-362,{level - 40} -180,{level} 0,{level + 10} 180,{level} 362,{level - 40}"
        canvas.line(placed(stroke(band), x, y), shine, 6)
    lid = curve("-350,0 -250,-84 -80,-126 80,-126 250,-84 350,0 180,44 0,54 -180,44")
    canvas.across(placed(lid, x, y - 150), shade, shine, clay, shade)
    canvas.ball(x, y - 288, 54, 44, shine, shade)


def rice_bowl(canvas: Canvas, x: float, y: float) -> None:
    """A bowl of rice with chopsticks across it."""
    canvas.shadow(x + 10, y + 176, 260, 46, 0.6)
    canvas.ball(x, y - 6, 180, 84, "#ffffff", "#e2dccb")
    for _ in range(80):
        spot = (x + canvas.rng.gauss(0, 70), y - 40 + canvas.rng.gauss(0, 16))
        canvas.flat(
            placed(oval(11, 5, corners=10), *spot, turn=canvas.rng.uniform(0, 180)), "#fffdf4"
        )
    side = curve("-204,0 -180,90 -96,164 96,164 180,90 204,0 100,34 -100,34")
    canvas.across(placed(side, x, y), "#a9c3cf", "#ffffff", "#e6eff2", "#8fa9b8")
    canvas.line(placed(stroke("-192,46 -90,88 0,96 90,88 192,46"), x, y), "#2d6f9c", 9)
    for shift in (0, 26):
        canvas.line([(x - 250, y - 96 + shift), (x + 240, y - 34 + shift)], "#6b3f22", 11)
