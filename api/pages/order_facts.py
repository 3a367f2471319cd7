"""Orders and tickets as their pages draw them."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from api import context, house
from api.pages import cards, where
from api.pictures.qr import qr_svg
from catalog import categories
from market import clock, geography, orders
from market.accounts.models import Organisation
from market.bookings.models import Ticket, TicketState
from market.cases.models import Case
from market.db import by_id
from market.orders import Fulfilment, LineKind, Rail, State, complaints, queries
from market.orders.models import Order, OrderGroup, OrderLine
from market.quantity import Quantity
from payments import asking, banks, unsettled
from payments.cancelling import BY_BUYER
from payments.models import Payment

BROKEN = (State.CANCELLED, State.EXPIRED)
CLOSED = (State.DELIVERED, *BROKEN)
# The seller has agreed: buyers may call, and are told where to come.
AGREED = frozenset({State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED})
GOOD = frozenset({TicketState.VALID, TicketState.REDEEMED})
ASKING = timedelta(minutes=10)  # how long the page keeps looking for money said to be sent


def page_facts(
    session: Session, group: OrderGroup, detail: dict[str, Any], *, secret: str, new: bool
) -> dict[str, Any]:
    """All that the page of a checkout shows."""
    sellers = by_id(session, Organisation, (order["seller_id"] for order in detail["orders"]))
    came = unsettled.unapplied(session, group_id=group.id)
    owed = unsettled.owed_back(session, group_id=group.id)
    told = complaints(session, order_ids=[order["id"] for order in detail["orders"]])
    return {
        "group": {
            "code": group.code,
            "secret": secret,
            "created": group.created_at,
            "total": group.total_minor,
            "new": new,
        },
        "payments": [
            {**_payment(payment, sellers), "came": came.pop(payment.id, 0)}
            for payment in detail["payments"]
        ],
        "orders": [
            {
                **_order(order, sellers[order["seller_id"]], told.get(order["id"])),
                "owed_back": owed.get(order["id"], 0),
            }
            for order in detail["orders"]
        ],
        "kept": sum(came.values()),
    }


def ticket_facts(session: Session, ticket: Ticket, secret: str) -> dict[str, Any]:
    """All that the page of a ticket shows."""
    line = session.get_one(OrderLine, (ticket.order_id, ticket.position))
    order = session.get_one(Order, ticket.order_id)
    group = session.get_one(OrderGroup, order.group_id)
    host = session.get_one(Organisation, ticket.seller_id)
    url = f"{context.settings().public_url}/t/{secret}"
    valid, commune = ticket.state in GOOD, line.snapshot["commune"]
    here = valid and host.unit_code == commune
    return {
        "ticket": {
            "code": ticket.code,
            "state": ticket.state,
            "unit": ticket.unit,
            "starts": ticket.starts_at,
            "redeemed": ticket.redeemed_at,
            "qr": picture(url, title=ticket.code),
        },
        "visit": {
            "title": line.title,
            "place": place_of(host, exact=True) if here else geography.unit(commune).name,
            "minutes": line.snapshot["minutes"],
            "host": host.name,
            "phone": host.phone if valid else None,
        },
        "order_href": f"/o/{house.secret_of(house.ORDER, group.code)}",
    }


def group_rows(session: Session, found: Sequence[Order]) -> list[dict[str, Any]]:
    """A buyer's checkouts, the newest first."""
    by_group: dict[Any, list[Order]] = {}
    for order in found:
        by_group.setdefault(order.group_id, []).append(order)
    lines = queries.lines(session, order_ids=[order.id for order in found])
    rows = []
    for group_id, its in by_group.items():
        group = session.get_one(OrderGroup, group_id)
        first = lines[its[0].id][0]
        states = [orders.state_at(order, clock.now()) for order in its]
        rows.append(
            {
                "href": f"/o/{house.secret_of(house.ORDER, group.code)}",
                "code": group.code,
                "created": group.created_at,
                "total": group.total_minor,
                "sellers": ", ".join(
                    sorted({str(lines[order.id][0].snapshot["seller"]) for order in its})
                ),
                "title": first.title,
                "more": sum(len(lines[order.id]) for order in its) - 1,
                "icon": categories.get(first.category_code).icon,
                "state": next((state for state in states if state not in CLOSED), states[0]),
                "starts": None,
            }
        )
    return rows


def place_of(seller: Organisation, *, exact: bool) -> str:
    """Where a seller is: the commune, and the way there for those who are to come."""
    if exact and seller.address:
        return where.read_out(geography.kept(seller.address, seller.unit_code))
    return geography.unit(seller.unit_code).name


