"""The catalogue's tables: listings with lots, experiences with departures, photos and baskets."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, synonym

from market.db import Base, Created, Identified, Json, Versioned
from market.inventory.models import Cell
from market.money import MINOR_MAX, half_up
from market.quantity import KILOGRAM, Quantity, require_step


class ListingState(StrEnum):
    """Only a live listing is sold."""

    DRAFT = "draft"
    REVIEW = "review"
    LIVE = "live"
    PAUSED = "paused"


class Grade(StrEnum):
    """How a trader sorts the same fruit; each has a listing and a price of its own."""

    A = "A"
    B = "B"
    C = "C"


class SeatUnit(StrEnum):
    """What is booked of an option: a seat for somebody, a group, or a room for a night.

    Those of guests are OCTO's unit types. A group's price is for the whole booking.
    """

    ADULT = "adult"
    YOUTH = "youth"
    CHILD = "child"
    INFANT = "infant"
    FAMILY = "family"
    SENIOR = "senior"
    STUDENT = "student"
    MILITARY = "military"
    OTHER = "other"
    GROUP = "group"
    ROOM = "room"


class Availability(StrEnum):
    """When an option is there: at fixed starts, any time in opening hours, or by the night."""

    START_TIME = "start-time"
    OPENING_HOURS = "opening-hours"
    NIGHTS = "nights"


class Offered(Identified, Created, Versioned):
    """What goods and visits have in common; `marks` are the codes of those they may show today."""

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    category_code: Mapped[str]
    unit_code: Mapped[str]
    currency: Mapped[str]
    marks: Mapped[list[str]] = mapped_column(Json, server_default="[]")
    state: Mapped[str]
    source_lang: Mapped[str]
    updated_at: Mapped[datetime]
    listed_at: Mapped[datetime | None]

    @hybrid_property
    def is_live(self) -> bool:
        """Whether it is on the shelf."""
        return self.state == ListingState.LIVE


class Listing(Offered, Base):
    """Goods of one seller, priced per unit and sold in increments (texts live in `texts`).

    What is sold by the piece may be priced per kilogram: then a piece weighs about `piece_grams`,
    and its order holds the tolerance above that until it is weighed. `tiered` says that it has
    dated prices (`catalog.tiers`).
    """

    __table_args__ = (
        CheckConstraint(f"price_minor BETWEEN 1 AND {MINOR_MAX}", name="price"),
        CheckConstraint("increment > 0 AND minimum > 0 AND scale BETWEEN 0 AND 6", name="steps"),
        Index("ix_listing_shelf", "state", "listed_at", "id"),
        Index("ix_listing_category", "category_code", "state", "listed_at", "id"),
        Index("ix_listing_commune", "unit_code", "state", "listed_at", "id"),
        Index("ix_listing_seller", "seller_id", "created_at", "id"),
    )

    unit: Mapped[str]
    scale: Mapped[int]
    increment: Mapped[int]
    minimum: Mapped[int]
    grade: Mapped[str | None]
    tiered: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    cold_chain: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    shelf_hours: Mapped[int | None]
    piece_grams: Mapped[int | None]
    tolerance_basis_points: Mapped[int] = mapped_column(default=0, server_default="0")
    price_minor: Mapped[int]
    harvest_from: Mapped[date | None]
    harvest_until: Mapped[date | None]

    def stepped(self, value: int) -> Quantity:
        """So much of it, in 10^-scale of its unit; raises OffIncrement between two increments."""
        quantity = Quantity(value, self.scale, self.unit)
        require_step(quantity, minimum=self.increment, increment=self.increment)
        return quantity

    @property
    def price_unit(self) -> str:
        """The unit of which a whole one has the price."""
        return self.unit if self.piece_grams is None else KILOGRAM

    @hybrid_property
    def unit_minor(self) -> int:
        """What one of the unit costs; by estimate where a piece is priced by its weight."""
        if self.piece_grams is None:
            return self.price_minor
        return half_up(self.price_minor * self.piece_grams, 1_000)

    @unit_minor.inplace.expression
    @classmethod
    def _unit_minor(cls) -> Any:
        estimate = (cls.price_minor * cls.piece_grams + 500) // 1_000
        return sa.func.coalesce(estimate, cls.price_minor)


class ListingLot(Base):
    """A lot from which a listing is sold; its stock is the lot's inventory cell."""

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True, index=True)


