"""Bad input to everything that moves money: refused with a code, or kept in sight; nothing lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from sqlalchemy import select

from api import checking, house
from api.wiring import context_for
from market import accounts, clock, ledger, orders, worker
from market.accounts import SYSTEM, Role
from market.accounts import people as accounts_people
from market.ledger import chart
from market.money import MINOR_MAX
from market.orders import Rail, queries
from market.orders.models import OrderGroup
from payments import cancelling, collecting, fake_psp, fulfilling, stripe_hooks
from payments.fake_psp import payer
from payments.models import Attempt, BankLine, Payment, PaymentState, Refund
from tests import makers
from tests.api.v1 import callers
from tests.databases import CUSTODY, settings_for
from tests.journeys.browser import served
from tests.journeys.phones import Town
from tests.payments import desk
from tests.payments.test_payos import KEY, SAMPLE, body

NO_AMOUNTS = [
    -1,
    0,
    1.5,
    180_000.0,
    10**15,
    2**62,
    "5",
    "５",
    "180.000",
    True,
    None,
    [],
    {},
    "NaN",
]
VND = "VND"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture(autouse=True)
def _no_money_is_lost(session):
    yield
    session.expire_all()
    assert checking.of_the_books(session) == []


@pytest.fixture
def seller(session, at):
    return makers.seller(session, at, member=True)


@pytest.fixture
def farmer(client, session, seller):
    return callers.of_person(client, session, seller.person_id)


@pytest.fixture
def administrator(client, session, at):
    person = makers.person(session, at)
    given = {"person_id": person.id, "role": Role.ADMINISTRATOR, "now": at}
    accounts_people.grant_role(session, actor=SYSTEM, **given)
    return callers.of_person(client, session, person.id)


@pytest.fixture
def bought(session, at, seller):
    """A checkout of a kilogram and of half of another listing, by a rail."""

    def buying(rail=Rail.BANK_TRANSFER):
        things = [(makers.strawberries(session, at, of=seller), amount) for amount in (1000, 500)]
        group = makers.bought(session, at, *things, rail=rail, pick_up=True)
        session.commit()
        return group

    return buying


@pytest.fixture
def sold(session, at, bought, seller):
    """An order of 270.000 ₫ that a transfer paid."""
    group = bought()
    (payment,) = collecting.of_group(session, group_id=group.id)
    makers.receive(session, at, makers.transfer(payment, at))
    session.commit()
    return order_of(session, group)


def order_of(session, group):
    (order,) = queries.of_group(session, group_id=group.id)
    return order


def payment_of(session, group):
    (payment,) = session.scalars(select(Payment).where(Payment.group_id == group.id))
    session.refresh(payment)
    return payment


def secret_of(app, group):
    with app.app_context():
        return house.secret_of(house.ORDER, group.code)


def refunds(session):
    session.expire_all()
    return session.scalars(select(Refund)).all()


def refused(answer, *statuses):
    """Refused with a code; which."""
    assert answer.status_code in (statuses or (400, 422)), answer.text
    return answer.json["code"]


def works(app, session):
    context = context_for(app.config["SETTINGS"], app.database)
    worker.drain(replace(context, wiring=replace(context.wiring, jobs=[])))
    session.expire_all()


class TestARefund:
    @pytest.mark.parametrize("amount", NO_AMOUNTS)
    def test_of_no_amount_is_refused(self, session, farmer, sold, amount):
        asked = {"reason": "x", "amount": {"amount": amount, "currency": VND}}

        refused(farmer.post(f"/orders/{sold.id}/refunds", asked))

        assert refunds(session) == []

    @pytest.mark.parametrize(
        "asked",
        [
            {"amount": {"amount": 5, "currency": "USD"}},
            {"amount": {"amount": 5, "currency": "vnd"}},
            {"amount": {"amount": 5}},
            {"amount": 5},
            {"amount": "5"},
            {"positions": [True]},
            {"positions": ["0"]},
            {"positions": [-1]},
            {"positions": [1.0]},
            {"positions": 0},
            {"positions": [0], "amount": {"amount": 5, "currency": VND}},
            {"case_id": "x"},
            {"order_id": "x"},
        ],
    )
    def test_that_makes_no_sense_is_refused(self, session, farmer, sold, asked):
        refused(farmer.post(f"/orders/{sold.id}/refunds", {"reason": "x", **asked}))

        assert refunds(session) == []

    def test_needs_a_reason(self, farmer, sold):
        refused(farmer.post(f"/orders/{sold.id}/refunds", {}))
        refused(farmer.post(f"/orders/{sold.id}/refunds", {"reason": " "}))

    @pytest.mark.parametrize("positions", [[2], [0, 2], [1000]])
    def test_of_lines_that_do_not_exist_is_not_found(self, session, farmer, sold, positions):
        asked = {"reason": "x", "positions": positions}

        assert refused(farmer.post(f"/orders/{sold.id}/refunds", asked), 404) == "not_found"

    def test_of_a_line_goes_once(self, session, farmer, sold):
        path, asked = f"/orders/{sold.id}/refunds", {"reason": "x", "positions": [0, 0]}
        assert farmer.post(path, asked).json["amount"]["amount"] in {90_000, 180_000}

        assert refused(farmer.post(path, asked), 409) == "refund.line_given_back"
        both = {"reason": "x", "positions": [0, 1]}
        assert refused(farmer.post(path, both), 409) == "refund.line_given_back"

    def test_of_a_line_that_was_turned_down_may_be_asked_for_again(self, farmer, moderator, sold):
        path, asked = f"/orders/{sold.id}/refunds", {"reason": "x", "positions": [1]}
        refund = farmer.post(path, asked).json
        moderator.post(f"/refunds/{refund['id']}/rejection", {"reason": "nhầm"})

        assert farmer.post(path, asked).status_code == 201

    def test_of_more_than_is_left_is_refused(self, session, farmer, sold):
        path = f"/orders/{sold.id}/refunds"
        first = {"reason": "x", "amount": {"amount": 200_000, "currency": VND}}
        assert farmer.post(path, first).status_code == 201

        answer = farmer.post(path, first)
        assert refused(answer, 409) == "refund.too_much"
        assert answer.json["params"] == {"left": 70_000}
        assert farmer.post(path, {"reason": "x"}).json["amount"]["amount"] == 70_000
        assert refused(farmer.post(path, {"reason": "x"}), 409) == "refund.not_refundable"

    @pytest.mark.parametrize("rail", list(Rail))
    def test_of_what_was_not_paid_is_refused(self, session, farmer, bought, rail):
        order = order_of(session, bought(rail))

        answer = farmer.post(f"/orders/{order.id}/refunds", {"reason": "x"})

        assert refused(answer, 409) == "refund.not_refundable"

    def test_of_a_strangers_order_is_not_found(self, stranger, sold):
        assert stranger.post(f"/orders/{sold.id}/refunds", {"reason": "x"}).status_code == 404
        assert stranger.get(f"/orders/{sold.id}/refunds").status_code == 404

    def test_is_nothing_that_its_buyer_can_give_himself(self, app, session, nobody, buyer, sold):
        group = session.get_one(OrderGroup, sold.group_id)
        its = {"Order-Secret": secret_of(app, group)}
        for caller in (nobody, buyer):
            answer = caller.post(f"/orders/{sold.id}/refunds", {"reason": "x"}, headers=its)
            refused(answer, 401, 403, 404)

    def test_is_let_go_and_paid_by_nobody_else(self, session, farmer, stranger, sold):
        refund = farmer.post(f"/orders/{sold.id}/refunds", {"reason": "x"}).json
        path = f"/refunds/{refund['id']}"

        for caller in (farmer, stranger):
            refused(caller.post(f"{path}/approval"), 403)
            refused(caller.post(f"{path}/rejection", {}), 403)
        refused(stranger.post(f"{path}/payment"), 404)
        assert refunds(session)[0].state == "requested"

    @pytest.mark.parametrize(
        "account",
        [
            {"bank_bin": "97043", "account": "0071", "holder": "LAN"},
            {"bank_bin": "９７０４３６", "account": "0071", "holder": "LAN"},
            {"bank_bin": "970436", "account": "00 71", "holder": "LAN"},
            {"bank_bin": "970436", "account": "０071", "holder": "LAN"},
            {"bank_bin": "970436", "account": "0" * 20, "holder": "LAN"},
            {"bank_bin": "970436", "account": "0071", "holder": ""},
            {"bank_bin": 970436, "account": 71, "holder": True},
            {},
        ],
    )
    def test_goes_to_no_account_that_is_none(
        self, app, session, nobody, farmer, bought, at, account
    ):
        group = bought()
        makers.receive(session, at, makers.transfer(payment_of(session, group), at))
        session.commit()
        farmer.post(f"/orders/{order_of(session, group).id}/refunds", {"reason": "x"})

        refused(nobody.post(f"/order-groups/{secret_of(app, group)}/refund-account", account))

        assert refunds(session)[0].bank_account is None


class TestARemittance:
    @pytest.fixture
    def cash(self, session, at, bought, seller):
        """270.000 ₫ in the seller's hands."""
        order = order_of(session, bought(Rail.CASH))
        orders.confirm(session, actor=seller, order_id=order.id, now=at)
        fulfilling.hand_over(session, actor=seller, order_id=order.id, now=at)
        session.commit()
        return order

    @pytest.mark.parametrize("amount", [*NO_AMOUNTS, 270_001, MINOR_MAX])
    def test_of_no_amount_that_is_in_hand_is_refused(self, farmer, cash, amount):
        asked = {
            "holder_id": str(cash.seller_id),
            "amount": {"amount": amount, "currency": VND},
        }

        refused(farmer.post("/remittances", asked), 400, 409, 422)

        assert farmer.get("/remittances").json["items"] == []

    def test_of_a_stranger_is_not_found(self, stranger, cash):
        asked = {"holder_id": str(cash.seller_id), "amount": {"amount": 1, "currency": VND}}

        assert refused(stranger.post("/remittances", asked), 404) == "not_found"

    def test_twice_is_more_than_is_in_hand(self, farmer, cash):
        asked = {"holder_id": str(cash.seller_id), "amount": {"amount": 200_000, "currency": VND}}
        assert farmer.post("/remittances", asked).status_code == 201

        assert refused(farmer.post("/remittances", asked), 409) == "remittance.too_much"


