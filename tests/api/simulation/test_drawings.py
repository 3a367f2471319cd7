"""Drawn photographs: one for every icon of the shelves, the same for the same seed."""

import io

import pytest
from PIL import Image

from api.simulation import drawings
from catalog import categories

KINDS = sorted(drawings.KINDS)


def test_there_is_a_scene_for_every_icon_of_the_categories():
    assert {category.icon for category in categories.all()} <= set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_a_photo_of_the_size_that_sellers_send(kind):
    picture = Image.open(io.BytesIO(drawings.draw(kind, 1)))

    assert picture.format == "JPEG"
    assert picture.size == (1600, 1200)


def test_a_seed_always_draws_the_same():
    assert drawings.draw("basket", 7) == drawings.draw("basket", 7)


def test_another_seed_draws_another_picture():
    assert drawings.draw("coffee", 1) != drawings.draw("coffee", 2)


def test_an_unknown_kind_is_the_callers_mistake():
    with pytest.raises(KeyError):
        drawings.draw("unicorn", 1)
