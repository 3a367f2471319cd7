"""Vietnamese alphabetical order as bytes, the same on every database (that of CLDR's `vi`).

A word is compared by its letters first (a ă â b c d đ e ê …), then by its tones (ngang, huyền,
hỏi, ngã, sắc, nặng). Letters of the highlands (ƀ, č, ñ, ĕ, ư̆) follow the letter they come from.
"""

import unicodedata

SYMBOLS_MAX = 48  # of a text; what differs only later counts as equal
_SHAPES = {"\u0306": 1, "\u0302": 2, "\u031b": 4, "\u030c": 6, "\u0335": 7}  # ă â ơ č đ
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_BARRED = {"đ": "d\u0335", "ƀ": "b\u0335", "ð": "d\u0335"}
_LETTERS_FROM, _OTHERS = 16, 255


def sort_key(text: str) -> bytes:
    """What puts texts in alphabetical order when compared byte by byte; case does not count."""
    letters, tones = bytearray(), bytearray()
    plain = "".join(_BARRED.get(one, one) for one in unicodedata.normalize("NFC", text).lower())
    for one in unicodedata.normalize("NFD", plain):
        if one in _SHAPES and letters:
            letters[-1] = min(letters[-1] + _SHAPES[one], _OTHERS - 1)
        elif one == "\u0303" and letters and letters[-1] == _weight("n")[0]:
            letters[-1] += 1  # ñ is a letter, not an n with a tone
        elif one in _TONES and tones:
            tones[-1] = _TONES[one]
        elif len(tones) == SYMBOLS_MAX:
            break
        elif weight := _weight(one):
            letters += weight
            tones.append(0)
    return bytes(letters) + b"\0" + bytes(tones).rstrip(b"\0")


def _weight(one: str) -> bytes:
    """Blanks, figures, letters, other scripts; signs and loose marks weigh nothing."""
    if one.isspace():
        return b"\1"
    if "0" <= one <= "9":
        return bytes([2 + int(one)])
    if "a" <= one <= "z":
        return bytes([_LETTERS_FROM + 9 * (ord(one) - ord("a"))])
    return bytes([_OTHERS]) + one.encode() if one.isalnum() else b""