class TestARate:
    @pytest.mark.parametrize("rate", [-1, 10_001, 1.5, "5", "５", True, None, 10**15])
    def test_of_no_share_is_refused(self, administrator, rate):
        rule = {
            "purpose": "commission",
            "position": 1,
            "basis_points": rate,
            "valid_from": clock.day_of(clock.now()).isoformat(),
        }

        refused(administrator.post("/rates", rule))

        assert administrator.get("/rates").json["items"] == []


class TestAStatement:
    @pytest.fixture
    def payment(self, session, bought):
        return payment_of(session, bought())

    def read(self, caller, content, account=CUSTODY):
        sent = content if isinstance(content, bytes) else content.encode()
        headers = {"Content-Type": "text/csv"}
        path = f"/bank-statements?account={account}"
        return caller.post(path, data=sent, headers=headers)

    def rows(self, payment, *amounts):
        lines = [f'2026-11-24T10:00:00+07:00,FT1,"{each}",{payment.memo}' for each in amounts]
        return "\n".join(["date,reference,amount,text", *lines])

    @pytest.mark.parametrize(
        "amount",
        [
            "1.5",
            "1,50",
            "1.000,000",
            "５０００",
            "1e5",
            "0x10",
            "ten",
            "",
            "10000000000000000",
            "−5",
        ],
    )
    def test_with_no_amount_is_refused_whole(self, session, administrator, payment, amount):
        answer = self.read(administrator, self.rows(payment, 270_000, amount))

        assert refused(answer, 422) == "statement.unreadable"
        assert session.scalars(select(BankLine)).all() == []

    @pytest.mark.parametrize("amount", ["270000", "270.000", "270,000", "270.000 ₫", "270000 VND"])
    def test_may_write_an_amount_with_dots(self, session, administrator, payment, amount):
        (line,) = self.read(administrator, self.rows(payment, amount)).json["items"]

        assert (line["amount_minor"], line["state"]) == (270_000, "matched")

    def test_below_zero_went_out_and_pays_nothing(self, session, administrator, payment):
        answer = self.read(administrator, self.rows(payment, "-270000"))

        assert answer.json["items"][0]["state"] == "unmatched"
        session.refresh(payment)
        assert payment.state == PaymentState.AWAITING
        assert ledger.balance(session, chart.SUSPENSE) == 270_000

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe",
            b"\x00\x01\x02",
            "date,reference,amount,text\n1,2,3".encode("utf-16") + b"\xdc",
            "ngày,số tiền".encode("cp1258", errors="ignore") + b"\xf0\xff",
            "date;reference;amount",
            "date,reference,amount,text\n32/13/2026,FT1,5,x",
            "date,reference,amount,text\n2026-11-24,FT1,5,x,y",
            "date,reference,amount,text\n" + "2026-11-24,FT1,5,x\n" * 501,
        ],
    )
    def test_that_is_none_is_refused(self, session, administrator, content):
        refused(self.read(administrator, content), 413, 422)

        assert session.scalars(select(BankLine)).all() == []

    def test_with_one_line_twice_pays_once_and_keeps_the_other_in_sight(
        self, session, administrator, payment
    ):
        answer = self.read(administrator, self.rows(payment, 270_000, 270_000))

        states = [(line["state"], line["duplicate"]) for line in answer.json["items"]]
        assert states[0] == ("matched", False)
        assert states[1][0] in {"late", "unmatched"}
        assert ledger.balance(session, chart.UNAPPLIED) == 270_000
        again = self.read(administrator, self.rows(payment, 270_000, 270_000))
        assert [line["duplicate"] for line in again.json["items"]] == [True, True]

    def test_of_the_custody_account_is_the_administrators_alone(self, farmer, stranger, payment):
        for caller in (farmer, stranger):
            refused(self.read(caller, self.rows(payment, 270_000)), 404)

    def test_of_a_strangers_account_is_not_found(self, farmer, payment):
        refused(self.read(farmer, self.rows(payment, 270_000), account="999"), 404)


