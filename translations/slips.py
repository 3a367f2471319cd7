"""Slips of a finger: whether one word is another but for one letter."""


def one_slip(one: str, other: str) -> bool:
    """A letter too much, too few or wrong, or two neighbours in the wrong order."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
