"""What a Vietnamese keyboard leaves when it is off: `DDaf Latj` (Telex), `D9a2 La5t` (VNI).

Both write a mark as a letter or a figure behind the vowel, where no Vietnamese syllable has one,
so the folded word (see `folding`) can be had back without knowing which mark was meant.
"""

import re

_WORD = re.compile(r"[^\W\d_][^\W_]*")
_FIGURES = re.compile(r"[0-9]")
_FIRST_VOWEL = re.compile(r"[aeiouy]")
_MARKS = re.compile(r"[srxfjwz]")
_DOUBLED = re.compile(r"([aeod])\1")


def undone(text: str) -> str:
    """The text with every plain word read as such residue, in lower case."""
    return _WORD.sub(lambda word: _undone(word[0].lower()), text)


def _undone(word: str) -> str:
    letters = _FIGURES.sub("", word)
    vowel = _FIRST_VOWEL.search(letters)
    if vowel is None or not word.isascii():  # P1 is no word, and who could write ê needed no e
        return word
    start, rest = letters[: vowel.end()], letters[vowel.end() :]
    return _DOUBLED.sub(r"\1", start + _MARKS.sub("", rest))
