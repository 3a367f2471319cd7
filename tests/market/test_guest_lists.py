"""Lists of guests: kept for the declaration of their stay, and erased as was promised."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from market import guest_lists
from market.audit import AuditEntry
from market.errors import FieldInvalid, NotFound
from market.orders import Order, queries
from payments import cancelling
from tests import makers
from tests.stays import House

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
LAN = {
    "name": "Nguyễn Thị Lan",
    "born": "1990-02-28",
    "nationality": "VN",
    "paper": "citizen-id",
    "number": "068190001234",
    "address": "",
}


@pytest.fixture
def house(session):
    return House(session, NOW)


@pytest.fixture
def order(session, house):
    return house.books(session, 1, 3)


def keep(session, order, *guests, now=NOW):
    guest_lists.keep(session, order=order, guests=guests, now=now)


def kept(session, order) -> list[dict[str, Any]] | None:
    found = guest_lists.of_orders(session, order_ids=[order.id])
    return found[order.id].guests if found else None


def after(house, day, **more):
    """So long after noon of a day: when the guests of that day leave."""
    return datetime.combine(house.night(day), datetime.min.time(), UTC) + timedelta(hours=5, **more)


def test_is_written_and_written_anew(session, order):
    keep(session, order, LAN, LAN)
    keep(session, order, LAN)

    assert kept(session, order) == [LAN]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"born": "2027-02-29"}, "born-1"),
        ({"born": "2026-11-27"}, "born-1"),  # tomorrow
        ({"born": "1899-12-31"}, "born-1"),
        ({"born": "9999-01-01"}, "born-1"),
        ({"born": "1.1.1990"}, "born-1"),
        ({"nationality": "XX"}, "nationality-1"),
        ({"nationality": "EU"}, "nationality-1"),
    ],
)
def test_refuses_what_no_paper_says(session, order, wrong, field):
    with pytest.raises(FieldInvalid) as refused:
        keep(session, order, LAN, LAN | wrong)

    assert refused.value.facts["field"] == field
    assert kept(session, order) is None


def test_is_of_stays_alone(session):
    _, departure = makers.tour(session, NOW, of=makers.seller(session, NOW))
    group = makers.bought(session, NOW, (departure, 1))

    with pytest.raises(NotFound):
        keep(session, *queries.of_group(session, group_id=group.id), LAN)


class TestForgetting:
    """Nothing stays longer than was said."""

    def test_goes_a_day_after_it_was_declared(self, session, house, order):
        keep(session, order, LAN)
        guest_lists.declare(session, actor=house.host, order_id=order.id, now=NOW)

        guest_lists.forget_guests(session, now=NOW + timedelta(hours=23, minutes=59))
        assert kept(session, order) == [LAN]
        guest_lists.forget_guests(session, now=NOW + timedelta(hours=24))

        assert kept(session, order) is None

    def test_goes_thirty_days_after_the_departure_at_the_latest(self, session, house, order):
        keep(session, order, LAN)

        guest_lists.forget_guests(session, now=after(house, 3, days=30, minutes=-1))
        assert kept(session, order) == [LAN]
        guest_lists.forget_guests(session, now=after(house, 3, days=30))

        assert kept(session, order) is None

    def test_goes_with_an_order_that_is_off(self, session, house, order):
        keep(session, order, LAN)
        its = {"order": order, "by_buyer": False, "reason": ""}
        cancelling.cancel(session, actor=house.host, **its, now=NOW)

        guest_lists.forget_guests(session, now=NOW)

        assert kept(session, order) is None

    def test_what_was_changed_is_to_be_declared_again(self, session, house, order):
        keep(session, order, LAN)
        guest_lists.declare(session, actor=house.host, order_id=order.id, now=NOW)
        keep(session, order, LAN, LAN)

        guest_lists.forget_guests(session, now=NOW + timedelta(hours=24))

        assert len(kept(session, order)) == 2

    def test_is_declared_by_its_host_alone_and_only_where_it_is(self, session, house, order):
        with pytest.raises(NotFound):
            guest_lists.declare(session, actor=house.host, order_id=order.id, now=NOW)
        keep(session, order, LAN)
        with pytest.raises(NotFound):
            stranger = makers.seller(session, NOW)
            guest_lists.declare(session, actor=stranger, order_id=order.id, now=NOW)

    def test_leaves_no_name_in_the_audit(self, session, house, order):
        keep(session, order, LAN)
        guest_lists.declare(session, actor=house.host, order_id=order.id, now=NOW)

        facts = orjson.dumps(session.scalars(select(AuditEntry.facts)).all()).decode()
        assert LAN["name"] not in facts
        assert LAN["number"] not in facts
        assert session.get_one(Order, order.id)
