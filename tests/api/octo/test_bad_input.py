"""What is wrong in a request is refused with the code that the protocol has for it."""

from uuid import UUID

import pytest

from catalog.models import Experience
from tests import makers, visits
from tests.api.octo.asking import Asking, refused
from tests.api.octo.buying import guests, hold, left, month, slots, starts

BAD = ("BAD_REQUEST", None)
UNPROCESSABLE = ("UNPROCESSABLE_ENTITY", None)
NO_ONE = "01a219d3-9a01-73ec-afc6-bc714834d862"  # in form an id, but of nothing
NOT_IDS = ["", "x", "0", "../1", "null", "' OR 1=1 --", "Đà Lạt", "1" * 5_000]
STRANGE = [None, 0, 1.5, True, [], {}, ["x"]]
GUESTS = guests(2)


@pytest.fixture
def slot(octo, world):
    return slots(octo, world.tour)[0]


@pytest.fixture
def find(octo, world):
    """Asks for the starts of the tour: `find(path, **asked)`."""

    def do(path="", **asked):
        its = {"productId": world.tour, "optionId": world.tour}
        return octo("POST", f"/availability{path}", its | asked)

    return do


@pytest.fixture
def book(octo, slot):
    """Asks for a booking of the slot, but for the changes."""

    def do(**changes):
        asked = slot.asked(unitItems=GUESTS) | changes
        return octo("POST", "/bookings", {k: each for k, each in asked.items() if each is not book})

    return do


class TestIds:
    @pytest.mark.parametrize("given", [*NOT_IDS, NO_ONE, NO_ONE.upper()], ids=lambda it: it[:9])
    def test_that_are_unknown_are_told_back(self, octo, find, book, given):
        for answer, refusal in [
            (find("/calendar", productId=given, **month()), "INVALID_PRODUCT_ID"),
            (find("/calendar", optionId=given, **month()), "INVALID_OPTION_ID"),
            (find(productId=given, **month()), "INVALID_PRODUCT_ID"),
            (find(optionId=given, **month()), "INVALID_OPTION_ID"),
            (find(units=[{"id": given, "quantity": 1}], **month()), "INVALID_UNIT_ID"),
            (find(availabilityIds=[given]), "INVALID_AVAILABILITY_ID"),
            (book(productId=given), "INVALID_PRODUCT_ID"),
            (book(optionId=given), "INVALID_OPTION_ID"),
            (book(availabilityId=given), "INVALID_AVAILABILITY_ID"),
            (book(unitItems=[{"unitId": given}]), "INVALID_UNIT_ID"),
        ]:
            code, told = refused(answer)
            assert (code, told.lower()) == (refusal, given[:100].lower())

    @pytest.mark.parametrize("given", STRANGE)
    @pytest.mark.parametrize("name", ["productId", "optionId", "availabilityId"])
    def test_that_are_no_texts_are_refused(self, find, book, name, given):
        assert refused(book(**{name: given})) == BAD
        if name != "availabilityId":
            assert refused(find(**month(), **{name: given})) == BAD

    @pytest.mark.parametrize("given", ["x", "' OR 1=1 --", NO_ONE])
    @pytest.mark.parametrize(
        ("method", "deed", "body"),
        [
            ("GET", "", None),
            ("PATCH", "", {"notes": "x"}),
            ("PATCH", "", {"notes": 5}),
            ("DELETE", "", {}),
            ("POST", "/extend", {"expirationMinutes": -1}),
            ("POST", "/confirm", {}),
            ("POST", "/cancel", {"reason": 5}),
        ],
    )
    def test_of_bookings_come_before_all_else(self, octo, method, deed, body, given):
        answer = octo(method, f"/bookings/{given}{deed}", body)

        assert refused(answer) == ("INVALID_BOOKING_UUID", given)

    def test_of_another_product_are_none_of_this(self, octo, world, slot, find, book):
        (theirs, *_) = slots(octo, world.other)

        for answer, refusal in [
            (find(optionId=theirs.option, **month()), ("INVALID_OPTION_ID", theirs.option)),
            (find(availabilityIds=[theirs.id]), ("INVALID_AVAILABILITY_ID", theirs.id)),
            (find(availabilityIds=[slot.id, theirs.id]), ("INVALID_AVAILABILITY_ID", theirs.id)),
            (book(optionId=theirs.option), ("INVALID_OPTION_ID", theirs.option)),
            (book(availabilityId=theirs.id), ("INVALID_AVAILABILITY_ID", theirs.id)),
        ]:
            assert refused(answer) == refusal

    def test_of_another_resellers_booking_are_unknown(self, app, session, moment, octo, slot):
        theirs = hold(octo, slot)
        _, key = makers.reseller(session, moment)
        session.commit()
        other, path = Asking(app.test_client(), key), f"/bookings/{theirs['uuid']}"
        for method, deed, body in [
            ("GET", "", None),
            ("PATCH", "", {"notes": "x"}),
            ("POST", "/extend", {}),
            ("POST", "/confirm", {"contact": {}}),
            ("POST", "/cancel", {}),
        ]:
            answer = other(method, path + deed, body)
            assert refused(answer) == ("INVALID_BOOKING_UUID", theirs["uuid"])

        assert other.get(f"/bookings?supplierReference={theirs['supplierReference']}") == []
        assert octo.get(path) == theirs

    def test_of_what_is_not_on_the_shelf_are_unknown(self, session, moment, octo):
        by_night = makers.seller(session, moment)
        tour, _ = makers.tour(session, moment, of=by_night)
        tour.state = "draft"
        session.commit()

        answer = octo("GET", f"/products/{tour.id}")

        assert refused(answer) == ("INVALID_PRODUCT_ID", str(tour.id))


