"""What banks tell, in their own words: statements as CSV, payOS' notifications, Casso's lists.

Statements: dialects are recognised by their headings, errors told by row. Vietcombank's headings
are after the statement that the Fatherland Front published in September 2024; Techcombank, BIDV
and MB Bank as public programs that read their files name them.

payOS is checked by the values that it signs, as
payos.vn/docs/tich-hop-webhook/kiem-tra-du-lieu-voi-signature describes it. Casso, of the same
house, is asked for what notifications may have lost, as
developer.casso.vn/casso-api/api/lay-giao-dich describes it: whole đồng, debits below zero, the
balance after each line.
"""

import hashlib
import hmac
import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from http.client import HTTPException
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from market import Kind, MarketError, clock, money, tables
from market.notifications.carriers import NoRedirect
from payments.bank_lines import StatementLine
from payments.gateway import GatewayUnsure

URL = "https://oauth.casso.vn/v2/transactions"
PAGE = 100
TIMEOUT_SECONDS = 10
log = logging.getLogger("market.payments")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
DONE = "00"
NOTHING = frozenset({"null", "undefined"})  # both are signed as an empty text
# What payOS sends when the address of the webhook is confirmed: no money came with it.
TRIAL_ORDER = 123
TRIAL_TEXTS = frozenset({"VQRIO123", "Ma giao dich thu nghiem"})


class PayosForged(MarketError, code="payos.forged", kind=Kind.FORBIDDEN):
    """The notification is not signed with our checksum key, or was changed since."""


class PayosUnreadable(MarketError, code="payos.unreadable"):
    """A notification that tells no credit in whole đồng; facts: `field` where it goes wrong."""


def read_payos(body: bytes, *, checksum_key: str) -> StatementLine | None:
    """The credit that the notification tells; None for a trial and for what did not succeed.

    Raises PayosForged, PayosUnreadable.
    """
    told = _loaded(body)
    data, signature = told.get("data"), told.get("signature")
    if not isinstance(data, dict) or not isinstance(signature, str):
        raise PayosUnreadable(field="data")
    given = signature.lower().encode(errors="replace")
    if not hmac.compare_digest(_sealed(data, checksum_key).encode(), given):
        raise PayosForged
    is_trial = data.get("orderCode") == TRIAL_ORDER and data.get("description") in TRIAL_TEXTS
    if is_trial or data.get("code", DONE) != DONE:
        return None
    if data.get("currency", "VND") != "VND":
        raise PayosUnreadable(field="currency")
    return StatementLine(
        account=_text(data, "accountNumber", 19),
        reference=_text(data, "reference", 64),
        booked_at=_moment(data),
        amount_minor=_amount(data),
        text=_text(data, "description", 500),
        payer_bin=_text(data, "counterAccountBankId", 20, required=False) or None,
        payer_account=_text(data, "counterAccountNumber", 30, required=False) or None,
        payer_name=_text(data, "counterAccountName", 100, required=False) or None,
    )


def _loaded(body: bytes) -> dict[str, Any]:
    try:
        hooks: Any = {"parse_float": _refuse, "parse_constant": _refuse}
        told = json.loads(body.decode(), object_pairs_hook=_without_doubles, **hooks)
    except (ValueError, RecursionError):
        raise PayosUnreadable(field="body") from None
    if not isinstance(told, dict):
        raise PayosUnreadable(field="body")
    return told


def _refuse(_literal: str) -> NoReturn:
    raise PayosUnreadable(field="amount")  # a fraction of a đồng, or what is no number at all


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise PayosUnreadable(field="data")
    return dict(pairs)


def _sealed(data: dict[str, Any], checksum_key: str) -> str:
    words = "&".join(f"{name}={_value(data[name])}" for name in sorted(data))
    given = words.encode(errors="surrogatepass")
    return hmac.new(checksum_key.encode(), given, hashlib.sha256).hexdigest()


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise PayosUnreadable(field="data")
    return "" if value is None or value in NOTHING else str(value)


def _amount(data: dict[str, Any]) -> int:
    amount = data.get("amount")
    if type(amount) is not int or not 0 < amount <= money.MINOR_MAX:
        raise PayosUnreadable(field="amount")
    return amount


def _moment(data: dict[str, Any]) -> datetime:
    moment = tables.moment(_text(data, "transactionDateTime", 40))
    if moment is None:
        raise PayosUnreadable(field="transactionDateTime")
    return moment


def _text(data: dict[str, Any], name: str, most: int, *, required: bool = True) -> str:
    text = data.get(name) or ""
    if not isinstance(text, str) or _UNKEEPABLE.search(text) or (required and not text):
        raise PayosUnreadable(field=name)
    return text[:most]


class CassoFeed:
    """One account of those that the key may read."""

    def __init__(self, key: str, *, account: str, url: str = URL) -> None:
        self._key, self._account, self._url = key, account, url

    def lines(self, since: datetime) -> list[StatementLine]:
        """What was booked from that day on, oldest first, all or nothing; raises GatewayUnsure."""
        try:
            # By their ids: pages shift while they are read.
            told = {each["id"]: each for each in self._told(since)}
            its = [each for each in told.values() if each.get("bankSubAccId") == self._account]
            return [line for each in its if (line := _line_or_none(each))]
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            # The reason alone: the key must not end in a log.
            raise GatewayUnsure(f"Casso: {type(error).__name__}") from None

    def _told(self, since: datetime) -> Iterator[dict[str, Any]]:
        asked = {"fromDate": clock.day_of(since).isoformat(), "pageSize": PAGE, "sort": "ASC"}
        opener, page, pages = build_opener(NoRedirect), 0, 1
        while page < pages:
            page += 1
            url = f"{self._url}?{urlencode(asked | {'page': page})}"
            request = Request(url, headers={"Authorization": f"Apikey {self._key}"})  # noqa: S310
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                told = json.loads(answer.read())["data"]
            yield from told["records"]
            pages = told["totalPages"]


