"""Which rates are in force on a day, and which of them a line of an order comes under."""

from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from market.portable import fast_rows, flushed, uuid_of
from market.rates.models import Purpose, RateRule


class Rule(NamedTuple):
    """A rule as it is applied; what is None fits everything."""

    id: UUID
    purpose: str
    position: int
    category_code: str | None
    seller_kind: str | None
    seller_id: UUID | None
    cooperative_id: UUID | None
    basis_points: int


IDS = ("id", "seller_id", "cooperative_id")


def in_force(
    session: Session, *, on: date, purposes: tuple[Purpose, ...] = tuple(Purpose)
) -> list[Rule]:
    """The rules for these purposes that count on the day, in one cheap question."""
    rows = fast_rows(flushed(session), _in_force(purposes), {"day": on})
    return [Rule(*row)._replace(**{name: _id(getattr(row, name)) for name in IDS}) for row in rows]


def first_match(
    rules: Iterable[Rule],
    purpose: Purpose,
    *,
    category_codes: Collection[str],
    seller_kind: str,
    seller_id: UUID,
    cooperative_id: UUID | None,
) -> Rule | None:
    """The rule that counts: the lowest position of those that fit, of equal ones the older.

    `category_codes` is a category with all those above it: a rule for one of them fits.
    """
    fitting = (
        rule
        for rule in rules
        if rule.purpose == purpose
        and (rule.category_code is None or rule.category_code in category_codes)
        and rule.seller_kind in {None, seller_kind}
        and rule.seller_id in {None, seller_id}
        and rule.cooperative_id in {None, cooperative_id}
    )
    return min(fitting, key=lambda rule: (rule.position, rule.id), default=None)


def _id(value: Any) -> Any:
    return uuid_of(value) if value else None


@lru_cache
def _in_force(purposes: tuple[Purpose, ...]) -> Select[Any]:
    day = bindparam("day", type_=Date)
    return select(*(getattr(RateRule, name) for name in Rule._fields)).where(
        RateRule.purpose.in_(purposes),
        RateRule.valid_from <= day,
        or_(RateRule.valid_to.is_(None), RateRule.valid_to > day),
    )
