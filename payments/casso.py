"""Casso, which reads linked bank accounts: asked for what notifications may have lost.

As developer.casso.vn/casso-api/api/lay-giao-dich describes it: whole đồng, debits below zero, the
balance after each line. payOS is of the same house.
"""

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from market import clock, money, tables
from market.notifications.carriers import NoRedirect
from payments.bank_lines import StatementLine
from payments.gateway import GatewayUnsure

URL = "https://oauth.casso.vn/v2/transactions"
PAGE = 100
TIMEOUT_SECONDS = 10
log = logging.getLogger("market.payments")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class Feed:
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
        reference=_text(told["tid"], 64),
        booked_at=booked_at,
        amount_minor=_whole(told["amount"]),
        text=_text(told["description"], 500),
        payer_bin=_text(told.get("corresponsiveBankId"), 20) or None,
        payer_account=_text(told.get("corresponsiveAccount"), 30) or None,
        payer_name=_text(told.get("corresponsiveName"), 100) or None,
        # Both names are documented. Nothing is said where a bank tells no balance, so 0 says none.
        balance_minor=_whole(told.get("cusum_balance") or told.get("cusumBalance") or 0) or None,
    )


def _whole(amount: Any) -> int:
    if type(amount) is not int or abs(amount) > money.MINOR_MAX:
        raise ValueError("amount")
    return amount


def _text(text: Any, most: int) -> str:
    return _UNKEEPABLE.sub(" ", text or "").strip()[:most]
