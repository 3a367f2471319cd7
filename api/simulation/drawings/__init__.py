"""Photographs of the demo world, drawn by code: seeded, never the same twice, nobody's property."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from api.simulation.drawings import (
    baskets,
    boats,
    catch,
    durians,
    evening,
    field,
    flowers,
    fruits,
    greens,
    kitchen,
    land,
)
from api.simulation.drawings.canvas import Canvas

Sky = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """Who draws it, and the colours behind it from top to bottom: one pair is taken."""

    draw: Callable[[Canvas], None]
    skies: tuple[Sky, ...]


def draw(kind: str, seed: int) -> bytes:
    """The picture of a kind as a JPEG of 1600 by 1200; the same seed gives the same picture.

    A kind that is not in KINDS is a KeyError.
    """
    scene = KINDS[kind]
    rng = Random(f"{kind} {seed}")  # noqa: S311  a picture is no secret
    top, bottom = rng.choice(scene.skies)
    canvas = Canvas(rng, top=top, bottom=bottom)
    scene.draw(canvas)
    return canvas.jpeg()


BLUSH: Sky = ("#fdeae5", "#f8d5cc")
CREAM: Sky = ("#fdeedd", "#f7dcc3")
STRAW: Sky = ("#f8efcf", "#eddba8")
MEADOW: Sky = ("#f2f5de", "#e0e8c6")
MINT: Sky = ("#e6f4ea", "#cfe6d6")
LILAC: Sky = ("#f7ebf6", "#f2d9e6")
SHELL: Sky = ("#d3ecef", "#b5dae0")
DAWN: Sky = ("#a8d4ea", "#fdeccb")
MORNING: Sky = ("#b8dff0", "#fdf3d4")
EVENING: Sky = ("#8aa9d0", "#fbd0a4")
COAST: Sky = ("#8fcfe6", "#fdeccb")
NIGHT: Sky = ("#141a44", "#4a2a5c")

KINDS: Mapping[str, Scene] = {
    "strawberry": Scene(fruits.strawberries, (BLUSH, CREAM, MINT)),
    "dragonfruit": Scene(fruits.dragonfruits, (CREAM, MINT, LILAC)),
    "avocado": Scene(fruits.avocados, (MEADOW, CREAM)),
    "durian": Scene(durians.durians, (STRAW, MEADOW)),
    "squid": Scene(catch.drying, (("#bfe4ee", "#e8f4ee"), COAST)),
    "fish": Scene(catch.catch, (SHELL, ("#e3eef0", "#c3d6da"))),
    "crab": Scene(catch.crabs, (SHELL, CREAM)),
    "bottle": Scene(kitchen.sauces, (CREAM, STRAW)),
    "jar": Scene(kitchen.sauces, (CREAM, STRAW)),
    "pot": Scene(kitchen.pot, (CREAM, BLUSH)),
    "vase": Scene(kitchen.pot, (CREAM, BLUSH)),
    "cloth": Scene(partial(baskets.basket, kind="basket"), (MEADOW, CREAM, BLUSH)),
    "coffee": Scene(field.coffee, (CREAM, MEADOW, BLUSH)),
    "pepper": Scene(field.pepper, (MEADOW, CREAM)),
    "leaf": Scene(greens.greens, (MEADOW, MINT)),
    "flower": Scene(flowers.flowers, (LILAC, MINT, CREAM)),
    "succulent": Scene(flowers.succulents, (MINT, LILAC, CREAM)),
    "tea": Scene(land.tea, (MORNING, DAWN)),
    "mountain": Scene(land.mountain, (DAWN, MORNING, EVENING)),
    "gong": Scene(evening.gongs, (NIGHT, ("#101c3a", "#3a2a52"))),
    "boat": Scene(boats.boats, (COAST, EVENING)),
} | {
    kind: Scene(partial(baskets.basket, kind=kind), (MEADOW, CREAM, BLUSH))
    for kind in baskets.ITEMS
}
