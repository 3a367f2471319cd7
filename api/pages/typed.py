"""Values as people type them into forms; what cannot be read is refused by what takes it."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from market import FieldInvalid, clock, existing

Choice = TypeVar("Choice", bound=StrEnum)


def scaled(typed: str, scale: int) -> int:
    """Decimal text in the unit as units of 10^-scale; what cannot be said so is 0, and refused."""
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,6})?", typed, re.ASCII):
        return 0
    return int(Decimal(typed.replace(",", ".")).scaleb(scale))


def count(typed: str, *, digits: int = 4) -> int:
    """A whole number of few digits; what is none is 0, and refused by what takes it."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= digits else 0


def whole(given: Mapping[str, str], field: str, most: int, *, least: int = 1) -> int:
    """A whole number within its bounds; raises FieldInvalid for anything else."""
    written = given.get(field, "")
    if not least <= count(written) <= most or not written.isdigit():
        raise FieldInvalid(field=field, reason="field.range", min=least, max=most)
    return count(written)


def needed(given: Mapping[str, str], field: str, most: int | None = None) -> str:
    """What was typed; raises FieldInvalid where it is nothing, or longer than `most`."""
    if not given.get(field):
        raise FieldInvalid(field=field, reason="field.required")
    return bounded(given[field], field, most) if most else given[field]


def bounded(value: str, field: str, most: int) -> str:
    """The value; raises FieldInvalid where it is longer than `most`."""
    if len(value) > most:
        raise FieldInvalid(field=field, reason="field.too_long", max=most)
    return value


def day(typed: str | None) -> date | None:
    """A day of the years in which the market trades, None for anything else."""
    try:
        read = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return read if read.year in clock.YEARS else None


def day_of(given: Mapping[str, str], field: str) -> date:
    """The day in a field; raises FieldInvalid where there is none."""
    read = day(given.get(field))
    if read is None:
        raise FieldInvalid(field=field, reason="field.bad_day")
    return read


def one_of(kind: type[Choice], typed: str | None) -> Choice | None:
    """The one that is chosen, None for anything else."""
    return kind(typed) if typed in set(kind) else None


def id_of(typed: str) -> UUID | None:
    """An id, None for anything else."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def identifier(typed: str) -> UUID:
    """An id that one of our forms carried; raises NotFound for anything else."""
    return existing(id_of(typed), "form")
