"""The chart of accounts: each name is made here, with its normal side and its floor."""

from fnmatch import fnmatchcase
from typing import NamedTuple
from uuid import UUID


class AccountName(NamedTuple):
    """An account's code, the side on which it grows (1 debit, -1 credit) and its floor."""

    code: str
    normal: int
    floor: int | None = None


COMMISSION = AccountName("commission", -1)
UNAPPLIED = AccountName("buyer:unapplied", -1, 0)
REFUND_PAYABLE = AccountName("refund:payable", -1, 0)  # unapplied money on its way back
VAT_WITHHELD = AccountName("tax:vat_withheld", -1, 0)
PIT_WITHHELD = AccountName("tax:pit_withheld", -1, 0)
PSP_FEE = AccountName("psp_fee", 1)
LOSS = AccountName("loss", 1)
SUSPENSE = AccountName("suspense", 1)  # moved by the provider, and nobody knows yet for whom
CASH = "cod:custody:"  # and whose hands they are
KINDS = {  # the accounts that are many, by their pattern
    "psp:%:clearing": "clearing",
    "psp:%:disputed": "disputed",
    "bank:%": "bank",
    f"{CASH}%": "cash",
    "order:%:held": "held",
    "order:%:refund": "refund",
    "seller:%:payable": "payable",
    "seller:%:receivable": "receivable",
    "seller:%:reserve": "reserve",
    "seller:%:in_payout": "in_payout",
    "buyer:unapplied": "unapplied",
    "refund:payable": "refund",
    "tax:%": "tax",
}


def clearing(provider: str) -> AccountName:
    """What a payment provider keeps for us, fees taken off; below zero we owe the provider."""
    return AccountName(f"psp:{provider}:clearing", 1)


def disputed(provider: str) -> AccountName:
    """What the provider has taken back until a dispute is decided."""
    return AccountName(f"psp:{provider}:disputed", 1, 0)


def bank(account: str) -> AccountName:
    """Money on the custody bank account."""
    return AccountName(f"bank:{account}", 1)


def cash(holder_id: UUID) -> AccountName:
    """Buyers' cash in the hands of a seller or courier."""
    return AccountName(f"{CASH}{holder_id}", 1, 0)


def held(order_id: UUID) -> AccountName:
    """An order's money that waits for the goods to arrive."""
    return AccountName(f"order:{order_id}:held", -1, 0)


def refund(order_id: UUID) -> AccountName:
    """What an order's buyer is to get back."""
    return AccountName(f"order:{order_id}:refund", -1, 0)


def payable(organisation_id: UUID) -> AccountName:
    """What a seller or cooperative has earned and not yet been paid."""
    return AccountName(f"seller:{organisation_id}:payable", -1, 0)


def receivable(organisation_id: UUID) -> AccountName:
    """What a seller owes: fees of direct sales, and refunds above what he had here."""
    return AccountName(f"seller:{organisation_id}:receivable", 1, 0)


def reserve(organisation_id: UUID) -> AccountName:
    """A seller's money that waits for a dispute to be decided."""
    return AccountName(f"seller:{organisation_id}:reserve", -1, 0)


def in_payout(organisation_id: UUID) -> AccountName:
    """A seller's money on its way to his bank."""
    return AccountName(f"seller:{organisation_id}:in_payout", -1, 0)


def of_seller(organisation_id: UUID) -> tuple[AccountName, ...]:
    """All that the market owes an organisation, and all that it owes the market."""
    makers = (payable, reserve, in_payout, receivable, cash)
    return tuple(make(organisation_id) for make in makers)


def kind_of(code: str) -> str:
    """The kind of an account by its code; an account that is the only one is its own kind."""
    kinds = (kind for each, kind in KINDS.items() if fnmatchcase(code, each.replace("%", "*")))
    return next(kinds, code)
