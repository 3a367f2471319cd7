"""Who may do what, and how a request says who is asking."""

from datetime import timedelta

import pytest

from api import auth, csrf
from market import accounts, clock
from market.accounts.models import (
    Mandate,
    MandateState,
    Membership,
    MembershipState,
    Person,
    Post,
    RoleGrant,
)
from market.ids import uuid7
from tests import makers


@pytest.fixture
def person(session):
    return makers.person(session, clock.now())


@pytest.fixture
def token(session, person):
    return sign_in(session, person)


def sign_in(session, person):
    tokens = accounts.issue_tokens(
        session, person_id=person.id, device_name="phone", now=clock.now()
    )
    session.commit()
    return tokens.access_token


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def refused(response):
    return response.status_code, response.json["code"]


class TestAnOperation:
    def test_for_some_asks_to_sign_in(self, http):
        response = http.get("/v1/mine")

        assert refused(response) == (401, "unauthenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_for_some_is_theirs(self, http, person, token):
        assert str(person.id) == http.get("/v1/mine", headers=bearer(token)).json["person_id"]

    def test_for_others_is_forbidden(self, http, token):
        assert refused(http.get("/v1/everything", headers=bearer(token))) == (403, "forbidden")

    def test_for_one_of_several_roles_takes_any(self, http, session, person, token):
        session.add(RoleGrant(person_id=person.id, role="moderator", granted_at=clock.now()))
        session.commit()

        assert http.get("/v1/everything", headers=bearer(token)).status_code == 200

    def test_is_refused_before_its_body_is_looked_at(self, http):
        response = http.post("/v1/mine", data=b"\xff", content_type="application/json")

        assert refused(response) == (401, "unauthenticated")

    def test_answers_the_head_like_the_get(self, http, token):
        assert http.head("/v1/mine").status_code == 401
        assert http.head("/v1/mine", headers=bearer(token)).status_code == 200

    def test_heeds_no_other_method_than_its_own(self, http):
        response = http.get("/v1/tokens", headers={"X-HTTP-Method-Override": "POST"})

        assert refused(response) == (405, "method_not_allowed")

    def test_for_nobody_in_particular_must_say_so(self):
        with pytest.raises(ValueError, match="public"):
            auth.allowed()


class TestAToken:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Basic YTpi",
            "Bearer dâu",
            "Bearer " + "a" * 100_000,
            "Token abcdefghijkl",
        ],
    )
    def test_that_is_none_is_refused(self, http, header):
        response = http.get("/v1/mine", headers={"Authorization": header.encode()})

        assert refused(response) == (401, "unauthenticated")

    def test_that_nobody_was_given_is_refused_even_where_none_is_needed(self, http):
        for path in ("/v1/mine", "/v1/whoever"):
            response = http.get(path, headers=bearer("abcdefghijklmnop"))
            assert refused(response) == (401, "session.token_invalid")

    def test_of_a_browsers_cookie_is_none_for_the_api(self, http, session, person):
        cookie = accounts.issue_tokens(
            session, person_id=person.id, device_name="browser", now=clock.now(), browser=True
        ).access_token
        session.commit()

        assert refused(http.get("/v1/mine", headers=bearer(cookie))) == (401, "unauthenticated")
        http.set_cookie("session", cookie)
        assert str(person.id) == http.get("/v1/mine").json["person_id"]

    def test_of_a_banned_person_is_worth_nothing_at_once(self, http, session, person, token):
        session.get_one(Person, person.id).banned_at = clock.now()
        session.commit()

        assert http.get("/v1/mine", headers=bearer(token)).status_code == 401


