"""What a booking looks like to its reseller: its state, its guests and their tickets."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

from flask import g

from api import context, house
from api.context import Facts
from api.octo import openings, products
from api.octo.openings import Start
from api.octo.protocol import FIXED, utc
from catalog.shelves import resold as shelf
from market import bookings, by_id, clock
from market.bookings import Ticket
from market.orders import Order, State, queries, state_at
from payments import resold
from payments.resold import ResellerBooking

Tickets: TypeAlias = Mapping[str, Ticket]
OPEN = {"ON_HOLD", "PENDING", "CONFIRMED"}
SOLD = {"CONFIRMED", "REDEEMED"}


def shown(rows: Sequence[ResellerBooking]) -> list[Facts]:
    """The bookings in full, in a few statements however many they are."""
    orders = by_id(g.session, Order, [row.order_id for row in rows])
    tickets = bookings.of_orders(g.session, order_ids=list(orders))
    by_code = {ticket.code: ticket for its in tickets.values() for ticket in its}
    known = shelf.starts(g.session, ids={row.departure_id for row in rows}, now=clock.now())
    starts = {start.id: start for start in known}
    found = products.of_ids({start.experience_id for start in known})
    show = replace(products.showing(), booked=True)
    sure, said = _once_sure(rows, orders), []
    for row in rows:
        start = starts[row.departure_id]
        product = found[start.experience_id]
        option = next(each for each in product.options if each.id == start.option_id)
        its = Start(start, product, option, show)
        order = orders.get(row.order_id)
        said.append(_shown(row, order, _status(row, order, sure), by_code, its))
    return said


def _shown(
    row: ResellerBooking, order: Order | None, status: str, tickets: Tickets, start: Start
) -> Facts:
    option = start.option_shown()
    units = {unit["id"]: unit for unit in option["units"]}
    gone = {it["unit"]: it["retail"] for it in row.items if it["unit"] not in units}
    units |= {kind: start.unit_shown(kind, price) for kind, price in gone.items()}
    items = [_item(it, status, tickets.get(it["ticket"]), units) for it in row.items]
    came = [item["utcRedeemedAt"] for item in items if item["utcRedeemedAt"]]
    is_open = status == "ON_HOLD" or (status in OPEN and start.row.starts_at > clock.now())
    is_timed = status in {"ON_HOLD", "EXPIRED"}
    said: Facts = FIXED["booking"] | {"id": str(row.id), "uuid": str(row.uuid)}
    said |= {"resellerReference": row.reference, "supplierReference": row.code, "status": status}
    said["testMode"] = row.is_test
    said |= {"utcCreatedAt": utc(row.created_at), "utcUpdatedAt": utc(row.updated_at)}
    said |= {"utcExpiresAt": utc(row.expires_at) if is_timed else None}
    sold_at = None if status in {"PENDING", "REJECTED"} else utc(row.confirmed_at)
    said |= {"utcRedeemedAt": min(came, default=None), "utcConfirmedAt": sold_at}
    said |= {"productId": str(start.row.experience_id), "product": start.product_shown()}
    said |= {"optionId": str(start.row.option_id), "option": option, "cancellable": is_open}
    said["cancellation"] = _cancellation(row, order) if status == "CANCELLED" else None
    said |= {"availabilityId": str(start.row.id), "availability": openings.start_shown(start)}
    said |= {"unitItems": items, "contact": _contact(row.contact), "notes": row.notes}
    if start.show.pricing:
        off = "CANCELLED" if status in SOLD else None  # of whom it is no more
        both = zip(items, row.items, strict=True)
        owed = [[] if item["status"] == off else [it] for item, it in both]
        for item, its in zip(items, owed, strict=True):
            item["pricing"] = products.summed(its)
        said["pricing"] = products.summed(list(itertools.chain(*owed)))
    return said


def _once_sure(rows: Sequence[ResellerBooking], orders: Mapping[UUID, Order]) -> set[UUID]:
    """Which orders ran out though their host had agreed: they could not take place."""
    its = [row.order_id for row in rows if row.order_id and row.confirmed_at]
    over = [each for each in its if state_at(orders[each], clock.now()) is State.EXPIRED]
    steps = queries.events(g.session, order_ids=over) if over else {}
    return {it for it in over if State.CONFIRMED in {step.state for step in steps[it]}}


def _status(row: ResellerBooking, order: Order | None, sure: set[UUID]) -> Any:
    state = resold.state_of(row, order, clock.now())
    if order is None or state is not State.EXPIRED or row.confirmed_at is None:
        return FIXED["states"][state]
    return "CANCELLED" if order.id in sure else "REJECTED"  # by whom was not answered


def _item(item: Facts, status: str, ticket: Ticket | None, units: Mapping[str, Any]) -> Facts:
    """One guest; who cancelled for himself, or is in already, stands apart from the others."""
    own = FIXED["ticket_states"].get(ticket.state, status) if ticket and status in SOLD else status
    came = utc(ticket.redeemed_at) if ticket else None
    opens = _delivery(item, ticket) if own in SOLD else []
    shown = {"redemptionMethod": "DIGITAL", "utcRedeemedAt": came, "deliveryOptions": opens}
    said: Facts = {"uuid": item["uuid"], "unitId": item["unit"], "unit": units[item["unit"]]}
    said |= {"resellerReference": item["reference"], "supplierReference": item["ticket"]}
    said |= {"status": own, "utcRedeemedAt": came, "ticket": shown}
    return said | {"contact": _contact(item["contact"])}


def _contact(told: Facts) -> Facts:
    return FIXED["contact"] | {name: each for name, each in told.items() if each}


def _delivery(item: Facts, ticket: Ticket | None) -> list[Facts]:
    """What opens the gate: the token in the QR, and the same as PDF; of a test nothing does."""
    values = {"QRCODE": f"TEST {item['uuid']}"}
    if ticket is not None:
        secret = house.secret_of(house.TICKET, ticket.code)
        values["QRCODE"] = house.token_of(ticket)
        values["PDF_URL"] = f"{context.settings().public_url.rstrip('/')}/t/{secret}.pdf"
    return [{"deliveryFormat": kind, "deliveryValue": value} for kind, value in values.items()]


def _cancellation(row: ResellerBooking, order: Order | None) -> Facts:
    """What went back, and why; whoever cancelled."""
    kept = order.kept_minor if order else 0
    refund = "PARTIAL" if kept else "FULL"
    if order and kept == order.total_minor:
        refund = "NONE"
    at = order.closed_at or order.deadline if order else row.cancelled_at
    return {"refund": refund, "reason": row.reason, "utcCancelledAt": utc(at)}
