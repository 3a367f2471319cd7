"""Money in the story, and its end: what is asked back, and something that waits on every desk."""

from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.simulation import facts, offering
from api.simulation.world import Stage, decide, hand_in_papers
from catalog import Listing, harvests, listings, reference_prices, reviews, seasons
from market import Money, accounts, cases, clock, orders, worker
from market.accounts import SYSTEM, Organisation, OrganisationKind, Scope, models, organisations
from market.cases.models import Case
from market.orders import Order, OrderGroup, Rail, State, queries
from payments import asking, attempting, collecting, fulfilling, refunding
from payments.fake_psp import payer
from payments.models import Payment, PaymentOrder, PaymentState

UNLUCKY, CAREFUL = 0.25, 0.6  # of all cards: a first one is declined; the bank asks for a code
PART_BASIS_POINTS, THOUSAND = 3_000, 1_000  # what goes back of the goods, in round figures
MANDATE = timedelta(days=180)


def give_card(stage: Stage, payment: Payment) -> None:
    """The buyer gives a card: at once, after one that was declined, or with 3-D Secure."""
    folder = stage.settings.data
    which: dict[str, Any] = {"group_id": payment.group_id, "payment_id": payment.id}
    told = attempting.start(stage.database, stage.stripe, **which, now=stage.now)
    luck = stage.chance.random()
    if luck < UNLUCKY:
        payer.pay(folder, told.reference, card=payer.DECLINED, now=stage.now)
        _hear(stage, told.reference)
    card = payer.SECURED if UNLUCKY < luck < CAREFUL else payer.GOOD
    if payer.pay(folder, told.reference, card=card, now=stage.now) == "requires_action":
        payer.authenticate(folder, told.reference, passed=True, now=stage.now)
    _hear(stage, told.reference)


def end_day(stage: Stage, context: worker.Context) -> None:
    """What the worker does: news goes out, cards are charged, sellers get what is theirs."""
    worker.drain(context)
    wait = timedelta(hours=stage.settings.release_hours)
    with stage.scene() as session:
        fulfilling.release_due(session, wait=wait, now=stage.now)


def ask_back(stage: Stage, context: worker.Context) -> None:
    """One card payment is disputed, of another a part went back, and refunds of each kind wait."""
    with stage.scene() as session:
        rails = (Rail.CARD, Rail.BANK_TRANSFER, Rail.CASH)
        cards, transfers, cash = (_delivered(session, rail) for rail in rails)
    for order in cards[:1]:
        _dispute(stage, order)
    others = [order for order in cards if order.group_id != cards[0].group_id]
    for order in others[:1]:  # a dispute is about all that was paid at once
        _complain(stage, order)
    for order in (*transfers[:1], *transfers[-1:], *cash[:1]):  # by the seller himself
        _refund(stage, offering.seller_at(stage, order.seller_id), order)
    for order in transfers[:1]:
        _name_account(stage, order)
    worker.drain(context)


def complain(stage: Stage, session: Session, order: Order, statement: str) -> Case:
    """The buyer says what is wrong with what came."""
    group = session.get_one(OrderGroup, order.group_id)
    buyer = accounts.actor_of_person(session, UUID(str(group.buyer_id)), stage.now)
    said: dict[str, Any] = {"statement": statement, "photos": []}
    return orders.moving.complain(session, actor=buyer, order=order, **said, now=stage.now)


def review(stage: Stage) -> None:
    """Buyers say how what came was, and some sellers answer."""
    with stage.scene() as session:
        done = select(Order).where(Order.state == State.DELIVERED).order_by(Order.id)
        for order, (stars, body, answer) in zip(session.scalars(done), cycle(facts.REVIEWS)):
            (first, *_) = queries.lines(session, order_ids=[order.id])[order.id]
            said: Any = {"subject_id": first.listing_id, "stars": stars, "body": body}
            told = reviews.write(session, actor=SYSTEM, order=order, **said, now=stage.now)
            if answer:
                seller = stage.actor(session, offering.seller_at(stage, order.seller_id))
                its: Any = {"review_id": told.id, "body": answer}
                reviews.reply(session, actor=seller, **its, now=stage.now)


def leave_open(stage: Stage) -> None:
    """A mandate stands, one is asked for; farm and buyer wait for the desk; prices and seasons."""
    _act(stage, _ask(stage, facts.HELPED))
    _ask(stage, facts.ASKED)
    named = {"name": facts.NEW_FARM.name, "unit_code": facts.NEW_FARM.commune}
    farm = Organisation(kind=OrganisationKind.FARM, **named)
    farm = stage.do(facts.NEW_FARM.owner, organisations.found, organisation=farm)
    hand_in_papers(stage, facts.NEW_FARM.owner, farm.id, statement=facts.NEW_FARM.statement)
    _complain_last(stage)
    _price(stage)
    _expect(stage)


