"""Where goods come from: plots, lots, and what happened to each lot, told only forward."""

from market.traceability.events import EventExists, EventInFuture, append
from market.traceability.lots import Harvest, HarvestTooFar, NewPlot, open_lot, register_plot
from market.traceability.models import Step, Voice
from market.traceability.queries import lots, own_lot, plots
from market.traceability.tracing import Isolation, Trace, trace
