"""What the installed library says of Stripe's API; the shipped Stripe is held against it."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

import stripe
from stripe import params


def class_of(kind: str) -> str:
    """The library's class of such objects."""
    return kind.title().replace("_", "")


def parameters(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The required and all the names of a class of parameters."""
    asked = getattr(params, f"{name}Params")
    options = stripe.RequestOptions.__annotations__.keys()
    required = frozenset(asked.__required_keys__ - options)
    return required, required | (asked.__optional_keys__ - options)


@cache
def words(kind: str, field: str) -> frozenset[str]:
    """What a field of an object may say, where the library knows that; else empty."""
    return frozenset(_literals(_fields(kind).get(field)))


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The object, if the library knows its fields and words; else raises ValueError."""
    kind = body["object"]
    strange = body.keys() - _fields(kind).keys()
    strange |= {
        name
        for name, value in body.items()
        if isinstance(value, str) and (known := words(kind, name)) and value not in known
    }
    if strange:
        raise ValueError(f"a {kind} of this library has no such {sorted(strange)}")
    return body


@cache
def _fields(kind: str) -> dict[str, Any]:
    return dict(getattr(stripe, class_of(kind)).__annotations__)


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from _literals(part)
