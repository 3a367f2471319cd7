"""What a reseller books, scenario by scenario, with capabilities and without.

The scenarios are those that suppliers of OCTO are accepted by, in our own words.
"""

import pytest

from tests.api.octo.asking import BOTH, refused
from tests.api.octo.buying import JOHN, cancel, confirm, guests, hold, left, slots, sold

NO_UUID = "invalidUUID"


@pytest.fixture(params=[BOTH, ""], ids=["with capabilities", "without"])
def octo(octo, request):
    return octo.with_(**{"Octo-Capabilities": request.param})


@pytest.fixture
def slot(octo, world):
    return slots(octo, world.tour)[0]


@pytest.fixture
def held(octo, slot):
    return hold(octo, slot, 2)


def where(booking):
    return booking["productId"], booking["optionId"], booking["availabilityId"]


def who(booking):
    return [(each["uuid"], each["unitId"]) for each in booking["unitItems"]]


class TestAReservation:
    @pytest.mark.parametrize("kind", ["tour", "garden"])
    def test_holds_seats(self, octo, world, kind):
        slot = slots(octo, getattr(world, kind))[0]
        before = left(octo, slot)

        booking = hold(octo, slot, 3)

        assert (booking["status"], where(booking)) == ("ON_HOLD", slot)
        assert [unit for _, unit in who(booking)] == ["adult"] * 3
        assert left(octo, slot) == before - 3

    def test_of_what_is_sold_out_is_refused(self, octo, world):
        (slot,) = slots(octo, world.tour, "SOLD_OUT")

        answer = octo("POST", "/bookings", slot.asked(unitItems=guests(1)))

        assert refused(answer) == ("UNPROCESSABLE_ENTITY", None)

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"productId": "invalidProductId"}, ("INVALID_PRODUCT_ID", "invalidProductId")),
            ({"optionId": "invalidOptionId"}, ("INVALID_OPTION_ID", "invalidOptionId")),
            (
                {"availabilityId": "invalidAvailabilityId"},
                ("INVALID_AVAILABILITY_ID", "invalidAvailabilityId"),
            ),
            ({"unitItems": guests(2, "invalidUnitId")}, ("INVALID_UNIT_ID", "invalidUnitId")),
            ({"unitItems": []}, ("UNPROCESSABLE_ENTITY", None)),
        ],
    )
    def test_of_what_there_is_not_is_refused(self, octo, slot, changes, refusal):
        answer = octo("POST", "/bookings", slot.asked(unitItems=guests(2)) | changes)

        assert refused(answer) == refusal

    def test_that_names_no_guests_is_refused(self, octo, slot):
        assert refused(octo("POST", "/bookings", slot.asked())) == ("UNPROCESSABLE_ENTITY", None)


class TestExtending:
    def test_holds_longer(self, octo, held):
        longer = octo.post(f"/bookings/{held['uuid']}/extend", {"expirationMinutes": 31})

        assert longer["utcExpiresAt"] > held["utcExpiresAt"]
        assert (longer["status"], where(longer), who(longer)) == (
            "ON_HOLD",
            where(held),
            who(held),
        )

    def test_of_an_unknown_booking_is_refused(self, octo):
        answer = octo("POST", f"/bookings/{NO_UUID}/extend", {"expirationMinutes": 31})

        assert refused(answer) == ("INVALID_BOOKING_UUID", NO_UUID)


class TestConfirming:
    def test_sells_what_was_held(self, octo, slot, held):
        before = left(octo, slot)

        booking = confirm(octo, held, resellerReference="Ab3dEf7h")

        assert (booking["status"], booking["resellerReference"]) == ("CONFIRMED", "Ab3dEf7h")
        assert {name: booking["contact"][name] for name in JOHN} == JOHN
        assert (where(booking), who(booking)) == (where(held), who(held))
        assert booking["supplierReference"] == held["supplierReference"]
        assert left(octo, slot) == before

    def test_may_name_the_guests_once_more(self, octo, slot, held):
        before = left(octo, slot)

        booking = confirm(octo, held, resellerReference="Ab3dEf7h", unitItems=guests(3))

        assert (booking["status"], len(booking["unitItems"])) == ("CONFIRMED", 3)
        assert left(octo, slot) == before - 1

    def test_of_an_unknown_booking_is_refused_whatever_the_contact(self, octo):
        answer = octo("POST", f"/bookings/{NO_UUID}/confirm", {"contact": {}})

        assert refused(answer) == ("INVALID_BOOKING_UUID", NO_UUID)

    def test_with_guests_of_no_kind_is_refused_and_changes_nothing(self, octo, held):
        asked = {"contact": JOHN, "unitItems": guests(2, "invalidUnitId")}

        answer = octo("POST", f"/bookings/{held['uuid']}/confirm", asked)

        assert refused(answer) == ("INVALID_UNIT_ID", "invalidUnitId")
        assert octo.get(f"/bookings/{held['uuid']}") == held


