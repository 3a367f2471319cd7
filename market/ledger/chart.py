"""The chart of accounts: each name is made here, with its normal side and its floor."""

from fnmatch import fnmatchcase
from typing import NamedTuple
from uuid import UUID


class AccountName(NamedTuple):
    """An account's code, the side on which it grows (1 debit, -1 credit) and its floor."""

    code: str
    normal: int
    floor: int | None = None


class Many(NamedTuple):
    """Accounts of one kind, with `%` for whose they are."""

    pattern: str
    kind: str
    normal: int
    floor: int | None = 0

    def __call__(self, whose: UUID | str) -> AccountName:
        """The account of one of them."""
        return AccountName(self.pattern.replace("%", str(whose)), self.normal, self.floor)


CURRENCY = "VND"  # in which the books are kept
COMMISSION = AccountName("commission", -1)
UNAPPLIED = AccountName("buyer:unapplied", -1, 0)
REFUND_PAYABLE = AccountName("refund:payable", -1, 0)  # unapplied money on its way back
PSP_FEE = AccountName("psp_fee", 1)
LOSS = AccountName("loss", 1)
SUSPENSE = AccountName("suspense", 1)  # moved by the provider, and nobody knows yet for whom

# What a payment provider keeps for us, fees taken off; below zero we owe the provider.
clearing = Many("psp:%:clearing", "clearing", 1, None)
# What the provider has taken back until a dispute is decided.
disputed = Many("psp:%:disputed", "disputed", 1)
# Money on the custody bank account.
bank = Many("bank:%", "bank", 1, None)
# Buyers' money in the hands of a seller, courier or reseller.
cash = Many("cod:custody:%", "cash", 1)
# An order's money that waits for the goods to arrive.
held = Many("order:%:held", "held", -1)
# What an order's buyer is to get back.
refund = Many("order:%:refund", "refund", -1)
# What a seller or cooperative has earned and not yet been paid.
payable = Many("seller:%:payable", "payable", -1)
# What a seller owes: fees of direct sales, and refunds above what he had here.
receivable = Many("seller:%:receivable", "receivable", 1)
# A seller's money that waits for a dispute to be decided.
reserve = Many("seller:%:reserve", "reserve", -1)
# A seller's money on its way to his bank.
in_payout = Many("seller:%:in_payout", "in_payout", -1)

OF_SELLER = (payable, reserve, in_payout, receivable, cash)
_MANY = (clearing, disputed, bank, held, refund, *OF_SELLER)
KINDS = {each.pattern: each.kind for each in _MANY} | {
    "buyer:unapplied": "unapplied",
    "refund:payable": "refund",
    "tax:%": "tax",
}


def of_seller(organisation_id: UUID) -> tuple[AccountName, ...]:
    """All that the market owes an organisation, and all that it owes the market."""
    return tuple(name(organisation_id) for name in OF_SELLER)


def is_cash(code: str) -> bool:
    """Whether the account is of buyers' money in somebody's hands."""
    return code.startswith("cod:custody:")


def kind_of(code: str) -> str:
    """The kind of an account by its code; an account that is the only one is its own kind."""
    kinds = (kind for each, kind in KINDS.items() if fnmatchcase(code, each.replace("%", "*")))
    return next(kinds, code)
