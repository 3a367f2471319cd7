"""What comes too late, twice, or outside of what a key may."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from catalog.models import Experience
from market import clock
from market.orders import Order
from payments.resold import ResellerBooking
from tests import makers, visits
from tests.api.octo.asking import Asking, refused, well
from tests.api.octo.buying import (
    JOHN,
    Slot,
    cancel,
    confirm,
    guests,
    hold,
    left,
    slots,
    sold,
    starts,
)

UNPROCESSABLE = ("UNPROCESSABLE_ENTITY", None)
TEST = {"Octo-Env": "test"}


@pytest.fixture
def slot(octo, world):
    return slots(octo, world.tour)[0]


@pytest.fixture
def held(octo, slot):
    return hold(octo, slot)


@pytest.fixture
def of_key(app, session, moment):
    """A program with another key: `of_key(hold_minutes=5)`."""

    def do(**window):
        _, key = makers.reseller(session, moment, **window)
        session.commit()
        return Asking(app.test_client(), key)

    return do


@pytest.fixture(params=["live", "test"])
def anywhere(octo, request):
    """Asks for what counts, and for what is a trial: both answer alike."""
    return octo.with_(**{"Octo-Env": request.param})


def deeds(octo, booking):
    """What would be done with a booking that is still on hold."""
    path = f"/bookings/{booking['uuid']}"
    return [
        octo("POST", f"{path}/confirm", {"contact": JOHN}),
        octo("POST", f"{path}/confirm", {"contact": JOHN, "unitItems": guests(3)}),
        octo("POST", f"{path}/extend", {"expirationMinutes": 30}),
        octo("PATCH", path, {"unitItems": guests(3)}),
        octo("PATCH", path, {"notes": "x"}),
    ]


class TestAHoldThatHasLapsed:
    def test_is_expired_and_gives_its_seats_back(self, anywhere, slot, later):
        before, booking = left(anywhere, slot), hold(anywhere, slot)

        later(minutes=31)

        assert anywhere.get(f"/bookings/{booking['uuid']}")["status"] == "EXPIRED"
        assert left(anywhere, slot) == before

    def test_is_not_taken_up_again(self, anywhere, slot, later):
        booking = hold(anywhere, slot)

        later(minutes=31)

        refusals = {refused(answer) for answer in deeds(anywhere, booking)}
        assert refusals <= {UNPROCESSABLE, ("INVALID_BOOKING_UUID", booking["uuid"])}
        assert refused(anywhere("POST", f"/bookings/{booking['uuid']}/cancel", {})) in {
            UNPROCESSABLE,
            ("INVALID_BOOKING_UUID", booking["uuid"]),
        }
        assert anywhere.get(f"/bookings/{booking['uuid']}")["status"] == "EXPIRED"


class TestWhatIsCancelled:
    def test_is_not_taken_up_again(self, anywhere, slot):
        booking = hold(anywhere, slot)
        over = cancel(anywhere, booking)

        refusals = {refused(answer) for answer in deeds(anywhere, booking)}

        assert refusals <= {UNPROCESSABLE, ("INVALID_BOOKING_UUID", booking["uuid"])}
        assert anywhere.get(f"/bookings/{booking['uuid']}") == over

    def test_is_cancelled_once(self, anywhere, slot, later):
        booking = sold(anywhere, slot)
        first, before = cancel(anywhere, booking, reason="first"), left(anywhere, slot)

        later(minutes=1)

        assert cancel(anywhere, booking, reason="second") == first
        assert left(anywhere, slot) == before

    def test_was_confirmed_once(self, anywhere, slot, later):
        booking = hold(anywhere, slot)
        first = confirm(anywhere, booking, resellerReference="first")

        later(minutes=1)

        again = confirm(anywhere, booking, resellerReference="second", unitItems=guests(3))
        assert again == first

    def test_after_its_start_is_not_to_be(self, octo, slot, later):
        booking = sold(octo, slot)

        later(days=3)

        path = f"/bookings/{booking['uuid']}"
        assert octo.get(path)["cancellable"] is False
        assert refused(octo("POST", f"{path}/cancel", {})) == UNPROCESSABLE
        assert refused(octo("PATCH", path, {"unitItems": guests(1)})) == UNPROCESSABLE


class TestTheSameUuid:
    def test_with_the_same_words_is_the_same_booking(self, anywhere, slot, later):
        uuid, before = str(uuid4()), left(anywhere, slot)
        first = hold(anywhere, slot, uuid=uuid)
        seats = left(anywhere, slot)

        later(minutes=1)

        assert hold(anywhere, slot, uuid=uuid) == first
        assert (first["uuid"], left(anywhere, slot)) == (uuid, seats)
        assert seats == before - (0 if first["testMode"] else 2)

    def test_is_the_same_booking_whatever_became_of_it(self, octo, slot):
        booking = hold(octo, slot, uuid=str(uuid4()))
        sold_ = confirm(octo, booking)

        assert hold(octo, slot, uuid=booking["uuid"]) == sold_
        over = cancel(octo, booking)
        assert hold(octo, slot, uuid=booking["uuid"]) == over

    @pytest.mark.parametrize(
        "changes",
        [{"unitItems": guests(3)}, {"notes": "other"}, {"resellerReference": "other"}],
    )
    def test_with_other_words_is_refused(self, anywhere, slot, changes):
        uuid = str(uuid4())
        first = hold(anywhere, slot, uuid=uuid)

        answer = anywhere("POST", "/bookings", slot.asked(unitItems=guests(2), uuid=uuid) | changes)

        assert refused(answer) == ("INVALID_BOOKING_UUID", uuid)
        assert anywhere.get(f"/bookings/{uuid}") == first

    def test_is_told_from_a_trial(self, octo, slot):
        asked = slot.asked(unitItems=guests(2), uuid=str(uuid4()))
        well(octo("POST", "/bookings", asked, headers=TEST))

        answer = octo("POST", "/bookings", asked)

        assert refused(answer) == ("INVALID_BOOKING_UUID", asked["uuid"])

    def test_of_two_resellers_are_two_bookings(self, octo, of_key, slot):
        uuid = str(uuid4())

        mine, theirs = hold(octo, slot, uuid=uuid), hold(of_key(), slot, uuid=uuid)

        assert mine["id"] != theirs["id"]


class TestATrial:
    def test_books_without_seats_orders_or_money(self, octo, session, world, slot):
        trying, before = octo.with_(**TEST), left(octo, slot)

        held_ = hold(trying, slot, 3)
        sold_ = confirm(trying, held_, unitItems=guests(4))
        moved = trying.patch(held_["uuid"], availabilityId=slots(octo, world.tour)[1].id)
        over = cancel(trying, held_)

        each = [held_, sold_, moved, over]
        assert [it["testMode"] for it in each] == [True] * 4
        assert [it["status"] for it in each] == ["ON_HOLD", "CONFIRMED", "CONFIRMED", "CANCELLED"]
        assert left(octo, slot) == before
        assert {row.order_id for row in session.query(ResellerBooking)} == {None}
        assert session.query(Order).count() == 1  # of the guest who took the last seat

    @pytest.mark.parametrize("environment", ["Test", "LIVE", ""])
    def test_or_not_is_said_in_any_letters(self, octo, slot, environment):
        booking = hold(octo.with_(**{"Octo-Env": environment}), slot)

        assert booking["testMode"] == (environment == "Test")

    @pytest.mark.parametrize("environment", ["staging", "test,live"])
    def test_or_not_is_one_of_two(self, octo, slot, environment):
        asking = octo.with_(**{"Octo-Env": environment})

        answer = asking("POST", "/bookings", slot.asked(unitItems=guests(2)))

        assert refused(answer) == ("BAD_REQUEST", None)


class TestAHostWhoIsAsked:
    @pytest.fixture
    def asked(self, octo, session, world, slot):
        """A booking that its host has to agree to."""
        visits.option_of(session, session.get_one(Experience, UUID(world.tour)), approves=True)
        session.commit()
        return sold(octo, slot)

    def test_leaves_it_pending(self, octo, asked):
        assert (asked["status"], asked["cancellable"]) == ("PENDING", True)
        assert octo.get(f"/products/{asked['productId']}")["instantConfirmation"] is False

    def test_who_does_not_answer_rejects_it(self, octo, session, asked, later):
        later(days=1)

        assert octo.get(f"/bookings/{asked['uuid']}")["status"] in {"REJECTED", "CANCELLED"}

    def test_may_be_asked_no_more(self, octo, slot, asked):
        before = left(octo, slot)

        assert cancel(octo, asked)["cancellation"]["refund"] == "FULL"
        assert left(octo, slot) == before + 2


class TestAKey:
    def test_books_nothing_that_starts_too_soon(self, octo, of_key, slot):
        late = of_key(notice_minutes=3 * 24 * 60)

        assert slot not in slots(late, slot.product)
        answer = late("POST", "/bookings", slot.asked(unitItems=guests(1)))
        assert refused(answer) == UNPROCESSABLE

    def test_books_nothing_that_starts_too_late(self, octo, of_key, world):
        soon, (_, second) = of_key(window_days=2), slots(octo, world.tour)[:2]

        assert second not in slots(soon, world.tour)
        answer = soon("POST", "/bookings", second.asked(unitItems=guests(1)))
        assert refused(answer) == UNPROCESSABLE

    @pytest.mark.parametrize(("said", "minutes"), [(None, 5), (60, 5), (2, 2)])
    def test_holds_for_as_long_as_it_may(self, of_key, slot, later, said, minutes):
        brief = of_key(hold_minutes=5)
        booking = hold(brief, slot, expirationMinutes=said)

        later(minutes=minutes, seconds=-2)
        assert brief.get(f"/bookings/{booking['uuid']}")["status"] == "ON_HOLD"
        later(minutes=minutes, seconds=2)
        assert brief.get(f"/bookings/{booking['uuid']}")["status"] == "EXPIRED"

    def test_sells_and_gives_back_a_garden_while_it_is_open(self, octo, world, later, moment):
        (today, *_) = starts(octo, world.garden)
        nine = clock.start_of(clock.day_of(moment) + timedelta(days=1)) + timedelta(hours=9)

        later(seconds=(nine - moment).total_seconds())

        (found,) = starts(octo, world.garden, availabilityIds=[today["id"]])
        assert (found["available"], found["localDateTimeStart"]) == (
            True,
            today["localDateTimeStart"],
        )
        booking = hold(octo, Slot(world.garden, world.garden, today["id"]))
        assert booking["cancellable"]
        assert cancel(octo, booking)["status"] == "CANCELLED"
