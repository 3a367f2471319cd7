"""Photographs of the demo world, drawn by code: seeded, never the same twice, nobody's property."""

import io
import re
from random import Random

from api.simulation.drawings import fields, fruits, houses, lands, props, seas
from api.simulation.drawings.canvas import Canvas
from api.simulation.drawings.curves import Frame
from api.simulation.drawings.pen import Pen, Words

SIZE = (1280, 960)  # the largest that is kept of a photo


def draw(key: str, seed: int) -> bytes:
    """The picture of what the story sells as a JPEG; the same seed gives the same picture.

    A key that is not in PICTURES is a KeyError.
    """
    rng = Random(f"{key} {seed}")  # noqa: S311  a picture is no secret
    marks = Pen(PICTURES, rng, Frame()).draw(key)
    canvas = Canvas(SIZE, ground="#ffffff")
    for mark in marks:
        mark.paint(canvas)
    out = io.BytesIO()
    canvas.image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _read(text: str) -> dict[str, list[Words]]:
    """`name: line; line`, where what goes on is indented."""
    entries = (entry.partition(":") for entry in re.split(r"\n(?=\S)", text.strip()))
    return {name: [line.split() for line in lines.split(";")] for name, _, lines in entries}


PICTURES = _read("".join(each.TEXT for each in (props, fruits, fields, seas, houses, lands)))
