"""Banks that a transfer by QR can reach, asked by NAPAS BIN.

As of 24 November 2026: vietnam-qr-pay 1.5.1 (npm, MIT), those that can receive transfers.
"""

from typing import NamedTuple

from market import tables


class Bank(NamedTuple):
    """A bank under the name its customers use, and under its full one."""

    bank_bin: str
    short_name: str
    name: str


BANKS = tuple(Bank(**row) for row in tables.facts("payments", "banks.csv"))
_BY_BIN = {bank.bank_bin: bank for bank in BANKS}


def by_bin(bank_bin: str) -> Bank | None:
    """The bank with this BIN; None where the list does not know it (it may exist all the same)."""
    return _BY_BIN.get(bank_bin)
