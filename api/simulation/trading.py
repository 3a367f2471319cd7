"""Days of trade: buyers fill baskets, pay or do not, sellers confirm, pack and hand over."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import house
from api.simulation import ending, facts, offering
from api.simulation.world import Stage, phone_of
from catalog import Basket, Departure, Listing, SeatUnit, baskets, prices
from market import Actor, MarketError, Money, bookings, clock, orders, secret, uuid7
from market.orders import Buyer, Fulfilment, Order, OrderGroup, Rail, State, queries
from payments import asking, bank_transfer, checkout, collecting, fake_bank, fulfilling, weighing

RAILS = (Rail.BANK_TRANSFER, Rail.BANK_TRANSFER, Rail.CARD, Rail.CARD, Rail.CASH)
CHECKOUTS_A_DAY = (6, 11)
HOURS_OF_TRADE = 10


def trade(stage: Stage, *, days: int) -> Iterator[None]:
    """So many days, each with its buyers; a step is a day, and ends in its evening."""
    for day in range(1, days + 1):
        count = stage.chance.randint(*CHECKOUTS_A_DAY)
        stage.say(f"day {day}/{days}: {count} buyers")
        for _ in range(count):
            _one_sale(stage)
            stage.now += timedelta(hours=HOURS_OF_TRADE / count)
        yield
        stage.now += timedelta(hours=24 - HOURS_OF_TRADE)


def _one_sale(stage: Stage) -> None:
    buyer = stage.chance.choice(facts.BUYERS)
    rail = stage.chance.choice(RAILS)
    try:
        with stage.scene() as session:
            group_id = _check_out(stage, session, buyer, rail).id
    except MarketError as refusal:  # sold out or too late, as it happens
        stage.say(f"  refused: {refusal.code}")
        return
    if rail is not Rail.CASH and stage.chance.random() < 0.9:  # noqa: PLR2004  some forget
        _pay(stage, group_id)
    with stage.scene() as session:
        placed = queries.of_group(session, group_id=group_id)
    for order in placed:
        _fulfil(stage, order.id, order.seller_id)


def _check_out(stage: Stage, session: Session, buyer: facts.BuyerFacts, rail: Rail) -> OrderGroup:
    actor = stage.actor(session, buyer.person.key)
    basket = baskets.open_basket(session, actor=actor, secret=secret(16), now=stage.now)
    for key in stage.chance.sample([it.key for it in facts.GOODS], stage.chance.randint(1, 3)):
        _put_goods(stage, session, basket, key)
    if stage.chance.random() < 0.4:  # noqa: PLR2004  two in five visit
        _put_seats(stage, session, basket)
    if stage.chance.random() < 0.2:  # noqa: PLR2004  and one in five stays
        _put_nights(stage, session, basket)
    person, phone = buyer.person, phone_of(buyer.person.key)
    said = {"name": person.name, "phone": phone, "language": person.language}
    who = Buyer(person_id=actor.person_id, email=None, **said)
    fee = Money(stage.settings.delivery_fee_minor)
    where = prices.Delivery(unit_code=buyer.commune, address=buyer.address, fee=fee)
    wish = checkout.Wish(buyer=who, delivery=where, rail=rail, group_id=uuid7())
    terms = replace(house.terms_of(stage.settings), rails=tuple(Rail))
    prepared = checkout.prepare(
        session, actor=actor, basket_id=basket.id, wish=wish, house=terms, now=stage.now
    )
    return checkout.place(session, prepared=prepared, now=stage.now)


def _put_goods(stage: Stage, session: Session, basket: Basket, key: str) -> None:
    listing = session.get_one(Listing, stage.listings[key])
    steps = stage.chance.randint(1, 6)
    quantity = max(listing.minimum, listing.increment * steps)
    which: dict[str, Any] = {"basket": basket, "listing_id": listing.id, "now": stage.now}
    baskets.put_goods(session, **which, quantity=quantity - quantity % listing.increment)


def _put_seats(stage: Stage, session: Session, basket: Basket) -> None:
    visit = stage.chance.choice(facts.VISITS)
    its = select(Departure).filter_by(option_id=stage.experiences[visit.key])  # its first option
    later = its.where(Departure.cutoff_at > stage.now + timedelta(hours=1))
    if coming := session.scalars(later.order_by(Departure.starts_at).limit(6)).all():
        which: dict[str, Any] = {"basket": basket, "departure_id": stage.chance.choice(coming).id}
        seats: dict[str, Any] = {"unit": SeatUnit.ADULT, "quantity": stage.chance.randint(1, 4)}
        baskets.put_seats(session, **which, **seats, now=stage.now)


def _put_nights(stage: Stage, session: Session, basket: Basket) -> None:
    house = stage.chance.choice([visit for visit in facts.VISITS if visit.rooms])
    arrival = clock.day_of(stage.now) + timedelta(days=stage.chance.randint(1, 40))
    nights = f"{arrival}/{arrival + timedelta(days=stage.chance.randint(1, 3))}"
    which: dict[str, Any] = {"option_id": stage.experiences[house.key], "nights": nights}
    with suppress(MarketError):
        baskets.put_nights(session, basket=basket, **which, quantity=1, now=stage.now)


def _pay(stage: Stage, group_id: UUID) -> None:
    """The buyer gives a card, or their bank app scans the QR and the bank tells of the credit."""
    with stage.scene() as session:
        asked = collecting.of_group(session, group_id=group_id)
        payer = session.get_one(OrderGroup, group_id).name
    for payment in asked:
        if payment.rail == Rail.CARD:
            ending.give_card(stage, payment)
    payloads = [asking.payload(payment) for payment in asked if payment.memo]
    doing: dict[str, Any] = {"payer": payer, "now": stage.now}
    lines = [fake_bank.pay(stage.settings.data, payload=each, **doing) for each in payloads]
    teller = bank_transfer.Teller(None, stage.settings.custody_account)
    stage.do(None, bank_transfer.receive, lines=lines, teller=teller)


def _fulfil(stage: Stage, order_id: UUID, seller_id: UUID) -> None:
    """The seller goes on as far as the day allows: some orders are left for the visitor to see."""
    reached = stage.chance.random()
    with stage.scene() as session:
        actor = stage.actor(session, offering.seller_at(stage, seller_id))
        order = queries.sold_by(session, actor=actor, order_id=order_id)
        if order.state == State.AWAITING_PAYMENT or reached < 0.12:  # noqa: PLR2004
            return
        if order.fulfilment == Fulfilment.VISIT:
            _host(stage, session, actor, order)
        else:
            _send(stage, session, actor, order, reached)


def _host(stage: Stage, session: Session, actor: Actor, order: Order) -> None:
    if order.state == State.PLACED:
        orders.confirm(session, actor=actor, order_id=order.id, now=stage.now)
    tickets = bookings.of_orders(session, order_ids=[order.id])[order.id]
    for ticket in tickets:
        if clock.day_of(ticket.starts_at) == clock.day_of(stage.now):
            fulfilling.redeem(session, actor=actor, code=ticket.code, now=stage.now)


def _send(stage: Stage, session: Session, actor: Actor, order: Order, reached: float) -> None:
    lines = weighing.by_weight(session, order=order)  # a little less than was thought
    grams = {at: line.snapshot["weight"]["grams"] * 97 // 100 for at, line in lines.items()}
    steps: list[tuple[float, Any]] = [
        (0.12, orders.confirm),
        (0.2, partial(weighing.pack, grams=grams)),
        (0.28, fulfilling.hand_over),
    ]
    for least, step in steps:
        if reached >= least:
            step(session, actor=actor, order_id=order.id, now=stage.now)
    if reached >= 0.35:  # noqa: PLR2004
        fulfilling.deliver(session, actor=actor, order=order, now=stage.now)