class TestACredit:
    """A line that fits nothing, allotted or given back by hand."""

    @pytest.fixture
    def line(self, session, at, bought):
        payment = payment_of(session, bought())
        makers.receive(
            session, at, makers.transfer(payment, at, text="khong ro", amount_minor=90_000)
        )
        session.commit()
        (line,) = session.scalars(select(BankLine))
        return line

    @pytest.mark.parametrize(
        "payment_id", [None, "x", 5, True, "0198c0de-0000-7000-8000-000000000000"]
    )
    def test_is_allotted_to_no_payment_that_is_none(self, administrator, line, payment_id):
        answer = administrator.post(f"/bank-lines/{line.id}/allocation", {"payment_id": payment_id})

        refused(answer, 400, 404, 422)

    def test_is_allotted_to_nothing_it_does_not_fit(self, session, administrator, line, bought):
        payment = session.scalars(select(Payment)).one()

        answer = administrator.post(
            f"/bank-lines/{line.id}/allocation", {"payment_id": str(payment.id)}
        )

        assert refused(answer, 409) == "bank_line.wrong_amount"

    def test_is_not_a_sellers(self, farmer, line):
        refused(farmer.post(f"/bank-lines/{line.id}/allocation", {}), 403)
        refused(farmer.post(f"/bank-lines/{line.id}/refund"), 403)

    def test_goes_back_once_and_again_when_that_was_turned_down(
        self, session, administrator, moderator, line
    ):
        path = f"/bank-lines/{line.id}/refund"
        refund = administrator.post(path)
        assert (refund.status_code, refund.json["amount"]["amount"]) == (201, 90_000)
        assert refused(administrator.post(path), 409) == "bank_line.spent"
        assert ledger.balance(session, chart.UNAPPLIED) == 0

        rejection = f"/refunds/{refund.json['id']}/rejection"
        assert moderator.post(rejection, {"reason": "nhầm"}).status_code == 201
        assert ledger.balance(session, chart.UNAPPLIED) == 90_000
        assert administrator.post(path).status_code == 201

    def test_that_is_unknown_is_not_found(self, administrator, line):
        refused(administrator.post(f"/bank-lines/{line.account}/refund"), 404)
        refused(administrator.post("/bank-lines/0198c0de-0000-7000-8000-000000000000/refund"), 404)


