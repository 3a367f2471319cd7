"""Orders and tickets as their pages draw them."""

import base64
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import context, house
from api.pages import cards
from api.pictures.qr import qr_svg
from catalog import categories
from market import clock, geography, orders
from market.accounts.models import Organisation
from market.bookings.models import Ticket
from market.orders import LineKind, Rail, State, queries
from market.orders.models import Order, OrderGroup, OrderLine
from market.quantity import Quantity
from payments import asking, banks, unsettled
from payments.cancelling import BY_BUYER
from payments.models import Payment

PATH = (
    State.AWAITING_PAYMENT,
    State.PLACED,
    State.CONFIRMED,
    State.PACKED,
    State.HANDED_OVER,
    State.DELIVERED,
)
BROKEN = (State.CANCELLED, State.EXPIRED)


def page_facts(
    session: Session, group: OrderGroup, detail: dict[str, Any], *, secret: str, new: bool
) -> dict[str, Any]:
    """All that the page of a checkout shows."""
    ids = {order["seller_id"] for order in detail["orders"]}
    found = session.scalars(select(Organisation).where(Organisation.id.in_(ids)))
    sellers = {seller.id: seller for seller in found}
    came = unsettled.unapplied(session, group_id=group.id)
    owed = unsettled.owed_back(session, group_id=group.id)
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
            {**_order(order, sellers[order["seller_id"]]), "owed_back": owed.get(order["id"], 0)}
            for order in detail["orders"]
        ],
        "kept": sum(came.values()),
    }


def ticket_facts(session: Session, ticket: Ticket, secret: str) -> dict[str, Any]:
    """All that the page of a ticket shows."""
    line = session.get_one(OrderLine, ticket.order_line_id)
    order = session.get_one(Order, ticket.order_id)
    group = session.get_one(OrderGroup, order.group_id)
    host = session.get_one(Organisation, ticket.seller_id)
    url = f"{context.settings().public_url}/t/{secret}"
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
            "place": geography.unit(line.snapshot["commune"]).name,
            "minutes": line.snapshot["minutes"],
            "host": host.name,
            "phone": None,
            "href": f"/x/{line.listing_id}",
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
                "icon": categories.get(first.category_code).icon,
                "state": orders.state_at(its[0], clock.now()),
                "starts": None,
            }
        )
    return rows


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
        "memo": payment.memo,
        "account": payment.bank_account,
        "holder": payment.bank_holder,
        "bank": None,
        "qr": None,
        "payload": None,
    }
    if payment.rail == Rail.BANK_TRANSFER and payment.bank_bin:
        bank = banks.by_bin(payment.bank_bin)
        payload = asking.payload(payment)
        facts |= {
            "bank": bank.name if bank else payment.bank_bin,
            "payload": payload,
            "qr": picture(payload, title=payment.memo or ""),
        }
    return facts


def _order(order: dict[str, Any], seller: Organisation) -> dict[str, Any]:
    state = order["state"]
    address = order["address"]
    return {
        "id": order["id"],
        "code": order["code"],
        "seller": seller.name,
        "seller_phone": None,
        "place": geography.unit(seller.unit_code).name,
        "state": state,
        "fulfilment": order["fulfilment"],
        "address": f"{address['line']}, {address['unit_name']}" if address else None,
        "deadline": order["deadline"],
        "steps": _steps(order),
        "lines": [_line(line) for line in order["lines"]],
        "delivery": order["delivery_minor"],
        "total": order["total_minor"],
        "tickets": [_ticket(ticket) for ticket in order["tickets"]],
        "may_cancel": state in BY_BUYER,
        "may_receive": state == State.HANDED_OVER,
        "may_complain": state in {State.HANDED_OVER, State.DELIVERED},
    }


def _steps(order: dict[str, Any]) -> list[dict[str, Any]]:
    """What was done, where it stands, and what is still to come."""
    done = {event.state: event for event in order["events"]}
    state = order["state"]
    if state in BROKEN:
        path = [step for step in PATH if step in done] + [state]
    else:
        skipped = {State.PACKED, State.HANDED_OVER} if order["fulfilment"] == "visit" else set()
        if order["rail"] == Rail.CASH:
            skipped |= {State.AWAITING_PAYMENT}
        path = [step for step in PATH if step not in skipped or step in done]
    return [
        {
            "code": step.value,
            "status": _status(step, state, done),
            "at": done[step].at if step in done else None,
            "text": None,
        }
        for step in path
    ]


def _status(step: State, state: State, done: dict[str, Any]) -> str:
    if step == state:
        return "bad" if step in BROKEN else "now"
    return "done" if step in done else "next"


def _line(line: OrderLine) -> dict[str, Any]:
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
