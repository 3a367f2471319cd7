"""Rates of commission, fees and taxes as dated rules; the first that fits counts."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy import ForeignKey, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import audit, clock, portable, tables
from market.accounts import Actor, Organisation, require_administrator
from market.db import Base, Identified, changed
from market.errors import Busy, Kind, MarketError, existing
from market.ids import uuid7
from market.portable import fast_rows, flushed, uuid_of

PACKAGED = ("decree_117_2025",)  # each a table of `data/rates`
SCOPE = ("purpose", "position", "category_code", "seller_kind", "seller_id", "cooperative_id",
         "reseller_id")  # fmt: skip
IDS = ("id", "seller_id", "cooperative_id", "reseller_id")
BASIS_POINTS_MOST = 5_000  # of each: commission and fee together never take more than the whole
POSITION_MOST = 10_000
ENTERING = 0x7261_7465  # the lock under which rules are entered, one after the other


class RateOverlaps(MarketError, code="rates.overlap", kind=Kind.CONFLICT):
    """Another rule for the same, at the same position, counts then; facts: `id`, `valid_from`."""


class RateEnded(MarketError, code="rates.ended", kind=Kind.CONFLICT):
    """The rule ends earlier already; facts: `valid_to`."""


class RateOutOfBounds(MarketError, code="rates.out_of_bounds"):
    """Below zero, or more than half of a sale; facts: `most`, in hundredths of a per cent."""


class RateTooEarly(MarketError, code="rates.too_early"):
    """What has been cannot be changed; facts: `earliest`, the first day that can be named."""


class Purpose(StrEnum):
    """What a rate is for."""

    COMMISSION = "commission"
    COOPERATIVE = "cooperative"
    RESELLER = "reseller"  # what a reseller keeps of the price, before anything else is taken
    VAT = "vat"
    PIT = "pit"


AGREED = frozenset(
    {Purpose.COMMISSION, Purpose.COOPERATIVE, Purpose.RESELLER}
)  # the others are the law's


class RateRule(Identified, Base):
    """One rule; of those in force that fit a line the one with the lowest position counts.

    What is None fits everything; a category fits with all below it. A rule is never changed: it
    ends, and another begins. It counts from `valid_from` until before `valid_to`. Those of taxes
    are kept and not applied yet.
    """

    __table_args__ = (
        sa.CheckConstraint("basis_points BETWEEN 0 AND 10000", name="basis_points"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
        sa.Index("ix_rate_rule_purpose", "purpose", "position"),
    )

    purpose: Mapped[str]
    position: Mapped[int]
    category_code: Mapped[str | None]
    seller_kind: Mapped[str | None]
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    cooperative_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reseller_id: Mapped[UUID | None]
    basis_points: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    law: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]

    @property
    def used_in(self) -> str:
        """Where it is used: in each of the `order-lines` as they are placed, or `none-yet`."""
        return "order-lines" if self.purpose in AGREED else "none-yet"


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
    reseller_id: UUID | None = None


def told(session: Session, *, actor: Actor) -> list[RateRule]:
    """All rules there ever were, in the order in which they are tried; for administrators."""
    require_administrator(actor, "rate_rule")
    order = RateRule.purpose, RateRule.position, RateRule.valid_from.desc(), RateRule.id
    return list(session.scalars(select(RateRule).order_by(*order)))


def enter(session: Session, *, actor: Actor, rule: RateRule, now: datetime) -> RateRule:
    """Enter a rule; it counts from `valid_from` until before `valid_to` (days in Việt Nam).

    Raises Forbidden, RateOutOfBounds, RateTooEarly (what is agreed with sellers is never entered
    for the past), RateOverlaps, and NotFound for a seller or cooperative that there is not.
    """
    require_administrator(actor, "rate_rule")
    if not 0 <= rule.basis_points <= BASIS_POINTS_MOST:
        raise RateOutOfBounds(most=BASIS_POINTS_MOST)
    today = clock.day_of(now)
    _not_before(rule.valid_from, today if rule.purpose in AGREED else date.min)
    if rule.valid_to:
        _not_before(rule.valid_to, rule.valid_from + timedelta(days=1))
    for organisation_id in filter(None, (rule.seller_id, rule.cooperative_id, rule.reseller_id)):
        existing(session.get(Organisation, organisation_id), "organisation")
    if not portable.try_lock(session, ENTERING):
        raise Busy(retry_after_seconds=1)
    _require_free(session, rule)
    rule.id, rule.entered_by, rule.entered_at = uuid7(), actor.person_id, now
    session.add(rule)
    said = {"purpose": rule.purpose, "basis_points": rule.basis_points}
    audit.note(session, actor, "rate.entered", rule.id, now=now, **said)
    return rule


def end(
    session: Session, *, actor: Actor, rule_id: UUID, valid_to: date, now: datetime
) -> RateRule:
    """Let the rule count no more from `valid_to` on, once; the end can come nearer, never farther.

    A rule that counts already ends tomorrow at the earliest, a later one may end before it begins.
    Raises Forbidden, NotFound, RateTooEarly, or RateEnded where it ends earlier.
    """
    require_administrator(actor, "rate_rule")
    rule = existing(session.get(RateRule, rule_id), "rate_rule")
    _not_before(valid_to, max(rule.valid_from, clock.day_of(now) + timedelta(days=1)))
    goes_on = or_(RateRule.valid_to.is_(None), RateRule.valid_to > valid_to)
    if not changed(session, rule, goes_on, valid_to=valid_to):
        raise RateEnded(valid_to=rule.valid_to)
    audit.note(session, actor, "rate.ended", rule.id, now=now, valid_to=str(valid_to))
    return rule


def in_force(
    session: Session, *, on: date, purposes: tuple[Purpose, ...] = tuple(Purpose)
) -> list[Rule]:
    """The rules for these purposes that count on the day, in one cheap question."""
    rows = fast_rows(flushed(session), _in_force(purposes), {"day": on})
    return [Rule(*row)._replace(**{name: _id(getattr(row, name)) for name in IDS}) for row in rows]


def first_match(
    rules: Iterable[Rule], purpose: Purpose, *, category_codes: Collection[str], **of: Any
) -> Rule | None:
    """The rule that counts: the lowest position of those that fit, of equal ones the older.

    `category_codes` is a category with all those above it: a rule for one of them fits. The others
    name what a rule may be for: `seller_kind`, `seller_id`, `cooperative_id`, `reseller_id`.
    """
    fitting = (
        rule
        for rule in rules
        if rule.purpose == purpose
        and (rule.category_code is None or rule.category_code in category_codes)
        and all(getattr(rule, name) in {None, its} for name, its in of.items())
    )
    return min(fitting, key=lambda rule: (rule.position, rule.id), default=None)


def seed(session: Session, *, now: datetime) -> int:
    """Keep the packaged rows that are not kept yet (ended ones stay ended); how many there were."""
    return sum(_keep(session, name, now) for name in PACKAGED)


def _not_before(day: date, earliest: date) -> None:
    if day < earliest:
        raise RateTooEarly(earliest=earliest)


def _require_free(session: Session, rule: RateRule) -> None:
    same = select(RateRule).filter_by(**{name: getattr(rule, name) for name in SCOPE})
    then = [or_(RateRule.valid_to.is_(None), RateRule.valid_to > rule.valid_from)]
    if rule.valid_to:
        then.append(RateRule.valid_from < rule.valid_to)
    counts = or_(RateRule.valid_to.is_(None), RateRule.valid_to > RateRule.valid_from)
    other = session.scalar(same.where(*then, counts).limit(1))
    if other is not None:
        raise RateOverlaps(id=str(other.id), valid_from=other.valid_from)


def _id(value: Any) -> Any:
    return uuid_of(value) if value else None


@lru_cache
def _in_force(purposes: tuple[Purpose, ...]) -> sa.Select[Any]:
    day = sa.bindparam("day", type_=sa.Date)
    return select(*(getattr(RateRule, name) for name in Rule._fields)).where(
        RateRule.purpose.in_(purposes),
        RateRule.valid_from <= day,
        or_(RateRule.valid_to.is_(None), RateRule.valid_to > day),
    )


def _keep(session: Session, name: str, now: datetime) -> int:
    return sum(
        portable.insert_new(
            session,
            RateRule,
            id=uuid5(NAMESPACE_OID, f"{name} {row['purpose']} {row['category_code']}"),
            entered_at=now,
            category_code=row["category_code"] or None,
            valid_from=date.fromisoformat(row["valid_from"]),
            **{name: int(row[name]) for name in ("position", "basis_points")},
            **{name: row[name] for name in ("purpose", "law", "article", "note")},
        )
        for row in tables.facts("market", f"rates/{name}.csv")
    )