class TestPayos:
    @pytest.fixture(autouse=True)
    def _configured(self, app):
        settings = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(settings, payos_checksum_key=KEY)
        yield
        app.config["SETTINGS"] = settings

    def tells(self, client, at, **changes):
        facts = {
            "orderCode": 7,
            "amount": 270_000,
            "description": "chuyen tien",
            "accountNumber": CUSTODY,
            "reference": "FT26330001",
            "transactionDateTime": at.astimezone(clock.VIETNAM).strftime("%Y-%m-%d %H:%M:%S"),
        }
        sent = body(SAMPLE | facts | changes)
        return client.post("/v1/hooks/payos", data=sent, content_type="application/json")

    @pytest.mark.parametrize(
        "amount", [each for each in NO_AMOUNTS if not isinstance(each, list | dict)]
    )
    def test_of_no_amount_is_refused(self, client, session, at, bought, amount):
        memo = payment_of(session, bought()).memo

        answer = self.tells(client, at, amount=amount, description=memo)

        assert refused(answer, 403, 422) in {"payos.unreadable", "payos.forged"}
        assert session.scalars(select(BankLine)).all() == []

    def test_of_another_currency_is_refused(self, client, session, at, bought):
        memo = payment_of(session, bought()).memo

        assert refused(self.tells(client, at, currency="USD", description=memo), 422)

    @pytest.mark.parametrize(
        ("case", "state"),
        [
            ("unknown", "unmatched"),
            ("paid", "late"),
            ("cancelled", "late"),
            ("foreign", "unmatched"),
        ],
    )
    def test_about_what_is_not_awaited_is_kept_as_unapplied(
        self, client, session, at, seller, bought, case, state
    ):
        group = bought()
        payment = payment_of(session, group)
        told = {"description": payment.memo if case != "unknown" else "LDAAAAAAAA"}
        if case == "paid":
            makers.receive(session, at, makers.transfer(payment, at))
        if case == "cancelled":
            cancelling.cancel(
                session,
                actor=seller,
                order=order_of(session, group),
                by_buyer=False,
                reason="",
                now=at,
            )
        if case == "foreign":
            told["description"] += " " + payment_of(session, bought()).memo
        session.commit()

        assert self.tells(client, at, **told).status_code == 200

        line = session.scalars(select(BankLine).order_by(BankLine.id.desc())).first()
        assert line.state == state
        assert ledger.balance(session, chart.UNAPPLIED) == 270_000


