"""Bank statements over HTTP: who may tell what came, and what becomes of each line."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from market import clock, ledger
from market.accounts import SYSTEM, Role, people
from market.accounts.models import Organisation
from market.cases.models import Case, CaseKind
from market.ledger import chart
from market.orders import State, queries
from payments import bank_gateway, collecting
from tests import makers
from tests.api.v1 import callers
from tests.databases import CUSTODY

HEADING = "date,reference,amount,text\n"
KEY = {"Idempotency-Key": "statement-of-today"}


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def administrator(client, session, at):
    person = makers.person(session, at)
    people.grant_role(session, actor=SYSTEM, person_id=person.id, role=Role.ADMINISTRATOR, now=at)
    return callers.of_person(client, session, person.id)


def seller_with(session, client, at, account, *, verified=True, mode="direct"):
    """Somebody who decides for a farm with this bank account."""
    actor = makers.seller(
        session,
        at,
        verified=verified,
        payment_mode=mode,
        bank_bin="970405",
        bank_account=account,
        bank_holder="VUON",
        member=True,
    )
    return actor, callers.of_person(client, session, actor.person_id)


def sold(session, at, seller):
    """An order that waits for its transfer, and the payment."""
    group = makers.bought(session, at, (makers.strawberries(session, at, of=seller), 500))
    (order,) = queries.of_group(session, group_id=group.id)
    (payment,) = collecting.of_group(session, group_id=group.id)
    session.commit()
    return order, payment


def row(payment, at, **changes):
    facts = {"reference": "FT1", "amount": payment.amount_minor, "text": payment.memo} | changes
    day = clock.day_of(at).isoformat()
    return f"{day},{facts['reference']},{facts['amount']},{facts['text']}\n"


def told(caller, account, *rows, headers=None):
    return caller.ask(
        "POST",
        f"/bank-statements?account={account}",
        data=HEADING + "".join(rows),
        content_type="text/csv",
        headers=headers or {},
    )


def states(answer):
    assert answer.status_code == 201, answer.json
    return [(item["state"], item["duplicate"]) for item in answer.json["items"]]


class TestTheCustodyAccount:
    def test_is_told_by_the_administrator(self, session, administrator, at):
        order, payment = sold(session, at, makers.seller(session, at))

        assert states(told(administrator, CUSTODY, row(payment, at))) == [("matched", False)]

        session.refresh(order)
        assert order.state == State.PLACED

    @pytest.mark.parametrize("mode", ["direct", "custody"])
    @pytest.mark.parametrize("verified", [True, False])
    def test_is_no_sellers_even_if_he_names_it(self, client, session, at, mode, verified):
        order, payment = sold(session, at, makers.seller(session, at))
        _, thief = seller_with(session, client, at, CUSTODY, verified=verified, mode=mode)

        answer = told(thief, CUSTODY, row(payment, at))

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
        session.refresh(order)
        assert order.state == State.AWAITING_PAYMENT
        assert ledger.balance(session, chart.held(order.id)) == 0

    def test_cannot_be_named_by_a_seller(self, client, session, farmer):
        bank = {"bin": "970436", "account": CUSTODY, "holder": "TOI"}

        answer = farmer.patch(f"/organisations/{farmer.organisation_id}", {"bank": bank}, version=1)

        assert (answer.status_code, answer.json["code"]) == (
            422,
            "organisation.bank_account_is_the_markets",
        )


class TestASellersOwnAccount:
    def test_is_told_by_him_and_read_by_him_alone(self, client, session, stranger, at):
        actor, seller = seller_with(session, client, at, "5550001")
        _order, payment = sold(session, at, actor)
        short = row(payment, at, amount=payment.amount_minor - 1, reference="FT0")

        answer = told(seller, "5550001", short, row(payment, at))

        assert states(answer) == [("partial", False), ("over", False)]
        kept = seller.get("/bank-statements?state=partial").json["items"]
        assert [line["reference"] for line in kept] == ["FT0"]
        assert stranger.get("/bank-statements").json["items"] == []

    def test_named_by_another_pays_nothing_and_hides_nothing(self, client, session, at):
        actor, seller = seller_with(session, client, at, "5550001")
        _, thief = seller_with(session, client, at, "5550001")
        order, payment = sold(session, at, actor)

        assert states(told(thief, "5550001", row(payment, at))) == [("foreign", False)]
        session.refresh(order)
        assert order.state == State.AWAITING_PAYMENT
        assert states(told(seller, "5550001", row(payment, at))) == [("matched", False)]

    @pytest.mark.parametrize(("verified", "mode"), [(False, "direct"), (True, "custody")])
    def test_is_his_to_tell_only_when_buyers_pay_to_it(self, client, session, at, verified, mode):
        _, seller = seller_with(session, client, at, "5550001", verified=verified, mode=mode)

        assert told(seller, "5550001").status_code == 404

    def test_may_still_be_told_after_a_change_while_a_transfer_to_it_is_awaited(
        self, client, session, at
    ):
        actor, seller = seller_with(session, client, at, "5550001")
        _, payment = sold(session, at, actor)
        farm = session.get_one(Organisation, makers.only(actor.seller_ids))
        farm.bank_account = "5550002"
        session.commit()

        assert states(told(seller, "5550001", row(payment, at))) == [("matched", False)]
        assert told(seller, "5550001").status_code == 404  # nothing is awaited there any more


class TestALine:
    def test_told_twice_is_a_duplicate_and_counts_once(self, session, administrator, at):
        _, payment = sold(session, at, makers.seller(session, at))
        zoned = f"{at.isoformat()},FT1,{payment.amount_minor},{payment.memo}\n"

        assert states(told(administrator, CUSTODY, row(payment, at))) == [("matched", False)]
        assert states(told(administrator, CUSTODY, zoned)) == [("matched", True)]
        assert ledger.balance(session, chart.bank(CUSTODY)) == payment.amount_minor

    @pytest.mark.parametrize("reference", ["", "R"])
    def test_of_one_reference_is_told_from_others_by_its_words(
        self, session, administrator, at, reference
    ):
        farmer = makers.seller(session, at)
        rows = [row(sold(session, at, farmer)[1], at, reference=reference) for _ in range(2)]

        assert states(told(administrator, CUSTODY, *rows)) == [("matched", False)] * 2

    def test_that_stands_twice_in_one_file_came_twice(self, session, administrator, at):
        _, payment = sold(session, at, makers.seller(session, at))
        twice = [row(payment, at, reference="")] * 2

        assert states(told(administrator, CUSTODY, *twice)) == [
            ("matched", False),
            ("late", False),
        ]
        assert states(told(administrator, CUSTODY, *twice)) == [("matched", True), ("late", True)]
        assert ledger.balance(session, chart.UNAPPLIED) == payment.amount_minor

    @pytest.mark.parametrize(
        ("more", "text", "state", "applied"),
        [(-1, None, "partial", 0), (5, None, "over", 1), (0, "TIEN DAU", "unmatched", 0)],
    )
    def test_of_a_wrong_kind_is_kept_and_can_be_seen(
        self, session, administrator, at, more, text, state, applied
    ):
        _, payment = sold(session, at, makers.seller(session, at))
        amount = payment.amount_minor + more
        line = row(payment, at, amount=amount, text=text or payment.memo)

        assert states(told(administrator, CUSTODY, line)) == [(state, False)]

        (seen,) = administrator.get(f"/bank-statements?state={state}").json["items"]
        assert seen["amount_minor"] == amount
        assert seen["applied_minor"] == applied * payment.amount_minor
        unapplied = ledger.balance(session, chart.UNAPPLIED)
        assert unapplied == amount - applied * payment.amount_minor

    def test_after_the_hold_ran_out_pays_what_is_still_there(self, session, administrator, at):
        yesterday = at - timedelta(days=1, minutes=1)
        order, payment = sold(session, yesterday, makers.seller(session, yesterday))

        assert states(told(administrator, CUSTODY, row(payment, at))) == [("matched", False)]

        session.refresh(order)
        assert order.state == State.PLACED
        assert ledger.balance(session, chart.UNAPPLIED) == 0


class TestAFile:
    def test_sent_again_with_its_key_is_answered_again(self, session, administrator, at):
        _, payment = sold(session, at, makers.seller(session, at))

        first, again = (
            told(administrator, CUSTODY, row(payment, at), headers=KEY) for _ in range(2)
        )

        assert states(first) == states(again) == [("matched", False)]
        assert again.headers["Idempotency-Replayed"] == "true"
        other = told(administrator, CUSTODY, row(payment, at, amount=1), headers=KEY)
        assert (other.status_code, other.json["code"]) == (422, "idempotency.key_reused")

    @pytest.mark.parametrize(
        "rows", ["26/11/2026,R\n", '"26/11/2026,R,5,x\n', "01/01/0001,R,5,x\n"]
    )
    def test_that_cannot_be_read_is_refused(self, administrator, rows):
        answer = told(administrator, CUSTODY, rows)

        assert (answer.status_code, answer.json["code"]) == (422, "statement.unreadable")


class TestBalances:
    """What a statement says the account held is held against the ledger."""

    @pytest.mark.parametrize(("held", "cases"), [(120_000, 0), (119_000, 1)])
    def test_of_the_custody_account_are_compared(self, session, administrator, at, held, cases):
        _, payment = sold(session, at, makers.seller(session, at))
        day = clock.day_of(at).isoformat()
        content = f"date,reference,amount,text,balance\n{day},FT1,120000,{payment.memo},{held}\n"

        answer = administrator.ask(
            "POST", f"/bank-statements?account={CUSTODY}", data=content, content_type="text/csv"
        )

        assert states(answer) == [("matched", False)]
        assert len(session.scalars(select(Case).where(Case.kind == CaseKind.MONEY)).all()) == cases
        assert bank_gateway.until(session) is not None

    def test_of_a_sellers_own_are_his(self, session, client, at):
        actor, farmer = seller_with(session, client, at, "5550001")
        _, payment = sold(session, at, actor)
        day = clock.day_of(at).isoformat()
        content = f"date,reference,amount,text,balance\n{day},FT1,120000,{payment.memo},5\n"

        answer = farmer.ask(
            "POST", "/bank-statements?account=5550001", data=content, content_type="text/csv"
        )

        assert states(answer) == [("matched", False)]
        assert session.scalar(select(Case.id).where(Case.kind == CaseKind.MONEY)) is None
