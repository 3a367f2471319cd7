"""Logs tell what happened, never to whom or with which secret."""

import io
import json
import logging

import pytest

from api import logs


@pytest.fixture
def lines(monkeypatch):
    """What is written, line by line, with the root logger put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, access = root.handlers[:], root.level, logs._access
    logs.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    logs._access = access


@pytest.mark.parametrize(
    "secret",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "091-234-5678",
        "+84912345678",
        "+84 912 345 678",
        "84912345678",
        "0084912345678",
        "02633822222",
        "+447700900123",
        "lan@example.com",
        "nguyen.van-a+cho@mail.example.vn",
        "Bearer abc.def",
        "bearer kP0xYw",
        "482913",
        "kP0xYwQ9rT3mZ7vB1nC5dF8gH2jL4sA6eU0iO9pX3qW",
        "/o/kP0xYwQ9rT3mZ7vB1nC5",
        "/t/kP0xYwQ9rT3mZ7vB1nC5",
        "?token=abc",
        "&phone=abc",
    ],
)
def test_what_names_or_authorises_a_person_is_left_out(secret):
    clean = logs.redacted(f"failed for {secret} at once")

    assert secret not in clean
    assert "…" in clean
    assert clean.startswith("failed for ")
    assert clean.endswith(" at once")


@pytest.mark.parametrize(
    "text",
    [
        "0198c0de-0000-7000-8000-000000000000",
        "2026-11-24T09:30:00+07:00",
        "GET /v1/orders/12 took 12.5 ms",
        "amount 25000",
        "File /app/market/orders/placing.py, line 120",
        "IntegrityError: UNIQUE constraint failed: person.id",
        "x" * 200_000,
        "a@" * 50_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_helps_to_find_a_fault_is_kept(text):
    assert text == logs.redacted(text)


def test_a_line_is_json_with_its_facts(lines):
    logging.getLogger("market").warning("sent to %s", "0912345678", extra={"attempt": 2})

    (line,) = lines()
    assert (
        line["level"],
        line["logger"],
        line["message"],
        line["attempt"],
    ) == ("warning", "market", "sent to …", 2)
    assert line["at"].endswith("+00:00")


def test_a_fact_with_a_telling_name_is_left_out_whatever_it_holds(lines):
    logging.getLogger("market").warning(
        "asked", extra={"phone_given": "x", "sign_in_code": 7, "access_token": "y"}
    )

    (line,) = lines()
    assert {"…"} == {line["phone_given"], line["sign_in_code"], line["access_token"]}


def test_a_trace_is_clean_too(lines):
    try:
        int("0912345678 lan@example.com")
    except ValueError:
        logging.getLogger("market").exception("failed")

    (line,) = lines()
    assert "int() with base 10: '… …'" in line["trace"]


def test_nobody_forges_a_line(lines):
    logging.getLogger("market").warning('a\n{"level": "info"}')

    assert len(lines()) == 1


class TestARequest:
    def test_is_noted_by_its_route_and_never_by_its_secrets(self, lines, http):
        http.get("/v1/broken/locked", query_string="lang=vi", headers={"X-Request-Id": "abcdefgh"})

        line = lines()[-1]
        assert (
            line["method"],
            line["route"],
            line["status"],
            line["request_id"],
            line["refusal"],
        ) == ("GET", "/v1/broken/<kind>", 503, "abcdefgh", "unavailable")
        assert line["milliseconds"] >= 0
        assert "locked" not in json.dumps(lines())

    def test_that_fails_for_a_reason_nobody_foresaw_is_traced_without_persons(self, lines, http):
        http.get("/v1/broken/unforeseen")

        trace = next(line["trace"] for line in lines() if "trace" in line)
        assert "RuntimeError: nobody foresaw …" in trace
