"""The demo's photos: one for everything that the story sells, small enough to be shipped."""

from PIL import Image

from api.simulation.facts import GOODS, VISITS
from api.simulation.offering import PICTURES
from catalog import media

SOLD = {facts.key for facts in (*GOODS, *VISITS)}
TOGETHER_BYTES_MAX = 2_000_000


def test_everything_the_story_sells_has_its_own_picture():
    assert {picture.stem for picture in PICTURES.glob("*.webp")} == SOLD


def test_all_pictures_together_are_small():
    assert sum(file.stat().st_size for file in PICTURES.iterdir()) <= TOGETHER_BYTES_MAX


def test_pictures_are_as_large_as_a_photo_is_kept():
    for picture in PICTURES.glob("*.webp"):
        with Image.open(picture) as image:
            assert image.size == (media.WIDTHS[-1], 960), picture.name
            assert image.format == "WEBP", picture.name