class TestStripe:
    """Notifications about what we never asked for, and of what is over."""

    def tells(self, app, reference, kind="payment_intent.succeeded"):
        about = {"object": "payment_intent", "id": reference}
        event = {
            "id": f"evt_{reference}",
            "object": "event",
            "type": kind,
            "data": {"object": about},
        }
        sent = json.dumps(event).encode()
        stamp = str(int(clock.now().timestamp()))
        seal = stripe_hooks.signature(sent, secret=stripe_hooks.DEMO_SECRET, stamp=stamp)
        headers = {"Stripe-Signature": f"t={stamp},v1={seal}"}
        return app.test_client().post("/v1/hooks/stripe", data=sent, headers=headers)

    def test_about_an_unknown_payment_are_taken_and_change_nothing(self, app, session):
        assert self.tells(app, "pi_unknown").status_code == 200

        works(app, session)
        undone = [row.state for row in session.query(worker.OutboxDelivery)]
        assert undone == ["done"]

    @pytest.fixture
    def begun(self, app, session, nobody, bought):
        """A checkout by card whose payer has begun."""
        fake_psp.payer.lose(app.config["SETTINGS"].data, now=clock.now())
        group = bought(Rail.CARD)
        path = f"/order-groups/{secret_of(app, group)}/payments"
        asked = {"payment_id": str(payment_of(session, group).id)}
        assert nobody.post(path, asked).status_code == 201
        return group

    def reference(self, session):
        session.expire_all()
        return session.scalars(select(Attempt)).one().reference

    def test_of_a_payment_for_what_was_cancelled_give_all_back(
        self, app, session, at, seller, begun
    ):
        folder = app.config["SETTINGS"].data
        reference = self.reference(session)
        payer.pay(folder, reference, now=clock.now())
        cancelling.cancel(
            session,
            actor=seller,
            order=order_of(session, begun),
            by_buyer=False,
            reason="",
            now=at,
        )
        session.commit()
        for each in desk.deliveries(folder, now=clock.now()):
            app.test_client().post("/v1/hooks/stripe", data=each.body, headers=each.headers)

        works(app, session)

        assert ledger.balance(session, chart.UNAPPLIED) == 0
        assert ledger.balance(session, chart.clearing("stripe")) == 0
        assert payment_of(session, begun).state == PaymentState.CANCELLED

    def test_twice_pay_once(self, app, session, begun):
        reference = self.reference(session)
        payer.pay(app.config["SETTINGS"].data, reference, now=clock.now())
        for kind in ("payment_intent.amount_capturable_updated", "payment_intent.succeeded"):
            self.tells(app, reference, kind)
        works(app, session)

        assert payment_of(session, begun).state == PaymentState.AUTHORIZED