class TestActingFor:
    @pytest.fixture
    def farm(self, session):
        farm = makers.organisation(session, clock.now())
        session.commit()
        return farm

    @pytest.fixture
    def mandate(self, session, person, farm):
        now = clock.now()
        session.add(
            Mandate(
                id=uuid7(),
                agent_id=person.id,
                organisation_id=farm.id,
                scope=["listings"],
                state=MandateState.ACTIVE,
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
        session.commit()

    @pytest.mark.usefixtures("mandate")
    def test_a_principal_is_on_the_word_of_a_mandate(self, http, farm, token):
        headers = {**bearer(token), "Acting-For": str(farm.id)}

        assert http.get("/v1/mine", headers=headers).json["mandate"]
        assert not http.get("/v1/mine", headers=bearer(token)).json["mandate"]

    def test_anybody_else_is_not_found(self, http, farm, token):
        headers = {**bearer(token), "Acting-For": str(farm.id)}

        assert refused(http.get("/v1/mine", headers=headers)) == (404, "not_found")

    @pytest.mark.parametrize("organisation", ["", "x", "0198c0de000070008000000000000000"])
    def test_nonsense_is_a_bad_request(self, http, token, organisation):
        headers = {**bearer(token), "Acting-For": organisation}

        assert refused(http.get("/v1/mine", headers=headers)) == (400, "acting_for.malformed")


class TestLanguages:
    def test_are_those_of_the_person_unless_the_request_says_otherwise(
        self, http, session, person, token
    ):
        session.get_one(Person, person.id).language = "en"
        session.commit()
        headers = {**bearer(token), "Accept-Language": "vi"}

        assert http.get("/v1/whoever", headers=headers).json["languages"] == ["en", "vi"]
        assert http.get("/v1/whoever?lang=vi", headers=headers).json["languages"] == ["vi"]
        assert http.get("/v1/whoever").json["languages"] == ["vi"]


class TestABrowser:
    def test_speaks_for_its_person_by_its_cookie(self, http, person, token):
        http.set_cookie("session", token)

        assert str(person.id) == http.get("/v1/mine").json["person_id"]

    def test_whose_session_ended_is_nobody_again(self, http):
        http.set_cookie("session", "abcdefghijklmnop")

        assert http.get("/v1/whoever").json["person_id"] is None
        assert refused(http.get("/v1/mine")) == (401, "unauthenticated")

    def test_is_given_a_cookie_that_scripts_and_other_sites_cannot_use(self, small_app):
        with small_app.test_request_context():
            response = small_app.response_class()
            auth.remember(response, "abc", seconds=60)
            given = response.headers["Set-Cookie"]

        assert {"session=abc", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"} <= set(
            given.split("; ")
        )

    def test_forgets_on_signing_out(self, small_app):
        with small_app.test_request_context():
            response = small_app.response_class()
            auth.forget(response)

        assert "Max-Age=0" in response.headers["Set-Cookie"]


class TestAForm:
    def test_with_the_token_of_its_page_is_taken(self, http):
        token = http.get("/form").text

        assert http.post("/form", data={"csrf": token}).status_code == 200
        assert http.post("/form", headers={"X-CSRF-Token": token}).status_code == 200

    def test_of_a_signed_in_browser_needs_the_token_of_its_session(self, http, token):
        anonymous = http.get("/form").text
        http.set_cookie("session", token)
        own = http.get("/form").text

        assert refused(http.post("/form", data={"csrf": anonymous})) == (403, "csrf.mismatch")
        assert http.post("/form", data={"csrf": own}).status_code == 200

    @pytest.mark.parametrize("given", ["", "x", "é", "A" * 24])
    def test_without_its_token_is_refused(self, http, given):
        http.get("/form")

        assert refused(http.post("/form", data={"csrf": given})) == (403, "csrf.mismatch")

    def test_of_a_browser_without_our_cookie_is_refused(self, http, small_app):
        token = http.get("/form").text

        response = small_app.test_client().post("/form", data={"csrf": token})

        assert refused(response) == (403, "csrf.mismatch")

    @pytest.mark.parametrize(
        ("header", "value", "status"),
        [
            ("Origin", "https://evil.example", 403),
            ("Origin", "null", 403),
            ("Origin", "http://127.0.0.1:8000.evil.example", 403),
            ("Sec-Fetch-Site", "cross-site", 403),
            ("Origin", "http://127.0.0.1:8000", 200),
            ("Origin", "http://localhost", 200),
            ("Sec-Fetch-Site", "same-origin", 200),
        ],
    )
    def test_is_only_taken_from_our_own_pages(self, http, header, value, status):
        token = http.get("/form").text

        response = http.post("/form", data={"csrf": token}, headers={header: value})

        assert status == response.status_code

    def test_with_a_character_that_cannot_be_kept_is_a_bad_request(self, http):
        token = http.get("/form").text

        response = http.post("/form", data={"csrf": token, "name": "a\0b"})

        assert refused(response) == (400, "json.bad_character")

    def test_is_needed_by_the_api_too_where_a_cookie_speaks(self, http, token):
        assert http.post("/v1/mine", headers=bearer(token)).status_code == 201

        http.set_cookie("session", token)

        assert refused(http.post("/v1/mine")) == (403, "csrf.mismatch")
        header = {csrf.HEADER: http.get("/form").text}
        assert http.post("/v1/mine", headers=header).status_code == 201


def test_a_post_in_an_organisation_gives_its_roles(http, session, person, token):
    farm = makers.organisation(session, clock.now())
    session.add(
        Membership(
            id=uuid7(),
            organisation_id=farm.id,
            person_id=person.id,
            post=Post.SELLER,
            state=MembershipState.ACTIVE,
            requested_at=clock.now(),
        )
    )
    session.commit()

    assert http.get("/v1/mine", headers=bearer(token)).status_code == 200
