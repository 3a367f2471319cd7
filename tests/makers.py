"""Makers of small worlds: plain functions over the real tables and verbs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, experiences, listings
from catalog.models import Basket, Departure, Experience, Grade, Listing, ListingState, SeatUnit
from catalog.prices import Delivery
from market import clock, ledger
from market.accounts import NOBODY, SYSTEM, Actor, Role, keys
from market.accounts.models import (
    Membership,
    MembershipState,
    Organisation,
    OrganisationKind,
    Person,
    Post,
)
from market.ids import secret, uuid7
from market.inventory import Hold, Want, change, hold_all, open_resource
from market.inventory.models import ResourceKind
from market.ledger.chart import AccountName
from market.money import Money
from market.orders import Buyer, Rail
from market.orders.models import OrderGroup
from market.quantity import Quantity
from payments import bank_transfer, fake_bank, fulfilling
from payments.asking import BankAccount
from payments.bank_lines import StatementLine
from payments.bank_transfer import Received
from payments.checkout import House, Prepared, Wish, place, prepare
from payments.gateway import Charge
from payments.local_gateway import EVER
from payments.models import Payment
from tests.databases import CUSTODY

COMMUNE = "24778"  # phường Lâm Viên - Đà Lạt


def person(session: Session, now: datetime, *, phone: str | None = None, name: str = "") -> Person:
    made = Person(id=uuid7(), phone=phone, name=name, created_at=now)
    session.add(made)
    session.flush()
    return made


def organisation(
    session: Session,
    now: datetime,
    *,
    kind: OrganisationKind = OrganisationKind.FARM,
    name: str = "Vườn Thử",
    commune: str = COMMUNE,
    verified: bool = True,
    **more: str,
) -> Organisation:
    made = Organisation(
        id=uuid7(),
        kind=kind,
        name=name,
        unit_code=commune,
        verified_at=now if verified else None,
        created_at=now,
        **more,
    )
    session.add(made)
    session.flush()
    return made


def seller(session: Session, now: datetime, *, member: bool = False, **more: str) -> Actor:
    """Somebody who sells for an organisation of their own; a `member` is one by the book too."""
    farm = organisation(session, now, **more)  # type: ignore[arg-type]
    who = person(session, now)
    if member:
        session.add(
            Membership(
                id=uuid7(),
                organisation_id=farm.id,
                person_id=who.id,
                post=Post.SELLER,
                state=MembershipState.ACTIVE,
                requested_at=now,
            )
        )
        session.flush()
    return Actor(
        person_id=who.id,
        roles=frozenset({Role.BUYER, Role.SELLER}),
        seller_ids=frozenset({farm.id}),
    )


def reseller(session: Session, now: datetime, **window: int) -> tuple[Actor, str]:
    """A verified reseller as its own person, and the secret of its key."""
    agency = organisation(session, now, kind=OrganisationKind.RESELLER)
    its = frozenset({agency.id})
    roles = frozenset({Role.BUYER, Role.RESELLER})
    who = Actor(person_id=person(session, now).id, roles=roles, managed_ids=its)
    by = replace(who, roles=roles | {Role.ADMINISTRATOR})
    asked: Any = {"organisation_id": agency.id, "name": "OTA", "window": keys.Window(**window)}
    _, token = keys.make(session, actor=by, **asked, now=now)
    session.flush()
    return who, token


def only(ids: frozenset[UUID]) -> UUID:
    (one,) = ids
    return one


def stock(session: Session, now: datetime, capacity: int) -> UUID:
    """A produce resource with so much of it in its one bucket."""
    owner = seller(session, now)
    resource_id = open_resource(session, kind=ResourceKind.PRODUCE, owner_id=only(owner.seller_ids))
    change(session, resource_id=resource_id, delta=capacity, reason="harvest", actor=owner, now=now)
    return resource_id


def hold(
    session: Session,
    *,
    owner_id: UUID,
    wants: Iterable[Want],
    expires_at: datetime,
    now: datetime,
) -> None:
    """What one owner wants, held until the moment."""
    hold_all(session, holds=[Hold(owner_id, tuple(wants), expires_at)], now=now)


def strawberries(
    session: Session, now: datetime, *, of: Actor, grams: int = 10_000, price: int = 180_000
) -> Listing:
    """A live listing of kilogram-priced strawberries, sold by the half kilogram."""
    listing = listings.draft(
        session,
        actor=of,
        goods=listings.Goods(
            seller_id=only(of.seller_ids),
            category_code="produce.fruit.strawberry",
            unit_code=COMMUNE,
            price=Money(price),
            texts={"vi": {"title": "Dâu tây hái sáng"}, "en": {"title": "Strawberries"}},
            unit="KGM",
            scale=3,
            increment=500,
            minimum=500,
            quantity=Quantity(grams, 3, "KGM"),
            harvest_day=clock.day_of(now),
        ),
        now=now,
    )
    return live(session, listing, now)


def durians(
    session: Session, now: datetime, *, of: Actor, pieces: int = 100, price: int = 100_000
) -> Listing:
    """Live durians of grade A: counted, 3.5 kg each by estimate, priced per kilogram, 10 % over."""
    goods = listings.Goods(
        seller_id=only(of.seller_ids),
        category_code="produce.fruit.durian",
        unit_code=COMMUNE,
        price=Money(price),
        texts={"vi": {"title": "Sầu riêng Dona"}, "en": {"title": "Durian"}},
        grade=Grade.A,
        piece=listings.Piece(grams=3_500),
        quantity=Quantity(pieces, 0, "H87"),
        harvest_day=clock.day_of(now),
    )
    return live(session, listings.draft(session, actor=of, goods=goods, now=now), now)


def live(session: Session, listing: Listing, now: datetime) -> Listing:
    """Put the draft on the shelf."""
    listing.state = ListingState.LIVE
    listing.listed_at = now
    session.flush()
    return listing


def tour(
    session: Session, now: datetime, *, of: Actor, seats: int = 10, cutoff_minutes: int = 60
) -> tuple[Experience, Departure]:
    """A live farm tour with one departure the day after."""
    experience = experiences.draft(
        session,
        actor=of,
        visit=experiences.Visit(
            seller_id=only(of.seller_ids),
            category_code="experience.farm",
            unit_code=COMMUNE,
            duration_minutes=180,
            cutoff_minutes=cutoff_minutes,
            adult=Money(150_000),
            child=Money(80_000),
            texts={"vi": {"title": "Sáng ở vườn dâu"}},
        ),
        now=now,
    )
    experience.state = ListingState.LIVE
    experience.listed_at = now
    session.flush()
    (departure,) = experiences.open_departures(
        session,
        actor=of,
        experience_id=experience.id,
        starts=[now + timedelta(days=1)],
        seats=seats,
        now=now,
    )
    return experience, departure


HOUSE = House(
    commission_basis_points=300,
    custody=BankAccount(bank_bin="970436", account=CUSTODY, holder="CHO LAM DONG"),
)


def basket_of(session: Session, now: datetime, *things: tuple[Listing | Departure, int]) -> Basket:
    """A guest's basket with grams of listings and adult seats on departures."""
    basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=now)
    for thing, quantity in things:
        if isinstance(thing, Listing):
            baskets.put_goods(
                session, basket=basket, listing_id=thing.id, quantity=quantity, now=now
            )
        else:
            baskets.put_seats(
                session,
                basket=basket,
                departure_id=thing.id,
                unit=SeatUnit.ADULT,
                quantity=quantity,
                now=now,
            )
    return basket