class TestACardPayment:
    def pays(self, nobody, app, group, payment_id):
        path = f"/order-groups/{secret_of(app, group)}/payments"
        return nobody.post(path, {"payment_id": payment_id})

    @pytest.mark.parametrize("rail", [Rail.BANK_TRANSFER, Rail.CASH])
    def test_of_a_payment_by_another_rail_is_refused(self, app, session, nobody, bought, rail):
        group = bought(rail)
        payment = payment_of(session, group)

        answer = self.pays(nobody, app, group, str(payment.id))

        assert refused(answer, 409) == "payment.not_payable"
        assert session.scalars(select(Attempt)).all() == []

    def test_of_another_checkout_is_not_found(self, app, session, nobody, bought):
        mine, other = bought(Rail.CARD), bought(Rail.CARD)

        answer = self.pays(nobody, app, mine, str(payment_of(session, other).id))

        assert refused(answer, 404) == "not_found"

    @pytest.mark.parametrize(
        "payment_id", [None, "x", 1, True, [], "0198c0de-0000-7000-8000-000000000000"]
    )
    def test_of_no_payment_is_refused(self, app, nobody, bought, payment_id):
        refused(self.pays(nobody, app, bought(Rail.CARD), payment_id), 400, 404, 422)

    def test_of_what_is_paid_is_refused(self, app, session, nobody, bought):
        group = bought(Rail.CARD)
        payment = payment_of(session, group)
        self.pays(nobody, app, group, str(payment.id))
        folder = app.config["SETTINGS"].data
        payer.pay(folder, session.scalars(select(Attempt)).one().reference, told=0, now=clock.now())

        again = self.pays(nobody, app, group, str(payment.id))  # hears that it is promised

        assert again.json["state"] == "authorized"
        assert session.query(Attempt).count() == 1

    def test_of_an_unknown_checkout_is_not_found(self, nobody):
        answer = nobody.post("/order-groups/AAAAAAAAAA/payments", {"payment_id": "x"})

        refused(answer, 404, 422)


