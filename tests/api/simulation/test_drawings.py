"""Drawn photographs: one for everything that the story sells, the same for the same seed."""

import io

import pytest
from PIL import Image

from api.simulation import drawings
from api.simulation.facts import GOODS, VISITS
from catalog import media

SOLD = sorted(facts.key for facts in (*GOODS, *VISITS))


def test_everything_the_story_sells_has_its_own_picture():
    assert set(SOLD) <= set(drawings.PICTURES)


@pytest.mark.slow
@pytest.mark.parametrize("key", SOLD)
def test_a_drawing_is_as_large_as_a_photo_is_kept(key):
    picture = Image.open(io.BytesIO(drawings.draw(key, 1)))

    assert picture.format == "JPEG"
    assert picture.size == (media.WIDTHS[-1], 960)


def test_a_seed_always_draws_the_same():
    assert drawings.draw("strawberry-jam", 7) == drawings.draw("strawberry-jam", 7)


def test_another_seed_draws_another_picture():
    assert drawings.draw("pepper-black", 1) != drawings.draw("pepper-black", 2)


def test_an_unknown_key_is_the_callers_mistake():
    with pytest.raises(KeyError):
        drawings.draw("unicorn", 1)
