"""Coffee and pepper, drawn."""

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import Point, curve, oval, placed, points, smooth, stroke
from api.simulation.drawings.props import bowl, leaves, rim, steam, table


def bean(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """One roasted coffee bean, its seam up."""
    roast = canvas.rng.uniform(0, 0.35)
    light, dark = mixed("#9a5f38", "#6d3d20", roast), mixed("#3f2010", "#2b140a", roast)
    canvas.round(placed(oval(46, 31, corners=20), x, y, scale=size, turn=turn), light, dark)
    seam = points("-42,2 -16,-6 12,6 42,-2")
    canvas.line(
        placed(smooth(seam, closed=False, steps=4), x, y, scale=size, turn=turn), dark, 6 * size
    )


def heap(canvas: Canvas, at: Point, half: float, height: float, count: int) -> None:
    """Beans in a heap, the nearer ones last."""
    rng = canvas.rng
    spots = []
    for _ in range(count):
        across = rng.uniform(-1, 1)
        spots.append((across * half, -(1 - across * across) * height * rng.random() ** 0.8))
    for px, py in sorted(spots, key=lambda spot: spot[1]):
        bean(canvas, at[0] + px, at[1] + py, rng.uniform(0.78, 0.98), rng.uniform(0, 180))


def cherries(canvas: Canvas, at: Point, turn: float) -> None:
    """A branch of ripe coffee with its glossy leaves."""
    rng = canvas.rng
    branch = placed(stroke("0,0 160,-30 330,-24 520,-70"), *at, turn=turn)
    canvas.line(branch, "#6d5230", 12)
    for along in (70, 210, 350, 470):
        foot = placed([(along, -24)], *at, turn=turn)[0]
        leaves(canvas, foot, [turn - 62, turn + 58], 210, "#2f7a45")
    for along in (130, 270, 400):
        for n in range(6):
            x, y = placed([(along + rng.uniform(-36, 36), rng.uniform(-54, 20))], *at, turn=turn)[0]
            light, dark = (("#ff6a55", "#9c1420"), ("#ffb04f", "#b8571a"))[n // 5]
            canvas.ball(x, y, 30, 31, light, dark)
            canvas.glow((x - 9, y - 10), 13, 11, "#ffffff", 0.8)


def coffee(canvas: Canvas) -> None:
    """Roasted beans in a bowl, a cup beside them, a branch of cherries behind."""
    rng = canvas.rng
    canvas.haze((420, 200), 800, "#fff8e6", 0.9)
    canvas.bokeh("#fff3da", 14)
    table(canvas, 770, "#b98a5e", "#8a5c36")
    for grain in (820, 905, 1010, 1120):
        canvas.line(
            stroke(f"0,{grain} 500,{grain + 8} 1100,{grain - 8} 1600,{grain + 4}"), "#a2744a", 4
        )
    cherries(canvas, (90, 640), rng.uniform(-6, 4))
    canvas.shadow(640, 990, 480, 80, 0.6)
    rim(canvas, (620, 730), 400, "#d9a868")
    heap(canvas, (620, 772), 356, 190, 170)
    bowl(canvas, (620, 735), 400, "#c98f52")
    cup(canvas, 1220, 800)
    for n in range(15):
        x, y = rng.uniform(150, 1500), rng.uniform(1040, 1150)
        canvas.shadow(x + 6, y + 20, 62, 20, 0.6)
        bean(canvas, x, y, rng.uniform(0.95, 1.15), rng.uniform(0, 180) + n)


def cup(canvas: Canvas, x: float, y: float) -> None:
    """A white cup of black coffee on its saucer."""
    canvas.shadow(x + 20, y + 200, 330, 62, 0.6)
    canvas.flat(placed(oval(270, 62), x, y + 178), "#d8d3ca")
    canvas.flat(placed(oval(270, 60), x, y + 168), "#fbf8f2")
    canvas.flat(placed(oval(150, 30), x, y + 166), "#d9d2c6")
    handle = stroke("160,20 236,6 252,74 190,118 130,120")
    canvas.line(placed(handle, x, y), "#e2dcd0", 30)
    side = curve("-178,0 -168,70 -120,150 -70,176 70,176 120,150 168,70 178,0 90,30 -90,30")
    canvas.across(placed(side, x, y), "#d3cabb", "#ffffff", "#f5f0e6", "#cfc5b4", "#b5a995")
    canvas.flat(placed(oval(180, 46), x, y), "#ffffff")
    canvas.round(placed(oval(164, 38), x, y + 4), "#7a4520", "#2a1208", at=(0.4, 0.3))
    canvas.flat(placed(oval(164, 38)[20:60], x, y + 4), "#c98a4a", 0.25)
    steam(canvas, (x, y - 20), 420)


def peppercorn(canvas: Canvas, x: float, y: float, radius: float, skins: tuple[str, ...]) -> None:
    """One dried peppercorn, wrinkled and shining."""
    skin = canvas.rng.choice(skins)
    canvas.ball(x, y, radius, radius, mixed(skin, "#ffffff", 0.3), mixed(skin, "#000000", 0.5))


def pepper_string(canvas: Canvas, at: Point, length: float, turn: float) -> None:
    """A green string of pepper as it hangs on the vine."""
    rng = canvas.rng
    for n in range(int(length / 13)):
        along, side = n * 13, (-1 if n % 2 else 1) * rng.uniform(6, 24)
        x, y = placed([(along, side)], *at, turn=turn)[0]
        ripe = canvas.chance(0.2)
        canvas.ball(
            x, y, 19, 19, "#ff7a5c" if ripe else "#a9d46b", "#a31f22" if ripe else "#3d7a35"
        )


def pepper(canvas: Canvas) -> None:
    """Peppercorns in a wooden bowl and a spoon, a vine behind: black, white or red."""
    rng = canvas.rng
    skins = rng.choice(
        (
            ("#332925", "#43342b", "#261f1d"),
            ("#332925", "#43342b", "#261f1d"),
            ("#d9c7a3", "#e6d8b8", "#c4ad84"),
            ("#9a3426", "#7a2a20", "#b04a30"),
        )
    )
    canvas.haze((1180, 220), 800, "#fdfbea", 0.9)
    canvas.bokeh("#ffffff", 14)
    table(canvas, 780, "#d6c19a", "#ab8d5f")
    canvas.line(stroke("-40,60 160,120 330,96 520,-40"), "#7a6a3a", 16)
    for knot, level in ((60, 90), (250, 116), (430, 40)):
        leaves(canvas, (knot, level), [-30, 30, 150], 270, "#3c8a48")
        for turn in (74, 96):
            pepper_string(canvas, (knot + turn - 80, level), rng.uniform(270, 380), turn)
    canvas.shadow(920, 1010, 600, 90, 0.6)
    rim(canvas, (900, 680), 490, "#a9713e")
    spots = sorted(
        ((rng.uniform(-1, 1), rng.random()) for _ in range(420)), key=lambda spot: -spot[1]
    )
    for across, up in spots:
        y = 700 - (1 - across * across) * 190 * up + 30 * (1 - abs(across))
        peppercorn(canvas, 900 + across * 452, y, rng.uniform(21, 27), skins)
    bowl(canvas, (900, 685), 490, "#9a6434")
    for _ in range(44):
        x, y = rng.gauss(400, 150), rng.gauss(1085, 34)
        canvas.shadow(x + 5, y + 14, 30, 12, 0.6)
        peppercorn(canvas, x, y, rng.uniform(21, 27), skins)
