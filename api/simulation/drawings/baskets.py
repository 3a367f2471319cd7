"""Baskets of whatever is ripe, drawn."""

from collections.abc import Callable, Mapping

from api.simulation.drawings.canvas import Canvas, mixed
from api.simulation.drawings.curves import curve, leaf, oval, placed, star, stroke
from api.simulation.drawings.props import leaves, rim, table

Item = Callable[[Canvas, float, float, float], None]


def tomato(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One tomato."""
    canvas.round(
        placed(curve("0,-66 60,-76 96,-20 84,50 0,84 -84,50 -96,-20 -60,-76"), x, y, scale=size),
        "#ff7452",
        "#b01c1c",
    )
    canvas.glow((x - 36 * size, y - 30 * size), 34 * size, 26 * size, "#ffffff", 0.75)
    canvas.round(
        placed(star(5, 50, 13, turn=canvas.rng.uniform(0, 70)), x, y - 64 * size, scale=size),
        "#6cb653",
        "#245e2a",
    )


def persimmon(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One persimmon with its four-leaved cap."""
    canvas.round(
        placed(curve("0,-72 70,-66 106,-8 84,58 0,82 -84,58 -106,-8 -70,-66"), x, y, scale=size),
        "#ffb04a",
        "#d0561a",
    )
    canvas.glow((x - 40 * size, y - 26 * size), 36 * size, 28 * size, "#ffffff", 0.7)
    for turn in (20, 78, 140, 200, 262):
        canvas.round(
            placed(leaf(58, 34), x, y - 60 * size, scale=size, turn=turn), "#8fae5a", "#4c6a2a"
        )


def carrot(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One carrot, its green up."""
    turn = canvas.rng.uniform(-24, 24)
    top = placed([(0, -120)], x, y, scale=size, turn=turn)[0]
    for lean in (-118, -100, -84, -66):
        frond = placed(
            leaf(150, 34), *top, scale=size, turn=lean + turn + canvas.rng.uniform(-6, 6)
        )
        canvas.round(frond, "#7cc25c", "#2b7a37")
    canvas.round(
        placed(
            curve("0,-124 44,-112 50,-70 30,60 8,190 -8,190 -30,60 -50,-70 -44,-112"),
            x,
            y,
            scale=size,
            turn=turn,
        ),
        "#ffa04d",
        "#d65a12",
    )
    for level in (-70, -20, 40):
        canvas.line(
            placed([(-34, level), (-8, level + 5)], x, y, scale=size, turn=turn),
            "#d9691f",
            4 * size,
        )


def tuber(canvas: Canvas, x: float, y: float, size: float, skin: str) -> None:
    """One potato or sweet potato."""
    shape = curve("-110,-6 -78,-58 0,-70 84,-52 118,4 78,56 -8,66 -84,50")
    turn = canvas.rng.uniform(-40, 40)
    canvas.round(
        placed(shape, x, y, scale=size, turn=turn),
        mixed(skin, "#ffffff", 0.34),
        mixed(skin, "#2a1000", 0.4),
    )
    for _ in range(6):
        spot = placed(
            [(canvas.rng.uniform(-70, 70), canvas.rng.uniform(-36, 36))], x, y, scale=size
        )[0]
        canvas.flat(
            placed(oval(6, 3, corners=10), *spot, scale=size, turn=turn),
            mixed(skin, "#2a1000", 0.5),
            0.6,
        )


def potato(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One potato."""
    tuber(canvas, x, y, size, canvas.rng.choice(("#d9b06a", "#cfa25c", "#e0bb7a")))


def sweet_potato(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One sweet potato."""
    tuber(canvas, x, y, size, canvas.rng.choice(("#b0506a", "#a3475f", "#bd6070")))


def nut(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One macadamia in its cracked shell, or without it."""
    if canvas.chance(0.3):
        canvas.ball(x, y, 54 * size, 52 * size, "#fffbe8", "#dcc48c")
        return
    canvas.ball(x, y, 64 * size, 63 * size, "#b9793f", "#5a3216")
    canvas.line(placed(stroke("-50,-8 0,14 50,-4"), x, y, scale=size), "#f1dcae", 7 * size)
    canvas.glow((x - 22 * size, y - 26 * size), 26 * size, 20 * size, "#ffffff", 0.6)


def cashew(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One roasted cashew kernel."""
    shape = curve("-70,20 -56,-30 -10,-56 44,-40 70,10 56,40 34,24 20,-4 -14,-14 -34,14 -46,42")
    turn = canvas.rng.uniform(0, 360)
    canvas.round(placed(shape, x, y, scale=size * 1.1, turn=turn), "#fbe6b4", "#c98f45")


def mango(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One mango."""
    shape = curve("-20,-100 50,-92 98,-20 84,60 20,104 -56,84 -96,16 -78,-60")
    light, dark = canvas.rng.choice(
        (("#ffe06a", "#d98a1a"), ("#ffcf5a", "#d9572a"), ("#d9e06a", "#6f9a35"))
    )
    canvas.round(placed(shape, x, y, scale=size, turn=canvas.rng.uniform(-50, 50)), light, dark)
    canvas.glow((x - 30 * size, y - 34 * size), 36 * size, 40 * size, "#ffffff", 0.55)


def passionfruit(canvas: Canvas, x: float, y: float, size: float) -> None:
    """One passion fruit, now and then cut."""
    canvas.ball(x, y, 80 * size, 78 * size, "#8d4a78", "#3a1436")
    if canvas.chance(0.3):
        canvas.flat(placed(oval(68, 66), x, y, scale=size), "#f6e9d2")
        canvas.round(placed(oval(56, 54), x, y, scale=size), "#ffd24a", "#d98a1a")
        for _ in range(14):
            spot = (x + canvas.rng.gauss(0, 22) * size, y + canvas.rng.gauss(0, 20) * size)
            canvas.flat(placed(oval(6, 8, corners=10), *spot, scale=size), "#2b2018")
    else:
        canvas.glow((x - 28 * size, y - 30 * size), 30 * size, 24 * size, "#ffffff", 0.55)


ITEMS: Mapping[str, tuple[Item, ...]] = {
    "basket": (tomato, persimmon, mango, passionfruit, carrot),
    "tomato": (tomato,),
    "persimmon": (persimmon,),
    "carrot": (carrot,),
    "potato": (potato,),
    "sweetpotato": (sweet_potato,),
    "macadamia": (nut,),
    "cashew": (cashew,),
    "mango": (mango,),
    "passionfruit": (passionfruit,),
}
SMALL = frozenset({"macadamia", "cashew"})


def basket(canvas: Canvas, kind: str = "basket") -> None:
    """A woven basket, heaped."""
    rng = canvas.rng
    canvas.haze((430, 240), 820, "#fffdf2", 0.9)
    canvas.bokeh("#ffffff", 16)
    table(canvas, 830, "#d9b98c", "#b18a58")
    canvas.shadow(800, 1080, 620, 90, 0.65)
    handle = stroke("330,640 400,300 620,150 800,120 980,150 1200,300 1270,640")
    canvas.line(handle, "#a06c34", 44)
    canvas.line(placed(handle, -5, -6), "#d7a35e", 22)
    rim(canvas, (800, 640), 520, "#c08a48")
    if kind in SMALL:
        mound = curve("310,650 420,520 620,400 800,370 980,400 1180,520 1290,650 800,700")
        canvas.round(mound, "#c9924e", "#6b4320")
    else:
        leaves(canvas, (440, 610), [-160, -125], 250, "#4f9a4b")
        leaves(canvas, (1160, 610), [-20, -55], 250, "#4f9a4b")
    heaped(canvas, kind)
    weave(canvas)
    lying = [item for item in ITEMS[kind] if item is not carrot]
    for x in (330, 1330) if lying else ():
        item = rng.choice(lying)
        size = 0.9 if kind in SMALL else 1.0
        canvas.shadow(x + 10, 1068 + 66 * size, 130 * size, 34, 0.6)
        item(canvas, x, 1068, size)


def heaped(canvas: Canvas, kind: str) -> None:
    """What is in the basket, row behind row."""
    rng = canvas.rng
    items = ITEMS[kind]
    size, rows, step = (0.8, 6, 96) if kind in SMALL else (1.0, 4, 158)
    number = rng.randrange(len(items))
    for row in range(rows):
        y = 620 - (rows - 1 - row) * step * 0.56
        half = 490 - ((rows - 1 - row) / (rows - 1)) ** 1.4 * 280
        count = int(2 * half / step)
        for n in range(count):
            x = 800 + (n - (count - 1) / 2) * step + rng.uniform(-16, 16)
            number += 1
            items[number % len(items)](
                canvas, x, y + rng.uniform(-12, 12), size * rng.uniform(0.94, 1.08)
            )


def weave(canvas: Canvas) -> None:
    """The woven front of the basket."""
    side = curve(
        "280,640 300,760 360,960 470,1080 800,1110 1130,1080 1240,960 1300,760 1320,640"
        " 1060,690 800,700 540,690"
    )
    canvas.across(side, "#8a5c2b", "#c8924e", "#dcab66", "#b98145", "#7a4f24")
    for row in range(9):
        level = 720 + row * 42
        narrow = (row / 9) ** 1.8 * 150
        left, right = 300 + narrow, 1300 - narrow
        count = 22
        for n in range(count - row % 2):
            x = left + (n + (row % 2) * 0.5) * (right - left) / count
            wide = (right - left) / count * 0.92
            tone = mixed("#edc483", "#9a6a35", min(1, abs(x - 700) / 620))
            sag = 24 - abs(x - 800) / 520 * 24
            strip = [
                (x, level + sag),
                (x + wide, level + sag),
                (x + wide - 4, level + 27 + sag),
                (x + 4, level + 27 + sag),
            ]
            canvas.flat(strip, tone, 0.92 if (n + row) % 2 else 0.45)
    lip = stroke("270,640 420,694 620,716 800,722 980,716 1180,694 1330,640")
    canvas.line(lip, "#8f6130", 50)
    canvas.line(placed(lip, 0, -7), "#dfb06c", 30)
    for n in range(4, 52, 3):
        if n < len(lip):
            x, y = lip[n]
            canvas.line([(x - 8, y - 24), (x + 10, y + 22)], "#a8753c", 6)
