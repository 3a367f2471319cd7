"""Marks of origin and quality: what each may stand on, what a hectare yields, who claims them."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from catalog import categories
from market import MarketError, tables
from market.db import Base, Created, Identified, partial_index


class UnknownMark(MarketError, code="mark.unknown"):
    """No mark has this code; facts: `mark`."""


class Mark(NamedTuple):
    """One mark and its scope; without communes or cultivars any will do.

    `example` says that a part of the scope stands in no source that was read.
    """

    code: str
    name_vi: str
    name_en: str
    kind: str
    categories: tuple[str, ...]
    cultivars: tuple[str, ...]
    communes: frozenset[str]
    requires: str | None
    holder: str
    authority: str
    decision: str
    decided_on: date | None
    years: int | None
    needs_document: bool
    source: str
    example: bool

    def name(self, lang: str) -> str:
        """Its proper name, in Vietnamese or for everybody else."""
        return self.name_vi if lang == "vi" else self.name_en

    def outside(self, category_code: str, unit_code: str, cultivar: str | None) -> str | None:
        """What of an offer is out of the scope: class, experience, commune or cultivar."""
        lineage = categories.lineage(category_code)
        if not set(self.categories) & set(lineage):
            return "experience" if lineage[0] == "experience" else "class"
        if self.communes and unit_code not in self.communes:
            return "commune"
        if self.cultivars and (cultivar or "").casefold() not in map(str.casefold, self.cultivars):
            return "cultivar"
        return None


class Basis(StrEnum):
    """Who says that an offer deserves its mark."""

    SELF_DECLARED = "self-declared"
    COOPERATIVE = "cooperative"
    CERTIFICATE = "certificate"


class Standing(StrEnum):
    """Waiting for its case, shown, suspended until somebody looked, or over."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class MarkClaim(Identified, Created, Base):
    """That an offer bears a mark, who says so, on which paper and for how long.

    `reason` is the code of what suspended or ended it.
    """

    __tablename__ = "claim_of_mark"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="window"),
        Index("ix_claim_of_mark_state", "state", "id"),
        Index("ix_claim_of_mark_organisation_id", "organisation_id", "id"),
        partial_index(
            "uq_claim_of_mark_standing", "subject_id", "mark_code", where="state <> 'ended'"
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    subject_id: Mapped[UUID]
    mark_code: Mapped[str]
    basis: Mapped[str]
    number: Mapped[str | None]
    cultivar: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]


class Yield(NamedTuple):
    """What a square metre gives at most in a season, and how long that is."""

    grams: int
    season_days: int


@cache
def all() -> Mapping[str, Mark]:  # noqa: A001 - read as `marks.all()`
    """Every mark by its code, in the order in which they are shown."""
    return {row["code"]: _mark(row) for row in tables.facts("catalog", "marks.csv")}


def get(code: str) -> Mark:
    """The mark with this code, or UnknownMark."""
    if code not in all():
        raise UnknownMark(mark=code)
    return all()[code]


def yield_of(category_code: str) -> Yield | None:
    """What is known of a category, or of the nearest above it."""
    known = _yields()
    found = (known[each] for each in reversed(categories.lineage(category_code)) if each in known)
    return next(found, None)


@cache
def _yields() -> Mapping[str, Yield]:
    return {
        row["category"]: Yield(int(row["kilograms_per_hectare"]) // 10, int(row["season_days"]))
        for row in tables.facts("catalog", "yields.csv")
    }


def _mark(row: Mapping[str, str]) -> Mark:
    read = dict(row)
    return Mark(
        categories=tuple(read.pop("categories").split()),
        cultivars=tuple(filter(None, read.pop("cultivars").split("|"))),
        communes=frozenset(read.pop("communes").split()),
        requires=read.pop("requires") or None,
        decided_on=date.fromisoformat(day) if (day := read.pop("decided_on")) else None,
        years=int(read.pop("years") or 0) or None,
        needs_document=read.pop("needs_document") == "1",
        example=read.pop("example") == "1",
        **read,
    )
