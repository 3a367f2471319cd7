"""Whole numbers in words, as they are said aloud when a price is read back."""

HUNDRED, THOUSAND, MILLION, BILLION = 100, 10**3, 10**6, 10**9

_DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
_AFTER_TEN = ["", *_DIGITS[1:5], "lăm", *_DIGITS[6:]]
_AFTER_TENS = ["", "mốt", *_AFTER_TEN[2:]]
_VIETNAMESE = [
    *_DIGITS,
    *(f"mười {ones}".strip() for ones in _AFTER_TEN),
    *(f"{tens} mươi {ones}".strip() for tens in _DIGITS[2:] for ones in _AFTER_TENS),
]
_TEENS = [
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH = [
    *_ONES,
    *_TEENS,
    *(f"{tens}-{ones}".removesuffix("-zero") for tens in _TENS for ones in _ONES),
]


def vietnamese(number: int) -> str:
    """`105.021` → `một trăm linh năm nghìn không trăm hai mươi mốt`."""
    if number < 0:
        return f"âm {vietnamese(-number)}"
    return _vietnamese(number) or _DIGITS[0]


def english(number: int) -> str:
    """`105,021` → `one hundred and five thousand and twenty-one`."""
    if number < 0:
        return f"minus {english(-number)}"
    return _english(number) or _ENGLISH[0]


def _vietnamese(number: int, *, leading: bool = True) -> str:
    """The words of a number; one that follows a greater group says its empty hundreds too."""
    if number >= THOUSAND:
        size, name = _group(number, ("nghìn", "triệu", "tỷ"))
        head, rest = divmod(number, size)
        return _joined(_vietnamese(head, leading=leading), name, _vietnamese(rest, leading=False))
    hundreds, rest = divmod(number, HUNDRED)
    said = f"{_DIGITS[hundreds]} trăm" if hundreds or (rest and not leading) else ""
    empty_tens = "linh" if said and 0 < rest < len(_DIGITS) else ""
    return _joined(said, empty_tens, _VIETNAMESE[rest] if rest else "")


def _english(number: int) -> str:
    if number >= THOUSAND:
        size, name = _group(number, ("thousand", "million", "billion"))
        head, rest = divmod(number, size)
        return _joined(_english(head), name, "and" if 0 < rest < HUNDRED else "", _english(rest))
    hundreds, rest = divmod(number, HUNDRED)
    said = f"{_ENGLISH[hundreds]} hundred" if hundreds else ""
    return _joined(said, "and" if said and rest else "", _ENGLISH[rest] if rest else "")


def _group(number: int, names: tuple[str, str, str]) -> tuple[int, str]:
    """The greatest named group that the number reaches; beyond a billion none is in use."""
    if number >= BILLION:
        return BILLION, names[2]
    return (MILLION, names[1]) if number >= MILLION else (THOUSAND, names[0])


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