class TestDays:
    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"localDateStart": "2026-12-01"},
            {"localDateEnd": "2026-12-01"},
            {"localDateStart": "2026-12-02", "localDateEnd": "2026-12-01"},
            {"localDateStart": "2026-12-01", "localDateEnd": "9999-12-31"},
            {"localDateStart": "0001-01-01", "localDateEnd": "0001-01-02"},
            {"localDateStart": "9999-12-31", "localDateEnd": "9999-12-31"},
            {"localDateStart": "2026-12-01", "localDateEnd": "2027-12-03"},
            {"localDateStart": "2027-02-29", "localDateEnd": "2027-03-01"},
            {"localDateStart": "2026-12-01T00:00:00Z", "localDateEnd": "2026-12-01"},
            {"localDateStart": 20261201, "localDateEnd": "2026-12-01"},
            {"localDateStart": None, "localDateEnd": None},
            {"localDateStart": "", "localDateEnd": ""},
        ],
    )
    def test_that_make_no_period_are_refused(self, find, asked):
        assert refused(find(**asked)) == BAD
        assert refused(find("/calendar", **asked)) == BAD

    @pytest.mark.parametrize(
        "asked",
        [
            {"localDate": "9999-12-31"},
            {"localDate": "2027-02-29"},
            {"localDate": "2026-12-01", **month()},
            {"localDate": "2026-12-01", "availabilityIds": ["x"]},
            {"localDateEnd": "2026-12-01", "availabilityIds": ["x"]},
            {"availabilityIds": []},
            {"availabilityIds": "x"},
            {"availabilityIds": [None]},
            {"availabilityIds": [["x"]]},
            {"availabilityIds": ["x"] * 1_000},
        ],
    )
    def test_and_ids_are_asked_for_one_way(self, find, asked):
        assert refused(find(**asked)) == BAD

    def test_of_leap_years_are_days(self, octo, world):
        days = {"localDateStart": "2028-02-28", "localDateEnd": "2028-03-01"}
        its = {"productId": world.tour, "optionId": world.tour, **days}

        found = octo.post("/availability/calendar", its)

        assert [each["localDate"] for each in found] == ["2028-02-28", "2028-02-29", "2028-03-01"]
        assert starts(octo, world.tour, **days) == []

    @pytest.mark.parametrize(
        "units",
        [
            "x",
            [None],
            [{}],
            [{"id": "adult"}],
            [{"id": "adult", "quantity": -1}],
            [{"id": "adult", "quantity": 10**9}],
            [{"id": "adult", "quantity": "2"}],
            [{"id": "adult", "quantity": 1.5}],
            [{"id": None, "quantity": 1}],
            [{"id": "adult", "quantity": 1}] * 1_000,
        ],
    )
    def test_are_asked_for_a_party_that_there_can_be(self, find, units):
        assert refused(find(units=units, **month())) == BAD
        assert refused(find("/calendar", units=units, **month())) == BAD

    @pytest.mark.parametrize("path", ["", "/calendar"])
    def test_are_told_of_parties_that_find_no_room(self, world, octo, path):
        its = {"productId": world.tour, "optionId": world.tour, **month()}
        few, many = ([{"id": "adult", "quantity": each}] for each in (1, 500))

        assert any(
            it["available"] for it in octo.post(f"/availability{path}", its | {"units": few})
        )
        assert not any(
            it["available"] for it in octo.post(f"/availability{path}", its | {"units": many})
        )