class TestAStranger:
    def test_reads_no_statement_and_no_money(self, stranger, buyer, nobody, sold):
        shop = f"/organisations/{sold.seller_id}"
        for path in (f"{shop}/statement", f"{shop}/statement?format=csv", f"{shop}/money"):
            refused(stranger.get(path), 404)
            refused(buyer.get(path), 403, 404)
            refused(nobody.get(path), 401, 403)

    @pytest.mark.parametrize("path", ["/refunds", "/disputes", "/rates"])
    def test_reads_nothing_of_the_desk(self, stranger, path):
        refused(stranger.get(path), 403)

    @pytest.mark.parametrize(
        "path", ["?since=2026-13-01", "?since=2026-02-01&until=2026-01-01", "?since=x"]
    )
    def test_asks_for_no_period_that_is_none(self, farmer, sold, path):
        refused(farmer.get(f"/organisations/{sold.seller_id}/statement{path}"), 400, 422)


class TestTwinsInFlight:
    """One key from two sides at the same moment, through a real server and real commits."""

    @pytest.fixture
    def town(self, real_url, real_database, tmp_path):
        settings = settings_for(real_url, tmp_path, public_url="http://127.0.0.1:9")
        town = Town(settings, real_database)
        with served(town) as (address, _):
            town.address = address
            yield town
        with real_database.reading() as session:
            assert checking.of_the_books(session) == []

    def sends(self, town, path, body, **headers):
        """The same request four times at once; the answers."""
        given = {"Content-Type": "application/json", "Idempotency-Key": "one", **headers}

        def send(_):
            request = Request(town.address + path, json.dumps(body).encode(), given)
            with build_opener(ProxyHandler({})).open(request) as answer:
                return answer.status, answer.read()

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(send, range(4)))

    def bought(self, town, rail):
        now = clock.now()
        with town.database.transaction() as session:
            seller = makers.seller(session, now, member=True)
            berries = makers.strawberries(session, now, of=seller)
            group = makers.bought(session, now, (berries, 1000), rail=rail, pick_up=True)
            (payment,) = collecting.of_group(session, group_id=group.id)
            if rail is Rail.BANK_TRANSFER:
                makers.receive(session, now, makers.transfer(payment, now))
            tokens = accounts.issue_tokens(
                session, person_id=seller.person_id, device_name="", now=now
            )
            secret, order = secret_of(town.app, group), order_of(session, group)
            return secret, str(payment.id), str(order.id), tokens.access_token

    def test_of_a_refund_reserve_once(self, town):
        _, _, order_id, token = self.bought(town, Rail.BANK_TRANSFER)
        asked = {"reason": "x", "amount": {"amount": 60_000, "currency": VND}}

        answers = self.sends(
            town, f"/v1/orders/{order_id}/refunds", asked, Authorization=f"Bearer {token}"
        )

        assert {status for status, _ in answers} == {201}
        assert len({told for _, told in answers}) == 1
        with town.database.reading() as session:
            assert [each.amount_minor for each in refunds(session)] == [60_000]

    def test_of_a_card_payment_begin_once(self, town):
        secret, payment_id, _, _ = self.bought(town, Rail.CARD)

        answers = self.sends(
            town, f"/v1/order-groups/{secret}/payments", {"payment_id": payment_id}
        )

        assert {status for status, _ in answers} == {201}
        assert len({json.loads(told)["client_secret"] for _, told in answers}) == 1
        with town.database.reading() as session:
            assert len(session.scalars(select(Attempt)).all()) == 1
