"""The seller hears of an order when it is his to do something about, and when it is off."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.wiring import context_for
from catalog.models import Listing
from market import orders, worker
from market.accounts import NOBODY
from market.accounts.models import Mandate, MandateState, Scope
from market.ids import uuid7
from market.notifications.telling import Notice
from market.orders import Rail, news, queries
from payments import cancelling, collecting
from tests import makers, people
from tests.databases import settings_for

DAY = timedelta(days=1)


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, member=True)


@pytest.fixture
def heard(session, database, now, tmp_path):
    """What a seller was told since the last time, after the worker has done its round."""
    context = context_for(settings_for("sqlite:///unused.db", tmp_path), database, now=lambda: now)
    seen: set[object] = set()

    def since(seller) -> list[str]:
        session.commit()
        worker.drain(context)
        mine = select(Notice).where(Notice.person_id == seller.person_id).order_by(Notice.id)
        fresh = [notice for notice in session.scalars(mine) if notice.id not in seen]
        seen.update(notice.id for notice in fresh)
        return [notice.key for notice in fresh]

    return since


def buy(session, now, thing, **terms):
    group = makers.bought(session, now, (thing, 500 if isinstance(thing, Listing) else 2), **terms)
    (order,) = queries.of_group(session, group_id=group.id)
    (payment,) = collecting.of_group(session, group_id=group.id)
    return order, payment


def cancel(session, now, order, *, by_buyer):
    cancelling.cancel(
        session,
        actor=NOBODY,
        order=order,
        by_buyer=by_buyer,
        reason="",
        now=now,
    )


class TestTheSeller:
    def test_hears_of_a_transfer_when_it_is_paid(self, session, now, farmer, heard):
        order, payment = buy(session, now, makers.strawberries(session, now, of=farmer))
        assert heard(farmer) == []

        makers.receive(session, now, makers.transfer(payment, now))
        assert heard(farmer) == ["notice.order.placed"]

        cancel(session, now, order, by_buyer=True)
        assert heard(farmer) == ["notice.sold.cancelled"]

    def test_hears_of_cash_at_once(self, session, now, farmer, heard):
        order, _ = buy(session, now, makers.strawberries(session, now, of=farmer), rail=Rail.CASH)
        assert heard(farmer) == ["notice.order.placed"]

        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        cancel(session, now, order, by_buyer=False)
        assert heard(farmer) == []  # it was his own doing

    def test_hears_of_it_with_his_delegates(self, session, now, farmer, heard):
        helper, packer = (people.somebody(session, now) for _ in range(2))
        for agent, scope in ((helper, Scope.ORDERS), (packer, Scope.LOTS)):
            mandate = {"agent_id": agent.person_id, "scope": [scope], "state": MandateState.ACTIVE}
            of = {"id": uuid7(), "organisation_id": makers.only(farmer.seller_ids)}
            session.add(Mandate(**of, **mandate, created_at=now, expires_at=now + DAY * 400))
        buy(session, now, makers.strawberries(session, now, of=farmer), rail=Rail.CASH)

        assert [heard(each) for each in (helper, farmer, packer)] == [
            ["notice.order.placed"],
            ["notice.order.placed"],
            [],
        ]

    def test_hears_of_what_he_let_run_out(self, session, now, farmer, heard):
        buy(session, now, makers.strawberries(session, now, of=farmer), rail=Rail.CASH)
        heard(farmer)

        cancelling.expire_due(session, now=now + DAY)
        assert heard(farmer) == ["notice.sold.expired"]

    def test_is_reminded_once_of_what_he_has_not_accepted(self, session, now, farmer, heard):
        order, payment = buy(session, now, makers.strawberries(session, now, of=farmer))
        makers.receive(session, now, makers.transfer(payment, now))
        heard(farmer)

        for hours in (17, 18, 23):
            news.remind(session, now=now + timedelta(hours=hours))
        assert heard(farmer) == ["notice.order.soon"]

        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        news.remind(session, now=now + timedelta(hours=23))
        assert heard(farmer) == []

    def test_never_hears_of_what_was_never_paid(self, session, now, farmer, heard):
        berries = makers.strawberries(session, now, of=farmer)
        buy(session, now, berries)
        order, _ = buy(session, now, berries)

        cancel(session, now, order, by_buyer=True)
        cancelling.expire_due(session, now=now + DAY)
        assert heard(farmer) == []

    def test_is_not_asked_to_confirm_a_paid_visit(self, session, now, farmer, heard):
        _, payment = buy(session, now, makers.tour(session, now, of=farmer)[1])

        makers.receive(session, now, makers.transfer(payment, now))
        assert heard(farmer) == ["notice.sold.visit"]
