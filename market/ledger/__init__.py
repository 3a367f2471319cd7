"""Double entry kept by the database: accounts, postings and their balances."""

from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting
from market.ledger.posting import AlreadyReversed, Booking, TooLittle, post, post_all, reverse
from market.ledger.queries import (
    Audit,
    Statement,
    audit,
    balance,
    balances,
    locked,
    of_order,
    of_orders,
    problems,
    statement,
    totals,
)
