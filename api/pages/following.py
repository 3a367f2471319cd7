"""Following what was ordered: the orders of a checkout, their tickets, and what goes wrong."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context, house, uploads
from api.orders_view import group_detail, group_of_secret, order_of_secret
from api.pages import order_facts, typed
from api.pages.frame import Views, again, files, form, go, render
from market import bookings, clock, orders
from market.bookings import TicketState
from market.errors import Kind, MarketError, existing
from market.files import kept
from payments import cancelling, fulfilling, repromising, supplementing

views = Views()

KEPT_COOKIE, KEPT_MAX, KEPT_SECONDS = "orders", 8, 60 * 24 * 3600


@views.get("/o/<opened>")
def order(opened: str) -> Response:
    """The checkout that the secret opens."""
    return render("order.html", **order_page(opened))


@views.post("/o/<opened>/<uuid:order_id>/cancellation")
def cancel(opened: str, order_id: UUID) -> Response:
    """Call one order off."""
    found, reason = order_of_secret(g.session, opened, order_id), form().get("reason", "")[:300]
    doing, custody = context.acting(), house.house().custody
    cancelling.cancel(**doing, order=found, by_buyer=True, reason=reason, custody=custody)
    return go(f"/o/{opened}", said="cancelled")


@views.post("/o/<opened>/<uuid:order_id>/<any(agreement, receipt):step>")
def confirm(opened: str, order_id: UUID, step: str) -> Response:
    """Agree to pay in cash for what weighs more than was held; or say that the goods have come."""
    found = order_of_secret(g.session, opened, order_id)
    verb = supplementing.agree if step == "agreement" else fulfilling.deliver
    verb(**context.acting(), order=found)
    return go(f"/o/{opened}#o-{found.code}", said="received" if step == "receipt" else None)


@views.post("/o/<opened>/<uuid:order_id>/complaints")
def complain(opened: str, order_id: UUID) -> Response:
    """Say what is wrong, with photos."""
    given = form()
    existing(house.code_of(house.ORDER, opened), "order")  # photos of strangers are not decoded
    try:
        pictures = uploads.for_a_case(files("photos")[:4])
        with kept(context.files(), pictures):
            order = order_of_secret(g.session, opened, order_id)
            statement, photos = given.get("statement", "")[:2000], list(pictures)
            orders.complain(**context.acting(), order=order, statement=statement, photos=photos)
    except MarketError as refusal:
        if refusal.kind in {Kind.NOT_FOUND, Kind.CONFLICT}:
            raise
        refusal.facts.pop("field", None)
        facts = {"complaint_for": order_id, **order_page(opened)}
        return again("order.html", refusal, form=given, blame="statement", **facts)
    return go(f"/o/{opened}#o-{order.code}", said="complained")


@views.post("/o/<opened>/<uuid:order_id>/promise")
def choose(opened: str, order_id: UUID) -> Response:
    """Wait, take other goods, or have the money back."""
    found, given = order_of_secret(g.session, opened, order_id), form()
    choice = typed.one_of(repromising.Choice, given.get("choice")) or repromising.Choice.WAIT
    its: dict[str, Any] = {"order": found, "choice": choice, "custody": house.house().custody}
    repromising.choose(
        **context.acting(), listing_id=typed.id_of(given.get("listing_id", "")), **its
    )
    return go(f"/o/{opened}#o-{found.code}", said=choice)


@views.get("/t/<opened>")
def ticket(opened: str) -> Response:
    """One guest's ticket."""
    code = existing(house.code_of(house.TICKET, opened), "ticket")
    found = bookings.by_code(g.session, code=code)
    facts = order_facts.ticket_facts(found, opened)
    may_let_in = found.seller_id in g.actor.seller_ids and found.state == TicketState.VALID
    return render("ticket.html", may_let_in=may_let_in, **facts)


@views.get("/orders")
def mine() -> Response:
    """What one has ordered; a guest, on this device."""
    if g.actor.person_id is None:
        codes = [house.code_of(house.ORDER, one) for one in kept_orders()]
        found = orders.queries.of_codes(g.session, codes=[code for code in codes if code])
    else:
        found = orders.queries.page(**context.asking(), selling=False, limit=50)
    return render("orders.html", groups=order_facts.group_rows(found), next=None)


def order_page(opened: str) -> dict[str, Any]:
    """All that `order.html` shows of the checkout that the secret opens."""
    group = group_of_secret(g.session, opened)
    detail = group_detail(g.session, group, now=clock.now())
    return order_facts.page_facts(group, detail, secret=opened)


def kept_orders() -> list[str]:
    """The secrets of what a guest ordered in this browser, the newest first."""
    return request.cookies.get(KEPT_COOKIE, "").split(".")[:KEPT_MAX]


def keep_order(response: Response, opened: str) -> None:
    """Let a guest find the order again in this browser."""
    kept = [opened, *kept_orders()][:KEPT_MAX]
    context.keep(response, KEPT_COOKIE, ".".join(kept), seconds=KEPT_SECONDS)