class TestGuests:
    @pytest.mark.parametrize("given", [None, [], guests(51), guests(1_000)])
    def test_are_from_one_to_fifty(self, octo, book, slot, given):
        before = left(octo, slot)

        assert refused(book(unitItems=given)) == UNPROCESSABLE
        assert left(octo, slot) == before

    def test_come_in_fifties(self, octo, world):
        assert len(hold(octo, slots(octo, world.other)[1], 50)["unitItems"]) == 50

    @pytest.mark.parametrize(
        "given",
        [
            "x",
            {},
            5,
            [None],
            ["adult"],
            [{}],
            [{"unitId": None}],
            [{"unitId": 5}],
            [{"unitId": "adult", "uuid": "x"}],
            [{"unitId": "adult", "uuid": 5}],
            [{"unitId": "adult", "contact": "x"}],
            [{"unitId": "adult", "contact": {"emailAddress": "x"}}],
            [{"unitId": "adult", "resellerReference": "x" * 101}],
            [{"unitId": "adult", "uuid": "5b1fdd5c-4d17-4d6a-8b7a-7f6f2f1c9d10"}] * 2,
        ],
    )
    def test_are_each_said_as_they_must(self, book, given):
        assert refused(book(unitItems=given)) == BAD

    def test_are_as_many_as_the_option_takes(self, octo, session, world, book):
        tour = session.get_one(Experience, UUID(world.tour))
        visits.option_of(session, tour, least_units=2, most_units=3)
        session.commit()

        assert refused(book(unitItems=guests(1))) == UNPROCESSABLE
        assert refused(book(unitItems=guests(4))) == UNPROCESSABLE
        assert book(unitItems=guests(3)).status_code == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"uuid": "x"},
            {"uuid": 5},
            {"notes": 5},
            {"notes": "x" * 1_001},
            {"notes": "\0"},
            {"resellerReference": "x" * 101},
            {"resellerReference": ["x"]},
            {"expirationMinutes": -1},
            {"expirationMinutes": 0},
            {"expirationMinutes": 10**9},
            {"expirationMinutes": "30"},
            {"contact": "x"},
            {"contact": []},
            {"contact": {"emailAddress": "nobody"}},
            {"contact": {"fullName": 5}},
            {"contact": {"locales": "en"}},
            {"contact": {"locales": [None]}},
        ],
    )
    def test_are_booked_with_words_that_can_be_kept(self, octo, slot, book, changes):
        before = left(octo, slot)

        assert refused(book(**changes)) == BAD
        assert left(octo, slot) == before
