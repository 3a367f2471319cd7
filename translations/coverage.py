"""How much of the market a language can already say."""

from translations.catalogues import catalogue
from translations.languages import REGISTRY, SOURCE


def coverage(tag: str) -> float:
    """The share of the source's messages that are finished in the language, from 0 to 1."""
    source = catalogue(SOURCE).keys()
    return len(source & catalogue(tag).keys()) / len(source)


def of_all() -> dict[str, float]:
    """The coverage of every registered language, by its tag."""
    return {tag: coverage(tag) for tag in REGISTRY}
