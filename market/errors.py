"""Refusals: a code, a kind and facts; the words live in `translations`, the statuses in `api`."""

from enum import StrEnum, auto
from typing import Any, ClassVar, TypeVar

Thing = TypeVar("Thing")


class Kind(StrEnum):
    """What a refusal means to the one who asked; also the code of one that has no words."""

    MALFORMED = auto()  # before anything that it asks for is looked at
    INVALID = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    GONE = auto()
    STALE = auto()
    PRECONDITION_MISSING = auto()
    TOO_LARGE = auto()
    UNSUPPORTED = "unsupported_media"
    TOO_MANY = auto()
    UNAVAILABLE = auto()


class MarketError(Exception):
    """A refusal with its facts; raising it undoes the transaction unless the class `keeps` it.

    Each says in its head what it is: `class Late(MarketError, code="order.late")`.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.INVALID
    keeps: ClassVar[bool] = False

    def __init_subclass__(
        cls, *, code: str = "", kind: Kind | None = None, keeps: bool = False
    ) -> None:
        super().__init_subclass__()
        cls.code, cls.kind = code or cls.code, kind or cls.kind
        cls.keeps = keeps or cls.keeps

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class NotFound(MarketError, code="not_found", kind=Kind.NOT_FOUND):
    """There is no such thing, or none that the one who asks may see."""


def existing(thing: Thing | None, what: str) -> Thing:
    """What was looked for, if it was found; else raises NotFound."""
    if thing is None:
        raise NotFound(what=what)
    return thing


class Forbidden(MarketError, code="forbidden", kind=Kind.FORBIDDEN):
    """The thing is visible, but this step is not theirs to take."""


class FieldInvalid(MarketError, code="invalid"):
    """One field breaks a rule; facts: `field`, `reason` (a `field.*` code) and its numbers."""


class Stale(MarketError, code="stale", kind=Kind.STALE):
    """Somebody changed the thing since it was read."""


class Busy(MarketError, code="unavailable", kind=Kind.UNAVAILABLE):
    """The database did not give its write lock in time; trying again later is safe."""
