"""Orders, their payments, tickets and refunds as their pages draw them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api import context, house
from api.pages import where
from api.pages.frame import UUID, Facts, g, request
from api.v1.disruptions import choices
from catalog import reviews
from market import by_id, clock, geography, orders
from market.accounts import Organisation
from market.bookings import Ticket, TicketState
from market.cases.models import Case
from market.orders import Fulfilment, Order, OrderGroup, OrderLine, Rail, State, queries
from market.orders.moving import complaints
from payments import disputing, models, repromising, unsettled
from payments.cancelling import BY_BUYER
from payments.disruptions import BOUND
from payments.models import Attempt, AttemptState, Payment, PaymentState, Refund, RefundState
from payments.repromising import Slip
from translations import text

# The seller has agreed: buyers may call, and are told where to come.
AGREED = frozenset({State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED})
GOOD = frozenset({TicketState.VALID, TicketState.REDEEMED})
ASKING = timedelta(minutes=10)  # how long the page keeps looking by itself
OPEN = ("open", "refused")
GONE = (AttemptState.CANCELLED, AttemptState.EXPIRED)
BY_HAND = ("cash", "direct")
TONES = {"back": "ok", "failed": "bad", "account": "warn", "rejected": "bad"}
STAGES = {
    **dict.fromkeys((RefundState.APPROVED, RefundState.SUBMITTING, RefundState.PENDING), "sent"),
    RefundState.UNKNOWN: "asking",
    RefundState.SUCCEEDED: "back",
    RefundState.FAILED: "failed",
    RefundState.REJECTED: "rejected",
}
CARRIED = ("packed", "handed-over", "delivered")
ENDS = {
    Fulfilment.VISIT: [("visited", State.DELIVERED)],
    Fulfilment.PICK_UP: [("ready", State.PACKED), ("picked-up", State.DELIVERED)],
    Fulfilment.DELIVERY: [(step, State(step)) for step in CARRIED],
}
WORDS = {"buyer": "page.refund.{way}.{stage}", "seller": "page.give_back.{way}.{stage}"}


def page_facts(group: OrderGroup, detail: Facts, *, secret: str) -> Facts:
    """All that the page of a checkout shows."""
    order_ids = [order["id"] for order in detail["orders"]]
    sellers = by_id(g.session, Organisation, (order["seller_id"] for order in detail["orders"]))
    complained = complaints(g.session, order_ids=order_ids)
    disputes = disputing.of_orders(g.session, order_ids=order_ids)
    refunds = unsettled.of_group(g.session, group_id=group.id)
    came = unsettled.unapplied(g.session, group_id=group.id)
    ahead = [order["id"] for order in detail["orders"] if order["promised_day"]]
    slips = repromising.awaited(g.session, order_ids=ahead) if ahead else {}
    suspended = choices([it for it in detail["orders"] if it["deadline"] and it["state"] in BOUND])
    return {
        "written": reviews.of_orders(g.session, order_ids=order_ids),
        "group": group,
        "secret": secret,
        "new": "new" in request.args,
        "payments": [_payment(it) | {"came": came.pop(it["id"], 0)} for it in detail["payments"]],
        "orders": [
            _order(order, sellers[order["seller_id"]], complained.get(order["id"]))
            | {"dispute": disputed(disputes.get(order["id"]))}
            | {"suspended": suspended.get(order["id"])}
            | _promise(order, slips.get(order["id"]))
            for order in detail["orders"]
        ],
        "kept": sum(came.values()),
        "refunds": [refund for refund in refunds if refund.order_id is None],
        "asks_account": any(_stage_of(refund) == "account" for refund in refunds),
    }


def ticket_facts(ticket: Ticket, secret: str) -> Facts:
    """All that the page of a ticket shows."""
    line = g.session.get_one(OrderLine, (ticket.order_id, ticket.position))
    group_id = g.session.get_one(Order, ticket.order_id).group_id
    host = g.session.get_one(Organisation, ticket.seller_id)
    is_good, commune = ticket.state in GOOD, line.snapshot["commune"]
    home = is_good and host.unit_code == commune and place_of(host, exact=True)
    return {
        "ticket": ticket,
        "line": line,
        "group": g.session.get_one(OrderGroup, group_id),
        "host": host,
        "is_good": is_good,
        "place": meeting_of(line) or home or geography.unit(commune).name,
        "url": f"{context.settings().public_url.rstrip('/')}/t/{secret}",
        "token": house.token_of(ticket),
    }


def group_rows(found: Sequence[Order]) -> list[Facts]:
    """A buyer's checkouts, the newest first, each with its lines, in the first state still open."""
    groups = by_id(g.session, OrderGroup, (order.group_id for order in found))
    lines = queries.lines(g.session, order_ids=[order.id for order in found])
    rows: dict[UUID, Facts] = {}
    for order in found:
        state = orders.state_at(order, clock.now())
        first = {"group": groups[order.group_id], "lines": [], "state": state}
        row = rows.setdefault(order.group_id, first)
        row["lines"] += lines[order.id]
        if row["state"] in orders.moving.CLOSED and state not in orders.moving.CLOSED:
            row["state"] = state
    return list(rows.values())


def meeting_of(line: OrderLine) -> str | None:
    """Where guests meet, by the landmark that their host named, if there is one."""
    said = line.snapshot.get("meeting", {})
    unit = geography.known(said.get("commune", ""))
    return f"{said['landmark']}, {unit.name}" if unit and said.get("landmark") else None


