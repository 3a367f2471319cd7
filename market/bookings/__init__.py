"""Seats sold become tickets: issued, made valid, shown and redeemed."""

from market.bookings.queries import by_code, guests, of_orders
from market.bookings.ticketing import (
    AlreadyRedeemed,
    Guest,
    TicketVoid,
    issue,
    redeem,
    validate,
    void,
)
