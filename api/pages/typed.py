"""Values as people type them into forms; what cannot be read is refused by what takes it."""

import re
from decimal import Decimal, InvalidOperation
from uuid import UUID

from market.errors import NotFound


def scaled(typed: str, scale: int) -> int:
    """Decimal text in the unit as units of 10^-scale; what cannot be said so is 0, and refused."""
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,6})?", typed, re.ASCII):
        return 0
    try:
        scaled = Decimal(typed.replace(",", ".")).scaleb(scale)
    except InvalidOperation:
        return 0
    return int(scaled)


def count(typed: str) -> int:
    """A small whole number; what is none is 0, and refused by what takes it."""
    return int(typed) if re.fullmatch(r"[0-9]{1,4}", typed, re.ASCII) else 0


def identifier(typed: str) -> UUID:
    """An id that one of our forms carried; raises NotFound for anything else."""
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound(what="form") from None
