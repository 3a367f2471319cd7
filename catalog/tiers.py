"""Dated prices of a listing by quantity and by group of customers, and what it cost before."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from catalog import offers
from catalog.models import Listing
from market import MINOR_MAX, Money, audit, clock, portable, uuid7
from market.accounts import Actor, Person, destinations
from market.accounts.models import Membership, MembershipState
from market.cooperatives import CooperativeMember
from market.db import Base, changed, columns_of, insert_rows, partial_index, table_of, took_effect
from market.errors import FieldInvalid, Kind, MarketError, NotFound, existing

TIERS_MAX = 20  # of a listing, now and to come
HISTORY_MAX, CUSTOMERS_MAX = 12, 500
LAST = datetime.max.replace(tzinfo=UTC)


class CustomerGroup(StrEnum):
    """Who buys; whoever the seller did not put into another is retail."""

    RETAIL = "retail"
    COOPERATIVE = "cooperative"
    WHOLESALE = "wholesale"


KEY = ("listing_id", "customer_group", "from_quantity", "valid_from")
_STANDS = "withdrawn_at IS NULL AND from_quantity > 0"


class ListingPrice(Base):
    """A price from a quantity on (10^-scale of the unit), for a group, between two moments.

    From nought on it is what the listing itself cost then: its history, written by every change.
    """

    __table_args__ = (
        CheckConstraint(f"price_minor BETWEEN 1 AND {MINOR_MAX}", name="price"),
        CheckConstraint("from_quantity >= 0", name="bound"),
        CheckConstraint("valid_until > valid_from", name="window"),
        Index("ix_listing_price_listing_id", "listing_id", "valid_from", "id"),
        partial_index("uq_listing_price_tier", *KEY, where=_STANDS),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    customer_group: Mapped[str]
    from_quantity: Mapped[int]
    price_minor: Mapped[int]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    @property
    def last_day(self) -> date | None:
        """The last day on which it counts, in Việt Nam."""
        return self.valid_until and clock.day_of(self.valid_until - timedelta(microseconds=1))


class Customer(Base):
    """A buyer whom a seller counts to another group than retail."""

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    customer_group: Mapped[str]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]


class TierTwice(MarketError, code="price.tier_twice", kind=Kind.CONFLICT):
    """The group has a price from this quantity on then; facts: `valid_from` of that one."""


class TierBackwards(MarketError, code="price.window_backwards"):
    """The price would end before it begins."""


class Tier(NamedTuple):
    """A price, of what the listing's own is of, from a quantity on (10^-scale of its unit).

    Both days count, in Việt Nam; without the first it begins at once, without the last it stays.
    """

    from_quantity: int
    price: Money
    group: CustomerGroup = CustomerGroup.RETAIL
    valid_from: date | None = None
    valid_until: date | None = None


def set_tier(
    session: Session, *, actor: Actor, listing_id: UUID, tier: Tier, now: datetime
) -> ListingPrice:
    """Have the price count, never for what has been; its bound is a whole number of increments.

    Raises PriceOutOfRange, OffIncrement, TierBackwards, TierTwice, or FieldInvalid for too many.
    """
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    price_minor = offers.minor_of(tier.price)
    bound = listing.stepped(tier.from_quantity).value
    begins = max(now, clock.start_of(tier.valid_from)) if tier.valid_from else now
    ends = clock.end_of(tier.valid_until) if tier.valid_until else None
    if ends and ends <= begins:
        raise TierBackwards
    changed(session, listing, tiered=True, updated_at=now)  # two at once wait for each other here
    key = {"listing_id": listing_id, "customer_group": tier.group, "from_quantity": bound}
    _require_free(session, key, (begins, ends or LAST), now)
    said = {"price_minor": price_minor, "valid_from": begins, "valid_until": ends}
    made = ListingPrice(id=uuid7(), **key, **said, set_by=actor.person_id, set_at=now)
    session.add(made)
    audit.note(session, actor, "listing.tier_set", listing_id, now=now, price=made.id)
    return made


def withdraw_tier(
    session: Session, *, actor: Actor, listing_id: UUID, price_id: UUID, now: datetime
) -> None:
    """Let a dated price count no more; what was ordered keeps it. Once, then NotFound."""
    offers.touch(session, actor=actor, kind=Listing, offer_id=listing_id, now=now)
    its = sa.update(ListingPrice).where(_IS_TIER).filter_by(id=price_id, listing_id=listing_id)
    if not took_effect(session, its.values(withdrawn_at=now)):
        raise NotFound(what="price")
    audit.note(session, actor, "listing.tier_withdrawn", listing_id, now=now, price=price_id)


def keep_history(session: Session, *, actor: Actor, listing: Listing, now: datetime) -> None:
    """Write down what the listing itself costs from now on; before the shelf nobody paid it."""
    key = {"listing_id": listing.id, "from_quantity": 0}
    if listing.listed_at is None:
        session.execute(sa.delete(ListingPrice).filter_by(**key))
    said = {"customer_group": CustomerGroup.RETAIL, "price_minor": listing.price_minor}
    row = {"id": uuid7(), "valid_from": now, "set_by": actor.person_id, "set_at": now}
    insert_rows(session, ListingPrice, [row | key | said])


def told(
    session: Session, *, actor: Actor, listing_id: UUID, now: datetime
) -> dict[str, Sequence[ListingPrice]]:
    """The `tiers` that count or will, to the seller all, and the `history` of its own price."""
    its = offers.visible_to(actor, Listing).where(Listing.id == listing_id)
    listing = existing(session.scalar(its), "listing")
    prices = select(ListingPrice).where(ListingPrice.listing_id == listing_id)
    tiers = prices if listing.seller_id in actor.seller_ids else _of_buyer(prices)
    tiers = tiers.where(_IS_TIER, _GOES_ON).order_by(*_BY_BOUND)
    before = prices.where(ListingPrice.from_quantity == 0).order_by(*_NEWEST).limit(HISTORY_MAX)
    given = {"buyer": actor.person_id, "now": now}
    standing = session.scalars(tiers, given).all() if listing.tiered else ()
    return {"tiers": standing, "history": session.scalars(before).all()}


def in_force(
    session: Session, *, listing_ids: Sequence[UUID], buyer_id: UUID | None, now: datetime
) -> dict[UUID, list[Any]]:
    """The dated prices that count for the buyer now, by listing, in one question.

    Retail is for everybody. A buyer is of the group that the seller put them into, and of the
    cooperative if they work for a member of the seller's.
    """
    found: dict[UUID, list[Any]] = {}
    given = {"buyer": buyer_id, "now": now} | portable.given_ids(listing_ids)
    connection, asked = portable.flushed(session), _in_force(len(listing_ids))
    for row in portable.fast_rows(connection, asked, given):
        found.setdefault(portable.uuid_of(row.listing_id), []).append(row)
    return found


def cheapest(listing: Any, quantity: int, dated: Sequence[Any]) -> tuple[Money, dict[str, Any]]:
    """Of the listing's own price and the dated ones that reach down to the quantity the lowest.

    So a wholesale buyer never pays more than a retail one. A dated one is told for the snapshot.
    """
    own = Money(listing.price_minor, listing.currency)
    fitting = [it for it in dated if it.from_quantity <= quantity and it.price_minor < own.minor]
    if not fitting:
        return own, {}
    tier = min(fitting, key=lambda it: (it.price_minor, it.from_quantity, it.customer_group))
    own_price = {"amount": own.minor, "currency": own.currency}
    told: dict[str, Any] = {"group": tier.customer_group, "from_quantity": tier.from_quantity}
    told |= {"price_id": str(portable.uuid_of(tier.id)), "list_price": own_price}
    return Money(tier.price_minor, own.currency), {"tier": told}


def set_group(
    session: Session, *, actor: Actor, seller_id: UUID, phone: str, group: str, now: datetime
) -> None:
    """Count whoever signs in with the phone to the group; raises FieldInvalid where nobody does."""
    offers.require_seller(actor, seller_id)
    person_id = session.scalar(select(Person.id).filter_by(phone=destinations.phone(phone)))
    if person_id is None:
        raise FieldInvalid(field="phone", reason="field.unknown_phone")
    key = {"seller_id": seller_id, "person_id": person_id}
    session.execute(sa.delete(Customer).filter_by(**key))
    if group != CustomerGroup.RETAIL:
        said = {"customer_group": group, "set_by": actor.person_id, "set_at": now}
        portable.insert_new(session, Customer, **key, **said)
    facts: Any = {"seller": str(seller_id), "group": group}
    audit.note(session, actor, "customer.grouped", person_id, now=now, **facts)


def customers(session: Session, *, actor: Actor, seller_id: UUID) -> list[dict[str, Any]]:
    """Whom the seller put into a group, by phone, the newest first."""
    offers.require_seller(actor, seller_id)
    its = select(Customer, Person.phone).join(Person, Person.id == Customer.person_id)
    its = its.where(Customer.seller_id == seller_id).order_by(Customer.set_at.desc())
    rows = session.execute(its.limit(CUSTOMERS_MAX))
    return [columns_of(customer) | {"phone": phone} for customer, phone in rows]


def _require_free(
    session: Session, key: dict[str, Any], span: tuple[datetime, datetime], now: datetime
) -> None:
    its = select(ListingPrice).where(_IS_TIER, ListingPrice.listing_id == key["listing_id"])
    standing = session.scalars(its.where(_GOES_ON), {"now": now}).all()
    if len(standing) >= TIERS_MAX:
        raise FieldInvalid(field="from_quantity", reason="field.too_many", max=TIERS_MAX)
    for other in standing:
        is_same = all(getattr(other, name) == value for name, value in key.items())
        if is_same and other.valid_from < span[1] and span[0] < (other.valid_until or LAST):
            raise TierTwice(valid_from=clock.day_of(other.valid_from))


def _of_buyer(prices: Any) -> Any:
    """Of the prices those that are for the `buyer`."""
    buyer, group = sa.bindparam("buyer", type_=sa.Uuid()), ListingPrice.customer_group
    own, fellow = aliased(CooperativeMember), aliased(CooperativeMember)
    its = (Customer.seller_id == Listing.seller_id) & (Customer.person_id == buyer)
    acts = (Membership.person_id == buyer) & (Membership.state == MembershipState.ACTIVE)
    is_fellow = (group == CustomerGroup.COOPERATIVE) & sa.exists().where(
        (own.organisation_id == Listing.seller_id) & own.belongs(),
        (fellow.cooperative_id == own.cooperative_id) & fellow.belongs(),
        (Membership.organisation_id == fellow.organisation_id) & acts,
    )
    fits = or_(group.in_((CustomerGroup.RETAIL, Customer.customer_group)), is_fellow)
    joined = prices.join(Listing, Listing.id == ListingPrice.listing_id)
    return joined.outerjoin(Customer, its).where(fits)


_NOW = sa.bindparam("now", type_=ListingPrice.valid_from.type)
_IS_TIER = (ListingPrice.from_quantity > 0) & ListingPrice.withdrawn_at.is_(None)
_GOES_ON = or_(ListingPrice.valid_until.is_(None), ListingPrice.valid_until > _NOW)
_NEWEST = ListingPrice.valid_from.desc(), ListingPrice.id.desc()
_BY_BOUND = ListingPrice.from_quantity, ListingPrice.customer_group, ListingPrice.valid_from
_NAMES = ("id", "listing_id", "customer_group", "from_quantity", "price_minor")
_COUNTS = _of_buyer(select(*table_of(ListingPrice).c[_NAMES]))
_COUNTS = _COUNTS.where(_IS_TIER, _GOES_ON, ListingPrice.valid_from <= _NOW)


@lru_cache
def _in_force(count: int) -> Any:
    return _COUNTS.where(ListingPrice.listing_id.in_(portable.id_parameters(count)))
