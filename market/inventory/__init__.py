"""One ledger of cells for everything that can run out; claims are all or nothing."""

from market.inventory.claiming import (
    Hold,
    OutOfStock,
    Want,
    exchange,
    hold_all,
    pass_on,
    prolong,
    release,
    sell,
    standing,
    sweep,
)
from market.inventory.stocking import BelowClaims, change, close, drift, free, open_resource