class Experience(Offered, Base):
    """What a host offers: a visit on departures with seats, or a house with rooms by the night.

    What is booked are its options; the first has its id. Prices, minutes and the resource here are
    those of the first option, as cards and search show them. `unit_code` is where one goes, guests
    meet at the landmark of `meeting_unit_code`.
    """

    __table_args__ = (
        CheckConstraint(f"adult_minor BETWEEN 1 AND {MINOR_MAX}", name="adult_price"),
        CheckConstraint(
            f"child_minor IS NULL OR child_minor BETWEEN 0 AND {MINOR_MAX}", name="child_price"
        ),
        CheckConstraint("duration_minutes > 0 AND cutoff_minutes >= 0", name="times"),
        Index("ix_experience_shelf", "state", "listed_at", "id"),
        Index("ix_experience_seller", "seller_id", "created_at", "id"),
    )

    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    availability: Mapped[str] = mapped_column(server_default=Availability.START_TIME)
    duration_minutes: Mapped[int]
    cutoff_minutes: Mapped[int]
    adult_minor: Mapped[int]
    unit_minor: Mapped[int] = synonym("adult_minor")
    child_minor: Mapped[int | None]
    meeting_landmark: Mapped[str | None]
    meeting_unit_code: Mapped[str | None]
    spoken: Mapped[list[str]] = mapped_column(Json, server_default="[]")


class Departure(Identified, Base):
    """One start of an option, or one day of its opening hours; its seats are a bucket."""

    __table_args__ = (
        UniqueConstraint("option_id", "bucket"),
        Index("ix_departure_experience_id", "experience_id", "bucket"),
        Index("ix_departure_starts_at", "starts_at"),
        Index("ix_departure_cutoff_at", "cutoff_at"),
    )

    experience_id: Mapped[UUID] = mapped_column(ForeignKey("experience.id"))
    option_id: Mapped[UUID] = mapped_column(ForeignKey("experience_option.id"))
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    bucket: Mapped[int]  # seconds since 1970-01-01 UTC of the start: two starts never share seats
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cutoff_at: Mapped[datetime]


SEATS = (Cell.resource_id == Departure.resource_id) & (Cell.bucket == Departure.bucket)


class Photo(Identified, Created, Base):
    """A photo in three widths, its blur in base64, and a caption in the offer's own language."""

    __table_args__ = (Index("ix_photo_subject_id", "subject_id", "position", "id"),)

    subject_id: Mapped[UUID]
    position: Mapped[int]
    digest: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    placeholder: Mapped[str | None]
    caption: Mapped[str | None]
    size_bytes: Mapped[int] = mapped_column(default=0)


class AudioNote(Created, Base):
    """What a seller says of a listing or an experience, in one short recording."""

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    ending: Mapped[str]
    digest: Mapped[str]
    milliseconds: Mapped[int]
    size_bytes: Mapped[int]


class MediaUse(Base):
    """How many photos and recordings an organisation keeps, and how many bytes they are."""

    __table_args__ = (CheckConstraint("files >= 0 AND size_bytes >= 0", name="counted"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    files: Mapped[int]
    size_bytes: Mapped[int]


class ReferencePrice(Base):
    """What a whole unit of a product fetched at the farm gate on a day, and who says so."""

    __table_args__ = (CheckConstraint(f"price_minor BETWEEN 1 AND {MINOR_MAX}", name="price"),)

    category_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    unit: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    source: Mapped[str]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class Basket(Identified, Versioned, Base):
    """What a visitor has put aside; a guest's basket is known by a secret."""

    secret_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime]


class BasketLine(Base):
    """A quantity of a listing, seats of one kind on a departure, or rooms of a type by the night.

    The unit of rooms is their time: `2026-12-24/2026-12-26` (ISO 8601), the last day not slept.
    """

    __table_args__ = (CheckConstraint("quantity > 0", name="positive"),)

    id: Mapped[UUID]
    basket_id: Mapped[UUID] = mapped_column(
        ForeignKey("basket.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime]
