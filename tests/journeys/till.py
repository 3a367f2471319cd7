"""A town whose money moves: time goes by when told to, and whatever is told is told by HTTP."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from api import checking
from api.wiring import context_for
from market import clock, ledger, worker
from market.accounts import Role
from market.ledger import chart
from market.money import Money
from market.orders import Rail
from payments import fake_bank, rails
from payments.bank_lines import StatementLine
from payments.fake_psp import payer
from tests.databases import CUSTODY
from tests.journeys.phones import COMMUNE, Phone, Town, photo
from tests.payments import desk
from tests.payments.test_payos import KEY, SAMPLE, body

PRICE, DELIVERY, EARNED = 180_000, 30_000, 174_600  # of a kilogram, 3 % of it taken off
OWN_ACCOUNT = "7777777"
PAYOS = {"payos_checksum_key": KEY}


class Watch:
    """The clock of the town, so much ahead of everybody's."""

    combine = staticmethod(datetime.combine)

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self, zone: tzinfo) -> datetime:
        """The moment in the town."""
        return datetime.now(zone) + self.ahead

    @contextmanager
    def worn(self) -> Iterator["Watch"]:
        """Everybody in this process looks at this clock."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "datetime", self)
            yield self


class Till(Town):
    """Three sellers, two in custody and one who is paid directly, and the people of the market."""

    def __init__(self, watch: Watch, *town: Any) -> None:
        super().__init__(*town)
        self.watch, self.numbers = watch, count(987_000_000)
        self.judge = self.moderator("+84901000001")
        self.second = self.moderator("+84901000006")
        self.administrator = self.moderator("+84901000007", Role.ADMINISTRATOR)
        self.farmer = Seller(self, "0901 000 002", "Vườn Ka Hòa")
        self.neighbour = Seller(self, "0901 000 003", "Vườn Bà Sáu")
        self.direct = Seller(self, "0901 000 004", "Vườn Gió")
        self.decides("seller-verification")
        self.direct.is_paid_directly()
        self.sellers = (self.farmer, self.neighbour, self.direct)
        for seller in self.sellers:
            seller.lists()
        self.decides("listing-review")

    def work(self) -> None:
        """Stripe tells what it has to tell, the bank is asked, and the worker does what is due."""
        self._work(timedelta(seconds=10))

    def _work(self, rarest: timedelta) -> None:
        """With the jobs that come round so often."""
        self.watch.ahead += timedelta(seconds=61)
        self.hear()
        context = context_for(self.settings, self.database)
        jobs = [job for job in context.wiring.jobs if job.every <= rarest]
        worker.drain(replace(context, wiring=replace(context.wiring, jobs=jobs)))

    def hear(self) -> list[int]:
        """The shipped Stripe's notifications arrive at the hook; the answer to each."""
        return [
            self.app.test_client()
            .post("/v1/hooks/stripe", data=each.body, headers=each.headers)
            .status_code
            for each in desk.deliveries(self.settings.data, now=clock.now())
        ]

    def pass_time(self, **duration: float) -> None:
        """Nobody does anything for so long but the worker, and apps that stay signed in."""
        self.watch.ahead += timedelta(**duration)
        for phone in (self.judge, self.second, self.administrator):
            phone.known()
        self._work(timedelta(days=1))

    def decides(self, kind: str, *, approved: bool = True) -> list[dict[str, Any]]:
        """The moderator decides all open cases of a kind; the cases."""
        found = self.judge.get(f"/v1/cases?state=open&kind={kind}")["items"]
        for case in found:
            path = f"/v1/cases/{case['id']}"
            checks = [check["name"] for check in self.judge.get(path).get("checklist", [])]
            decision = {"approved": approved, "reason": "Đã xem", "checked": checks}
            self.judge.post(f"{path}/decision", decision)
        return list(found)

    def buys(self, *sellers: "Seller", rail: str, fetched: bool = True) -> "Buyer":
        """Somebody orders a kilogram of each seller."""
        buyer = Buyer(self, f"0{next(self.numbers)}")
        buyer.orders(*sellers, rail=rail, fetched=fetched)
        return buyer

    def pays(self, payload: str, **amount: int) -> StatementLine:
        """Somebody scans a VietQR; the worker asks the bank when it comes round."""
        folder, now = self.settings.data, clock.now()
        return fake_bank.pay(folder, payload=payload, now=now, **amount)

    def tells(self, line: StatementLine) -> None:
        """The bank's messenger tells of a line."""
        facts = {
            "orderCode": 7,
            "amount": line.amount_minor,
            "description": f"CSX {line.text}",
            "accountNumber": line.account,
            "reference": line.reference,
            "transactionDateTime": f"{line.booked_at.astimezone(clock.VIETNAM):%Y-%m-%d %H:%M:%S}",
        }
        sent = {"data": body(SAMPLE | facts), "content_type": "application/json"}
        answer = self.app.test_client().post("/v1/hooks/payos", **sent)
        assert answer.status_code == 200, answer.text

    def reads(self, reader: Phone, *lines: StatementLine) -> list[tuple[str, bool]]:
        """One account's statement is handed in; what became of each line, and if it was known."""
        sheet = io.StringIO()
        write = csv.writer(sheet).writerow
        write(["date", "reference", "amount", "text"])
        for line in lines:
            write([line.booked_at.isoformat(), line.reference, line.amount_minor, line.text])
        path = f"/v1/bank-statements?account={lines[0].account}"
        given = reader.known() | {"Content-Type": "text/csv"}
        answer = reader.client.post(path, data=sheet.getvalue().encode(), headers=given)
        assert answer.status_code == 201, answer.text
        return [(item["state"], item["duplicate"]) for item in answer.json["items"]]

    def charged(self, buyer: "Buyer") -> int:
        """What Stripe has taken of the buyer's card."""
        stripe = rails.gateways_for(self.settings, self.database)[Rail.CARD]
        return stripe.look(buyer.reference).captured.minor

    def closes(self, dispute: str, *, won: bool) -> None:
        """The payer's bank decides, and Stripe tells of it."""
        desk.close_dispute(self.settings.data, dispute, won=won, now=clock.now())
        self.work()

    def bounces(self, buyer: "Buyer") -> None:
        """The card's bank sends a refund back to Stripe."""
        stripe = rails.gateways_for(self.settings, self.database)[Rail.CARD]
        (refund,) = stripe.look(buyer.reference).refunds
        folder = self.settings.data
        desk.finish_refund(folder, refund.reference, failed=True, now=clock.now())
        self.work()

    def refunds_at_stripe(self, buyer: "Buyer", amount: int) -> None:
        """Somebody gives money back in Stripe's own dashboard."""
        folder, given = self.settings.data, Money(amount)
        desk.refund_by_hand(folder, buyer.reference, amount=given, now=clock.now())
        self.work()

    def gives_line_back(self, line: StatementLine, buyer: "Buyer") -> None:
        """The desk has sent back what of a line is nobody's, and another lets it go."""
        found = self.administrator.get("/v1/bank-statements?limit=100")["items"]
        (line_id,) = [each["id"] for each in found if each["reference"] == line.reference]
        self.judge.press("/desk/money", f"{line_id}/refund")
        asked = self.judge.get("/v1/refunds?state=requested")["items"]
        (refund,) = (each for each in asked if each["order_id"] is None)
        if refund["bank_account"] is None:
            buyer.names_account()
        self.second.post(f"/v1/refunds/{refund['id']}/approval")
        self.work()
        self.work()

    def refuses(self, phone: Phone, path: str, body: Any = None) -> tuple[int, str]:
        """With which status and code the market says no."""
        answer = phone.client.post(path, json=body, headers=phone.known())
        return answer.status_code, answer.json["code"]

    def left_of(self, order: dict[str, Any]) -> int:
        """What the market still has of an order: held, on its way back, or as its commission."""
        order_id = UUID(order["id"])
        names = (chart.held(order_id), chart.refund(order_id))
        with self.database.reading() as session:
            commission = ledger.of_order(session, order_id=order_id).get(chart.COMMISSION.code, 0)
            return sum(ledger.balances(session, names).values()) + commission

    def desk(self) -> str:
        """What the administrator reads of the market's money."""
        return plain(self.administrator.opens("/desk/money"))

    def adds_up(self) -> None:
        """The books are clean, every seller's statement is the ledger, and so are the providers."""
        for seller in self.sellers:
            seller.adds_up()
        with self.database.reading() as session:
            assert checking.of_the_books(session) == []
            at_bank = fake_bank.balance(self.settings.data, account=CUSTODY)
            assert ledger.balance(session, chart.bank(CUSTODY)) == at_bank
            stripe = rails.gateways_for(self.settings, self.database)[Rail.CARD]
            moved = stripe.movements(since=clock.now() - timedelta(days=400))
            at_stripe = sum(each.amount.minor - each.fee.minor for each in moved)
            assert ledger.balance(session, chart.clearing("stripe")) == at_stripe


