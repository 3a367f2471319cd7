"""Holding a value against a shape, as strict as it is told: exact members, no others.

A shape is a test of one value, a dict of members (`name?` may be left out), a list of one shape,
or a set of words.
"""

import re
from datetime import date, datetime

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Wrong(AssertionError):
    """An answer that is not as the protocol has it, and where."""


def hold(value, shape, at="answer"):
    """Hold a value against a shape; raises Wrong, with the place in it."""
    if isinstance(shape, dict):
        _hold_members(value, shape, at)
    elif isinstance(shape, list):
        require(isinstance(value, list), at, value)
        for number, each in enumerate(value):
            hold(each, shape[0], f"{at}[{number}]")
    elif isinstance(shape, frozenset):
        require(isinstance(value, str) and value in shape, at, value)
    else:
        require(shape(value), at, value)


def _hold_members(value, shape, at):
    require(isinstance(value, dict), at, value)
    named = {name.removesuffix("?"): each for name, each in shape.items()}
    needed = {name for name in shape if not name.endswith("?")}
    require(needed <= value.keys() <= named.keys(), f"{at} members", value.keys() ^ needed)
    for name, each in value.items():
        hold(each, named[name], f"{at}.{name}")


def require(is_so, at, value):
    if not is_so:
        raise Wrong(f"{at}: {value!r}")


def text(value):
    return isinstance(value, str) and value != ""


def integer(value):
    return type(value) is int


def natural(value):
    return integer(value) and value >= 0


def positive(value):
    return integer(value) and value > 0


def flag(value):
    return isinstance(value, bool)


def number(value):
    return type(value) in {int, float}


def null(value):
    return value is None


def address(value):
    return text(value) and re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) is not None


def email(value):
    return text(value) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) is not None


def instant(value):
    return text(value) and bool(INSTANT.fullmatch(value) and datetime.fromisoformat(value))


def local(value):
    return text(value) and bool(LOCAL.fullmatch(value) and datetime.fromisoformat(value))


def a_day(value):
    return text(value) and bool(DAY.fullmatch(value) and date.fromisoformat(value))


def like(pattern):
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def maybe(shape):
    """The shape, or null."""

    def held(value):
        if value is not None:
            hold(value, shape)
        return True

    return held


def some(shape):
    """A list of at least one."""

    def held(value):
        hold(value, [shape])
        return len(value) > 0

    return held


def words(said):
    return frozenset(said.split())


NO_TEXT = maybe(lambda value: isinstance(value, str))  # which may be empty


def require_unique(things, what, name="id"):
    ids = [each[name] for each in things]
    require(len(set(ids)) == len(ids), f"{what} that differ", ids)
