"""The shapes of the demo world's facts; no behaviour, no database."""

from dataclasses import dataclass
from datetime import time
from typing import TypeAlias

EVERY_MONTH = tuple(range(1, 13))
EVERY_DAY = tuple(range(7))


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages of the demo."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Somebody of the demo world; `language` is the one they read."""

    key: str
    name: str
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """A farm, a boat or a host; the first of `people` owns it, `kind` is OrganisationKind's."""

    key: str
    kind: str
    name: str
    commune: str
    address: str
    people: tuple[str, ...]
    cooperative: str | None
    story: Words


@dataclass(frozen=True, slots=True)
class CooperativeFacts:
    """A cooperative; its members are the sellers that name it, its share is in basis points."""

    key: str
    name: str
    commune: str
    address: str
    manager: str
    accountant: str
    weigh_master: str
    share_basis_points: int
    story: Words


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """Somebody who buys or visits, and where goods are sent."""

    person: PersonFacts
    commune: str
    address: str


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """A real mark or protected name: `kind` is `gi`, `mark`, `ocop` or `standard`."""

    key: str
    kind: str
    name: str
    grounds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsFacts:
    """One listing: prices are đồng per whole unit, quantities 10^-scale of the unit.

    A tier is for a group, from a quantity on, at so many per cent of the price.
    """

    key: str
    seller: str
    category: str
    title: Words
    description: Words
    unit: str = "KGM"
    scale: int = 3
    increment: int
    minimum: int
    grade: str | None = None
    piece_grams: int | None = None
    packs: tuple[int, ...]
    price_low: int
    price_high: int
    months: tuple[int, ...]
    communes: tuple[str, ...]
    marks: tuple[str, ...] = ()
    keeps_days: int
    lot_size: int
    tiers: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """One experience: prices are đồng a person, hours are Vietnam's, weekday 0 is Monday.

    A house has `rooms` and a price a night; `tiers` are hours before the start and the percent that
    goes back; a `boat` may also be had as a `whole`, for that price. What `closes` is open all day.
    """

    key: str
    seller: str
    category: str
    title: Words
    description: Words
    meeting_point: Words
    commune: str
    duration_minutes: int
    adult_price: int
    child_price: int | None
    seats: int
    hours: tuple[time, ...]
    closes: time | None = None
    weekdays: tuple[int, ...] = EVERY_DAY
    months: tuple[int, ...] = EVERY_MONTH
    cutoff_minutes: int
    needs_calm_sea: bool = False
    marks: tuple[str, ...] = ()
    meets_in: str | None = None
    rooms: tuple[str, ...] = ()
    tiers: tuple[tuple[int, int], ...] = ()
    boat: str | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class NewFarmFacts:
    """A farm that still waits to be verified, and what its owner says."""

    owner: str
    name: str
    commune: str
    statement: str


Sold: TypeAlias = GoodsFacts | VisitFacts
Founded: TypeAlias = SellerFacts | CooperativeFacts
