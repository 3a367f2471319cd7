"""A cooperative's reports: they add up to the ledger, and refuse days of another age."""

import pytest

from market import clock, cooperatives, ledger, orders
from market.ledger import chart
from market.orders import Rail, queries
from payments import collecting, fulfilling
from tests import makers, people
from tests.api.v1 import callers


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def manager(session, at):
    return people.founder(session, at, people.COOPERATIVE, verified=True)[0]


@pytest.fixture
def desk(client, session, manager):
    """The manager's reports by name."""
    caller = callers.of_person(client, session, manager.person_id)
    here = makers.only(manager.cooperative_ids)
    return lambda name: caller.get(f"/cooperatives/{here}/reports/{name}")


@pytest.fixture
def member(session, at, manager):
    """A farmer of the cooperative, and how to end the membership."""
    farmer, farm = people.founder(session, at, verified=True)
    asked = cooperatives.ask_to_join(
        session,
        actor=farmer,
        member=cooperatives.CooperativeMember(
            organisation_id=farm,
            cooperative_id=makers.only(manager.cooperative_ids),
            fee_basis_points=333,
        ),
        now=at,
    )
    cooperatives.approve(session, actor=manager, member_id=asked.id, now=at)
    return farmer, lambda: cooperatives.leave(session, actor=manager, member_id=asked.id, now=at)


def sell(session, at, farmer, *, price, rail=Rail.BANK_TRANSFER, delivered=True):
    """An order by a buyer of its own, as far as it goes."""
    berries = makers.strawberries(session, at, of=farmer, price=price)
    phone = f"+8491{price:07}"
    group = makers.bought(session, at, (berries, 1500), rail=rail, phone=phone)
    (order,) = queries.of_group(session, group_id=group.id)
    if rail is Rail.BANK_TRANSFER:
        (payment,) = collecting.of_group(session, group_id=group.id)
        makers.receive(session, at, makers.transfer(payment, at))
    orders.confirm(session, actor=farmer, order_id=order.id, now=at)
    if delivered:
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=at)
        fulfilling.deliver(session, actor=farmer, order=order, now=at)
        makers.release(session, at)
    session.commit()
    return order


class TestReports:
    def test_add_up_to_the_ledger_to_the_dong(self, session, at, desk, member):
        farmer, _ = member
        sell(session, at, farmer, price=180_007)
        sell(session, at, farmer, price=77_777, rail=Rail.CASH)
        waiting = sell(session, at, farmer, price=91_111, delivered=False)

        sold = desk("sales").json["items"]
        (owed,) = desk("owed").json["items"]

        rates = sum(row["commission_minor"] + row["cooperative_minor"] for row in sold)
        parts = sum(row["amount_minor"] for row in sold) + owed["delivery_minor"] - rates
        assert parts == owed["payable_minor"] + owed["awaited_minor"]
        seller = makers.only(farmer.seller_ids)
        assert owed["payable_minor"] == ledger.balance(session, chart.payable(seller))
        assert owed["cash_minor"] == ledger.balance(session, chart.cash(seller))
        assert owed["awaited_minor"] == (
            waiting.total_minor - waiting.commission_minor - waiting.cooperative_minor
        )

    def test_leave_out_what_a_member_sold_after_leaving(self, session, at, desk, member):
        farmer, leave = member
        sell(session, at, farmer, price=180_007)
        (before,) = desk("owed").json["items"]
        leave()

        sell(session, at, farmer, price=91_111)

        assert desk("owed").json["items"] == [before]

    def test_forget_a_former_member_with_nothing_left(self, session, desk, member):
        assert len(desk("owed").json["items"]) == 1
        member[1]()
        session.commit()

        assert desk("owed").json["items"] == []

    @pytest.mark.parametrize(
        "days",
        [
            "since=0001-01-01&until=0001-01-03",
            "until=0001-01-03",
            "since=9999-12-30&until=9999-12-31",
            "since=1999-12-31&until=2000-01-01",
        ],
    )
    def test_refuse_days_of_another_age(self, desk, days):
        answer = desk(f"sales?{days}")

        assert (answer.status_code, answer.json["code"]) == (422, "invalid")

    def test_know_the_first_and_the_last_day(self, desk):
        for days in ("until=2000-01-01", "since=2100-12-30&until=2100-12-31"):
            assert desk(f"sales?{days}").status_code == 200


class TestASheet:
    @pytest.mark.parametrize(
        ("lang", "written"), [("vi", "1,5;kg;270000;"), ("en", "1.5,kg,270000,")]
    )
    def test_is_written_as_the_readers_spreadsheet_expects_it(
        self, session, at, desk, member, lang, written
    ):
        sell(session, at, member[0], price=180_000)

        sheet = desk(f"sales?format=csv&lang={lang}")

        assert written in sheet.text
        assert f"{clock.day_of(at)}.csv" in sheet.headers["Content-Disposition"]
