"""What a reseller may look at, scenario by scenario, with capabilities and without.

The scenarios are those that suppliers of OCTO are accepted by, in our own words.
"""

import pytest

from tests.api.octo.asking import BOTH, refused
from tests.api.octo.buying import left, month, slots, starts

WRONG = {"product": "invalidProductId", "option": "invalidOptionId"}
KINDS = ("tour", "garden")  # by their starts, and by opening hours


@pytest.fixture(params=[BOTH, ""], ids=["with capabilities", "without"])
def octo(octo, request):
    return octo.with_(**{"Octo-Capabilities": request.param})


@pytest.fixture
def ask(octo, world):
    """Asks for availability of a product of the world: `ask("/calendar", "tour", **more)`."""

    def do(path, name, option=None, **asked):
        product = getattr(world, name, name)
        its = {"productId": product, "optionId": option or product}
        return octo("POST", f"/availability{path}", its | asked)

    return do


class TestTheSupplier:
    def test_says_who_it_is(self, octo):
        assert octo.get("/supplier")["endpoint"].endswith("/octo")

    def test_says_what_it_can(self, octo):
        its = {each["id"]: each["required"] for each in octo.get("/capabilities")}

        assert its == {"octo/pricing": False, "octo/content": False}


class TestProducts:
    def test_are_listed_of_both_kinds(self, octo, world):
        kinds = {each["id"]: each["availabilityType"] for each in octo.get("/products")}

        by_start = {world.tour: "START_TIME", world.other: "START_TIME"}
        assert kinds == {**by_start, world.garden: "OPENING_HOURS"}

    @pytest.mark.parametrize("kind", KINDS)
    def test_are_shown_alone_as_in_the_list(self, octo, world, kind):
        wanted = getattr(world, kind)
        (listed,) = (each for each in octo.get("/products") if each["id"] == wanted)

        assert octo.get(f"/products/{wanted}") == listed

    @pytest.mark.parametrize("path", ["/products", "/products/{}", "/supplier", "/capabilities"])
    def test_are_at_the_same_address_with_a_slash_at_its_end(self, octo, world, path):
        path = path.format(world.tour)

        assert octo.get(f"{path}/") == octo.get(path)

    def test_of_an_unknown_id_are_refused(self, octo, world):
        answer = octo("GET", f"/products/{WRONG['product']}")

        assert refused(answer) == ("INVALID_PRODUCT_ID", WRONG["product"])

    def test_take_from_two_to_three_of_any_guests(self, octo, world):
        for product in octo.get("/products"):
            (option,) = product["options"]
            limits = option["restrictions"]
            assert limits["minUnits"] <= 2
            assert limits["maxUnits"] is None or limits["maxUnits"] >= 3
            assert option["requiredContactFields"] == []
            assert option["units"][0]["type"] == "ADULT"


class TestTheCalendar:
    def test_has_each_day_of_a_month(self, ask):
        days = ask("/calendar", "tour", **month()).json

        assert len(days) == 31
        assert [each["status"] for each in days].count("AVAILABLE") >= 2

    def test_has_each_day_on_which_a_garden_is_open(self, ask):
        days = ask("/calendar", "garden", **month()).json

        assert {(hours["from"], hours["to"]) for day in days for hours in day["openingHours"]} == {
            ("07:00", "17:00")
        }
        assert len(days) >= 29

    def test_of_an_unknown_product_is_refused(self, ask, world):
        answer = ask("/calendar", WRONG["product"], world.tour, **month())

        assert refused(answer) == ("INVALID_PRODUCT_ID", WRONG["product"])

    def test_of_an_unknown_option_is_refused(self, ask):
        answer = ask("/calendar", "tour", WRONG["option"], **month())

        assert refused(answer) == ("INVALID_OPTION_ID", WRONG["option"])

    def test_without_its_first_day_is_refused(self, ask):
        answer = ask("/calendar", "tour", localDateEnd=month()["localDateEnd"])

        assert refused(answer) == ("BAD_REQUEST", None)


class TestAvailability:
    @pytest.mark.parametrize(("kind", "least"), [("tour", 3), ("garden", 29)])
    def test_of_a_month_has_every_start(self, octo, world, kind, least):
        assert len(starts(octo, getattr(world, kind), **month())) >= least

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_a_day_has_what_starts_on_it(self, octo, world, kind):
        its = getattr(world, kind)
        known = starts(octo, its)[1]
        day = known["localDateTimeStart"][:10]

        assert starts(octo, its, localDate=day) == [known]

    @pytest.mark.parametrize("kind", KINDS)
    def test_by_id_is_as_in_the_month(self, octo, world, kind):
        its = getattr(world, kind)
        for known in starts(octo, its)[:4]:
            assert starts(octo, its, availabilityIds=[known["id"]]) == [known]

    def test_of_what_is_past_is_still_told(self, octo, world, later):
        known = slots(octo, world.tour)[0]

        later(days=3)

        (start,) = starts(octo, world.tour, availabilityIds=[known.id])
        assert (start["available"], start["status"], start["vacancies"]) == (False, "CLOSED", 0)

    @pytest.mark.parametrize("kind", ["tour", "other", "garden"])
    def test_has_two_starts_with_room_of_every_product(self, octo, world, kind):
        assert len(slots(octo, getattr(world, kind))) >= 2

    def test_lists_what_is_sold_out(self, octo, world):
        (sold_out,) = slots(octo, world.tour, "SOLD_OUT")

        assert left(octo, sold_out) == 0

    def test_of_an_unknown_product_is_refused(self, ask, world):
        answer = ask("", WRONG["product"], world.tour, **month())

        assert refused(answer) == ("INVALID_PRODUCT_ID", WRONG["product"])

    def test_of_an_unknown_option_is_refused(self, ask):
        answer = ask("", "tour", WRONG["option"], **month())

        assert refused(answer) == ("INVALID_OPTION_ID", WRONG["option"])

    @pytest.mark.parametrize("more", [{}, {"localDate": "2030-01-01"}])
    def test_by_days_and_by_ids_at_once_is_refused(self, octo, world, ask, more):
        known = starts(octo, world.tour)[0]

        answer = ask("", "tour", availabilityIds=[known["id"]], **month(), **more)

        assert refused(answer) == ("BAD_REQUEST", None)
