"""VietQR: the picture a bank app scans to fill in a transfer (NAPAS 1.5.2 over EMVCo TLV)."""

import re
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from market.errors import MarketError
from translations.folding import ascii_only

NAPAS_AID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
TO_CARD = "QRIBFTTC"
DONG = "704"
VALUE_LENGTH_MAX = 99
AMOUNT_LENGTH_MAX = 13
PURPOSE_LENGTH_MAX = 25
BILL_LENGTH_MAX = 25


class NoSuchBankAccount(MarketError, code="payment.no_such_bank_account"):
    """A BIN is six digits; an account is up to 19 letters and digits, a card 16 to 19 digits."""


class QrUnreadable(MarketError, code="payment.qr_unreadable"):
    """The text is no VietQR, or its check value does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What a bank app fills in from the picture; the amount in đồng."""

    bank_bin: str
    account: str
    amount_minor: int | None = None
    purpose: str | None = None
    bill: str | None = None
    to_card: bool = False

    def payload(self) -> str:
        """The text of the picture; without amount, purpose and bill it serves again and again.

        Purpose and bill lose their accents, since banks do not carry them.
        Refuses a malformed BIN or account; a purpose or amount that cannot fit is a ValueError.
        """
        check_account(bank_bin=self.bank_bin, account=self.account, to_card=self.to_card)
        to = _field("00", self.bank_bin) + _field("01", self.account)
        service = TO_CARD if self.to_card else TO_ACCOUNT
        amount = "" if self.amount_minor is None else _field("54", _amount(self.amount_minor))
        bill = _note("01", self.bill, BILL_LENGTH_MAX)
        about = bill + _note("08", self.purpose, PURPOSE_LENGTH_MAX)
        body = (
            _field("00", "01")
            + _field("01", "12" if amount or about else "11")
            + _field("38", _field("00", NAPAS_AID) + _field("01", to) + _field("02", service))
            + _field("53", DONG)
            + amount
            + _field("58", "VN")
            + (_field("62", about) if about else "")
            + "6304"
        )
        return body + checksum(body)


def check_account(*, bank_bin: str, account: str, to_card: bool = False) -> None:
    """Refuses what cannot be a NAPAS BIN with an account (or card) number."""
    shape = _CARD if to_card else _ACCOUNT
    if not (_BIN.fullmatch(bank_bin) and shape.fullmatch(account)):
        raise NoSuchBankAccount(bank_bin=bank_bin)


def parse(payload: str) -> Transfer:
    """What the picture asks for; refuses a payload whose checksum or structure does not hold."""
    if not payload.isascii() or payload[-8:-4] != "6304" or checksum(payload[:-4]) != payload[-4:]:
        raise QrUnreadable
    fields = _fields(payload)
    napas = _fields(fields.get("38", ""))
    to = _fields(napas.get("01", ""))
    about = _fields(fields.get("62", ""))
    known = fields.get("53") == DONG and napas.get("00") == NAPAS_AID
    amount = fields.get("54")
    if amount is not None and not _AMOUNT.fullmatch(amount):
        raise QrUnreadable
    if not known or napas.get("02") not in {TO_ACCOUNT, TO_CARD} or not {"00", "01"} <= set(to):
        raise QrUnreadable
    asked: Any = {"amount_minor": int(amount) if amount else None, "purpose": about.get("08")}
    asked |= {"bill": about.get("01"), "to_card": napas["02"] == TO_CARD}
    found = Transfer(bank_bin=to["00"], account=to["01"], **asked)
    check_account(bank_bin=found.bank_bin, account=found.account, to_card=found.to_card)
    return found


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF) as four capital hexadecimal digits."""
    return f"{crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def _note(tag: str, text: str | None, length_max: int) -> str:
    plain = " ".join(ascii_only(text or "").split())
    if len(plain) > length_max or not plain.isprintable():
        raise ValueError(f"field {tag} holds up to {length_max} plain characters, not {plain!r}")
    return _field(tag, plain) if plain else ""


def _amount(amount_minor: int) -> str:
    text = str(amount_minor)
    if amount_minor <= 0 or len(text) > AMOUNT_LENGTH_MAX:
        raise ValueError(f"an amount of {amount_minor} cannot be transferred")
    return text


def _field(tag: str, value: str) -> str:
    if not 0 < len(value) <= VALUE_LENGTH_MAX:
        raise ValueError(f"field {tag} holds 1 to {VALUE_LENGTH_MAX} characters, not {len(value)}")
    return f"{tag}{len(value):02d}{value}"


def _fields(text: str) -> dict[str, str]:
    pairs = list(_pairs(text))
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise QrUnreadable
    return fields


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not _HEAD.fullmatch(tag + length) or at + 4 + int(length) > len(text):
            raise QrUnreadable
        yield tag, text[at + 4 : at + 4 + int(length)]
        at += 4 + int(length)


_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_CARD = re.compile(r"[0-9]{16,19}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,12}")
_HEAD = re.compile(r"[0-9]{4}")
