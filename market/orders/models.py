"""What was agreed: a group of orders from one basket, one order per seller, lines as snapshots."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Json, partial_index
from market.money import half_up


class State(StrEnum):
    """Where an order stands; the moves between them are a table in `orders.moving`."""

    AWAITING_PAYMENT = "awaiting-payment"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    HANDED_OVER = "handed-over"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"


class Fulfilment(StrEnum):
    """How the goods reach the buyer; a visit is attended."""

    DELIVERY = "delivery"
    PICK_UP = "pick-up"
    VISIT = "visit"


class LineKind(StrEnum):
    """Goods by quantity, seats on a departure, or rooms by the night."""

    GOODS = "goods"
    SEATS = "seats"
    NIGHTS = "nights"


class Rail(StrEnum):
    """The way the money comes; a reseller has taken it, and owes it."""

    BANK_TRANSFER = "bank-transfer"
    CASH = "cash-on-delivery"
    CARD = "card"
    RESELLER = "reseller"


def _where_known(table: str, column: str, *more: str) -> Index:
    """Most rows know one or two of their columns only; there is no entry for the rest."""
    name, known = f"ix_{table}_{column}", f"{column} IS NOT NULL"
    return partial_index(name, column, *more, where=known)


_TO_EARN = "earned_at IS NULL AND (state = 'delivered' OR kept_minor > 0)"


class OrderGroup(Base):
    """One checkout: the buyer's words; a guest follows it by the sealed form of its code."""

    __table_args__ = (
        _where_known("order_group", "buyer_id", "created_at"),
        _where_known("order_group", "phone"),
        _where_known("order_group", "email"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    language: Mapped[str]
    total_minor: Mapped[int]
    currency: Mapped[str]
    created_at: Mapped[datetime]


class Order(Base):
    """One seller's part of a checkout.

    `given_back_minor` is back, on its way, asked back, or was held for a weight that the goods did
    not have; the last is `weighed_off_minor`. Goods to come are promised for `promised_day`. What
    its seller did not answer was offered to the cooperative's others at `offered_at`. What weighs
    more than was held, or costs more since it was changed, is paid by an order of its own that
    supplements the first. Of a visit that its guest cancelled late `kept_minor` is the host's.
    """

    __tablename__ = "order_"
    __table_args__ = (
        Index("ix_order_group_id", "group_id"),
        Index("ix_order_seller_id", "seller_id", "state", "created_at", "id"),
        Index("ix_order_deadline", "state", "deadline"),
        partial_index("ix_order_to_earn", "closed_at", "id", where=_TO_EARN),
        _where_known("order", "supplements_id"),
        CheckConstraint("total_minor = goods_minor + delivery_minor", name="adds_up"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("order_group.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    cooperative_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str]
    rail: Mapped[str]
    fulfilment: Mapped[str]
    address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    goods_minor: Mapped[int]
    delivery_minor: Mapped[int]
    total_minor: Mapped[int]
    currency: Mapped[str]
    commission_minor: Mapped[int]
    cooperative_minor: Mapped[int]
    deadline: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    earned_at: Mapped[datetime | None]
    given_back_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    version: Mapped[int] = mapped_column(default=1)
    weighed_off_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    kept_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    promised_day: Mapped[date | None]
    offered_at: Mapped[datetime | None]
    supplements_id: Mapped[UUID | None]

    @property
    def left_minor(self) -> int:
        """What of the price is neither given back, nor on its way back, nor disputed."""
        return self.total_minor - self.given_back_minor

    def fees_of(self, rest_minor: int) -> tuple[int, int]:
        """The commission and the cooperative's fee when so much of the price stays, half up.

        They are of the goods alone, so what went back is of the goods before it is of the delivery.
        """
        goods, whole = max(0, rest_minor - self.delivery_minor), self.goods_minor or 1
        commission = half_up(self.commission_minor * goods, whole)
        return commission, half_up(self.cooperative_minor * goods, whole)


class OrderLine(Base):
    """What was sold, as it was then; nothing here is read from the catalogue again."""

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    listing_id: Mapped[UUID]
    departure_id: Mapped[UUID | None]
    category_code: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    scale: Mapped[int]
    unit: Mapped[str]
    price_minor: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    commission_minor: Mapped[int]
    cooperative_minor: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)


class Weighing(Base):
    """What a line sold by the piece weighed when it was packed, and what it costs; append-only.

    Never more than the line, which holds the estimate with its tolerance.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "position"], ["order_line.order_id", "order_line.position"]
        ),
        CheckConstraint("grams > 0 AND amount_minor > 0", name="positive"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grams: Mapped[int]
    amount_minor: Mapped[int]
    weighed_by: Mapped[UUID | None]
    at: Mapped[datetime]


class OrderEvent(Base):
    """One step of an order, who took it and when; append-only."""

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    mandate_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
