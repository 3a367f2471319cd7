"""`market`: each verb does its work, and an error is one clear line and a non-zero exit."""

from pathlib import Path

import pytest

from api.commands import main


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, real_url: str) -> pytest.MonkeyPatch:
    for name, value in {
        "DATA": str(tmp_path),
        "DATABASE_URL": real_url,
        "SECRET_KEY": "a-secret-of-the-tests-that-is-long-enough",
    }.items():
        monkeypatch.setenv(f"MARKET_{name}", value)
    return monkeypatch


def test_migrate_and_check_find_everything_in_order(place, capsys):
    assert main(["migrate"]) == 0
    assert main(["check"]) == 0
    assert capsys.readouterr().out.endswith("ok\n")


def test_user_grants_a_role_to_whoever_has_the_number(place, capsys):
    assert main(["user", "0901 000 050", "--role", "moderator"]) == 0
    assert capsys.readouterr().out.endswith("is moderator\n")


def test_user_refuses_what_is_no_number(place, capsys):
    assert main(["user", "12", "--role", "moderator"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_settings_are_refused_with_every_problem(place, capsys):
    place.setenv("MARKET_PUBLIC_URL", "https://cho.example")
    place.setenv("MARKET_DEMO", "1")

    assert main(["check"]) == 1
    problems = capsys.readouterr().err.splitlines()
    assert len(problems) > 1
    assert all(line.startswith("market: MARKET_") for line in problems)


def test_a_database_that_is_away_is_one_line(place, capsys):
    place.setenv("MARKET_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main(["migrate"]) == 1
    assert capsys.readouterr().err == "market: the database refused: OperationalError\n"


def test_openapi_is_written_to_a_file(place, tmp_path):
    assert main(["openapi", str(tmp_path / "api.json")]) == 0
    assert b'"3.1.0"' in (tmp_path / "api.json").read_bytes()
