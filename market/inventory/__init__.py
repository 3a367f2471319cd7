"""One ledger of cells for everything that can run out; claims are all or nothing."""

from market.inventory.claiming import (
    Hold,
    HoldLapsed,
    OutOfStock,
    Want,
    hold_all,
    release,
    sell,
    sweep,
)
from market.inventory.stocking import BelowClaims, change, close, drift, free, open_resource
