"""What kinds of thing are sold: a small tree with stable codes; the names are in translations.

A code's dots are its place in the tree, so a category below another begins with its code.
Units are those of UN/CEFACT Recommendation 20: KGM kilogram, LTR litre, H87 piece, IE person.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import accumulate

from market.errors import MarketError


class UnknownCategory(MarketError, code="category.unknown"):
    """No category has this code; facts: `category`."""


class Sold(StrEnum):
    """Goods are weighed or counted and sent; visits have departures and seats."""

    GOODS = "goods"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of thing; a new listing starts with its usual unit and increment."""

    code: str
    parent: str | None
    kind: Sold
    unit: str
    scale: int
    increment: int
    icon: str

    @property
    def name_key(self) -> str:
        """The key of its name in translations."""
        return f"category.{self.code}"


def get(code: str) -> Category:
    """The category with this code, or UnknownCategory."""
    found = _by_code().get(code)
    if found is None:
        raise UnknownCategory(category=code)
    return found


def children(code: str | None) -> tuple[Category, ...]:
    """Those right below a category, or the roots for None, in the order of the shelf."""
    if code is not None:
        get(code)
    return tuple(category for category in all() if category.parent == code)


def descendants(code: str) -> tuple[Category, ...]:
    """Everything below a category at any depth, not itself."""
    prefix = get(code).code + "."
    return tuple(category for category in all() if category.code.startswith(prefix))


@cache
def branch(code: str) -> tuple[str, ...]:
    """The codes of a category and of everything below it."""
    return (code, *(category.code for category in descendants(code)))


@cache
def lineage(code: str) -> tuple[str, ...]:
    """The codes of a category and of all those above it, from the root on."""
    return tuple(accumulate(code.split("."), "{}.{}".format))


def all() -> tuple[Category, ...]:  # noqa: A001 - read as `categories.all()`
    """Every category, parents before children, in the order of the shelf."""
    return tuple(_by_code().values())


@cache
def _by_code() -> dict[str, Category]:
    return {
        code: Category(
            code=code,
            parent=code.rpartition(".")[0] or None,
            kind=Sold.VISIT if unit == "IE" else Sold.GOODS,
            unit=unit,
            scale=3 if unit in {"KGM", "LTR"} else 0,
            increment=increment,
            icon=icon,
        )
        for code, unit, increment, icon in _SHELF
    }