def picture(payload: str, *, title: str) -> str:
    """A QR as a data address, so that the page needs no second request."""
    svg = base64.b64encode(qr_svg(payload, title=title)).decode()
    return f"data:image/svg+xml;base64,{svg}"


def _payment(payment: Payment, sellers: dict[Any, Organisation]) -> dict[str, Any]:
    to = sellers.get(payment.beneficiary_id) if payment.beneficiary_id else None
    facts: dict[str, Any] = {
        "id": payment.id,
        "rail": payment.rail,
        "state": payment.state,
        "amount": payment.amount_minor,
        "to": to.name if to else None,
        "until": payment.expires_at,
        "claimed": payment.claimed_at,
        "asking": payment.claimed_at and clock.now() - payment.claimed_at < ASKING,
        "memo": payment.memo,
        "account": payment.bank_account,
        "holder": payment.bank_holder,
        "bank": None,
        "qr": None,
    }
    if payment.rail == Rail.BANK_TRANSFER and payment.bank_bin:
        bank = banks.by_bin(payment.bank_bin)
        facts |= {
            "bank": bank.name if bank else payment.bank_bin,
            "qr": picture(asking.payload(payment), title=payment.memo or ""),
        }
    return facts


def _order(order: dict[str, Any], seller: Organisation, told: Case | None) -> dict[str, Any]:
    state = order["state"]
    address = order["address"]
    agreed = state in AGREED
    return {
        "id": order["id"],
        "code": order["code"],
        "seller": seller.name,
        "seller_phone": seller.phone if agreed else None,
        "place": place_of(seller, exact=agreed),
        "rail": order["rail"],
        "state": state,
        "fulfilment": order["fulfilment"],
        "address": where.read_out(address) if address else None,
        "deadline": order["deadline"],
        "steps": _steps(order),
        "lines": [line_facts(line) for line in order["lines"]],
        "delivery": order["delivery_minor"],
        "total": order["total_minor"],
        "tickets": [_ticket(ticket) for ticket in order["tickets"]],
        "may_cancel": state in BY_BUYER,
        "may_receive": state == State.HANDED_OVER,
        "may_complain": told is None and state in {State.HANDED_OVER, State.DELIVERED},
        "complaint": told,
        "answer_by": told and told.due_at - timedelta(seconds=1),  # due as the next day begins
        "broken": state in BROKEN,
    }


def _steps(order: dict[str, Any]) -> list[dict[str, Any]]:
    """What was done, what is awaited now, and what is still to come."""
    done = {event.state: event.at for event in order["events"]}
    path = _path(order)
    last = max((number for number, (_, state) in enumerate(path) if state in done), default=-1)
    steps = [
        {"code": code, "status": "done", "at": done[state]}
        for code, state in path[: last + 1]
        if state in done
    ]
    if order["state"] in BROKEN:
        return [*steps, {"code": order["state"], "status": "bad", "at": done.get(order["state"])}]
    awaited = [{"code": code, "status": "next", "at": None} for code, _ in path[last + 1 :]]
    for step in awaited[:1]:
        step |= {"code": f"{step['code']}.now", "status": "now"}
    return steps + awaited


def _path(order: dict[str, Any]) -> list[tuple[str, State]]:
    """The steps of an order, each with the state that it is done in."""
    paid = [("ordered", State.AWAITING_PAYMENT), ("paid", State.PLACED)]
    start = [("ordered", State.PLACED)] if order["rail"] == Rail.CASH else paid
    match order["fulfilment"]:
        case Fulfilment.VISIT:
            end = [("visited", State.DELIVERED)]
        case Fulfilment.PICK_UP:
            end = [("ready", State.PACKED), ("picked-up", State.DELIVERED)]
        case _:
            end = [
                ("packed", State.PACKED),
                ("handed-over", State.HANDED_OVER),
                ("delivered", State.DELIVERED),
            ]
    return [*start, ("confirmed", State.CONFIRMED), *end]


def line_facts(line: OrderLine) -> dict[str, Any]:
    """A line of an order, with the lots it came from."""
    is_seats = line.kind == LineKind.SEATS
    return {
        "title": line.title,
        "href": f"/{'x' if is_seats else 'g'}/{line.listing_id}",
        "quantity": None if is_seats else Quantity(line.quantity, line.scale, line.unit),
        "seats": line.quantity if is_seats else None,
        "starts": cards.moment(line.snapshot["starts_at"]) if is_seats else None,
        "total": line.amount_minor,
        "lots": [
            {"code": lot["code"], "href": f"/l/{lot['code']}"}
            for lot in line.snapshot.get("lots", [])
        ],
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "code": ticket.code,
        "href": f"/t/{house.secret_of(house.TICKET, ticket.code)}",
        "starts": ticket.starts_at,
        "unit": ticket.unit,
        "state": ticket.state,
    }
