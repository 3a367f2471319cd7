"""What the contract of gateways is tested with: one harness a rail.

A new rail is a class beside `Card` and a name in `RAILS`; the contract itself stays as it is.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from market import orders
from market.actors import SYSTEM
from market.db import Database
from market.money import Money
from market.orders import Order
from market.orders import Rail as Way
from payments import (
    asking,
    cancelling,
    collecting,
    fake_bank,
    fake_psp,
    fulfilling,
    refunding,
    returning,
)
from payments.bank_gateway import BankGateway, ToldLines
from payments.fake_psp import payer
from payments.gateway import Charge, Gateway, PaidBack
from payments.local_gateway import CashGateway
from payments.models import Payment, Refund
from payments.stripe_gateway import StripeGateway
from tests import makers
from tests.databases import CUSTODY
from tests.payments import desk


class Rail(Protocol):
    """A gateway, and what everybody but the gateway does on its rail.

    A harness is made for each test, with a folder and a database of its own and the moment at
    which all of the test happens. It says what its rail cannot do, and the contract then asks for
    a refusal instead. Without `captures_later` a charge in two steps is refused, and a capture
    whatever it is asked for. Without `stops_payers` nobody can be kept from paying: a payment is
    cancelled when the market awaits it no more, and until then to cancel it is refused. Without
    `refunds_at_once` a refund is answered as pending, and stands as succeeded after `settles`.
    """

    gateway: Gateway
    captures_later: bool
    stops_payers: bool
    refunds_at_once: bool

    def charges(self, amount: Money) -> Charge:
        """Somebody orders for so much: what the market will ask for."""

    def pays(self, reference: str) -> None:
        """The payer does all that is theirs to do: money comes, or is promised by a card."""

    def refuses(self, reference: str) -> None:
        """The payer tries in vain, or turns the money down; nothing moves."""

    def gives_up(self, reference: str) -> None:
        """The market awaits the payment no more."""

    def owes(self, reference: str, amount: Money) -> UUID:
        """The market decides to give so much back: its id for the refund."""

    def settles(self, refund: PaidBack) -> None:
        """Somebody or time brings a pending refund to its payer; nothing where none is pending."""


class Card:
    """Stripe's library over the shipped Stripe."""

    captures_later = True
    stops_payers = True
    refunds_at_once = True

    def __init__(self, folder: Path, database: Database, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self.gateway = StripeGateway(
            fake_psp.KEY, http_client=lambda: fake_psp.http_client(folder, lambda: self.now)
        )

    def charges(self, amount: Money) -> Charge:
        return Charge(id=uuid4(), amount=amount, group="G7K3QX9M4T")

    def pays(self, reference: str) -> None:
        payer.pay(self.folder, reference, now=self.now)

    def refuses(self, reference: str) -> None:
        payer.pay(self.folder, reference, card=payer.DECLINED, now=self.now)

    def gives_up(self, reference: str) -> None:
        """Its provider is told by the gateway."""

    def owes(self, reference: str, amount: Money) -> UUID:
        return uuid4()

    def settles(self, refund: PaidBack) -> None:
        """A card's refund has arrived when it is answered."""


class SlowCard(Card):
    """The same with a card whose refunds take their time."""

    refunds_at_once = False

    def pays(self, reference: str) -> None:
        payer.pay(self.folder, reference, card=payer.REFUNDS_PENDING, now=self.now)

    def settles(self, refund: PaidBack) -> None:
        desk.finish_refund(self.folder, refund.reference, failed=False, now=self.now)


class Ours:
    """What transfers and cash have in common: the market's own books ask for the money."""

    way: Way
    captures_later = False
    stops_payers = False
    refunds_at_once = False

    def __init__(self, folder: Path, database: Database, now: datetime) -> None:
        self.folder, self.database, self.now, self.asked = folder, database, now, 0
        with database.transaction() as session:
            self.farmer = makers.seller(session, now)
            session.expunge_all()

    def charges(self, amount: Money) -> Charge:
        self.asked += 1
        phone = f"+8491{self.asked:07}"
        with self.database.transaction() as session:
            berries = makers.strawberries(session, self.now, of=self.farmer, price=amount.minor)
            thing = (berries, 1000)
            group = makers.bought(
                session, self.now, thing, rail=self.way, phone=phone, pick_up=True
            )
            (payment,) = collecting.of_group(session, group_id=group.id)
            return Charge(id=payment.id, amount=amount, group=group.code)

    def refuses(self, reference: str) -> None:
        """Whoever does not pay leaves no trace."""

    def gives_up(self, reference: str) -> None:
        with self.database.transaction() as session:
            cancelling.cancel(
                session,
                actor=makers.NOBODY,
                order=self.order(session, reference),
                by_buyer=True,
                reason="",
                now=self.now,
            )

    def owes(self, reference: str, amount: Money) -> UUID:
        with self.database.transaction() as session:
            order = self.order(session, reference)
            refund = refunding.request(
                session,
                actor=self.farmer,
                order=order,
                amount_minor=amount.minor,
                reason="",
                now=self.now,
            )
            if not returning.is_by_hand(refund):
                refunding.approve(session, actor=SYSTEM, refund_id=refund.id, now=self.now)
            return refund.id

    def payment(self, session, reference: str) -> Payment:
        found = self.gateway.look(reference)
        return session.get_one(Payment, found.charge_id)

    def order(self, session, reference: str) -> Order:
        (order,) = collecting.orders_of(session, payment=self.payment(session, reference))
        return order


class Transfer(Ours):
    """The shipped bank, which sends money by itself."""

    way = Way.BANK_TRANSFER

    def __init__(self, folder: Path, database: Database, now: datetime) -> None:
        super().__init__(folder, database, now)
        bank = fake_bank.Feed(folder=folder, account=CUSTODY, now=lambda: now)
        self.gateway: Gateway = BankGateway(database, bank, bank)

    def pays(self, reference: str) -> None:
        with self.database.transaction() as session:
            payload = asking.payload(self.payment(session, reference))
        fake_bank.pay(self.folder, payload=payload, now=self.now)
        self.tells()

    def settles(self, refund: PaidBack) -> None:
        self.tells()

    def tells(self) -> None:
        """The market hears from the bank."""
        with self.database.transaction() as session:
            makers.told_by_bank(session, self.now, self.folder)


class TransferByHand(Transfer):
    """A bank that cannot be asked: it tells its lines, and a person sends what is owed."""

    def __init__(self, folder: Path, database: Database, now: datetime) -> None:
        super().__init__(folder, database, now)
        self.gateway = BankGateway(database, ToldLines(database, CUSTODY))

    def settles(self, refund: PaidBack) -> None:
        with self.database.reading() as session:
            memo, to = session.get_one(Refund, refund.refund_id).memo, "0123"
        bank = fake_bank.Feed(folder=self.folder, account=CUSTODY, now=lambda: self.now)
        bank.send(to=to, amount_minor=refund.amount.minor, memo=memo, key=refund.reference)
        self.tells()


class Cash(Ours):
    """Cash that a farmer takes over the counter."""

    way = Way.CASH

    def __init__(self, folder: Path, database: Database, now: datetime) -> None:
        super().__init__(folder, database, now)
        self.gateway: Gateway = CashGateway(database)

    def pays(self, reference: str) -> None:
        doing = {"actor": self.farmer, "now": self.now}
        with self.database.transaction() as session:
            order_id = self.order(session, reference).id
            orders.confirm(session, order_id=order_id, **doing)
            fulfilling.hand_over(session, order_id=order_id, **doing)

    def refuses(self, reference: str) -> None:
        self.gives_up(reference)

    def settles(self, refund: PaidBack) -> None:
        with self.database.transaction() as session:
            returning.give_by_hand(
                session, actor=self.farmer, refund_id=refund.refund_id, now=self.now
            )


RAILS: list[Callable[[Path, Database, datetime], Rail]] = [
    Card,
    SlowCard,
    Transfer,
    TransferByHand,
    Cash,
]
