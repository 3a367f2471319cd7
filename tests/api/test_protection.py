"""What surrounds every request: hosts, rhythm, headers, origins and the operator's doors."""

import pytest

from api import protection, throttling
from api.app import create_app
from tests.api import small
from tests.databases import settings_for

HOST = {"Host": "cho.lamdong.vn"}


def app_of(database, tmp_path, **more):
    import dataclasses

    settings = dataclasses.replace(settings_for("sqlite:///x.db", tmp_path), **more)
    return create_app(settings, database, [small.blp, small.pages])


@pytest.fixture
def public(database, tmp_path):
    """The market as the world sees it, behind a reverse proxy."""
    return app_of(database, tmp_path, public_url="https://cho.lamdong.vn", demo=False).test_client()


def refused(response):
    return response.status_code, response.json["code"]


class TestAHost:
    @pytest.mark.parametrize("host", ["cho.lamdong.vn", "CHO.lamdong.vn"])
    def test_that_is_ours_is_served(self, public, host):
        assert public.get("/v1/shelf", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "",
            "evil.example",
            "cho.lamdong.vn.evil.example",
            "localhost",
            "127.0.0.1:8000",
            "cho.lamdong.vn:8080",
            "user@cho.lamdong.vn",
            "cho.lamdong.vn/",
        ],
    )
    def test_that_is_another_is_refused(self, public, host):
        response = public.get("/v1/shelf", headers={"Host": host})

        assert refused(response) == (400, "host.unknown")

    @pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:1", "[::1]:80"])
    def test_of_this_machine_is_served_while_the_market_is_local(self, http, host):
        assert http.get("/v1/shelf", headers={"Host": host}).status_code == 200

    def test_does_not_matter_to_probes(self, public):
        assert public.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


class TestARhythm:
    @pytest.fixture
    def hurried(self, database, tmp_path):
        return app_of(database, tmp_path, requests_per_minute=8).test_client()

    def test_that_is_too_fast_is_told_to_wait(self, hurried):
        statuses = [hurried.get("/v1/shelf").status_code for _ in range(9)]
        last = hurried.get("/v1/shelf")

        assert statuses == [200] * 8 + [429]
        assert refused(last) == (429, "too_many")
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert last.json["params"]["retry_after_seconds"] == int(last.headers["Retry-After"])

    def test_is_slower_for_writes_and_counted_apart(self, hurried):
        assert [hurried.post("/v1/tokens").status_code for _ in range(3)] == [201, 201, 429]
        assert hurried.get("/v1/shelf").status_code == 200

    def test_counts_refused_requests_too(self, hurried):
        assert [hurried.get("/v1/no").status_code for _ in range(9)][-1] == 429

    def test_is_each_addresss_own(self, hurried):
        for address in ("192.0.2.1", "192.0.2.2"):
            for _ in range(8):
                response = hurried.get("/v1/shelf", environ_overrides={"REMOTE_ADDR": address})
                assert response.status_code == 200

    def test_is_shared_by_processes_while_redis_is_there(self):
        shared = FakeRedis()
        one, other = throttling.RedisThrottle(shared), throttling.RedisThrottle(shared)

        waits = [throttle.wait("r:a", 4) for throttle in (one, other) * 3]

        assert waits[:4] == [0, 0, 0, 0]
        assert all(1 <= wait <= 60 for wait in waits[4:])

    def test_is_kept_by_each_process_while_redis_is_away(self):
        throttle = throttling.RedisThrottle(None)

        waits = [throttle.wait("r:a", 2) for _ in range(3)]

        assert waits[:2] == [0, 0]
        assert waits[2] > 0

    def test_forgets_addresses_that_are_at_rest(self, monkeypatch):
        monkeypatch.setattr(throttling, "KNOWN_MAX", 10)
        throttle = throttling.LocalThrottle()

        assert {0} == {throttle.wait(f"r:{number}", 2) for number in range(100)}


class FakeRedis:
    def __init__(self):
        self.counts = {}

    def pipeline(self, **_):
        return self

    def incr(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1
        self.last = self.counts[name]
        return self

    def expire(self, *_):
        return self

    def execute(self):
        return self.last, True


class TestAnAddress:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "local", "address"),
        [
            ("8.8.8.8", None, False, "8.8.8.8"),
            ("8.8.8.8", "198.51.100.1", False, "8.8.8.8"),
            ("127.0.0.1", "198.51.100.1", True, "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1", False, "198.51.100.1"),
            ("172.18.0.2", "hearsay, 198.51.100.1", False, "198.51.100.1"),
            ("2001:db8:1:2:3:4:5:6", None, False, "2001:db8:1:2::"),
            ("2001:db8::21", None, False, "2001:db8::"),
            ("127.0.0.1", "198.51.100.1:4711", False, "198.51.100.1"),
            ("127.0.0.1", "[2001:db8::7]:4711", False, "2001:db8::"),
            ("127.0.0.1", "::ffff:198.51.100.1", False, "198.51.100.1"),
            ("127.0.0.1", "nonsense", False, "127.0.0.1"),
            ("unix:", "198.51.100.1", False, "unix:"),
        ],
    )
    def test_is_only_taken_from_our_own_proxy(self, peer, forwarded, local, address):
        environ = {"REMOTE_ADDR": peer}
        if forwarded:
            environ["HTTP_X_FORWARDED_FOR"] = forwarded

        assert address == throttling.address_of(environ, local=local)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/v1/shelf", "/v1/no", "/form", "/v1/broken/unforeseen"])
    def test_guard_the_browser_on_every_answer(self, http, path):
        headers = http.get(path).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "Strict-Transport-Security" not in headers

    def test_ask_for_tls_where_the_market_has_it(self, public):
        assert (
            "max-age=" in public.get("/v1/shelf", headers=HOST).headers["Strict-Transport-Security"]
        )

    @pytest.mark.parametrize("name", ["abcdefgh", "0198c0de-0000-7000-8000-000000000000"])
    def test_bring_the_callers_name_of_the_request_back(self, http, name):
        assert name == http.get("/v1/shelf", headers={"X-Request-Id": name}).headers["X-Request-Id"]

    @pytest.mark.parametrize("name", ["", "short", "a" * 65, "a b c d e f", "x;y=<script>"])
    def test_never_bring_nonsense_back(self, http, name):
        given = http.get("/v1/shelf", headers={"X-Request-Id": name}).headers["X-Request-Id"]

        assert name != given
        assert len(given) == 24


