"""Visits with a host: what is offered, and the departures with their seats."""

from catalog.experiences.departures import (
    BadSeats,
    BadStart,
    DepartureExists,
    cancel_departure,
    open_departures,
)
from catalog.experiences.drafting import Revision, Visit, draft, revise
