"""Where a message can reach somebody: one spelling for every phone number and e-mail address."""

import re
import unicodedata
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from market.errors import FieldInvalid, MarketError
from market.tables import facts

HOME_PREFIX = "+84"
EMAIL_LENGTH_MAX = 254  # RFC 5321 §4.5.3.1, less the brackets


class ForeignPhone(MarketError, code="sign_in.foreign_phone"):
    """No SMS goes abroad from here; an e-mail address would do."""


class Channel(StrEnum):
    """The two ways to reach somebody outside."""

    SMS = "sms"
    EMAIL = "email"


def channel_of(destination: str) -> Channel:
    """How a destination is reached."""
    return Channel.EMAIL if "@" in destination else Channel.SMS


def phone(text: str) -> str:
    """The number in E.164, a Vietnamese one as it is today; FieldInvalid for what cannot ring."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if not _TYPED.fullmatch(typed):
        raise FieldInvalid(field="phone", reason="field.bad_phone")
    number = _parsed(typed)
    is_home = number.country_code == _HOME_CODE
    rings = not is_home or phonenumbers.number_type(number) == PhoneNumberType.MOBILE
    if not phonenumbers.is_valid_number(number) or not rings:
        raise FieldInvalid(field="phone", reason="field.bad_phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def email(text: str) -> str:
    """The address in lower case; raises FieldInvalid for what is none."""
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if len(address) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(address):
        raise FieldInvalid(field="email", reason="field.bad_email")
    return address


def either(text: str) -> str:
    """The number or the address, whichever was typed; raises FieldInvalid."""
    return email(text) if "@" in text else phone(text)


def shown(destination: str) -> str:
    """Enough of a destination to recognise one's own, too little to call a stranger."""
    if channel_of(destination) is Channel.EMAIL:
        name, _, domain = destination.partition("@")
        return f"{name[:1]}•••@{domain}"
    return f"{destination[:3]}•••{destination[-3:]}"


def spoken(phone: str) -> str:
    """A normalised number as it is read out: "0901 000 001"; one from abroad with its country."""
    number = phonenumbers.parse(phone)
    home = number.country_code == _HOME_CODE
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL)


def _parsed(typed: str) -> phonenumbers.PhoneNumber:
    try:
        number = phonenumbers.parse(typed, "VN")
    except phonenumbers.NumberParseException:
        raise FieldInvalid(field="phone", reason="field.bad_phone") from None
    national = str(number.national_number)
    today = _PREFIXES_OF_2018.get(national[:3])
    if number.country_code == _HOME_CODE and len(national) == _OLD_LENGTH and today:
        number.national_number = int(today + national[3:])
    return number


_HOME_CODE = 84
_OLD_LENGTH = 10  # eleven digits with the leading 0 that E.164 drops
# The ministry's plan 798/QĐ-BTTTT, in force on 15 September 2018: old prefix to new, without the 0.
_PREFIXES_OF_2018 = {row["old"]: row["new"] for row in facts("market", "mobile_prefixes_2018.csv")}
_TYPED = re.compile(r"[+0-9 ()./‐-―−-]{6,30}")
# The address of the HTML standard, with at least one dot in the domain.
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