class Seller:
    """Somebody with a farm and strawberries for 180.000 ₫ a kilogram."""

    def __init__(self, town: Till, number: str, name: str) -> None:
        self.town, self.name, self.phone = town, name, town.phone(number)
        given = {"kind": "farm", "name": name, "unit_code": COMMUNE}
        self.id = self.phone.post("/v1/organisations", given)["id"]
        asked = {"kind": "seller-verification", "subject_id": self.id}
        self.phone.post("/v1/cases", asked)

    def is_paid_directly(self) -> None:
        """Buyers pay to the farm's own account from now on."""
        account = {"bin": "970436", "account": OWN_ACCOUNT, "holder": "VUON GIO"}
        shop = f"/v1/organisations/{self.id}"
        version = self.phone.client.get(shop, headers=self.phone.known()).headers["ETag"]
        answer = self.phone.client.patch(
            shop,
            json={"payment_mode": "direct", "bank": account},
            headers=self.phone.known() | {"If-Match": version},
        )
        assert answer.status_code == 200, answer.text

    def lists(self) -> None:
        """Strawberries come on the shelf, when the moderator has seen them."""
        listing = {
            "seller_id": self.id,
            "category": "produce.fruit.strawberry",
            "commune": COMMUNE,
            "price": {"amount": PRICE, "currency": "VND"},
            "texts": {"vi": {"title": "Dâu tây hái sáng"}},
            "unit": "KGM",
            "scale": 3,
            "increment": 500,
            "minimum": 500,
            "quantity": {"value": 400_000, "scale": 3, "unit": "KGM"},
            "harvest_day": clock.day_of(clock.now()).isoformat(),
        }
        self.listing = self.phone.post("/v1/listings", listing)["id"]
        self.phone.upload(f"/v1/listings/{self.listing}/photos", "photo", photo())
        self.phone.post(f"/v1/listings/{self.listing}/submission")

    def does(self, order: dict[str, Any], *steps: str, **said: str) -> None:
        """One step after the other of an order, and what the worker has to do with them."""
        for step in steps:
            self.phone.post(f"/v1/orders/{order['id']}/{step}", said or None)
        self.town.work()

    def gives(self, order: dict[str, Any], *, released: bool = False) -> None:
        """The goods are fetched; if so, nobody complains in time."""
        self.does(order, "confirmation", "handover")
        if released:
            self.town.pass_time(hours=73)

    def refunds(self, order: dict[str, Any], **what: Any) -> dict[str, Any]:
        """Money goes back; the refund as it stands when it was asked for."""
        asked = {"reason": "hàng dập", **what}
        refund: dict[str, Any] = self.phone.post(f"/v1/orders/{order['id']}/refunds", asked)
        self.town.work()
        return refund

    def where(self, order: dict[str, Any]) -> tuple[str, int]:
        """Where an order's money is, and how much of it is the seller's."""
        found = self.phone.get(f"/v1/organisations/{self.id}/money")["items"]
        (row,) = [each for each in found if each["order_id"] == order["id"]]
        return row["place"], row["yours"]["amount"]

    def hands_in(self, amount: int) -> dict[str, Any]:
        """Announce that so much cash is transferred."""
        asked = {"holder_id": self.id, "amount": {"amount": amount, "currency": "VND"}}
        made: dict[str, Any] = self.phone.post("/v1/remittances", asked)
        return made

    def remittance(self, made: dict[str, Any]) -> dict[str, Any]:
        """How the remittance stands."""
        found = self.phone.get("/v1/remittances")["items"]
        return dict(next(each for each in found if each["id"] == made["id"]))

    def may_hand_in(self) -> int:
        """How much cash is in hand that was not announced: what the page proposes."""
        found = re.findall(r'name="amount"[^>]*value="([\d.]+)"', self.money())
        return int(found[0].replace(".", "")) if found else 0

    def money(self) -> str:
        """What the seller reads of the own money."""
        return plain(self.phone.opens("/sell/money"))

    def owed(self) -> int:
        """What the market owes by the statement; below zero the seller owes."""
        told = self.phone.get(f"/v1/organisations/{self.id}/statement{self._days()}")
        return int(told["closing_minor"])

    def adds_up(self) -> None:
        """Opening, lines and closing of the sheet are the ledger's, and so is the printed page."""
        address = f"/v1/organisations/{self.id}/statement{self._days()}&format=csv"
        _, first, *lines, last = csv.reader(io.StringIO(self.phone.get(address)), delimiter=";")
        balance = int(first[-1])
        for line in lines:
            balance += int(line[-2])
            assert balance == int(line[-1])
        assert balance == int(last[-1]) == self.owed() == self._in_the_ledger()
        month = f"{clock.day_of(clock.now()):%Y-%m}"
        opening, come, gone, closing = summary(self.phone.opens(f"/sell/statement?month={month}"))
        assert opening + come - gone == closing == balance

    def _days(self) -> str:
        today = clock.day_of(clock.now())
        return f"?since={today - timedelta(days=300)}&until={today}"

    def _in_the_ledger(self) -> int:
        names = chart.of_seller(self.id)
        with self.town.database.reading() as session:
            found = ledger.balances(session, names)
        return -sum(each.normal * found[each.code] for each in names)