class TestOtherOrigins:
    @pytest.fixture
    def sharing(self, database, tmp_path):
        return app_of(database, tmp_path, cors_origins=("https://app.example",)).test_client()

    def test_that_are_listed_may_read_the_api(self, sharing):
        headers = sharing.get("/v1/shelf", headers={"Origin": "https://app.example"}).headers

        assert headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert "Access-Control-Allow-Credentials" not in headers
        assert "Origin" in headers["Vary"]

    def test_that_are_listed_may_ask_what_they_may_send(self, sharing):
        response = sharing.options(
            "/v1/things/1",
            headers={"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"},
        )

        assert response.status_code == 200
        assert "PUT" in response.headers["Access-Control-Allow-Methods"]
        assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil"])
    def test_that_are_not_listed_may_not(self, sharing, origin):
        headers = sharing.get("/v1/shelf", headers={"Origin": origin}).headers

        assert "Access-Control-Allow-Origin" not in headers

    def test_are_not_thought_of_where_none_is_listed(self, http):
        headers = http.get("/v1/shelf", headers={"Origin": "https://app.example"}).headers

        assert "Access-Control-Allow-Origin" not in headers


class TestTheOperator:
    def test_sees_that_the_process_lives_and_can_serve(self, http):
        assert http.get("/healthz").json == {"status": "alive"}
        assert (http.get("/readyz").json) == {
            "status": "ready",
            "checks": {"database": "ok", "schema": "ok"},
        }

    def test_sees_that_the_database_is_older_than_the_program(self, http, monkeypatch):
        monkeypatch.setattr("migrations.head", lambda: "9999")

        response = http.get("/readyz")

        assert (response.status_code, response.json["checks"]["schema"]) == (503, "other")

    def test_sees_the_numbers_from_this_machine(self, http):
        http.get("/v1/shelf")

        numbers = http.get("/metrics").text

        assert 'route="/v1/shelf",status="200"} 1.0' in numbers

    @pytest.mark.parametrize(
        ("peer", "token", "status"),
        [
            ("203.0.113.9", "", 403),
            ("203.0.113.9", "Bearer wrong", 403),
            ("203.0.113.9", "Bearer the-operators-own", 200),
        ],
    )
    def test_shows_the_numbers_to_nobody_else(self, database, tmp_path, peer, token, status):
        http = app_of(database, tmp_path, metrics_token="the-operators-own").test_client()

        response = http.get(
            "/metrics",
            headers={"Authorization": token} if token else {},
            environ_overrides={"REMOTE_ADDR": peer},
        )

        assert status == response.status_code

    def test_numbers_do_not_grow_with_what_callers_make_up(self, http):
        for number in range(3):
            http.open(f"/v1/{number}", method=f"WORD{number}")

        assert 'method="other",route="none",status="404"} 3.0' in http.get("/metrics").text

    @pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-For": "127.0.0.1"}])
    def test_numbers_of_a_public_market_need_the_token(self, public, forwarded):
        assert public.get("/metrics", headers={**HOST, **forwarded}).status_code == 403


class TestATransaction:
    def test_is_not_begun_by_a_view_that_asks_nothing_of_the_database(
        self, http, database, monkeypatch
    ):
        def begun():
            raise AssertionError

        monkeypatch.setattr(database, "reading", begun)
        monkeypatch.setattr(database, "transaction", begun)

        assert http.get("/v1/shelf").status_code == 200
        assert http.post("/v1/things", json={}).status_code == 422

    def test_is_not_given_to_a_view_that_opens_its_own(self, http, caplog):
        assert http.post("/v1/outside").status_code == 500
        assert "this view opens its own transactions" in caplog.text

    def test_is_undone_when_the_commit_fails(self, http, session, monkeypatch):
        from sqlalchemy.exc import OperationalError
        from sqlalchemy.orm import Session

        def fail(_):
            raise OperationalError("COMMIT", {}, Exception("database is locked"))

        monkeypatch.setattr(Session, "commit", fail)
        response = http.post("/v1/things", json={"name": "dâu"})
        monkeypatch.undo()

        assert refused(response) == (503, "unavailable")
        assert small.done(session, "thing") == 0


def test_hosts_of_a_public_market_are_its_own_alone(tmp_path):
    settings = settings_for("sqlite:///x.db", tmp_path, public_url="https://cho.lamdong.vn")

    assert {"cho.lamdong.vn"} == protection.hosts_of(settings)
