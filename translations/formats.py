"""Money, numbers, days and measures as the reader's language writes them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision

from translations import catalogues, folding, spoken
from translations.languages import REGISTRY

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money to be said in a message, in minor units (đồng)."""

    minor: int
    currency: str = "VND"

    def said(self, languages: tuple[str, ...]) -> str:
        """As the first of the languages writes it."""
        return money(self.minor, self.currency, languages)


@dataclass(frozen=True, slots=True)
class Measure:
    """`value` × 10^-`scale` of a UN/CEFACT unit, to be said in a message."""

    value: int
    scale: int
    unit: str

    def said(self, languages: tuple[str, ...]) -> str:
        """As the first of the languages writes it."""
        return measure(self.value, self.scale, self.unit, languages)


# How days are written, in the letters of CLDR; shorter than CLDR's own forms.
_PATTERNS = {
    "vi_VN": {"day": "dd/MM/yyyy", "short": "dd/MM", "moment": "HH:mm dd/MM/yyyy"},
    "en_GB": {"day": "d MMM yyyy", "short": "d MMM", "moment": "d MMM yyyy, HH:mm"},
}


def money(minor: int, currency: str, languages: tuple[str, ...]) -> str:
    """Minor units of a currency: `180.000 ₫`, in English `180,000 ₫`, with a no-break space."""
    if currency == "VND":
        # As Babel writes it in Vietnamese, at a sixth of the cost: a shelf shows dozens of prices.
        return f"{number(minor, languages)}{NO_BREAK}₫"
    whole = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(whole, currency, locale=_locale(languages))


def number(value: int | Decimal, languages: tuple[str, ...]) -> str:
    """A number with the digits grouped: `1.234,5`, in English `1,234.5`."""
    plain = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
    return plain.translate(_separators(_format_locale(languages)))


def comma(languages: tuple[str, ...]) -> str:
    """What stands before the decimals."""
    return "1.5".translate(_separators(_format_locale(languages)))[1]


def measure(value: int, scale: int, unit: str, languages: tuple[str, ...]) -> str:
    """`value` × 10^-`scale` of a unit: `1,5 kg`, in English `1.5 kg`; no idle zeros."""
    exact = Decimal(value).scaleb(-scale)
    whole = int(exact)
    shown = whole if whole == exact else exact.normalize()
    name, _ = catalogues.find(languages, f"unit.{unit}" if abs(shown) == 1 else f"unit.{unit}.many")
    return f"{number(shown, languages)} {name}"


def day(when: date, languages: tuple[str, ...]) -> str:
    """A day with its year: `28/11/2026`, in English `28 Nov 2026`."""
    return format_date(when, _pattern(languages, "day"), locale=_locale(languages))


def day_short(when: date, languages: tuple[str, ...]) -> str:
    """A day without its year: `28/11`, in English `28 Nov`."""
    return format_date(when, _pattern(languages, "short"), locale=_locale(languages))


def relative_day(when: date, today: date, languages: tuple[str, ...]) -> str:
    """A day as people say it: `hôm nay`, `ngày mai`, else `T7 28/11`; in another year, with it."""
    near = _NEAR.get((when - today).days)
    if near:
        return catalogues.find(languages, near)[0]
    weekday, _ = catalogues.find(languages, f"weekday.{when.isoweekday()}")
    written = day_short if when.year == today.year else day
    return f"{weekday} {written(when, languages)}"


def moment(at: datetime, languages: tuple[str, ...]) -> str:
    """An aware instant in Vietnamese time: `14:05 28/11/2026`, in English `28 Nov 2026, 14:05`."""
    if at.utcoffset() is None:
        raise ValueError("a moment needs its time zone")
    local = at.astimezone(VIETNAM)
    return format_datetime(local, _pattern(languages, "moment"), VIETNAM, _locale(languages))


def spoken_money(minor: int, languages: tuple[str, ...] = ("vi",)) -> str:
    """An amount of đồng in words, to read a price back: `một trăm tám mươi nghìn đồng`."""
    english = _format_locale(languages).startswith("en")
    words = spoken.english(minor) if english else spoken.vietnamese(minor)
    return f"{words} đồng"


@cache
def countries(lang: str) -> dict[str, str]:
    """The names of countries by their codes (ISO 3166-1 alpha-2), in the order of the names."""
    names = _parsed(REGISTRY[lang].format_locale).territories
    found = {code: name for code, name in names.items() if _LAND.fullmatch(code)}
    return dict(sorted(found.items(), key=lambda one: folding.fold(one[1])))


# Not the codes of CLDR that are reserved or for private use in ISO 3166-1.
_LAND = re.compile("(?!AC|C[PQ]|DG|E[AUZ]|IC|QO|TA|UN|X[ABK]|ZZ)[A-Z]{2}")
_NEAR = {-1: "day.yesterday", 0: "day.today", 1: "day.tomorrow"}


def _format_locale(languages: tuple[str, ...]) -> str:
    return REGISTRY[languages[0]].format_locale


def _pattern(languages: tuple[str, ...], kind: str) -> str:
    return _PATTERNS[_format_locale(languages)][kind]


def _locale(languages: tuple[str, ...]) -> Locale:
    return _parsed(_format_locale(languages))


@cache
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


@cache
def _separators(name: str) -> dict[int, str]:
    symbols = _parsed(name).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def language(tag: str, languages: tuple[str, ...]) -> str:
    """The name of a language: as its own people or the census write it, else as CLDR does."""
    known = REGISTRY.get(tag)
    if known is not None:
        return known.autonym or known.name_vi
    return str(_locale(languages).languages.get(tag.split("-", maxsplit=1)[0], tag))
