"""Where goods come from: plots, lots, and what happened to each lot, told only forward."""

from market.traceability.events import EventExists, EventInFuture, Trace, append, trace
from market.traceability.lots import lots, open_lot, own_lot, plots, register_plot
from market.traceability.models import Step, Voice
