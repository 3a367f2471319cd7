"""Double entry kept by the database: accounts, postings and their balances."""

from market.ledger.posting import post
from market.ledger.queries import balance, balances, problems, totals
