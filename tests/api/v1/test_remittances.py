"""Cash over HTTP: refused at the door, taken by a driver, handed in."""

import pytest

from market import clock, ledger, orders
from market.accounts import SYSTEM
from market.ledger import chart
from market.orders import Rail, queries
from payments import bank_transfer, fake_bank, fulfilling
from tests import makers, people
from tests.api.v1 import callers
from tests.databases import CUSTODY
from tests.people import cooperative_of


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def seller(session, at):
    return makers.seller(session, at, member=True)


@pytest.fixture
def farmer(client, session, seller):
    return callers.of_person(client, session, seller.person_id)


def on_the_way(session, at, seller):
    """A cash order of 210.000 ₫ that was given to the courier."""
    berries = makers.strawberries(session, at, of=seller)
    group = makers.bought(session, at, (berries, 1000), rail=Rail.CASH)
    (order,) = queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=seller, order_id=order.id, now=at)
    fulfilling.hand_over(session, actor=seller, order_id=order.id, now=at)
    session.commit()
    return order


def hand_in(caller, holder_id, amount):
    body = {"holder_id": str(holder_id), "amount": {"amount": amount, "currency": "VND"}}
    return caller.post("/remittances", body)


def test_goods_refused_at_the_door_are_returned(session, farmer, seller, at):
    order = on_the_way(session, at, seller)

    answer = farmer.post(f"/orders/{order.id}/refusal", {"reason": "dập"})

    assert (answer.status_code, answer.json["state"]) == (201, "returned")
    assert farmer.post(f"/orders/{order.id}/refusal", {"reason": "dập"}).status_code == 409


def test_goods_of_a_stranger_are_not_found(session, stranger, seller, at):
    order = on_the_way(session, at, seller)

    assert stranger.post(f"/orders/{order.id}/refusal", {"reason": "dập"}).status_code == 404


def test_a_manager_says_that_the_cooperatives_driver_took_the_cash(client, session, seller, at):
    manager, cooperative = cooperative_of(session, at, seller)
    order = on_the_way(session, at, seller)
    caller = callers.of_person(client, session, manager.person_id)

    answer = caller.post(f"/orders/{order.id}/delivery")

    assert (answer.status_code, answer.json["state"]) == (201, "delivered")
    assert ledger.balance(session, chart.cash(cooperative)) == 210_000
    assert hand_in(caller, cooperative, 210_000).status_code == 201


def test_a_strangers_cooperative_takes_nothing(client, session, seller, at):
    manager, _ = people.founder(session, at, people.COOPERATIVE, verified=True)
    order = on_the_way(session, at, seller)
    caller = callers.of_person(client, session, manager.person_id)

    assert caller.post(f"/orders/{order.id}/delivery").status_code == 404


def test_cash_is_announced_and_scanned_and_received(session, farmer, seller, tmp_path, at):
    order = on_the_way(session, at, seller)
    farmer.post(f"/orders/{order.id}/delivery")

    made = hand_in(farmer, order.seller_id, 210_000)

    assert (made.status_code, made.json["state"]) == (201, "announced")
    line = fake_bank.pay(tmp_path, payload=made.json["vietqr"], now=at)
    told = {"teller": bank_transfer.Teller(None, CUSTODY), "actor": SYSTEM, "now": at}
    bank_transfer.receive(session, lines=[line], **told)
    session.commit()
    (seen,) = farmer.get("/remittances").json["items"]
    assert (seen["state"], seen["received"]["amount"]) == ("received", 210_000)
    assert hand_in(farmer, order.seller_id, 1).json["code"] == "remittance.too_much"


@pytest.mark.parametrize("amount", [0, -1, 10**15, "５", 1.5])
def test_no_such_amount_is_announced(farmer, seller, amount):
    answer = hand_in(farmer, makers.only(seller.seller_ids), amount)

    assert answer.status_code in {400, 422}


def test_a_strangers_cash_is_not_found(stranger, seller):
    assert hand_in(stranger, makers.only(seller.seller_ids), 1).status_code == 404
    assert stranger.get("/remittances").json["items"] == []
