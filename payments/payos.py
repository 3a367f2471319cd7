"""payOS, which tells of each transfer to an account as it comes; checked by the values it signs.

The signature as payos.vn/docs/tich-hop-webhook/kiem-tra-du-lieu-voi-signature describes it.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any, NoReturn

from market import money, tables
from market.errors import Kind, MarketError
from payments.bank_lines import StatementLine

DONE = "00"
NOTHING = frozenset({"null", "undefined"})  # both are signed as an empty text
# What payOS sends when the address of the webhook is confirmed: no money came with it.
TRIAL_ORDER = 123
TRIAL_TEXTS = frozenset({"VQRIO123", "Ma giao dich thu nghiem"})


class PayosForged(MarketError, code="payos.forged", kind=Kind.FORBIDDEN):
    """The notification is not signed with our checksum key, or was changed since."""


class PayosUnreadable(MarketError, code="payos.unreadable"):
    """A notification that tells no credit in whole đồng; facts: `field` where it goes wrong."""


def read(body: bytes, *, checksum_key: str) -> StatementLine | None:
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


_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
