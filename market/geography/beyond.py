"""What tells that an address lies in another province; its wards may be named like ours."""

from collections.abc import Sequence

from market.geography.names import SAYS, Said, Word, key_of
from market.geography.units import rows

_KEYS = frozenset(key_of(row["name"]) for row in rows("other_provinces.csv"))
_HEAVY = "\u0323"  # the tone that tells such a district from where coffee is drunk
_CITY_DISTRICTS = frozenset({"quan", "q"})  # of which the province has none


def is_beyond(words: Sequence[Word]) -> bool:
    """Another province ends a part of the text and is no street or hamlet, or a quận is named."""
    return any(
        _is_city_district(words, at) or _ends_in_province(words, at) for at in range(len(words))
    )


def _is_city_district(words: Sequence[Word], at: int) -> bool:
    number = words[at + 1 : at + 2]
    is_numbered = bool(number) and number[0].plain.isdigit() and number[0].part == words[at].part
    is_spelled_out = words[at].plain == "quan" and words[at].spelled.endswith(_HEAVY)
    return is_spelled_out or (words[at].plain in _CITY_DISTRICTS and is_numbered)


def _ends_in_province(words: Sequence[Word], at: int) -> bool:
    """From this word on; what goes on is no name ("Lâm Hà tỉnh Lâm Đồng" is not in Hà Tĩnh)."""
    rest = [word.plain for word in words[at:] if word.part == words[at].part]
    key = "".join(word for word in rest if not word.isdigit()).removesuffix("vietnam")
    before = words[at - 1].plain if at else ""
    return key in _KEYS and SAYS.get(before) is not Said.LOCAL
