"""Folding: one plain form for every way a word is typed, with or without Vietnamese marks."""

import unicodedata
from collections.abc import Iterator

# Every mark a phone or an old document uses for the apostrophe of K'Ho or Đắk R'Lấp.
APOSTROPHES = "'`´‘’‛′＇ʹʻʼʽˈ"
# Letters that have no decomposition. Ð (eth) is what many keyboards and old files give for Đ.
BARRED = {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ƀ": "b", "Ƀ": "B"}
TYPOGRAPHIC = {
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‐‑–—−•", "-"),
    **dict.fromkeys("\u00a0\u2009\u202f", " "),
    "…": "...",
    "₫": "d",
    "×": "x",
}


def fold(text: str) -> str:
    """Lower case without Latin marks or apostrophes: `Đắk R'Lấp` → `dak rlap`.

    Folding twice changes nothing. Other scripts, Cham among them, keep their vowel signs.
    """
    folded = unicodedata.normalize("NFC", text).lower().translate(_FOLDING)
    if folded.isascii():
        return folded
    # A dropped apostrophe may leave two characters side by side that compose.
    return unicodedata.normalize("NFC", folded)


def ascii_only(text: str) -> str:
    """The same words in ASCII, case kept, for bank memos and SMS; what has no such form goes."""
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return plain.encode("ascii", "ignore").decode("ascii")


def _marked_letters() -> Iterator[tuple[str, str]]:
    for code in (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)):
        base, *marks = list(unicodedata.normalize("NFD", chr(code)))
        if marks and base.isascii():
            yield chr(code), base


_LETTERS = dict(_marked_letters()) | BARRED
# Some letters of the highlands (ư̆, ê̆) exist only as a letter and a combining mark.
_MARKS = dict.fromkeys(map(chr, range(0x0300, 0x0370)), "")
_FOLDING = str.maketrans(_LETTERS | _MARKS | dict.fromkeys(APOSTROPHES, ""))
_PLAIN = str.maketrans(_LETTERS | _MARKS | TYPOGRAPHIC | dict.fromkeys(APOSTROPHES, "'"))
