"""What a reseller is shown once hosts, guests and people of the market have had their say."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from api import house
from catalog import offering
from catalog.booking_models import ExperienceOption
from market import orders
from market.accounts import Role, keys
from market.accounts.models import ResellerKey
from market.notifications.telling import Notice
from market.orders import Order, OrderGroup, Rail
from payments import withdrawing
from payments.resold import ResellerBooking
from tests import makers
from tests.api.octo.asking import refused
from tests.api.octo.buying import confirm, guests, hold, slots, sold
from translations import catalogues


@pytest.fixture
def slot(octo, world):
    return slots(octo, world.tour)[0]


@pytest.fixture
def asks_its_host(session, slot):
    session.get_one(ExperienceOption, UUID(slot.option)).approves = True
    session.commit()


def mails(session):
    return session.scalars(select(Notice).filter_by(key="notice.reseller.ticket")).all()


def order_of(session, booking):
    row = session.scalars(select(ResellerBooking).filter_by(uuid=UUID(booking["uuid"]))).one()
    return session.get_one(Order, row.order_id, populate_existing=True)


class TestABooking:
    def test_is_shown_with_a_kind_of_guest_that_its_host_has_left_out(
        self, octo, session, moment, host, slot
    ):
        booking = hold(octo, slot, unitItems=[{"unitId": "adult"}, {"unitId": "child"}])
        adult = {"type": "adult", "price": 150_000, "pax": 1}
        said = {"option_id": UUID(slot.option), "said": {"units": [adult]}, "now": moment}
        offering.revise(session, actor=host, **said)
        session.commit()

        shown = octo.get(f"/bookings/{booking['uuid']}")

        assert [item["unit"]["type"] for item in shown["unitItems"]] == ["ADULT", "CHILD"]
        assert shown["pricing"] == booking["pricing"]

    def test_is_of_those_who_still_come(self, octo, session, moment, slot, world):
        booking = sold(octo, slot, 3)
        order, gone = order_of(session, booking), booking["unitItems"][0]
        by = makers.Actor(person_id=session.get_one(OrderGroup, order.group_id).buyer_id)
        its = {"codes": [gone["supplierReference"]], "now": moment}
        withdrawing.withdraw(session, actor=by, order=order, **its)
        session.commit()

        shown = octo.get(f"/bookings/{booking['uuid']}")
        moved = octo.patch(booking["uuid"], availabilityId=slots(octo, world.tour)[1].id)

        states = [it["status"] for it in shown["unitItems"]]
        assert states == ["CANCELLED", "CONFIRMED", "CONFIRMED"]
        assert shown["pricing"]["retail"] == booking["pricing"]["retail"] * 2 // 3
        assert [it["uuid"] for it in moved["unitItems"]] == [
            item["uuid"] for item in booking["unitItems"][1:]
        ]

    def test_of_a_closed_road_is_cancelled_once_the_time_to_choose_is_over(
        self, octo, session, moment, slot
    ):
        booking = sold(octo, slot)
        order_of(session, booking).deadline = moment - timedelta(minutes=1)  # not swept yet
        session.commit()

        shown = octo.get(f"/bookings/{booking['uuid']}")

        assert shown["status"] == "CANCELLED"
        assert shown["cancellation"]["refund"] == "FULL"

    def test_of_guests_who_are_all_free_is_refused(self, octo, session, slot):
        option = session.get_one(ExperienceOption, UUID(slot.option))
        option.units = [
            unit | ({"price": 0} if unit["type"] == "child" else {}) for unit in option.units
        ]
        session.commit()
        both = [{"unitId": "child"}, {"unitId": "adult"}]

        alone = octo("POST", "/bookings", slot.asked(unitItems=guests(2, "child")))

        assert refused(alone)[0] == "UNPROCESSABLE_ENTITY"
        assert hold(octo, slot, unitItems=both)["status"] == "ON_HOLD"

    def test_is_neither_changed_nor_cancelled_as_what_it_is_not(self, octo, slot):
        live = sold(octo, slot)
        trying = octo.with_(**{"Octo-Env": "test"})

        assert refused(trying("POST", f"/bookings/{live['uuid']}/cancel", {}))[0] == "BAD_REQUEST"
        assert octo.get(f"/bookings/{live['uuid']}")["status"] == "CONFIRMED"

    @pytest.mark.parametrize(
        "said",
        [
            {"uuid": None},
            {"unitItems": [{"unitId": "adult", "uuid": None}]},
            {"contact": {"locales": None, "emailAddress": ""}},
            {"expirationMinutes": 20_000},
        ],
    )
    def test_may_leave_out_what_programs_often_do(self, octo, slot, said):
        assert hold(octo, slot, **said)["status"] == "ON_HOLD"

    def test_is_called_by_the_phone_that_was_told_with_the_hold(self, octo, session, slot):
        booking = hold(octo, slot, contact={"fullName": "Emma", "phoneNumber": "+84912000111"})

        confirm(octo, booking, contact={})

        group = session.get_one(OrderGroup, order_of(session, booking).group_id)
        assert (group.name, group.phone) == ("Emma", "+84912000111")


class TestTickets:
    def test_are_mailed_once(self, octo, session, slot):
        booking = hold(octo, slot, 1)

        for _ in range(3):
            confirm(octo, booking, emailReceipt=True)

        assert len(mails(session)) == 1

    @pytest.mark.usefixtures("asks_its_host")
    def test_are_mailed_once_their_host_has_agreed(self, octo, session, moment, slot, host):
        booking = hold(octo, slot, 1)
        confirm(octo, booking, emailReceipt=True)
        assert mails(session) == []

        orders.confirm(session, actor=host, order_id=order_of(session, booking).id, now=moment)
        session.commit()
        confirm(octo, booking, emailReceipt=True)

        assert len(mails(session)) == 1


@pytest.mark.usefixtures("asks_its_host")
class TestThePageOfItsOrder:
    def test_is_shown_while_its_host_is_asked(self, app, octo, session, slot):
        group = order_of(session, sold(octo, slot)).group_id
        with app.app_context():
            secret = house.secret_of(house.ORDER, session.get_one(OrderGroup, group).code)

        page = octo.client.get(f"/o/{secret}", headers={"Accept-Language": "en"})

        assert page.status_code == 200
        assert "the money goes back to the reseller" in page.get_data(as_text=True)


@pytest.mark.parametrize("rail", Rail)
@pytest.mark.parametrize("key", ["page.rail", "page.order.deadline"])
def test_every_way_to_pay_has_its_words(rail, key):
    assert f"{key}.{rail}" in catalogues.catalogue("vi")


class TestAKey:
    def test_speaks_nowhere_else(self, octo):
        for path in ("/v1/orders", "/v1/me", f"/v1/organisations/{uuid4()}/keys"):
            assert octo.client.get(path, headers=octo.headers).status_code == 401

    def test_books_as_much_as_the_one_before(self, app, octo, session, moment, slot):
        first = session.scalars(select(ResellerKey)).one()
        first.notice_minutes = 60
        by = makers.Actor(
            person_id=first.made_by,
            roles=frozenset({Role.RESELLER}),
            managed_ids=frozenset({first.organisation_id}),
        )
        session.commit()

        its = {"organisation_id": first.organisation_id, "name": "OTA 2", "now": moment}
        keys.revoke(
            session, actor=by, organisation_id=first.organisation_id, key_id=first.id, now=moment
        )
        second, _ = keys.make(session, actor=by, **its)

        assert second.notice_minutes == 60
