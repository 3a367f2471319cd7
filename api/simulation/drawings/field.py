"""Coffee, pepper, greens and flowers, drawn."""

from math import cos, pi, sin, tau

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import (
    Point,
    Points,
    curve,
    oval,
    placed,
    points,
    smooth,
    stroke,
)
from api.simulation.drawings.props import bowl, leaves, rim, steam, table

PETALS = ("#f06a8a", "#f7a541", "#fff3e2", "#e2497f", "#b98be0", "#ffd04f", "#f28a6a")


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
            light, dark = (("#ff6a55", "#9c1420"), ("#ffb04f", "#b8571a"))[n == 5]
            canvas.ball(x, y, 30, 31, light, dark)
            canvas.glow((x - 9, y - 10), 13, 11, "#ffffff", 0.8)


def coffee(canvas: Canvas) -> None:
    """Roasted beans in a bowl, a cup beside them, a branch of cherries behind."""
    rng = canvas.rng
    canvas.haze((420, 200), 800, "#fff8e6", 0.9)
    canvas.bokeh("#fff3da", 14)
    table(canvas, 770, "#b98a5e", "#8a5c36")
    for y in (820, 905, 1010, 1120):
        canvas.line(stroke(f"0,{y} 500,{y + 8} 1100,{y - 8} 1600,{y + 4}"), "#a2744a", 4)
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
        ripe = rng.random() < 0.2
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
    for x, y in ((60, 90), (250, 116), (430, 40)):
        leaves(canvas, (x, y), [-30, 30, 150], 270, "#3c8a48")
        for turn in (74, 96):
            pepper_string(canvas, (x + turn - 80, y), rng.uniform(270, 380), turn)
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


def lettuce(canvas: Canvas, x: float, y: float, size: float, tint: str) -> None:
    """One head of lettuce standing, its outer leaves behind and its heart in front."""
    rng = canvas.rng
    for ring, (spread, length, count) in enumerate(((58, 300, 5), (38, 262, 4), (18, 215, 2))):
        base = mixed(tint, "#f1ffb8", ring * 0.22)
        for n in range(count):
            turn = -90 + (n / (count - 1) - 0.5) * 2 * spread + rng.uniform(-7, 7)
            blade = _ruffled(length * rng.uniform(0.92, 1.08) * size, rng.uniform(0, 6))
            light = mixed(base, "#ffffff", 0.24)
            canvas.round(placed(blade, x, y, turn=turn), light, mixed(base, "#06300f", 0.44))
            for lean in (-24, -11, 0, 11, 24):
                vein = [(length * 0.1, 0), (length * (0.84 - abs(lean) / 100) * size, 0)]
                pale = mixed(base, "#ffffff", 0.5)
                canvas.line(placed(vein, x, y, turn=turn + lean), pale, 6 if lean == 0 else 2.5)


def _ruffled(length: float, phase: float) -> Points:
    outline: Points = [(0, 0)]
    for n in range(27):
        angle = (n / 26 - 0.5) * pi * 1.1
        wave = 0.045 * sin(n * 1.3 + phase) + 0.03 * sin(n * 2.9 + phase * 2)
        far = length * (0.72 + 0.28 * cos(angle)) * (1 + wave)
        outline.append((far * cos(angle * 0.52), far * sin(angle * 0.52)))
    return smooth(outline, steps=3)