def _hear(stage: Stage, reference: str) -> None:
    told = stage.stripe.look(reference)
    with stage.scene() as session:
        attempting.hear(session, provider=stage.stripe.provider, told=told, now=stage.now)


def _delivered(session: Session, rail: Rail) -> list[Order]:
    """The orders paid by this rail whose goods came, the oldest first."""
    covered = select(Order).join(PaymentOrder, PaymentOrder.order_id == Order.id)
    paid = covered.join(Payment).where(Payment.state == PaymentState.PAID)
    came = paid.where(Order.state == State.DELIVERED, Order.rail == rail)
    return list(session.scalars(came.order_by(Order.id)))


def _dispute(stage: Stage, order: Order) -> None:
    """The payer's bank asks the money back."""
    with stage.scene() as session:
        payment = collecting.of_order(session, order_id=order.id)
        attempt = attempting.of_payments(session, payment_ids=[payment.id])[payment.id]
    reference = str(attempt.reference)
    payer.dispute(stage.settings.data, reference, now=stage.now)
    _hear(stage, reference)


def _complain(stage: Stage, order: Order) -> None:
    """The buyer was right, so the moderator gives a part back."""
    with stage.scene() as session:
        case = complain(stage, session, session.get_one(Order, order.id), facts.SHORT_WEIGHT)
    decide(stage, order.id)
    _refund(stage, facts.CAST["moderator"], order, case_id=case.id)


def _refund(stage: Stage, person: str, order: Order, **more: Any) -> None:
    """Somebody gives a part back."""
    part = Money(order.goods_minor).part(PART_BASIS_POINTS).minor
    more |= {"amount_minor": max(THOUSAND, part - part % THOUSAND), "reason": facts.SHORT_WEIGHT}
    with stage.scene() as session:
        actor, its = stage.actor(session, person), session.get_one(Order, order.id)
        refunding.request(session, actor=actor, order=its, now=stage.now, **more)


def _name_account(stage: Stage, order: Order) -> None:
    """The buyer says where the transfer came from."""
    with stage.scene() as session:
        holder = session.get_one(OrderGroup, order.group_id).name
    to = asking.BankAccount(bank_bin=facts.BANK, account=facts.ACCOUNT, holder=holder)
    stage.do(None, refunding.name_account, group_id=order.group_id, to=to)


def _ask(stage: Stage, farm: str) -> UUID:
    """The agent asks to sell for a farm; the case's subject."""
    scope = [Scope.LISTINGS, Scope.LOTS, Scope.ORDERS]
    farm_id, until = stage.organisations[farm], stage.now + MANDATE
    asked = models.Mandate(organisation_id=farm_id, scope=scope, expires_at=until)
    return stage.do(facts.CAST["agent"], cases.ask_mandate, asked=asked, documents=[]).id


def _act(stage: Stage, mandate_id: UUID) -> None:
    """The farmer allows it, and the agent puts more of her strawberries on the shelf."""
    decide(stage, mandate_id, by=facts.CAST["farmer"])
    with stage.scene() as session:
        listing = session.get_one(Listing, stage.listings[facts.LISTED])
        agent = stage.actor(session, facts.CAST["agent"])
        actor = accounts.act_for(session, agent, listing.seller_id, stage.now)
        more: dict[str, Any] = {"change": 4 * listing.increment, "reason": listings.Reason.ADDED}
        listings.restock(session, actor=actor, listing_id=listing.id, now=stage.now, **more)


def _complain_last(stage: Stage) -> None:
    """The last buyer whose goods came, and not all of them well."""
    with stage.scene() as session:
        named = select(Order).join(OrderGroup).where(OrderGroup.buyer_id.is_not(None))
        came = named.where(Order.state == State.DELIVERED).order_by(Order.id.desc())
        if order := session.scalar(came.limit(1)):
            complain(stage, session, order, facts.COMPLAINT)


def _price(stage: Stage) -> None:
    """The moderator keeps what products fetched yesterday and today."""
    today = clock.day_of(stage.now)
    entries = [
        reference_prices.Entry(
            category=code, price=Money(minor), day=today - timedelta(days=back), source=facts.SOURCE
        )
        for code, told in facts.PRICES.items()
        for back, minor in enumerate(told)
    ]
    stage.do(facts.CAST["moderator"], reference_prices.enter, entries=entries)


def _expect(stage: Stage) -> None:
    """Growers tell of their next harvests, and take orders ahead."""
    today = clock.day_of(stage.now)
    for goods in (each for each in facts.GOODS if each.key in facts.SEASONS):
        *days, sure, steps = facts.SEASONS[goods.key]
        opens, closes, promised = (today + timedelta(days=int(each)) for each in days)
        said: dict[str, Any] = {"opens": opens, "closes": closes, "promised_day": promised}
        said |= {"confidence": harvests.Confidence(sure), "limit": steps * goods.increment}
        its = {"listing_id": stage.listings[goods.key], "expected": seasons.Expected(**said)}
        stage.do(offering.owner_of(goods.seller), seasons.expect, **its)
