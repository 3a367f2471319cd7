"""Refusals: a code, a kind and facts; the words live in `translations`, the statuses in `api`."""

from enum import Enum, auto
from typing import Any, ClassVar, TypeVar

Thing = TypeVar("Thing")


class Kind(Enum):
    """What a refusal means to the one who asked."""

    INVALID = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    GONE = auto()
    STALE = auto()
    PRECONDITION_MISSING = auto()
    TOO_LARGE = auto()
    UNSUPPORTED = auto()
    TOO_MANY = auto()
    UNAVAILABLE = auto()


class MarketError(Exception):
    """A refusal with its facts; raising it undoes the transaction unless the class `keeps` it."""

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.INVALID
    keeps: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class NotFound(MarketError):
    """There is no such thing, or none that the one who asks may see."""

    code, kind = "not_found", Kind.NOT_FOUND


def existing(thing: Thing | None, what: str) -> Thing:
    """What was looked for, if it was found; else raises NotFound."""
    if thing is None:
        raise NotFound(what=what)
    return thing


class Forbidden(MarketError):
    """The thing is visible, but this step is not theirs to take."""

    code, kind = "forbidden", Kind.FORBIDDEN


class FieldInvalid(MarketError):
    """One field breaks a rule; facts: `field`, `reason` (a `field.*` code) and its numbers."""

    code, kind = "invalid", Kind.INVALID


class Stale(MarketError):
    """Somebody changed the thing since it was read."""

    code, kind = "stale", Kind.STALE


class Busy(MarketError):
    """The database did not give its write lock in time; trying again later is safe."""

    code, kind = "unavailable", Kind.UNAVAILABLE