def _line_or_none(told: dict[str, Any]) -> StatementLine | None:
    """The line, unless nothing moved; what cannot be read is logged, and its sum missed."""
    try:
        return _line(told) if told["amount"] != 0 else None
    except (AttributeError, LookupError, TypeError, ValueError):
        log.exception("Casso's record %s cannot be read", told["id"])
        return None


def _line(told: dict[str, Any]) -> StatementLine:
    booked_at = tables.moment(told["when"])
    if booked_at is None:
        raise ValueError("when")
    return StatementLine(
        account=told["bankSubAccId"],
        reference=_plain(told["tid"], 64),
        booked_at=booked_at,
        amount_minor=_whole(told["amount"]),
        text=_plain(told["description"], 500),
        payer_bin=_plain(told.get("corresponsiveBankId"), 20) or None,
        payer_account=_plain(told.get("corresponsiveAccount"), 30) or None,
        payer_name=_plain(told.get("corresponsiveName"), 100) or None,
        # Both names are documented. Nothing is said where a bank tells no balance, so 0 says none.
        balance_minor=_whole(told.get("cusum_balance") or told.get("cusumBalance") or 0) or None,
    )


def _whole(amount: Any) -> int:
    if type(amount) is not int or abs(amount) > money.MINOR_MAX:
        raise ValueError("amount")
    return amount


def _plain(text: Any, most: int) -> str:
    return _UNKEEPABLE.sub(" ", text or "").strip()[:most]


Value = TypeVar("Value")
ROWS_MAX = 500  # taken in within one turn to write, which others wait for
_KNOWN = tables.words("payments", "headings.json")
HEADINGS: tables.Headings = {it: set(known) for it, known in _KNOWN.items()}
OPTIONAL = {"debit", "balance", "payer_name", "payer_account"}
# Its number, what it moved, the balance after it, and the line if it moved anything.
Row = tuple[int, int, int | None, StatementLine | None]


class StatementUnreadable(MarketError, code="statement.unreadable"):
    """The file is no statement that we can read; facts: `row` and `column` where it stops."""


def parse_csv(content: bytes, *, account: str) -> list[StatementLine]:
    """The lines of a statement of one account, debits below zero; empty rows are passed over.

    Where the file tells balances, its rows have to lead from each to the next, either way round;
    the lines come out oldest first.
    """
    rows: list[Row] = []
    for number, cells in tables.read_csv(
        content, HEADINGS, optional=OPTIONAL, most=ROWS_MAX, refusal=StatementUnreadable
    ):
        balance = _needed(tables.whole, number, cells, "balance") if "balance" in cells else None
        amount = _moved(number, cells)
        moved = {"account": account, "amount_minor": amount, "balance_minor": balance}
        rows.append((number, amount, balance, _line_of(number, cells, moved) if amount else None))
    return _oldest_first(rows)


def _moved(number: int, cells: tables.Cells) -> int:
    """What the row moved: a credit and no debit, or a debit and no credit."""
    credit, debit = cells["amount"], cells.get("debit", "")
    came = _needed(tables.whole, number, cells, "amount") if credit or not debit else 0
    went = _needed(tables.whole, number, cells, "debit") if debit else 0
    if came and went:
        raise StatementUnreadable(row=number, column="debit")
    return came - abs(went)


def _needed(
    read: Callable[[str], Value | None], number: int, cells: tables.Cells, column: str
) -> Value:
    value = read(cells[column])
    if value is None:
        raise StatementUnreadable(row=number, column=column)
    return value


def _line_of(number: int, cells: tables.Cells, moved: dict[str, Any]) -> StatementLine:
    return StatementLine(
        **moved,
        reference=cells["reference"][:64],
        booked_at=_needed(tables.moment, number, cells, "booked_at"),
        text=cells["text"][:500],
        payer_account=cells.get("payer_account", "")[:30] or None,
        payer_name=cells.get("payer_name", "")[:100] or None,
    )


def _oldest_first(rows: Sequence[Row]) -> list[StatementLine]:
    """Refuse a file from which a row is missing, or in which one stands twice, at that row."""
    onwards, backwards = list(_gaps(rows)), list(_gaps(rows[::-1]))
    if onwards and backwards:
        raise StatementUnreadable(row=min(onwards, backwards, key=len)[0], column="balance")
    lines = [line for *_, line in rows if line]
    falls = bool(lines) and lines[0].booked_at > lines[-1].booked_at
    return lines[::-1] if onwards or (falls and not backwards) else lines


def _gaps(rows: Sequence[Row]) -> Iterator[int]:
    for (_, _, before, _), (number, amount, after, _) in itertools.pairwise(rows):
        if before is not None and after is not None and before + amount != after:
            yield number