def place_of(seller: Organisation, *, exact: bool) -> str:
    """Where a seller is: the commune, and the way there for those who are to come."""
    if exact and seller.address:
        return where.read_out(geography.kept(seller.address, seller.unit_code))
    return geography.unit(seller.unit_code).name


def _payment(payment: Facts) -> Facts:
    return {
        **payment,
        "missing": payment["amount_minor"] - payment["came_minor"],
        "asking": payment["claimed_at"] and clock.now() - payment["claimed_at"] < ASKING,
        "card": _card(payment["row"], payment["attempt"]),
    }


def _order(order: Facts, seller: Organisation, told: Case | None) -> Facts:
    state = order["state"]
    agreed = state in AGREED
    return {
        **order,
        "seller": seller.name,
        "seller_phone": seller.phone if agreed else None,
        "place": meeting_of(order["lines"][0]) or place_of(seller, exact=agreed),
        "address": where.read_out(order["address"]) if order["address"] else None,
        "steps": _steps(order),
        "may_cancel": state in BY_BUYER and order["supplements_id"] is None,
        "may_complain": told is None and state in {State.HANDED_OVER, State.DELIVERED},
        "complaint": told,
        "answer_by": told and told.due_at - timedelta(seconds=1),  # due as the next day begins
        "broken": state in orders.OFF,
    }


def _promise(order: Facts, slip: Slip | None) -> Facts:
    """A promise that was moved, and what the buyer may take instead while nothing is packed."""
    if slip is None or order["state"] not in repromising.UNPACKED:
        return {"slip": slip, "swaps": None}
    its: Facts = {"order": g.session.get_one(Order, order["id"]), "now": clock.now()}
    return {"slip": slip, "swaps": repromising.swaps(g.session, **its)}


def _steps(order: Facts) -> list[Facts]:
    """What was done, what is awaited now, and what is still to come."""
    done = {event.state: event.at for event in reversed(order["events"])}  # the first of a state
    path = _path(order)
    last = max((number for number, (_, state) in enumerate(path) if state in done), default=-1)
    steps = [{"code": code, "status": "done", "at": done[it]} for code, it in path if it in done]
    if order["state"] in orders.OFF:
        return [*steps, {"code": order["state"], "status": "bad", "at": done.get(order["state"])}]
    awaited = [{"code": code, "status": "next", "at": None} for code, _ in path[last + 1 :]]
    for step in awaited[:1]:
        step |= {"code": f"{step['code']}.now", "status": "now"}
    return steps + awaited


def _path(order: Facts) -> list[tuple[str, State]]:
    """The steps of an order, each with the state that it is done in."""
    word = "accepted" if order["rail"] == Rail.CARD else "paid"
    paid = [("ordered", State.AWAITING_PAYMENT), (word, State.PLACED)]
    start = [("ordered", State.PLACED)] if order["rail"] == Rail.CASH else paid
    return [*start, ("confirmed", State.CONFIRMED), *ENDS[order["fulfilment"]]]


def _card(payment: Payment, attempt: Attempt | None) -> Facts | None:
    """What is to be done or known of it; None where it is not by card.

    `step` is `open`, `refused` or `checking` while it is awaited, else the payment's state. Whoever
    began of late may have paid: it is `checking` too, until the provider was `asked`.
    """
    if payment.rail != Rail.CARD:
        return None
    now, asked = clock.now(), "asked" in request.args
    step = _step(payment, attempt, now)
    is_live = attempt is not None and attempt.state in models.LIVE
    is_new = is_live and step in OPEN and attempt is not None and attempt.changed_at > now - ASKING
    step = "checking" if is_new and not asked else step
    return {
        "step": step,
        "error": attempt and attempt.error,
        "asking": step == "checking" or is_new,
        "may_look": step == "checking" or is_live,
    }


def _step(payment: Payment, attempt: Attempt | None, now: datetime) -> str:
    if payment.state != PaymentState.AWAITING:
        return payment.state
    state = attempt.state if attempt else None
    if state not in {None, AttemptState.AWAITING_PAYER, AttemptState.FAILED, *GONE}:
        return "checking"  # the payer has done their part
    if payment.expires_at is not None and payment.expires_at <= now:
        return PaymentState.EXPIRED
    return "refused" if attempt and attempt.error and state not in GONE else "open"


def told(refund: Refund, to: str = "buyer") -> Facts:
    """A refund in the words of the one who gets it, or of the `seller` who gives it."""
    its_way, stage = way(refund.rail, direct=refund.memo is None), _stage_of(refund)
    account = f"…{refund.bank_account[-4:]}" if refund.bank_account else "–"
    facts = {"account": account, "reason": refund.error or "–"}
    return {
        "text": text(g.languages, WORDS[to].format(way=its_way, stage=stage), **facts),
        "tone": TONES.get(stage, "sea"),
        "by_hand": its_way in BY_HAND and refund.state == RefundState.PENDING,
    }


def way(rail: str, *, direct: bool) -> str:
    """How it goes back: to a `card`, by our `transfer`, `direct`, in `cash`, by its `reseller`."""
    if rail == Rail.BANK_TRANSFER:
        return "direct" if direct else "transfer"
    return "cash" if rail == Rail.CASH else rail


def disputed(dispute: models.Dispute | None) -> Facts | None:
    """A dispute as those whose money it is about are told of it."""
    if dispute is None:
        return None
    state = "open" if dispute.state in disputing.OPEN else dispute.state
    return {"amount": dispute.amount_minor, "state": state}


def _stage_of(refund: Refund) -> str:
    if refund.state == RefundState.REQUESTED:
        return "checked" if refund.bank_account else "account"
    return STAGES[RefundState(refund.state)]