def cabbage(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One round cabbage in its open outer leaves."""
    for turn in (-150, -30, -120, -60):
        blade = _ruffled(260 * size, turn)
        canvas.round(placed(blade, x, y + 90 * size, turn=turn), "#8cc47a", "#2f7a4a")
    canvas.ball(x, y, 165 * size, 158 * size, "#dcf2b8", "#5fa85e")
    for text in ("0,150 -40,20 -10,-140", "0,150 60,30 66,-110", "0,150 -96,40 -104,-70"):
        canvas.line(placed(stroke(text), x, y, scale=size), "#eefbd2", 6 * size)
    for text in ("-40,20 -90,-40", "-30,-40 20,-90", "60,30 110,-20", "-96,40 -136,0"):
        canvas.line(placed(stroke(text), x, y, scale=size), "#d8efb8", 4 * size)


def greens(canvas: Canvas) -> None:
    """A wooden crate of lettuce, green and red, and cabbages."""
    rng = canvas.rng
    canvas.haze((460, 240), 820, "#fbfff2", 0.9)
    canvas.bokeh("#ffffff", 16)
    table(canvas, 840, "#d3bf94", "#a98f60")
    canvas.shadow(800, 1090, 760, 90, 0.65)
    canvas.wash(points("170,620 1430,620 1430,760 170,760"), "#6d4a2a", "#8a6238")
    red = rng.choice(("#93405c", "#93405c", "#63a83f"))
    for n, x in enumerate((390, 665, 940, 1215)):
        tint = red if n % 2 else rng.choice(("#4f9e3f", "#5fae45"))
        lettuce(canvas, x + rng.uniform(-20, 20), 730, rng.uniform(1.12, 1.26), tint)
    cabbage(canvas, 520 + rng.uniform(-20, 20), 650, 0.92)
    if rng.random() < 0.6:
        cabbage(canvas, 1080 + rng.uniform(-20, 20), 654, 0.95)
    else:
        lettuce(canvas, 1080, 800, 1.06, "#6fb84e")
    crate(canvas)


def crate(canvas: Canvas) -> None:
    """The slatted front of a wooden crate."""
    for y in (712, 840, 968):
        shade = points(f"136,{y + 8} 1464,{y + 8} 1456,{y + 118} 144,{y + 118}")
        canvas.flat(shade, "#3f2814", 0.6)
        slat = points(f"130,{y} 1470,{y} 1462,{y + 104} 138,{y + 104}")
        canvas.across(slat, "#c08a50", "#e7bd84", "#d9aa6c", "#c08c54", "#9a6a38")
        for grain in (26, 58, 82):
            bend = canvas.rng.uniform(-9, 9)
            text = (
                f"150,{y + grain} 560,{y + grain + bend} 1040,{y + grain - bend} 1450,{y + grain}"
            )
            canvas.line(stroke(text), "#b98850", 2.5)
    for x in (190, 1350):
        canvas.across(
            points(f"{x},690 {x + 64},690 {x + 60},1092 {x + 4},1092"), "#d9aa6c", "#a97844"
        )
        for y in (764, 892, 1020):
            canvas.ball(x + 31, y, 7, 7, "#e9e3da", "#6f675c")


PETAL = "0,0 30,-12 66,-17 94,-12 104,0 94,12 66,17 30,12"


def gerbera(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    """One flower with two rings of petals."""
    canvas.glow((x + 8, y + 18), radius * 1.25, radius * 1.25, "#2a1a30", 0.4)
    start = canvas.rng.uniform(0, 40)
    for ring, (count, reach) in enumerate(((14, 1.0), (11, 0.7))):
        tone = mixed(colour, "#ffffff", ring * 0.2)
        for n in range(count):
            turn = start + n * 360 / count + ring * 9
            petal = placed(curve(PETAL), x, y, scale=radius * reach / 100, turn=turn)
            canvas.round(
                petal, mixed(tone, "#ffffff", 0.34), mixed(tone, "#5a0a30", 0.26), at=(0.4, 0.3)
            )
    canvas.ball(x, y, radius * 0.27, radius * 0.27, "#ffe27a", "#a8651a")
    for n in range(14):
        angle = tau * n / 14
        spot = (x + cos(angle) * radius * 0.24, y + sin(angle) * radius * 0.24)
        canvas.flat(placed(oval(radius * 0.045, radius * 0.045, corners=8), *spot), "#7a3f12")


def rose(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    """One rose, its petals folded around each other."""
    canvas.glow((x + 8, y + 18), radius * 1.25, radius * 1.25, "#2a1a30", 0.4)
    start = canvas.rng.uniform(0, 72)
    for ring in range(5):
        size = radius * (1 - ring * 0.19)
        for n in range(5):
            angle = (start + n * 72 + ring * 34) * pi / 180
            at = (x + cos(angle) * size * 0.36, y + sin(angle) * size * 0.36)
            tone = mixed(colour, "#4a0420", ring * 0.1)
            petal = placed(oval(size * 0.66, size * 0.6), *at, turn=start + n * 72)
            canvas.round(
                petal,
                mixed(tone, "#ffffff", 0.4),
                mixed(tone, "#3a0018", 0.22),
                at=(0.4, 0.3),
                reach=0.8,
            )
    canvas.round(
        placed(oval(radius * 0.13, radius * 0.11), x, y), mixed(colour, "#4a0420", 0.4), "#5a0a28"
    )


def flowers(canvas: Canvas) -> None:
    """A bunch of flowers in paper: roses, gerberas, leaves."""
    rng = canvas.rng
    canvas.haze((480, 260), 820, "#ffffff", 0.9)
    canvas.bokeh("#ffffff", 16, below=1000)
    table(canvas, 960, "#ecd6dc", "#d3b2bf")
    canvas.shadow(830, 1120, 420, 60, 0.6)
    for turn in (-158, -136, -112, -90, -66, -44, -22):
        leaves(canvas, (800, 640), [turn], 520, rng.choice(("#4f9a57", "#3f8a50", "#6aa860")))
    canvas.wash(curve("430,560 800,470 1170,560 1010,860 800,900 590,860"), "#c79b6a", "#a87a4a")
    colours = rng.sample(PETALS, 4)
    spots = points(
        "530,420 720,300 920,290 1090,420 440,570 640,520 830,470 990,560 1160,580 600,690 770,640 940,690"
    )
    flower = rng.choice((rose, gerbera))
    for n, (x, y) in enumerate(spots):
        draw = flower if n % 4 else gerbera
        draw(
            canvas,
            x + rng.uniform(-14, 14),
            y + rng.uniform(-14, 14),
            rng.uniform(112, 138),
            colours[n % 4],
        )
    for side in (-1, 1):
        sheet = [(0, 760), (side * 430, 560), (side * 400, 640), (side * 120, 1130), (0, 1150)]
        canvas.across(
            placed(sheet, 800, 0),
            *(("#e6c79b", "#f6e2bf", "#d0a571") if side < 0 else ("#dcb787", "#f3dcb4", "#c4945c")),
        )
    canvas.line(placed([(0, 770), (0, 1146)], 800, 0), "#b98a55", 3)
    canvas.wash(placed(points("-176,940 176,940 162,984 -162,984"), 800, 0), "#e2607f", "#b93a5c")
    for side in (-1, 1):
        loop = smooth([(0, 0), (side * 90, -60), (side * 130, 0), (side * 90, 44)])
        canvas.round(placed(loop, 800, 962), "#f58aa2", "#b93a5c")
    canvas.ball(800, 962, 26, 24, "#f79ab0", "#b93a5c")