# Code, unit, increment in 10^-scale of the unit (grams, millilitres, pieces), icon.
_SHELF: tuple[tuple[str, str, int, str], ...] = (
    ("produce", "KGM", 500, "basket"),
    ("produce.fruit", "KGM", 500, "basket"),
    ("produce.fruit.strawberry", "KGM", 250, "strawberry"),
    ("produce.fruit.dragonfruit", "KGM", 1000, "dragonfruit"),
    ("produce.fruit.durian", "KGM", 100, "durian"),
    ("produce.fruit.avocado", "KGM", 500, "avocado"),
    ("produce.fruit.persimmon", "KGM", 500, "basket"),
    ("produce.fruit.banana", "KGM", 500, "basket"),
    ("produce.fruit.mango", "KGM", 500, "basket"),
    ("produce.fruit.passionfruit", "KGM", 500, "basket"),
    ("produce.vegetable", "KGM", 500, "leaf"),
    ("produce.vegetable.potato", "KGM", 500, "basket"),
    ("produce.vegetable.carrot", "KGM", 500, "basket"),
    ("produce.vegetable.cabbage", "KGM", 500, "leaf"),
    ("produce.vegetable.tomato", "KGM", 500, "basket"),
    ("produce.vegetable.lettuce", "KGM", 250, "leaf"),
    ("produce.vegetable.sweetpotato", "KGM", 1000, "basket"),
    ("produce.vegetable.artichoke", "KGM", 500, "leaf"),
    ("produce.rice", "KGM", 1000, "basket"),
    ("produce.nut", "KGM", 500, "basket"),
    ("produce.nut.macadamia", "KGM", 250, "basket"),
    ("produce.nut.cashew", "KGM", 250, "basket"),
    ("coffee", "KGM", 250, "coffee"),
    ("coffee.green", "KGM", 1000, "coffee"),
    ("coffee.green.robusta", "KGM", 1000, "coffee"),
    ("coffee.green.arabica", "KGM", 1000, "coffee"),
    ("coffee.roasted", "KGM", 250, "coffee"),
    ("coffee.roasted.robusta", "KGM", 250, "coffee"),
    ("coffee.roasted.arabica", "KGM", 250, "coffee"),
    ("tea", "KGM", 100, "tea"),
    ("tea.oolong", "KGM", 100, "tea"),
    ("tea.green", "KGM", 100, "tea"),
    ("tea.artichoke", "H87", 1, "tea"),
    ("tea.herbal", "H87", 1, "tea"),
    ("pepper", "KGM", 100, "pepper"),
    ("pepper.black", "KGM", 100, "pepper"),
    ("pepper.red", "KGM", 100, "pepper"),
    ("pepper.white", "KGM", 100, "pepper"),
    ("seafood", "KGM", 500, "fish"),
    ("seafood.fresh", "KGM", 500, "fish"),
    ("seafood.fresh.fish", "KGM", 500, "fish"),
    ("seafood.fresh.squid", "KGM", 500, "squid"),
    ("seafood.fresh.crab", "H87", 1, "pot"),
    ("seafood.fresh.shellfish", "KGM", 500, "pot"),
    ("seafood.fresh.mixed", "H87", 1, "pot"),
    ("seafood.dried", "KGM", 500, "squid"),
    ("seafood.dried.squid", "KGM", 500, "squid"),
    ("seafood.dried.fish", "KGM", 500, "fish"),
    ("fishsauce", "LTR", 500, "bottle"),
    ("flowers", "H87", 10, "flower"),
    ("flowers.rose", "H87", 10, "flower"),
    ("flowers.chrysanthemum", "H87", 10, "flower"),
    ("flowers.lily", "H87", 5, "flower"),
    ("flowers.hydrangea", "H87", 5, "flower"),
    ("flowers.orchid", "H87", 1, "flower"),
    ("flowers.succulent", "H87", 1, "vase"),
    ("pantry", "H87", 1, "jar"),
    ("pantry.driedfruit", "KGM", 100, "basket"),
    ("pantry.jam", "H87", 1, "jar"),
    ("pantry.wine", "H87", 1, "bottle"),
    ("pantry.cordyceps", "KGM", 10, "leaf"),
    ("craft", "H87", 1, "cloth"),
    ("craft.silk", "H87", 1, "cloth"),
    ("craft.weaving", "H87", 1, "cloth"),
    ("experience", "IE", 1, "mountain"),
    ("experience.farm", "IE", 1, "strawberry"),
    ("experience.farm.picking", "IE", 1, "strawberry"),
    ("experience.farm.orchard", "IE", 1, "durian"),
    ("experience.farm.coffee", "IE", 1, "coffee"),
    ("experience.farm.tea", "IE", 1, "tea"),
    ("experience.boat", "IE", 1, "boat"),
    ("experience.boat.fishing", "IE", 1, "squid"),
    ("experience.boat.island", "IE", 1, "boat"),
    ("experience.boat.lake", "IE", 1, "boat"),
    ("experience.culture", "IE", 1, "gong"),
    ("experience.culture.gong", "IE", 1, "gong"),
    ("experience.culture.craft", "IE", 1, "vase"),
    ("experience.nature", "IE", 1, "mountain"),
    ("experience.nature.trek", "IE", 1, "mountain"),
    ("experience.nature.jeep", "IE", 1, "mountain"),
    ("experience.nature.geopark", "IE", 1, "mountain"),
    ("stay", "IE", 1, "house"),
    ("stay.homestay", "IE", 1, "house"),
    ("stay.farm", "IE", 1, "house"),
    ("stay.hotel", "IE", 1, "house"),
)
