"""Statements over HTTP: every number is the ledger's, and only those who may read them."""

import csv
import io
from datetime import timedelta

import pytest

from market import clock, cooperatives, ledger
from market.accounts.models import Post
from market.ledger import chart
from market.orders import Rail
from tests import makers, people
from tests.api.v1 import callers
from tests.api.v1.test_reports import at, manager, member, sell  # noqa: F401


@pytest.fixture
def farmer(member):  # noqa: F811
    return member[0]


@pytest.fixture
def sold(session, at, farmer):  # noqa: F811
    """Two transfers and a cash order that are delivered."""
    sell(session, at, farmer, price=180_007)
    sell(session, at, farmer, price=77_777, rail=Rail.CASH)
    sell(session, at, farmer, price=91_111)
    return makers.only(farmer.seller_ids)


@pytest.fixture
def ask(client, session, sold):
    """The statement as an actor gets it."""

    def ask(actor, query="", *, of=None):
        caller = callers.of_person(client, session, actor.person_id)
        return caller.get(f"/organisations/{of or sold}/statement{query}")

    return ask


def owed(session, organisation_id):
    balances = ledger.balances(session, chart.of_seller(organisation_id))
    names = ("payable", "reserve", "in_payout", "receivable", "cash")
    amounts = dict(zip(names, balances.values(), strict=True))
    return sum(amounts.values()) - 2 * (amounts["receivable"] + amounts["cash"])


class TestStatement:
    def test_is_the_ledger_to_the_dong(self, session, farmer, ask, sold):
        found = ask(farmer).json

        assert found["opening_minor"] == 0
        assert found["closing_minor"] == owed(session, sold) != 0
        assert sum(line["amount_minor"] for line in found["items"]) == found["closing_minor"]
        assert found["items"][-1]["balance_minor"] == found["closing_minor"]
        accounts = sorted(line["account"] for line in found["items"])
        assert accounts == ["cash", "payable", "payable", "payable"]
        assert all(line["order_code"] for line in found["items"])

    def test_goes_on_page_by_page(self, farmer, ask):
        whole = ask(farmer).json["items"]
        pages, page = [], ask(farmer, "?limit=3").json
        pages += page["items"]
        page = ask(farmer, f"?limit=3&cursor={page['next']}").json

        assert pages + page["items"] == whole
        assert page["next"] is None

    def test_as_a_sheet_says_the_same(self, farmer, ask):
        found = ask(farmer).json
        answer = ask(farmer, "?format=csv&lang=en")

        (_, first, *lines, last) = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))

        assert answer.mimetype == "text/csv"
        said = [(int(line[5]), int(line[6])) for line in lines]
        its = [(line["amount_minor"], line["balance_minor"]) for line in found["items"]]
        assert said == its
        assert [first[6], last[6]] == ["0", str(found["closing_minor"])]

    def test_of_one_day_ends_where_the_next_begins(self, farmer, ask):
        today = clock.day_of(clock.now())
        before, now = (
            ask(farmer, f"?since={day}&until={day}").json
            for day in (today - timedelta(days=1), today)
        )

        assert before["closing_minor"] == now["opening_minor"] == 0
        assert before["items"] == []
        assert now["closing_minor"] == sum(line["amount_minor"] for line in now["items"])

    @pytest.mark.parametrize("days", ["since=2024-01-01&until=2026-01-02", "since=2026-02-30"])
    def test_of_days_that_make_no_sense_is_refused(self, farmer, ask, days):
        assert ask(farmer, f"?{days}").status_code == 422


class TestReaders:
    def test_are_the_cooperatives_people_while_the_seller_is_a_member(
        self,
        session,
        at,  # noqa: F811
        manager,  # noqa: F811
        member,  # noqa: F811
        ask,
    ):
        here = makers.only(manager.cooperative_ids)
        accountant = people.colleague(session, at, manager, here, Post.ACCOUNTANT)

        assert ask(manager).status_code == ask(accountant).status_code == 200
        member[1]()
        session.commit()
        assert ask(manager).status_code == ask(accountant).status_code == 404

    def test_are_those_who_look_after_the_market(self, session, at, ask):  # noqa: F811
        assert ask(people.moderator(session, at)).status_code == 200

    def test_are_not_other_sellers_and_cooperatives(self, session, at, ask):  # noqa: F811
        stranger = people.founder(session, at, verified=True)[0]
        others = people.founder(session, at, people.COOPERATIVE, verified=True)[0]

        assert ask(stranger).status_code == ask(others).status_code == 404

    def test_are_a_cooperatives_own_people(self, manager, ask):  # noqa: F811
        here = makers.only(manager.cooperative_ids)

        assert ask(manager, of=here).json["closing_minor"] > 0

    def test_are_not_the_members_of_a_cooperative(self, farmer, manager, ask):  # noqa: F811
        assert ask(farmer, of=makers.only(manager.cooperative_ids)).status_code == 404


def test_asking_to_join_lets_nobody_read(session, client, at, manager):  # noqa: F811
    newcomer, farm = people.founder(session, at, verified=True)
    cooperatives.ask_to_join(
        session,
        actor=newcomer,
        member=cooperatives.CooperativeMember(
            organisation_id=farm,
            cooperative_id=makers.only(manager.cooperative_ids),
            fee_basis_points=100,
        ),
        now=at,
    )
    caller = callers.of_person(client, session, manager.person_id)

    assert caller.get(f"/organisations/{farm}/statement").status_code == 404
