"""The chart of accounts: each name is made here, with its normal side and its floor."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account's code, the side on which it grows (1 debit, -1 credit) and its floor."""

    code: str
    normal: int
    floor: int | None = None


COMMISSION = AccountName("commission", -1)
UNAPPLIED = AccountName("buyer:unapplied", -1, 0)
KINDS = {  # the accounts that are many, by their pattern
    "bank:%": "bank",
    "cod:custody:%": "cash",
    "order:%:held": "held",
    "order:%:refund": "refund",
    "seller:%:payable": "payable",
    "seller:%:receivable": "receivable",
    "buyer:unapplied": "unapplied",
}


def bank(account: str) -> AccountName:
    """Money on the custody bank account."""
    return AccountName(f"bank:{account}", 1)


def cash(holder_id: UUID) -> AccountName:
    """Buyers' cash in the hands of a seller or courier."""
    return AccountName(f"cod:custody:{holder_id}", 1, 0)


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
    """What a seller who is paid directly owes for commission and fees."""
    return AccountName(f"seller:{organisation_id}:receivable", 1, 0)
