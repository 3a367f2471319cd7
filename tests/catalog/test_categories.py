"""The category tree: stable codes, whole units, names in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import translations
from catalog import categories
from catalog.categories import Sold, UnknownCategory

ICONS = {"strawberry", "dragonfruit", "squid", "fish", "coffee", "tea", "leaf", "flower", "durian"}
ICONS |= {
    "avocado",
    "pepper",
    "bottle",
    "jar",
    "cloth",
    "vase",
    "mountain",
    "gong",
    "boat",
    "basket",
    "pot",
    "house",
}
EVERY = pytest.mark.parametrize("category", categories.all(), ids=lambda found: found.code)


class TestTree:
    def test_has_enough_kinds_and_no_code_twice(self) -> None:
        codes = [category.code for category in categories.all()]

        assert len(codes) >= 60
        assert len(codes) == len(set(codes))

    @EVERY
    def test_every_parent_exists_and_comes_before(self, category: categories.Category) -> None:
        order = [found.code for found in categories.all()]

        if category.parent is not None:
            assert order.index(category.parent) < order.index(category.code)
            assert category in categories.children(category.parent)
            assert category.kind == categories.get(category.parent).kind

    def test_roots_are_the_children_of_nothing(self) -> None:
        roots = categories.children(None)

        assert [root.code for root in roots][:4] == ["produce", "coffee", "tea", "pepper"]
        assert all(root.parent is None for root in roots)

    def test_descendants_are_all_that_is_below_and_not_the_thing_itself(self) -> None:
        below = {category.code for category in categories.descendants("seafood")}

        assert {"seafood.fresh", "seafood.fresh.squid", "seafood.dried.fish"} <= below
        assert "seafood" not in below
        assert not any(code.startswith("fishsauce") for code in below)

    def test_a_leaf_has_nothing_below(self) -> None:
        assert categories.children("fishsauce") == ()
        assert categories.descendants("fishsauce") == ()

    @pytest.mark.parametrize("code", ["", "nothing", "produce.", "PRODUCE", "produce.fruit.x"])
    @pytest.mark.parametrize("ask", [categories.get, categories.children, categories.descendants])
    def test_an_unknown_code_is_refused(self, ask: Callable[[str], object], code: str) -> None:
        with pytest.raises(UnknownCategory) as refused:
            ask(code)

        assert refused.value.code == "category.unknown"
        assert refused.value.facts == {"category": code}


class TestCategory:
    @EVERY
    def test_says_how_it_is_usually_sold(self, category: categories.Category) -> None:
        assert category.unit in {"KGM", "LTR", "H87", "IE"}
        assert category.scale == (3 if category.unit in {"KGM", "LTR"} else 0)
        assert category.increment >= 1
        assert category.icon in ICONS

    @EVERY
    def test_visits_and_only_visits_are_counted_in_persons(
        self, category: categories.Category
    ) -> None:
        assert (category.kind is Sold.VISIT) == (category.unit == "IE")
        assert (category.kind is Sold.VISIT) == category.code.startswith(("experience", "stay"))

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_has_a_name_of_its_own_in_every_language(self, language: str) -> None:
        folder = Path(translations.__file__).parent / "locale" / language / "LC_MESSAGES"
        with (folder / "categories.po").open("rb") as lines:
            names = {message.id: message.string for message in read_po(lines) if message.id}

        keys = {category.name_key for category in categories.all()}

        assert keys | {"error.category.unknown"} == names.keys()
        assert len({names[key] for key in keys}) == len(keys)
        assert all(names.values())
