"""One ledger of cells for everything that can run out; claims are all or nothing."""

from market.inventory.claiming import (
    Hold,
    HoldLapsed,
    OutOfStock,
    Want,
    hold,
    hold_all,
    release,
    sell,
)
from market.inventory.queries import drift, free
from market.inventory.stocking import BelowClaims, change, close, open_resource, reopen
from market.inventory.sweeping import sweep

__all__ = [
    "BelowClaims",
    "Hold",
    "HoldLapsed",
    "OutOfStock",
    "Want",
    "change",
    "close",
    "drift",
    "free",
    "hold",
    "hold_all",
    "open_resource",
    "release",
    "reopen",
    "sell",
    "sweep",
]
