"""Entering and ending rules; what one said while it counted is never changed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from market import audit, clock, portable
from market.accounts import Actor, Organisation, Role
from market.db import changed
from market.errors import Busy, Forbidden, Kind, MarketError, existing
from market.ids import uuid7
from market.rates.models import AGREED, Purpose, RateRule

SCOPE = ("purpose", "position", "category_code", "seller_kind", "seller_id", "cooperative_id")
BASIS_POINTS_MOST = 5_000  # of each: commission and fee together never take more than the whole
POSITION_MOST = 10_000
ENTERING = 0x7261_7465  # the lock under which rules are entered, one after the other


class RateOverlaps(MarketError):
    """Another rule for the same, at the same position, counts then; facts: `id`, `valid_from`."""

    code, kind = "rates.overlap", Kind.CONFLICT


class RateEnded(MarketError):
    """The rule ends earlier already; facts: `valid_to`."""

    code, kind = "rates.ended", Kind.CONFLICT


class RateOutOfBounds(MarketError):
    """Below zero, or more than half of a sale; facts: `most`, in hundredths of a per cent."""

    code = "rates.out_of_bounds"


class RateTooEarly(MarketError):
    """What has been cannot be changed; facts: `earliest`, the first day that can be named."""

    code = "rates.too_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule to be: for what and whom (None: for all), how much, from when, on which ground."""

    purpose: Purpose
    position: int
    category_code: str | None = None
    seller_kind: str | None = None
    seller_id: UUID | None = None
    cooperative_id: UUID | None = None
    basis_points: int
    valid_from: date
    valid_to: date | None = None
    law: str = ""
    article: str = ""
    note: str = ""


def told(session: Session, *, actor: Actor) -> list[RateRule]:
    """All rules there ever were, in the order in which they are tried; for administrators."""
    _require_administrator(actor)
    order = RateRule.purpose, RateRule.position, RateRule.valid_from.desc(), RateRule.id
    return list(session.scalars(select(RateRule).order_by(*order)))


def enter(session: Session, *, actor: Actor, rule: NewRule, now: datetime) -> RateRule:
    """Enter a rule that counts from `valid_from` until before `valid_to` (days in Việt Nam).

    Raises Forbidden, RateOutOfBounds, RateTooEarly (what is agreed with sellers is never entered
    for the past), RateOverlaps, and NotFound for a seller or cooperative that there is not.
    """
    _require_administrator(actor)
    if not 0 <= rule.basis_points <= BASIS_POINTS_MOST:
        raise RateOutOfBounds(most=BASIS_POINTS_MOST)
    today = clock.day_of(now)
    _not_before(rule.valid_from, today if rule.purpose in AGREED else date.min)
    if rule.valid_to:
        _not_before(rule.valid_to, rule.valid_from + timedelta(days=1))
    for organisation_id in filter(None, (rule.seller_id, rule.cooperative_id)):
        existing(session.get(Organisation, organisation_id), "organisation")
    if not portable.try_lock(session, ENTERING):
        raise Busy(retry_after_seconds=1)
    _require_free(session, rule)
    made = RateRule(id=uuid7(), entered_by=actor.person_id, entered_at=now, **asdict(rule))
    session.add(made)
    session.flush()
    said = {"purpose": rule.purpose, "basis_points": rule.basis_points}
    audit.note(session, actor=actor, verb="rate.entered", subject_id=made.id, now=now, **said)
    return made


def end(
    session: Session, *, actor: Actor, rule_id: UUID, valid_to: date, now: datetime
) -> RateRule:
    """Let the rule count no more from `valid_to` on, once; the end can come nearer, never farther.

    A rule that counts already ends tomorrow at the earliest, a later one may end before it begins.
    Raises Forbidden, NotFound, RateTooEarly, or RateEnded where it ends earlier.
    """
    _require_administrator(actor)
    rule = existing(session.get(RateRule, rule_id), "rate_rule")
    _not_before(valid_to, max(rule.valid_from, clock.day_of(now) + timedelta(days=1)))
    goes_on = or_(RateRule.valid_to.is_(None), RateRule.valid_to > valid_to)
    if not changed(session, rule, goes_on, valid_to=valid_to):
        raise RateEnded(valid_to=rule.valid_to)
    said = {"valid_to": str(valid_to)}
    audit.note(session, actor=actor, verb="rate.ended", subject_id=rule.id, now=now, **said)
    return rule


def _require_administrator(actor: Actor) -> None:
    if not actor.has(Role.ADMINISTRATOR):
        raise Forbidden(what="rate_rule")


def _not_before(day: date, earliest: date) -> None:
    if day < earliest:
        raise RateTooEarly(earliest=earliest)


def _require_free(session: Session, rule: NewRule) -> None:
    same = [_is(getattr(RateRule, name), getattr(rule, name)) for name in SCOPE]
    then = [or_(RateRule.valid_to.is_(None), RateRule.valid_to > rule.valid_from)]
    if rule.valid_to:
        then.append(RateRule.valid_from < rule.valid_to)
    counts = or_(RateRule.valid_to.is_(None), RateRule.valid_to > RateRule.valid_from)
    other = session.scalar(select(RateRule).where(*same, *then, counts).limit(1))
    if other is not None:
        raise RateOverlaps(id=str(other.id), valid_from=other.valid_from)


def _is(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value
