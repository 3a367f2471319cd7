"""Cooperatives: who belongs to which, and for which fee."""

from market.cooperatives.joining import (
    AlreadyInOne,
    NotVerified,
    NotWaiting,
    approve,
    ask_to_join,
    get,
    leave,
    page,
)
