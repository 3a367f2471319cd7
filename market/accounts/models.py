"""People, organisations, who acts for whom, and the devices they sign in from."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from market import tables
from market.db import Base, Identified, Json, Versioned, partial_index

FEE_BASIS_POINTS_MAX = 5_000


class OrganisationKind(StrEnum):
    """What an organisation is; all but the last two sell in their own name."""

    FARM = "farm"
    BOAT = "boat"
    HOST = "host"
    COOPERATIVE = "cooperative"
    RESELLER = "reseller"


class Post(StrEnum):
    """What a person does in an organisation."""

    SELLER = "seller"
    HOST = "host"
    MANAGER = "manager"
    ACCOUNTANT = "accountant"
    WEIGH_MASTER = "weigh-master"
    RESELLER = "reseller"


# What people can be in an organisation; its founder takes the first post, which decides.
_ROWS = tables.facts("market", "posts.csv")
POSTS = {OrganisationKind(row["kind"]): tuple(map(Post, row["posts"].split())) for row in _ROWS}
DECIDING = frozenset(posts[0] for posts in POSTS.values())


class MembershipState(StrEnum):
    """From the request to the end of belonging to an organisation."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ENDED = "ended"


class MandateState(StrEnum):
    """An agent's mandate counts only while it is active and not past its expiry."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


class Scope(StrEnum):
    """The parts of an organisation's work that a mandate may cover."""

    LISTINGS = "listings"
    LOTS = "lots"
    ORDERS = "orders"


class PaymentMode(StrEnum):
    """Who holds the buyers' money: the licensed partner, or the seller's own account."""

    CUSTODY = "custody"
    DIRECT = "direct"


class Person(Identified, Versioned, Base):
    """Somebody reachable by a phone number or an e-mail address."""

    phone: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    banned_at: Mapped[datetime | None]


class RoleGrant(Base):
    """A role over the whole market: moderator or administrator."""

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]


class Organisation(Identified, Versioned, Base):
    """A farm, boat, host or cooperative; its phone and address are for those it agreed to serve.

    It is away from one day to the other, both included; `zoned` says that it delivers only where
    it said so; a cooperative may want to see its members' changes of live offers first.
    """

    kind: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    payment_mode: Mapped[str] = mapped_column(default=PaymentMode.CUSTODY)
    bank_bin: Mapped[str | None]
    bank_account: Mapped[str | None]
    bank_holder: Mapped[str | None]
    closed_from: Mapped[date | None]
    closed_until: Mapped[date | None]
    zoned: Mapped[bool] = mapped_column(default=False, server_default=false())
    approves_changes: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]

    @property
    def verified(self) -> bool:
        """Whether the market has seen its papers."""
        return self.verified_at is not None


class Membership(Identified, Versioned, Base):
    """A person's post in an organisation, asked for and approved."""

    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "post"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    post: Mapped[str]
    state: Mapped[str]
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class CooperativeMember(Identified, Base):
    """A seller's membership of a cooperative; at most one at a time."""

    __table_args__ = (
        sa.CheckConstraint(f"fee_basis_points BETWEEN 0 AND {FEE_BASIS_POINTS_MAX}", name="fee"),
        partial_index("uq_cooperative_member_current", "organisation_id", where="ended_at IS NULL"),
    )

    cooperative_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    fee_basis_points: Mapped[int]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @classmethod
    def belongs(cls) -> sa.ColumnElement[bool]:
        """The condition that the seller is a member now: taken in, and not gone."""
        return cls.approved_at.is_not(None) & cls.ended_at.is_(None)


class Mandate(Identified, Base):
    """An agent may act for an organisation, within a scope and until a day."""

    __table_args__ = (
        partial_index(
            "uq_mandate_pending", "agent_id", "organisation_id", where="state = 'pending'"
        ),
    )

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    scope: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Challenge(Identified, Base):
    """One sign-in code on its way to a phone or mailbox; the code itself is never stored."""

    __tablename__ = "sign_in_challenge"
    __table_args__ = (Index("ix_sign_in_challenge_destination", "destination", "created_at"),)

    destination: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Device(Identified, Base):
    """A phone or browser that signed in; revoking it ends its tokens at once."""

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ResellerKey(Identified, Base):
    """A secret, known by its hash, with which a reseller's program asks and books (OCTO).

    It books nothing that starts sooner than in `notice_minutes` or later than in `window_days`,
    and holds for at most `hold_minutes`. What it does is done in the name of who made it.
    """

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    notice_minutes: Mapped[int]
    window_days: Mapped[int]
    hold_minutes: Mapped[int]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccessToken(Base):
    """An opaque token, known by its hash, that lets a device speak for its person for a while."""

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    expires_at: Mapped[datetime]


class RefreshToken(Base):
    """A token that is exchanged for the next; a second use after the grace ends the device."""

    __table_args__ = (
        partial_index("uq_refresh_token_live", "device_id", where="rotated_at IS NULL"),
    )

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
