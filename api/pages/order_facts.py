"""Orders, their payments and tickets as their pages draw them."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import g, request
from sqlalchemy.orm import Session

from api import context, house
from api.pages import cards, refund_facts, where
from api.pictures.qr import qr_svg
from catalog import categories
from market import clock, geography, orders
from market.accounts.models import Organisation
from market.bookings.models import Ticket, TicketState
from market.cases.models import Case
from market.db import by_id, columns_of
from market.orders import Fulfilment, LineKind, Rail, State, complaints, queries
from market.orders.models import Order, OrderGroup, OrderLine
from market.quantity import Quantity
from payments import unsettled
from payments.cancelling import BY_BUYER
from payments.models import LIVE, Attempt, AttemptState, Payment, PaymentState
from translations import UnknownMessage, text

BROKEN = (State.CANCELLED, State.EXPIRED, State.RETURNED)
CLOSED = (State.DELIVERED, *BROKEN)
# The seller has agreed: buyers may call, and are told where to come.
AGREED = frozenset({State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED})
GOOD = frozenset({TicketState.VALID, TicketState.REDEEMED})
ASKING = timedelta(minutes=10)  # how long the page keeps looking by itself
OPEN = ("open", "refused")
GONE = (AttemptState.CANCELLED, AttemptState.EXPIRED)


def page_facts(
    session: Session, group: OrderGroup, detail: dict[str, Any], *, secret: str, new: bool
) -> dict[str, Any]:
    """All that the page of a checkout shows."""
    sellers = by_id(session, Organisation, (order["seller_id"] for order in detail["orders"]))
    came = unsettled.unapplied(session, group_id=group.id)
    order_ids = [order["id"] for order in detail["orders"]]
    back = refund_facts.of_group(session, group_id=group.id, order_ids=order_ids)
    now, asked = clock.now(), "asked" in request.args
    told = complaints(session, order_ids=order_ids)
    return {
        "group": group,
        "secret": secret,
        "new": new,
        "payments": [
            {
                **_payment(payment),
                "came": came.pop(payment["id"], 0),
                "card": card_facts(payment["row"], payment["attempt"], now=now, asked=asked),
            }
            for payment in detail["payments"]
        ],
        "orders": [
            {
                **_order(order, sellers[order["seller_id"]], told.get(order["id"])),
                "back": back["by_order"][order["id"]],
            }
            for order in detail["orders"]
        ],
        "kept": sum(came.values()),
        "back": {"refunds": back["others"]},
        "asks_account": back["asks_account"],
        "banks": refund_facts.bank_choices(),
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
        "ticket": ticket,
        "qr": picture(url, title=ticket.code),
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
                "created": group.created_at,
                "total": group.total_minor,
                "sellers": ", ".join(
                    sorted({str(lines[order.id][0].snapshot["seller"]) for order in its})
                ),
                "title": first.title,
                "more": sum(len(lines[order.id]) for order in its) - 1,
                "icon": categories.get(first.category_code).icon,
                "state": next((state for state in states if state not in CLOSED), states[0]),
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


def _payment(payment: dict[str, Any]) -> dict[str, Any]:
    is_transfer = payment["rail"] == Rail.BANK_TRANSFER and payment["bank_bin"]
    return {
        **payment,
        "missing": payment["amount_minor"] - payment["came_minor"],
        "asking": payment["claimed_at"] and clock.now() - payment["claimed_at"] < ASKING,
        "bank": refund_facts.bank_name(payment["bank_bin"], full=True),
        "qr": picture(payment["vietqr"], title=payment["memo"] or "") if is_transfer else None,
    }


def _order(order: dict[str, Any], seller: Organisation, told: Case | None) -> dict[str, Any]:
    state = order["state"]
    agreed = state in AGREED
    return {
        **order,
        "seller": seller.name,
        "seller_phone": seller.phone if agreed else None,
        "place": place_of(seller, exact=agreed),
        "address": where.read_out(order["address"]) if order["address"] else None,
        "steps": _steps(order),
        "lines": [line_facts(line) for line in order["lines"]],
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
    word = "accepted" if order["rail"] == Rail.CARD else "paid"
    paid = [("ordered", State.AWAITING_PAYMENT), (word, State.PLACED)]
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
        "lots": line.snapshot.get("lots", []),
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return columns_of(ticket) | {"href": f"/t/{house.secret_of(house.TICKET, ticket.code)}"}


def card_facts(
    payment: Payment, attempt: Attempt | None, *, now: datetime, asked: bool
) -> dict[str, Any] | None:
    """What is to be done or known of it; None where it is not by card.

    `step` is `open`, `refused` or `checking` while it is awaited, else the payment's state. Whoever
    began of late may have paid: it is `checking` too, until the provider was `asked`.
    """
    if payment.rail != Rail.CARD:
        return None
    step = _step(payment, attempt, now)
    is_live = attempt is not None and attempt.state in LIVE
    is_new = is_live and step in OPEN and attempt is not None and attempt.changed_at > now - ASKING
    step = "checking" if is_new and not asked else step
    return {
        "step": step,
        "reason": _reason(attempt.error) if attempt and step == "refused" else None,
        "asking": step == "checking" or is_new,
        "may_look": step == "checking" or is_live,
    }


def _step(payment: Payment, attempt: Attempt | None, now: datetime) -> str:
    if payment.state != PaymentState.AWAITING:
        return payment.state
    state = attempt.state if attempt else None
    waits_for_payer = state in {None, AttemptState.AWAITING_PAYER, AttemptState.FAILED, *GONE}
    if not waits_for_payer:
        return "checking"
    if payment.expires_at is not None and payment.expires_at <= now:
        return PaymentState.EXPIRED
    return "refused" if attempt and attempt.error and state not in GONE else "open"


def _reason(error: str | None) -> str:
    """Why a card was refused, in plain words; a general one where there are none for it."""
    try:
        return text(g.languages, f"page.card.refused.{error}")
    except UnknownMessage:
        return text(g.languages, "page.card.refused")
