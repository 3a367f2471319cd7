"""Casso's list of an account: what is asked of it, and what is believed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from payments import fake_bank, feeds, rails
from payments.bank_lines import StatementLine
from payments.gateway import GatewayUnsure
from tests.databases import settings_for

ACCOUNT = "8007041027107"
SINCE = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # the 24th in Việt Nam
# The example of developer.casso.vn/casso-api/api/lay-giao-dich (November 2026).
SAMPLE = {
    "id": 5789,
    "tid": "TF2104152395814062",
    "description": "Khanhnm chuyen tien",
    "amount": -193000,
    "cusum_balance": 1070904,
    "when": "2021-04-15T00:00:00",
    "bankSubAccId": ACCOUNT,
    "paymentChannel": "",
    "virtualAccount": "",
    "virtualAccountName": "",
    "corresponsiveName": "",
    "corresponsiveAccount": "",
    "corresponsiveBankId": "",
    "corresponsiveBankName": "",
    "accountId": 733,
    "bankCodeName": "acb_digi",
}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Tests read nothing of it."""


class Provider:
    """A server on this machine that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.answers, self.asked = "200 OK", [], []

    def __call__(self, environ, start):
        names = ("REQUEST_METHOD", "QUERY_STRING", "HTTP_AUTHORIZATION")
        self.asked.append(tuple(environ.get(name) for name in names))
        start(self.status, [("Location", "/elsewhere")])
        return [self.answers.pop(0) if self.answers else b""]

    def tells(self, *pages):
        """Pages of records."""
        for records in pages:
            data = {"page": 1, "totalPages": len(pages), "records": records}
            answer = {"error": 0, "message": "success", "data": data}
            self.answers.append(json.dumps(answer).encode())


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def feed(provider):
    with make_server("127.0.0.1", 0, provider, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v2/transactions"
        yield feeds.CassoFeed("k3y", account=ACCOUNT, url=address)
        server.shutdown()


class TestAsking:
    def test_is_by_day_in_viet_nam_page_after_page(self, provider, feed):
        provider.tells([SAMPLE], [SAMPLE | {"tid": "TF2", "id": 2}])

        assert [line.reference for line in feed.lines(SINCE)] == ["TF2104152395814062", "TF2"]
        asked = "fromDate=2026-11-24&pageSize=100&sort=ASC&page="
        assert provider.asked == [("GET", asked + page, "Apikey k3y") for page in "12"]

    def test_goes_to_casso_itself(self):
        assert feeds.URL == "https://oauth.casso.vn/v2/transactions"


class TestALine:
    def test_is_whole_dong_with_the_balance_after_it(self, provider, feed):
        provider.tells([SAMPLE])

        (line,) = feed.lines(SINCE)

        assert line == StatementLine(
            account=ACCOUNT,
            reference="TF2104152395814062",
            booked_at=datetime(2021, 4, 14, 17, 0, tzinfo=UTC),
            amount_minor=-193_000,
            text="Khanhnm chuyen tien",
        )
        assert line.balance_minor == 1_070_904

    def test_says_who_paid(self, provider, feed):
        payer = {"BankId": "970436", "Account": "0351", "Name": "NGUYEN THI LAN"}
        provider.tells([SAMPLE | {f"corresponsive{name}": said for name, said in payer.items()}])

        (line,) = feed.lines(SINCE)

        assert [line.payer_bin, line.payer_account, line.payer_name] == list(payer.values())

    def test_may_name_its_balance_otherwise_or_not_at_all(self, provider, feed):
        bare = {name: value for name, value in SAMPLE.items() if name != "cusum_balance"}
        others = {"id": 2, "cusumBalance": 7}, {"id": 3, "cusum_balance": 0}
        provider.tells([bare, *(bare | its for its in others)])

        assert [line.balance_minor for line in feed.lines(SINCE)] == [None, 7, None]

    def test_of_another_account_and_one_that_moved_nothing_are_passed_over(self, provider, feed):
        provider.tells([SAMPLE | {"bankSubAccId": "1"}, SAMPLE | {"amount": 0, "id": 2}])

        assert feed.lines(SINCE) == []

    def test_that_two_pages_tell_is_one(self, provider, feed):
        provider.tells([SAMPLE], [SAMPLE])

        assert len(feed.lines(SINCE)) == 1

    def test_is_kept_without_what_no_database_takes(self, provider, feed):
        provider.tells([SAMPLE | {"description": "a\x00\ud800b", "tid": None}])

        (line,) = feed.lines(SINCE)
        assert (line.text, line.reference) == ("a  b", "")


class TestAnAnswer:
    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": 1.5},
            {"amount": "1000"},
            {"amount": True},
            {"amount": 10**16},
            {"amount": None},
            {"when": "yesterday"},
            {"when": None},
            {"description": 5},
            {"tid": 7},
            {"cusum_balance": 0.5},
        ],
    )
    def test_is_believed_but_for_a_line_that_cannot_be_read(self, provider, feed, changes):
        provider.tells([SAMPLE, SAMPLE | {"id": 2} | changes])

        (line,) = feed.lines(SINCE)
        assert line.amount_minor == SAMPLE["amount"]

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"data": null}', b"\xff"])
    def test_of_another_shape_is_none(self, provider, feed, body):
        provider.answers.append(body)

        with pytest.raises(GatewayUnsure):
            feed.lines(SINCE)

    @pytest.mark.parametrize("status", ["401 No", "429 Too many", "500 Oh", "302 There"])
    def test_that_is_no_success_is_none_and_the_key_goes_nowhere_else(self, provider, feed, status):
        provider.status = status

        with pytest.raises(GatewayUnsure) as unsure:
            feed.lines(SINCE)
        assert len(provider.asked) == 1
        assert "k3y" not in str(unsure.value)

    def test_that_never_comes_is_none(self):
        gone = feeds.CassoFeed("k3y", account=ACCOUNT, url="http://127.0.0.1:9/")

        with pytest.raises(GatewayUnsure):
            gone.lines(SINCE - timedelta(days=1))


class TestWhoIsAsked:
    def test_is_the_shipped_bank_casso_or_nobody(self, tmp_path):
        demo = settings_for("", tmp_path)
        bare = replace(demo, demo=False)

        found = [rails.bank_for(each) for each in (demo, replace(bare, casso_key="k"), bare)]

        assert [type(each) for each in found] == [fake_bank.Feed, feeds.CassoFeed, type(None)]
