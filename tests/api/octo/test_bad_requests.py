"""Requests that are broken, from nobody, or to nowhere: a code of the protocol, always."""

from datetime import timedelta

import pytest

from market import accounts
from market.accounts import SYSTEM
from market.accounts.models import (
    Membership,
    MembershipState,
    Organisation,
    OrganisationKind,
    Post,
    ResellerKey,
)
from market.ids import uuid7
from tests import makers
from tests.api.octo.asking import BOTH, refused
from tests.api.octo.buying import guests, hold, slots

BAD = ("BAD_REQUEST", None)
NOBODY = ("UNAUTHORIZED", None)
EVERYWHERE = [
    ("GET", "/supplier"),
    ("GET", "/products"),
    ("GET", "/products/x"),
    ("GET", "/capabilities"),
    ("POST", "/availability"),
    ("POST", "/availability/calendar"),
    ("GET", "/bookings"),
    ("POST", "/bookings"),
    ("GET", "/bookings/x"),
    ("PATCH", "/bookings/x"),
    ("DELETE", "/bookings/x"),
    ("POST", "/bookings/x/confirm"),
    ("POST", "/bookings/x/extend"),
    ("POST", "/bookings/x/cancel"),
]
WRITING = [each for each in EVERYWHERE if each[0] != "GET" and "/x" not in each[1]]


@pytest.fixture
def token(session, moment):
    """The token of a person who works for a reseller."""
    agency = makers.organisation(session, moment, kind=OrganisationKind.RESELLER)
    who = makers.person(session, moment)
    its = {"organisation_id": agency.id, "person_id": who.id, "post": Post.RESELLER}
    session.add(Membership(id=uuid7(), **its, state=MembershipState.ACTIVE, requested_at=moment))
    device = {"device_name": "test", "now": moment, "lifetime": timedelta(days=1)}
    issued = accounts.issue_tokens(session, person_id=who.id, **device)
    session.commit()
    return issued.access_token


class TestCapabilities:
    @pytest.mark.parametrize(
        ("method", "path"), [each for each in EVERYWHERE if each[1] != "/capabilities"]
    )
    def test_have_to_be_named(self, octo, method, path):
        assert refused(octo.with_(**{"Octo-Capabilities": None})(method, path)) == BAD

    @pytest.mark.parametrize(
        "named",
        [
            "octo/nothing",
            "octo/pricing,octo/nothing",
            "octo/content,,octo/content",
            " ,",
            "x" * 999,
        ],
    )
    def test_that_are_unknown_are_passed_over(self, octo, world, named):
        assert octo.with_(**{"Octo-Capabilities": named}).get("/products")

    @pytest.mark.parametrize("named", [BOTH, "octo/pricing", "octo/content", ""])
    def test_add_what_they_say_and_nothing_else(self, octo, world, named):
        asking = octo.with_(**{"Octo-Capabilities": named})
        (slot, *_) = slots(asking, world.tour)

        booking = hold(asking, slot)

        assert ("pricing" in booking, "title" in booking["product"]) == (
            "octo/pricing" in named,
            "octo/content" in named,
        )


class TestWhoAsks:
    @pytest.mark.parametrize(("method", "path"), EVERYWHERE)
    def test_says_so(self, octo, method, path):
        english = octo.with_(Authorization=None, **{"Accept-Language": "en"})

        answer = english(method, path)

        assert refused(answer) == NOBODY
        assert answer.json["errorMessage"] == "Please sign in and try again."

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer octo_",
            "Bearer octo_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Basic dXNlcjpwYXNz",
            "Bearer " + "x" * 9_000,
            "Bearer đà lạt".encode().decode("latin-1"),
        ],
    )
    @pytest.mark.parametrize("capabilities", [BOTH, ""])
    def test_with_what_is_no_key_is_nobody(self, octo, given, capabilities):
        asking = octo.with_(Authorization=given, **{"Octo-Capabilities": capabilities})
        for method, path in EVERYWHERE:
            assert refused(asking(method, path)) == NOBODY

    def test_with_a_key_that_is_revoked_is_nobody(self, session, octo, moment):
        (key,) = session.query(ResellerKey)
        which = {"organisation_id": key.organisation_id, "key_id": key.id}
        accounts.keys.revoke(session, actor=SYSTEM, **which, now=moment)
        session.commit()

        assert refused(octo("GET", "/products")) == NOBODY

    def test_with_the_key_of_who_is_not_verified_any_more_is_nobody(self, session, octo):
        (key,) = session.query(ResellerKey)
        session.get_one(Organisation, key.organisation_id).verified_at = None
        session.commit()

        assert refused(octo("GET", "/products")) == NOBODY

    @pytest.mark.parametrize(("method", "path"), EVERYWHERE)
    def test_is_a_program_and_no_person(self, octo, token, method, path):
        person = octo.with_(Authorization=f"Bearer {token}")

        assert refused(person(method, path))[0] in {"FORBIDDEN", "UNAUTHORIZED"}

    @pytest.mark.parametrize("capabilities", [BOTH, ""])
    def test_is_no_browser(self, octo, token, capabilities):
        octo.client.set_cookie("session", token)
        browser = octo.with_(Authorization=None, **{"Octo-Capabilities": capabilities})
        for method, path in EVERYWHERE:
            assert refused(browser(method, path)) == NOBODY


