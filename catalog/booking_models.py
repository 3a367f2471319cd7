"""What of an experience is booked, the rooms of a stay, calendars elsewhere, waiting lists."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Created, Identified, Json


class ExperienceOption(Identified, Base):
    """What of an experience is booked, counted by its resource (`catalog.options` has the shapes).

    A departure is a bucket of it, or a night (the day's number in the proleptic Gregorian
    calendar). Lists are JSON because they are only ever read and written with their option:
    `units`, dated `seasons`, `rules` of the schedule, cancellation `tiers`, the ids of the boats
    and guides it needs, the names of its rooms.
    """

    __table_args__ = (
        CheckConstraint("duration_minutes > 0 AND cutoff_minutes >= 0", name="times"),
        CheckConstraint("minimum_nights > 0 AND arrival_days BETWEEN 1 AND 127", name="nights"),
        UniqueConstraint("experience_id", "position"),
    )

    experience_id: Mapped[UUID] = mapped_column(ForeignKey("experience.id"))
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    position: Mapped[int]
    availability: Mapped[str]
    duration_minutes: Mapped[int]
    cutoff_minutes: Mapped[int]
    seats: Mapped[int | None]  # of a new departure; rooms of a new night
    units: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    seasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, server_default="[]")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(Json, server_default="[]")
    tiers: Mapped[list[dict[str, int]]] = mapped_column(Json, server_default="[]")
    asset_ids: Mapped[list[str]] = mapped_column(Json, server_default="[]")
    rooms: Mapped[list[str]] = mapped_column(Json, server_default="[]")
    minimum_guests: Mapped[int | None]  # fewer at the cut-off, and the departure is called off
    least_units: Mapped[int | None]
    most_units: Mapped[int | None]
    minimum_nights: Mapped[int] = mapped_column(server_default="1")
    arrival_days: Mapped[int] = mapped_column(server_default="127")  # Monday is 1, Sunday 64
    approves: Mapped[bool] = mapped_column(server_default=sa.false())
    closed_at: Mapped[datetime | None]


class RoomNight(Base):
    """A named room that somebody sleeps in: one party a night, given late."""

    option_id: Mapped[UUID] = mapped_column(ForeignKey("experience_option.id"), primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id"), index=True)


class Channel(Identified, Created, Base):
    """A calendar elsewhere that a room type, a boat or a guide is booked in too (RFC 5545).

    `events` are the days or instants taken by it, by their UID: what was claimed for it.
    """

    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    url: Mapped[str]
    events: Mapped[dict[str, Any]] = mapped_column(Json, server_default="{}")
    etag: Mapped[str | None]
    failed: Mapped[str | None]  # the code of why the last try brought nothing
    synced_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]


class Waiting(Identified, Created, Base):
    """A party that waits for a departure that is full: all of it comes, or nobody.

    What is offered to it is held until `offered_until`, by a claim of its own.
    """

    __tablename__ = "waitlist"
    __table_args__ = (Index("ix_waitlist_state", "state", "departure_id", "id"),)

    departure_id: Mapped[UUID] = mapped_column(ForeignKey("departure.id"))
    units: Mapped[dict[str, int]] = mapped_column(Json)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    language: Mapped[str]
    state: Mapped[str]
    offered_until: Mapped[datetime | None]