class TestChanging:
    @pytest.mark.parametrize("take", [lambda octo, held: held, confirm], ids=["held", "confirmed"])
    def test_moves_to_another_start(self, octo, world, held, take):
        first, second, *_ = slots(octo, world.tour)
        booking, before = take(octo, held), left(octo, first)

        moved = octo.patch(booking["uuid"], availabilityId=second.id)

        assert (where(moved), moved["status"]) == (second, booking["status"])
        assert who(moved) == who(booking)
        assert left(octo, first) == before + 2

    @pytest.mark.parametrize("take", [lambda octo, held: held, confirm], ids=["held", "confirmed"])
    def test_takes_more_guests(self, octo, slot, held, take):
        booking, before = take(octo, held), left(octo, slot)

        changed = octo.patch(booking["uuid"], unitItems=guests(3))

        assert (len(changed["unitItems"]), changed["status"]) == (3, booking["status"])
        assert left(octo, slot) == before - 1

    def test_names_the_customer(self, octo, held):
        contact = JOHN | {"phoneNumber": "+00000000", "country": "GB", "locales": ["en"]}

        changed = octo.patch(held["uuid"], contact=contact, notes="Test note")

        assert {name: changed["contact"][name] for name in contact} == contact
        assert changed["notes"] == "Test note"

    @pytest.mark.parametrize("kind", ["other", "garden"])
    def test_moves_to_another_product(self, octo, world, held, kind):
        slot = slots(octo, getattr(world, kind))[0]

        moved = octo.patch(held["uuid"], **slot.asked(unitItems=guests(4)))

        assert (where(moved), len(moved["unitItems"])) == (slot, 4)
        assert moved["product"]["id"] == slot.product


class TestGuestsNamedAgain:
    def test_keep_their_tickets_and_others_come(self, octo, slot):
        booking = sold(octo, slot, 3)
        first, second, third = booking["unitItems"]
        stay = [{"uuid": it["uuid"], "unitId": it["unitId"]} for it in (first, second)]

        changed = octo.patch(booking["uuid"], unitItems=[*stay, *guests(1, "child")])

        *kept, new = changed["unitItems"]
        assert [it["ticket"] for it in kept] == [first["ticket"], second["ticket"]]
        assert [it["supplierReference"] for it in kept] == [
            first["supplierReference"],
            second["supplierReference"],
        ]
        assert (new["unitId"], new["uuid"] != third["uuid"]) == ("child", True)

    def test_are_who_they_were_until_it_is_said_otherwise(self, octo, slot):
        guest = {"unitId": "adult", "resellerReference": "G-1", "contact": {"fullName": "An"}}
        held_ = octo.post("/bookings", slot.asked(unitItems=[guest]))
        again = {"uuid": held_["unitItems"][0]["uuid"], "unitId": "adult"}

        (same,) = octo.patch(held_["uuid"], unitItems=[again])["unitItems"]
        other = again | {"contact": {"fullName": "Bo"}}
        (changed,) = confirm(octo, held_, unitItems=[other])["unitItems"]

        assert (same["resellerReference"], same["contact"]["fullName"]) == ("G-1", "An")
        assert (changed["resellerReference"], changed["contact"]["fullName"]) == ("G-1", "Bo")


class TestCancelling:
    def test_of_a_reservation_gives_the_seats_back(self, octo, slot, held):
        before = left(octo, slot)

        over = cancel(octo, held, reason="Reason for cancellation")

        assert (over["status"], where(over)) == ("CANCELLED", slot)
        assert over["cancellation"]["reason"] == "Reason for cancellation"
        assert left(octo, slot) == before + 2

    def test_of_a_booking_gives_the_seats_back(self, octo, slot, held):
        before = left(octo, slot)

        over = cancel(octo, confirm(octo, held), reason="Reason for cancellation")

        assert (over["status"], where(over)) == ("CANCELLED", slot)
        assert (over["cancellation"]["refund"], over["cancellation"]["reason"]) == (
            "FULL",
            "Reason for cancellation",
        )
        assert left(octo, slot) == before + 2

    def test_may_be_said_as_a_deletion(self, octo, held):
        answer = octo("DELETE", f"/bookings/{held['uuid']}", {"reason": "Changed plans"})

        assert (answer.json["status"], answer.status_code) == ("CANCELLED", 200)

    def test_of_an_unknown_booking_is_refused(self, octo):
        answer = octo("POST", f"/bookings/{NO_UUID}/cancel", {})

        assert refused(answer) == ("INVALID_BOOKING_UUID", NO_UUID)


class TestLookingUp:
    def test_shows_a_reservation(self, octo, held):
        assert octo.get(f"/bookings/{held['uuid']}") == held

    def test_shows_a_booking(self, octo, held):
        booking = confirm(octo, held)

        assert octo.get(f"/bookings/{held['uuid']}") == booking

    def test_of_an_unknown_booking_is_refused(self, octo):
        answer = octo("GET", f"/bookings/{NO_UUID}")

        assert refused(answer) == ("INVALID_BOOKING_UUID", NO_UUID)


class TestTheList:
    def test_is_by_the_reference_of_either(self, octo, world):
        slot, other, *_ = slots(octo, world.tour)
        mine = sold(octo, slot, contact={"fullName": "John Doe"}, resellerReference="RESREF1")
        sold(octo, other, resellerReference="RESREF2")

        for name in ("resellerReference", "supplierReference"):
            assert octo.get(f"/bookings?{name}={mine[name]}") == [mine]

    def test_of_everything_is_refused(self, octo):
        assert refused(octo("GET", "/bookings?")) == ("BAD_REQUEST", None)