class TestBodies:
    @pytest.mark.parametrize(("method", "path"), WRITING)
    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (b"", "application/json"),
            (b"{", "application/json"),
            (b"[]", "application/json"),
            (b"null", "application/json"),
            (b'"x"', "application/json"),
            (b"NaN", "application/json"),
            (b'{"productId": NaN}', "application/json"),
            (b'{"productId": "a", "productId": "b"}', "application/json"),
            (b'{"productId": "\\u0000"}', "application/json"),
            (b'{"productId": "\\ud800"}', "application/json"),
            (b'{"productId": "\xff"}', "application/json"),
            (b"[" * 10_000, "application/json"),
            (b'{"a":' * 10_000, "application/json"),
            (b'{"a": 1' + b"0" * 5_000 + b"}", "application/json"),
            (b"{}", "text/plain"),
            (b"{}", "application/x-www-form-urlencoded"),
            (b"{}", "multipart/form-data; boundary=x"),
            (b"{}", "application/json; charset=utf-16"),
            (b'{"notes": "' + b"x" * 1_000_000 + b'"}', "application/json"),
            (b" " * 1_000_000, "application/json"),
        ],
        ids=lambda each: str(each)[:30],
    )
    def test_that_are_no_object_of_json_are_refused(self, octo, method, path, data, kind):
        assert refused(octo(method, path, data=data, content_type=kind)) == BAD

    def test_of_any_kind_are_passed_over_by_what_reads_none(self, octo, world):
        answer = octo("GET", "/products", content_type="application/json")

        assert (answer.status_code, len(answer.json)) == (200, 3)

    def test_may_have_members_that_nobody_knows(self, octo, world):
        (slot, *_) = slots(octo, world.tour)

        assert hold(octo, slot, currency="USD", emailReceipt=True, extra={"a": [1]})

    def test_may_be_left_out_where_all_of_it_may(self, octo, world):
        booking = hold(octo, slots(octo, world.tour)[0])

        assert octo("POST", f"/bookings/{booking['uuid']}/extend").status_code == 200
        assert octo("POST", f"/bookings/{booking['uuid']}/cancel").status_code == 200


class TestAddresses:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("GET", "/"),
            ("GET", "/nothing"),
            ("GET", "/products/x/y"),
            ("GET", "/bookings/x/confirm"),
            ("GET", "/availability"),
            ("GET", "/availability/calendar"),
            ("POST", "/supplier"),
            ("PUT", "/bookings"),
            ("DELETE", "/products/x"),
            ("PATCH", "/availability"),
            ("POST", "/bookings/x"),
            ("POST", "/bookings/x/nothing"),
            ("GET", "/products/%00"),
            ("GET", "/products/%FF"),
            ("GET", "/%00"),
            ("GET", "/bookings?resellerReference=%00"),
            ("GET", "/bookings?resellerReference=%FF"),
            ("GET", "/bookings?localDate=2026-02-30"),
            ("GET", "/bookings?localDateStart=2026-12-01"),
            ("GET", "/bookings?localDate=9999-12-31"),
            ("GET", "/bookings?nothing=1"),
            ("GET", "/bookings?localDateStart=2026-12-02&localDateEnd=2026-12-01"),
            ("GET", "//products"),
            ("TRACE", "/products"),
            ("GET", f"/bookings?resellerReference={'x' * 101}"),
        ],
    )
    def test_at_which_there_is_nothing_are_refused(self, octo, method, path):
        code, _ = refused(octo(method, path))

        assert code in {"BAD_REQUEST", "INVALID_PRODUCT_ID"}


class TestLanguages:
    @pytest.mark.parametrize(
        ("wished", "language", "title", "refusal"),
        [
            ("vi", "vi", "Sáng ở vườn dâu", "Không có sản phẩm x."),
            ("en-GB,en;q=0.9", "en", "Sáng ở vườn dâu", "There is no product x."),
            ("fr", "vi", "Sáng ở vườn dâu", "Không có sản phẩm x."),
            ("*;q=x,,", "vi", "Sáng ở vườn dâu", "Không có sản phẩm x."),
        ],
    )
    def test_are_those_of_the_reader(self, octo, world, wished, language, title, refusal):
        asking = octo.with_(**{"Accept-Language": wished})

        answer = asking("GET", f"/products/{world.tour}")

        assert answer.headers["Content-Language"] == language
        assert answer.json["title"] == title
        unit = answer.json["options"][0]["units"][0]["title"]
        assert unit == {"vi": "Người lớn", "en": "Adult"}[language]
        assert asking("GET", "/products/x").json["errorMessage"] == refusal

    @pytest.mark.parametrize("wished", ["vi", "en"])
    def test_say_each_refusal_in_their_words(self, octo, world, wished):
        asking = octo.with_(**{"Accept-Language": wished, "Octo-Capabilities": ""})
        (slot, *_) = slots(asking, world.tour)
        said = {
            asking(*asked).json["errorMessage"]
            for asked in [
                ("GET", "/bookings"),
                ("GET", "/nothing"),
                ("GET", "/bookings/x"),
                ("POST", "/bookings", {}),
                ("POST", "/bookings", slot.asked()),
                ("POST", "/bookings", slot.asked(unitItems=guests(1, "x"))),
            ]
        }
        others = octo.with_(**{"Accept-Language": {"vi": "en", "en": "vi"}[wished]})

        assert len(said) == 6
        assert others("GET", "/bookings").json["errorMessage"] not in said
