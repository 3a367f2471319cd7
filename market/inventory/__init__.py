"""One ledger of cells for everything that can run out; claims are all or nothing."""

from market.inventory import claiming, stocking
from market.inventory.claiming import Hold, OutOfStock, Want, hold_all, release, sell, sweep
from market.inventory.rearranging import (
    change_claims,
    claim_again,
    claim_along,
    claim_anew,
    lock,
    wants_of,
)
from market.inventory.stocking import (
    BelowClaims,
    change,
    close,
    drift,
    free,
    open_resource,
    open_slices,
    slice_of,
    slices,
)
