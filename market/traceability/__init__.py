"""Where goods come from: plots, lots, and what happened to each lot, told only forward."""

from market.traceability.lots import (
    EventExists,
    EventInFuture,
    append,
    lots,
    open_lot,
    own_lot,
    plots,
    register_plot,
    trace,
)
from market.traceability.models import Step, Voice
