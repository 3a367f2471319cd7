"""`market`: each verb does its work, and an error is one clear line and a non-zero exit."""

from pathlib import Path
from socket import socket

import pytest
from sqlalchemy import select, text

from api.commands import main
from market import ledger, outbox
from market.accounts import SYSTEM
from market.ids import uuid7
from market.ledger import chart
from market.orders.moving import OrderMoved
from market.outbox import OutboxDelivery, OutboxEvent


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


def test_check_of_the_ledger_says_what_it_added_up(place, capsys, real_database, now):
    amounts = {chart.bank("1"): 500, chart.UNAPPLIED: -500}
    more = {"order_id": None, "actor": SYSTEM, "now": now}
    with real_database.transaction() as session:
        ledger.post(session, key="k", kind="test", amounts=amounts, **more)

    assert main(["check", "--ledger"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["1 transactions, 2 entries", "VND adds up to 0", "ok"]

    with real_database.transaction() as session:
        session.execute(text("UPDATE ledger_account SET balance = 9"))
    assert main(["check", "--ledger"]) == 1


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
    said = capsys.readouterr().err
    assert said.startswith("market: the database refused: connection failed")
    assert said.count("\n") == 1


def test_openapi_is_written_to_a_file(place, tmp_path):
    assert main(["openapi", str(tmp_path / "api.json")]) == 0
    assert b'"3.1.0"' in (tmp_path / "api.json").read_bytes()


def test_user_takes_a_role_back_and_shuts_people_out_and_in(place, capsys):
    number = "0901 000 050"
    main(["user", number, "--role", "moderator"])

    for deed, said in (
        (["--revoke", "moderator"], "is no moderator any more"),
        (["--ban"], "is shut out"),
        (["--unban"], "may come in"),
    ):
        assert main(["user", number, *deed]) == 0
        assert capsys.readouterr().out.endswith(f"{said}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["simulate", "--days", "-1"],
        ["organisation", "--verify", "7"],
    ],
)
def test_arguments_are_refused_before_anything_is_done(place, capsys, arguments):
    with pytest.raises(SystemExit) as refusal:
        main(arguments)
    assert refusal.value.code == 2
    assert "argument --" in capsys.readouterr().err


def test_organisation_says_that_there_is_none_to_verify(place, capsys):
    assert main(["organisation", "--verify", "0192f0c8-0000-7000-8000-000000000001"]) == 1
    assert capsys.readouterr().err == "market: not found (what organisation)\n"


def test_serve_does_not_listen_to_others_without_a_public_address(place, capsys):
    assert main(["serve", "--host", "0.0.0.0"]) == 1
    assert "MARKET_PUBLIC_URL" in capsys.readouterr().err


def test_serve_does_not_share_a_port(place, capsys):
    with socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        assert main(["serve", "--port", port]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("verb", ["serve", "worker"])
def test_nothing_works_on_a_database_of_another_schema(place, capsys, templates, verb):
    place.setenv("MARKET_DATABASE_URL", templates.fresh_url(migrated=False))

    assert main([verb]) == 1
    assert "market migrate" in capsys.readouterr().err


def test_a_story_is_told_neither_in_public_nor_twice(place, capsys):
    main(["user", "0901 000 050", "--role", "moderator"])
    assert main(["simulate", "--days", "0"]) == 1
    assert "a world already" in capsys.readouterr().err

    for name, value in {
        "PUBLIC_URL": "https://cho.example",
        "CUSTODY_ACCOUNT": "123456",
        "SMS_URL": "https://sms.example",
        "SMTP_URL": "smtps://mail.example",
    }.items():
        place.setenv(f"MARKET_{name}", value)
    assert main(["simulate", "--days", "0"]) == 1
    assert "this machine only" in capsys.readouterr().err


def test_check_tells_who_gave_up_and_which_setting_there_is_not(place, capsys, real_database, now):
    with real_database.transaction() as session:
        outbox.record(session, OrderMoved(order_id=uuid7(), state="placed"))
        event_id = session.scalars(select(OutboxEvent.id)).one()
        session.add(
            OutboxDelivery(
                event_id=event_id, subscriber="news.tell", state="failed", next_at=now, error="No"
            )
        )
    assert main(["check"]) == 1
    assert capsys.readouterr().err == "market: news.tell gave up: No\n"

    place.setenv("MARKET_PUBLIC_ULR", "x")
    assert main(["check"]) == 1
    assert capsys.readouterr().err == "market: MARKET_PUBLIC_ULR is no setting\n"


def test_a_damaged_secret_is_not_used(place, capsys, tmp_path):
    place.delenv("MARKET_SECRET_KEY")
    (tmp_path / "secret").write_text("")

    assert main(["check"]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_resolve_writes_the_units_beside_the_addresses(place, capsys, tmp_path):
    sheet = tmp_path / "a.csv"
    sheet.write_text(
        'no;address\n1;"P. Xuân Hương, Đà Lạt"\n2;Xã Phong Phú, Tuy Phong\n3;=Hà Nội\n4\n',
        encoding="utf-8-sig",
    )

    assert main(["resolve", str(sheet)]) == 0

    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "no;address;unit_code;unit_name;confidence;reason;ambiguous;other_codes",
        "1;P. Xuân Hương, Đà Lạt;24781;Phường Xuân Hương - Đà Lạt;1.000;name;false;",
        "2;Xã Phong Phú, Tuy Phong;22972;Xã Phan Rí Cửa;0.500;split;true;22978",
        "3;'=Hà Nội;;;;;false;",
        "4;;;;;;false;",
    ]
    assert told.err == "to be asked about: 3\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("place,no\nĐà Lạt,1\n".encode(), "has no column address, only place, no"),
        (b"", "has no column address, only nothing"),
        (b"address\n\xff\xfe\n", "is no CSV in UTF-8"),
        (b"no,address\n1,P. 1,Da Lat\n", "row 2"),
    ],
)
def test_resolve_refuses_a_sheet_without_addresses(place, capsys, tmp_path, content, problem):
    sheet = tmp_path / "a.csv"
    sheet.write_bytes(content)

    assert main(["resolve", str(sheet)]) == 1
    assert problem in capsys.readouterr().err
