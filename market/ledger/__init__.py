"""Double entry kept by the database: accounts, postings and their balances."""

from market.ledger import queries
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting
from market.ledger.posting import AlreadyReversed, Booking, TooLittle, post, post_all, reverse
from market.ledger.queries import Statement, balance, balances, locked, of_order, problems, totals
