"""Money in the story: cards that pay, promises taken in the evening, and what is asked back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.simulation.facts import CAST, SHORT_WEIGHT
from api.simulation.offering import seller_at
from api.simulation.stage import Stage
from api.simulation.world import decide
from market import accounts, orders, worker
from market.cases.models import Case
from market.money import Money
from market.orders import Rail, State
from market.orders.models import Order, OrderGroup
from payments import attempting, collecting, refunding, releasing
from payments.asking import BankAccount
from payments.fake_psp import payer
from payments.models import Payment, PaymentOrder, PaymentState

UNLUCKY, CAREFUL = 0.25, 0.6  # of all cards: a first one is declined; the bank asks for a code
PART_BASIS_POINTS, THOUSAND = 3_000, 1_000  # what goes back of the goods, in round figures
BANK, ACCOUNT = "970436", "0071001234567"  # of a buyer who names one


def pay_by_card(stage: Stage, group_id: UUID) -> None:
    """The buyer gives a card: at once, after one that was declined, or with 3-D Secure."""
    with stage.scene() as session:
        asked = collecting.of_group(session, group_id=group_id)
        by_card = [payment.id for payment in asked if payment.rail == Rail.CARD]
    folder = stage.settings.data
    for payment_id in by_card:
        which: dict[str, Any] = {"group_id": group_id, "payment_id": payment_id}
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
        releasing.release_due(session, wait=wait, now=stage.now)


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
    for order in transfers[:1]:
        _give_back(stage, order)
        _name_account(stage, order)
    for order in transfers[-1:]:
        _give_back(stage, order)
    for order in cash[:1]:
        _give_back(stage, order)
    worker.drain(context)


def complain(
    stage: Stage, session: Session, order: Order, buyer_id: UUID | None, statement: str
) -> Case:
    """The buyer says what is wrong with what came."""
    buyer = accounts.actor_of_person(session, UUID(str(buyer_id)), stage.now)
    said: dict[str, Any] = {"statement": statement, "photos": []}
    return orders.complain(session, actor=buyer, order=order, **said, now=stage.now)


def _hear(stage: Stage, reference: str) -> None:
    told = stage.stripe.look(reference)
    with stage.scene() as session:
        attempting.hear(session, provider=stage.stripe.provider, told=told, now=stage.now)


def _delivered(session: Session, rail: Rail) -> list[Order]:
    """The orders paid by this rail whose goods came, the oldest first."""
    return list(
        session.scalars(
            select(Order)
            .join(PaymentOrder, PaymentOrder.order_id == Order.id)
            .join(Payment, Payment.id == PaymentOrder.payment_id)
            .where(Order.state == State.DELIVERED, Payment.state == PaymentState.PAID)
            .where(Order.rail == rail)
            .order_by(Order.id)
        )
    )


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
        group = session.get_one(OrderGroup, order.group_id)
        its = session.get_one(Order, order.id)
        case = complain(stage, session, its, group.buyer_id, SHORT_WEIGHT)
    decide(stage, order.id)
    _refund(stage, stage.people[CAST["moderator"]], order, case_id=case.id)


def _give_back(stage: Stage, order: Order) -> None:
    """The seller gives a part back by himself."""
    with stage.scene() as session:
        seller = seller_at(stage, session, order.seller_id)
    _refund(stage, UUID(str(seller.person_id)), order)


def _refund(stage: Stage, person_id: UUID, order: Order, **more: Any) -> None:
    part = Money(order.goods_minor).part(PART_BASIS_POINTS).minor
    more |= {"amount_minor": max(THOUSAND, part - part % THOUSAND), "reason": SHORT_WEIGHT}
    with stage.scene() as session:
        actor = accounts.actor_of_person(session, person_id, stage.now)
        its = session.get_one(Order, order.id)
        refunding.request(session, actor=actor, order=its, now=stage.now, **more)


def _name_account(stage: Stage, order: Order) -> None:
    """The buyer says where the transfer came from."""
    with stage.scene() as session:
        holder = session.get_one(OrderGroup, order.group_id).name
        to = BankAccount(bank_bin=BANK, account=ACCOUNT, holder=holder)
        refunding.name_account(session, group_id=order.group_id, to=to, now=stage.now)
