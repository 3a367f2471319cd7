"""A small market whose money moves: its sellers, payers, a Stripe, a bank and a worker."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api import checking
from api.wiring import context_for
from market import ledger, orders, worker
from market.accounts import NOBODY, SYSTEM, Actor
from market.accounts.models import Organisation, PaymentMode
from market.config import Settings
from market.db import Database
from market.ledger import chart
from market.orders import Rail, State
from market.orders.models import Order
from payments import (
    asking,
    attempting,
    bank_gateway,
    bank_transfer,
    cancelling,
    collecting,
    fake_bank,
    fake_psp,
    fulfilling,
    hearing,
    reconciling,
    refunding,
    remitting,
    stripe_hooks,
    supplementing,
    vietqr,
    weighing,
)
from payments.bank_gateway import BankGateway
from payments.fake_psp import payer
from payments.gateway import Gateway, PaidIn
from payments.local_gateway import EVER
from payments.models import Payment, Refund
from payments.stripe_gateway import StripeGateway
from tests import makers, people
from tests.databases import CUSTODY
from tests.payments import desk

WAIT = timedelta(hours=72)


class Market:
    """Two sellers in custody; time goes by when it is told to."""

    def __init__(
        self, database: Database, settings: Settings, now: datetime, *, stands: bool = False
    ) -> None:
        """A new market, or another process of one that `stands` already."""
        self.database, self.now, self.folder = database, now, settings.data
        self.gateway = StripeGateway(
            fake_psp.KEY, http_client=lambda: fake_psp.http_client(self.folder, lambda: self.now)
        )
        context = context_for(settings, database, now=lambda: self.now)
        ports = {"gateways": self.gateways(), "bank": fake_bank.Feed(folder=self.folder)}
        self.context = replace(context, ports={**context.ports, **ports})
        if not stands:
            self.opens()

    def gateways(self) -> dict[Rail, Gateway]:
        bank = fake_bank.Feed(folder=self.folder, account=CUSTODY, now=lambda: self.now)
        transfers = BankGateway(self.database, bank, bank)
        return {Rail.CARD: self.gateway, Rail.BANK_TRANSFER: transfers}

    def opens(self) -> None:
        with self.database.transaction() as session:
            self.farmer = makers.seller(session, self.now, member=True)
            self.grower = makers.seller(session, self.now, name="Vườn Gió")
            self.berries = makers.strawberries(session, self.now, of=self.farmer, grams=10**9)
            self.beans = makers.strawberries(session, self.now, of=self.grower, grams=10**9)
            session.expunge_all()

    def joins_a_cooperative(self) -> None:
        """The farmer does, and its driver brings what he sells from now on."""
        with self.database.transaction() as session:
            self.driver, _ = people.cooperative_of(session, self.now, self.farmer)

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def pays_directly(self, seller: Actor, account: str = "7777777") -> None:
        """Buyers pay the seller on an account of his own from now on."""
        with self.database.transaction() as session:
            shop = session.get_one(Organisation, makers.only(seller.seller_ids))
            shop.payment_mode = PaymentMode.DIRECT
            shop.bank_bin, shop.bank_account, shop.bank_holder = "970436", account, shop.name

    def buys(self, *things: Any, rail: Rail = Rail.CARD, phone: str = "+84912345678") -> list[UUID]:
        """A checkout; the ids of its orders, one a seller."""
        things = things or ((self.berries, 1000),)
        with self.database.transaction() as session:
            carried = rail is Rail.CASH  # to the door, where it is paid
            group = makers.bought(
                session, self.now, *things, rail=rail, phone=phone, pick_up=not carried
            )
            return [order.id for order in orders.queries.of_group(session, group_id=group.id)]

    def starts(self, order_id: UUID) -> PaidIn:
        """The buyer opens the page where a card is paid with."""
        payment = self.payment(order_id)
        return attempting.start(
            self.database,
            self.gateway,
            group_id=payment.group_id,
            payment_id=payment.id,
            now=self.now,
        )

    def pays(self, order_id: UUID, *, card: str = payer.GOOD, told: int = 1) -> str:
        """The buyer's card pays; the reference of the payment at Stripe."""
        reference = self.starts(order_id).reference
        payer.pay(self.folder, reference, card=card, told=told, now=self.now)
        return reference

    def bought(self, *things: Any) -> list[UUID]:
        """A checkout that is paid and heard of."""
        ids = self.buys(*things)
        self.pays(ids[0])
        self.hears()
        return ids

    def hears(self) -> None:
        """What Stripe has to tell arrives, and the worker does all that is due."""
        for each in desk.deliveries(self.folder, now=self.now):
            told = stripe_hooks.heard(
                each.body,
                each.headers["Stripe-Signature"],
                secrets=(stripe_hooks.DEMO_SECRET,),
                now=self.now,
            )
            with self.database.transaction() as session:
                hearing.keep(session, provider="stripe", told=told, now=self.now)
        self.works()

    def works(self) -> None:
        """All deliveries that are due, without the jobs that come round."""
        context = replace(self.context, wiring=replace(self.context.wiring, jobs=[]))
        worker.drain(context)

    def reconciles(self) -> None:
        """Ask about what is open, then compare with what moved."""
        self.works()
        reconciling.resolve(self.context)
        reconciling.compare(self.context)
        bank_gateway.poll(self.context)
        self.works()

    def transfers(self, order_id: UUID, amount: int | None = None, *, named: bool = True) -> None:
        """The buyer's bank app pays the QR, or as much as it is told; perhaps without the memo."""
        payload = asking.payload(self.payment(order_id))
        if not named:
            to = vietqr.parse(payload)
            asks = {"bank_bin": to.bank_bin, "account": to.account, "purpose": None}
            payload = vietqr.Transfer(**asks, amount_minor=to.amount_minor).payload()
        fake_bank.pay(self.folder, payload=payload, amount_minor=amount, now=self.now)

    def bank_tells(self, *, backwards: bool = False) -> None:
        """The bank tells all that it has booked so far, once more."""
        lines = fake_bank.Feed(folder=self.folder).lines(EVER)
        told = {"teller": bank_transfer.Teller(None, CUSTODY), "actor": SYSTEM, "now": self.now}
        with self.database.transaction() as session:
            bank_transfer.receive(session, lines=lines[::-1] if backwards else lines, **told)

    def at_the_door(self, order_id: UUID, *, takes: bool = True) -> None:
        """The buyer takes the goods, and pays where cash is due; or would not have them."""
        seller, now = self.seller(order_id), self.now
        with self.database.transaction() as session:
            order = session.get_one(Order, order_id)
            if takes:
                by = self.driver if order.cooperative_id else seller
                fulfilling.deliver(session, actor=by, order=order, now=now)
            else:
                fulfilling.refuse(session, actor=seller, order_id=order_id, reason="dập", now=now)

    def hands_in(self, actor: Actor, amount: int, *, sends: int) -> None:
        """A custodian announces cash, and transfers that much or another amount."""
        holder_id = makers.only(actor.seller_ids or actor.cooperative_ids or actor.managed_ids)
        with self.database.transaction() as session:
            made = remitting.announce(
                session, actor=actor, holder_id=holder_id, amount_minor=amount, now=self.now
            )
            payload = remitting.payload(made, custody=makers.HOUSE.custody)
        fake_bank.pay(self.folder, payload=payload, amount_minor=sends, now=self.now)

    def confirms(self, order_id: UUID) -> None:
        seller = self.seller(order_id)
        with self.database.transaction() as session:
            orders.confirm(session, actor=seller, order_id=order_id, now=self.now)

    def hands_over(self, order_id: UUID) -> None:
        seller = self.seller(order_id)
        with self.database.transaction() as session:
            order = session.get_one(Order, order_id)
            if order.state == State.PLACED:
                orders.confirm(session, actor=seller, order_id=order_id, now=self.now)
            fulfilling.hand_over(session, actor=seller, order_id=order_id, now=self.now)

    def packs(self, order_id: UUID, *grams: int) -> None:
        """What is priced by weight is weighed, line by line."""
        seller, weights = self.seller(order_id), dict(enumerate(grams))
        with self.database.transaction() as session:
            weighing.pack(session, actor=seller, order_id=order_id, grams=weights, now=self.now)

    def asks_for_more(self, order_id: UUID, grams: int) -> UUID:
        """The first line weighs more than is held; the order that waits for the buyer's word."""
        with self.database.transaction() as session:
            return supplementing.ask(
                session,
                actor=self.seller(order_id),
                order_id=order_id,
                weighed=(0, grams),
                now=self.now,
            ).id

    def agrees(self, order_id: UUID) -> None:
        """The buyer will pay in cash for what weighs more."""
        with self.database.transaction() as session:
            order = session.get_one(Order, order_id)
            supplementing.agree(session, actor=NOBODY, order=order, now=self.now)

    def cancels(self, order_id: UUID) -> None:
        with self.database.transaction() as session:
            cancelling.cancel(
                session,
                actor=self.seller(order_id),
                order=session.get_one(Order, order_id),
                by_buyer=False,
                reason="",
                now=self.now,
            )

    def releases(self) -> None:
        """The waiting time goes by."""
        self.pass_time(hours=73)
        with self.database.transaction() as session:
            while fulfilling.release_due(session, wait=WAIT, now=self.now):
                pass

    def refunds(self, order_id: UUID, amount: int | None = None, **more: Any) -> UUID:
        with self.database.transaction() as session:
            return refunding.request(
                session,
                actor=self.seller(order_id),
                order=session.get_one(Order, order_id),
                amount_minor=amount,
                reason="hàng dập",
                now=self.now,
                **more,
            ).id

    def seller(self, order_id: UUID) -> Actor:
        seller_id = self.order(order_id).seller_id
        return self.farmer if seller_id in self.farmer.seller_ids else self.grower

    def order(self, order_id: UUID) -> Order:
        return self._one(Order, order_id)

    def payment(self, order_id: UUID) -> Payment:
        with self.database.reading() as session:
            payment = collecting.of_order(session, order_id=order_id)
            session.expunge_all()
            return payment

    def refund(self, refund_id: UUID) -> Refund:
        return self._one(Refund, refund_id)

    def balance(self, name: chart.AccountName) -> int:
        with self.database.reading() as session:
            return ledger.balance(session, name)

    def all(self, model: Any) -> list[Any]:
        with self.database.reading() as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
            return found

    def books(self) -> list[tuple[str, int]]:
        """Every account that is not empty, without the ids that each run makes anew."""
        with self.database.reading() as session:
            return sorted(row for row in ledger.totals(session).items() if row[1])

    def audits(self) -> None:
        """Nothing that an auditor would object to."""
        with self.database.reading() as session:
            assert checking.of_the_books(session) == []

    def at_stripe(self) -> int:
        """What Stripe says that it keeps for us."""
        epoch = self.now - timedelta(days=400)
        moved = self.gateway.movements(since=epoch)
        return sum(each.amount.minor - each.fee.minor for each in moved)

    def _one(self, model: Any, its_id: UUID) -> Any:
        with self.database.reading() as session:
            found = session.get_one(model, its_id)
            session.expunge_all()
            return found
