"""The word in a transfer that says what it pays, and how it is found again on a bank line."""

import re
from collections.abc import Iterator

from market import ids

PREFIX = "LD"


def memo_for(code: str) -> str:
    """The one word that a payer's transfer carries: twelve characters, safe at every bank."""
    return PREFIX + code


def find_memos(text: str) -> list[str]:
    """Every memo in the text of a bank line, in order and once each; never a guess.

    Banks change case, add words before and behind, join words, and break them with spaces or
    dashes: all that is forgiven, and O typed for 0. Any other wrong or missing character is not.
    """
    return list(dict.fromkeys(_memos(ids.without_gaps(text))))


def only_memo(text: str) -> str | None:
    """The one memo in the text of a bank line; two are nobody's."""
    found = find_memos(text)
    return found[0] if len(found) == 1 else None


def _memos(line: str) -> Iterator[str]:
    for prefix in re.finditer(PREFIX, line, re.IGNORECASE):
        code = ids.normal_code(line[prefix.end() : prefix.end() + ids.CODE_LENGTH])
        if code is not None:
            yield memo_for(code)