def bought(
    session: Session,
    now: datetime,
    *things: tuple[Listing | Departure, int],
    rail: Rail = Rail.BANK_TRANSFER,
    phone: str = "+84912345678",
    pick_up: bool = False,
) -> OrderGroup:
    """A guest's checkout of the things."""
    sellers = [thing.seller_id for thing, _ in things if isinstance(thing, Listing)]
    return check_out(
        session,
        now,
        basket_of(session, now, *things),
        rail=rail,
        phone=phone,
        pick_up=frozenset(sellers if pick_up else ()),
    )


def check_out(
    session: Session,
    now: datetime,
    basket: Basket,
    *,
    rail: Rail = Rail.BANK_TRANSFER,
    phone: str = "+84912345678",
    address: str | None = "12 Trần Phú",
    pick_up: frozenset[UUID] = frozenset(),
) -> OrderGroup:
    """A guest orders the basket."""
    ready = prepared(
        session, now, basket.id, rail=rail, phone=phone, address=address, pick_up=pick_up
    )
    return place(session, prepared=ready, now=now)


def prepared(
    session: Session,
    now: datetime,
    basket_id: UUID,
    *,
    rail: Rail = Rail.BANK_TRANSFER,
    phone: str = "+84912345678",
    address: str | None = "12 Trần Phú",
    pick_up: frozenset[UUID] = frozenset(),
) -> Prepared:
    """A guest's checkout, ready to be placed."""
    wish = Wish(
        buyer=Buyer(person_id=None, name="Lan", phone=phone, email=None, language="vi"),
        delivery=Delivery(
            unit_code=COMMUNE if address else None,
            address=address,
            pick_up=pick_up,
            fee=Money(30_000),
        ),
        rail=rail,
        group_id=uuid7(),
    )
    return prepare(session, actor=NOBODY, basket_id=basket_id, wish=wish, house=HOUSE, now=now)


def release(session: Session, now: datetime) -> None:
    """The waiting time is over for all that was delivered."""
    while fulfilling.release_due(session, wait=timedelta(0), now=now):
        pass


def post(session: Session, now: datetime, amounts: Mapping[AccountName, int]) -> None:
    """A posting of its own kind, as another part of the market would make it."""
    key = uuid7().hex
    ledger.post(
        session, key=key, kind="test", amounts=amounts, order_id=None, actor=SYSTEM, now=now
    )


def charge(amount: int) -> Charge:
    """Something to be collected that no checkout asked for."""
    return Charge(id=uuid7(), amount=Money(amount), group="TEST")


def transfer(payment: Payment, now: datetime, **changes: object) -> StatementLine:
    """The bank's line for a payment made as it was asked for, but for the changes."""
    facts: dict[str, object] = {
        "account": payment.bank_account,
        "reference": uuid7().hex,
        "booked_at": now,
        "amount_minor": payment.amount_minor,
        "text": f"MBVCB.123.{payment.memo}.CT TU 0123",
    }
    return StatementLine(**(facts | changes))  # type: ignore[arg-type]


def told_by_bank(session: Session, now: datetime, folder: Path) -> list[Received]:
    """The shipped bank is asked, and what it lists is taken in."""
    lines = fake_bank.Feed(folder=folder).lines(EVER)
    return receive(session, now, *lines)


def receive(session: Session, now: datetime, *lines: StatementLine) -> list[Received]:
    """The custody bank tells us of the lines."""
    return bank_transfer.receive(
        session,
        lines=lines,
        teller=bank_transfer.Teller(None, HOUSE.custody.account),
        actor=SYSTEM,
        now=now,
    )