class Buyer:
    """A guest with a basket, a card and a bank app."""

    def __init__(self, town: Till, number: str) -> None:
        self.town, self.number, self.phone = town, number, town.phone()

    def orders(self, *sellers: Seller, rail: str, fetched: bool) -> None:
        """A kilogram of each, fetched or brought."""
        basket = {"Basket": f"visitor-{self.number}-{'x' * 16}"}
        for seller in sellers:
            line = {"listing_id": seller.listing, "quantity": 1000}
            self.phone.post("/v1/basket/lines", line, **basket)
        fetch = [seller.id for seller in sellers if fetched]
        address = {"unit_code": COMMUNE, "address": "12 Trần Phú", "pick_up": fetch}
        contact = {"name": "Lan", "phone": self.number}
        asked = {"contact": contact, "delivery": address, "rail": rail}
        self.secret = self.phone.post("/v1/checkouts", asked, **basket)["secret"]

    def sees(self) -> dict[str, Any]:
        """The checkout as the API tells it."""
        seen: dict[str, Any] = self.phone.get(f"/v1/order-groups/{self.secret}")
        return seen

    def order(self, seller: Seller) -> dict[str, Any]:
        """The order of that seller."""
        (found,) = [each for each in self.sees()["orders"] if each["seller_id"] == seller.id]
        return dict(found)

    def payment(self, rail: str) -> dict[str, Any]:
        """What is asked for by that rail now."""
        return dict([each for each in self.sees()["payments"] if each["rail"] == rail][-1])

    def page(self) -> str:
        """What the buyer reads."""
        return plain(self.phone.opens(f"/o/{self.secret}"))

    def begins(self) -> None:
        """Begin to pay by card; the payment's reference at Stripe is kept."""
        asked = {"payment_id": self.payment("card")["id"]}
        begun = self.phone.post(f"/v1/order-groups/{self.secret}/payments", asked)
        self.reference = begun["client_secret"].partition("_secret")[0]

    def plays(self, *deeds: str) -> str:
        """Begin to pay by card and do this on the demo's page; the page of the order then."""
        self.begins()
        at = self.phone.press(f"/o/{self.secret}?asked=1", r"card/[^/\"]+")
        for deed in deeds:
            at = self.phone.press(at, "/trial", deed=deed)
        if at.endswith("/return"):
            at = self.phone.client.get(at).location
        return plain(self.phone.opens(at.partition("#")[0]))

    def cancels(self, seller: Seller) -> None:
        """Call that seller's order off."""
        path = f"/v1/orders/{self.order(seller)['id']}/cancellation"
        self.phone.post(path, {"reason": "đổi ý"}, **{"Order-Secret": self.secret})
        self.town.work()

    def complains(self, seller: Seller) -> None:
        """Say what is wrong, on the page of the order."""
        ending = f"{self.order(seller)['id']}/complaints"
        self.phone.press(f"/o/{self.secret}", ending, statement="dập hết")

    def names_account(self) -> None:
        """Say where transfers are to be sent back to."""
        account = {"bank_bin": "970436", "account": "0071001234567", "holder": "LE THI LAN"}
        self.phone.post(f"/v1/order-groups/{self.secret}/refund-account", account)

    def disputes(self) -> str:
        """Have the bank ask the card's money back; the dispute at Stripe."""
        told = payer.dispute(self.town.settings.data, self.reference, now=clock.now())
        self.town.work()
        return told


def plain(page: str) -> str:
    """A page with plain spaces."""
    return page.replace("\u00a0", " ")


def summary(page: str) -> list[int]:
    """The amounts of a statement's summary, in its order."""
    rows = re.findall(r'<div class="row[^"]*"><span>[^<]*</span><b>([^<]*)</b>', page)
    return [int(re.sub(r"[^\d−-]", "", row).replace("−", "-")) for row in rows]
