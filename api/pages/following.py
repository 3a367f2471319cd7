"""Following what was ordered: the orders of a checkout, its trip, tickets, and what goes wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from api import context, house, uploads
from api.orders_view import group_detail, group_of_secret, order_of_secret
from api.pages import order_facts, typed
from api.pages.frame import UUID, Facts, Response, again, files, form, g, go, render, request, views
from api.pictures.labels import LabelFacts, label_pdf
from catalog import calendars
from market import Kind, MarketError, bookings, clock, existing, orders
from market.accounts import destinations
from market.bookings import Ticket, TicketState
from market.files import kept
from market.orders import Order, trips
from payments import cancelling, fulfilling, repromising, supplementing
from translations import formats, text

KEPT_COOKIE, KEPT_MAX, KEPT_SECONDS = "orders", 8, 60 * 24 * 3600
PAGES_MAX = 60
STATUS = {TicketState.VOID: "CANCELLED", TicketState.PENDING: "TENTATIVE"}


@views.get("/o/<opened>")
def order(opened: str) -> Response:
    """The checkout that the secret opens."""
    return render("order.html", **order_page(opened))


@views.post("/o/<opened>/<uuid:order_id>/cancellation")
def cancel(opened: str, order_id: UUID) -> Response:
    """Call one order off."""
    found, reason = order_of_secret(g.session, opened, order_id), form().get("reason", "")[:300]
    cancelling.cancel(**context.acting(), order=found, by_buyer=True, reason=reason)
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
            its: Facts = {"order": order, "statement": given.get("statement", "")[:2000]}
            orders.moving.complain(**context.acting(), **its, photos=list(pictures))
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
    listing_id = typed.id_of(given.get("listing_id", ""))
    repromising.choose(**context.acting(), order=found, choice=choice, listing_id=listing_id)
    return go(f"/o/{opened}#o-{found.code}", said=choice)


@views.get("/o/<opened>/trip")
def trip(opened: str) -> Response:
    """The visits and stays of a checkout in the order of time."""
    group = group_of_secret(g.session, opened)
    found = orders.queries.of_group(g.session, group_id=group.id)
    on = {order.id: order for order in found if order.state not in orders.OFF}
    lines = orders.queries.lines(g.session, order_ids=list(on))
    legs = trips.legs(line for its in lines.values() for line in its)
    pick_ups = [order for order in on.values() if order.fulfilment == orders.Fulfilment.PICK_UP]
    facts: Facts = {"group": group, "secret": opened, "orders": on}
    return render("trip.html", legs=legs, pick_ups=pick_ups, lines=lines, **facts)


@views.get("/t/<opened>")
def ticket(opened: str) -> Response:
    """One guest's ticket."""
    code = existing(house.code_of(house.TICKET, opened), "ticket")
    found = bookings.by_code(g.session, code=code)
    facts = order_facts.ticket_facts(found, opened)
    may_let_in = found.seller_id in g.actor.seller_ids and found.state == TicketState.VALID
    return render("ticket.html", may_let_in=may_let_in, **facts)


@views.get("/t/<opened>.<any(pdf, ics):kind>")
def kept_ticket(opened: str, kind: str) -> Response:
    """One ticket to be kept: on paper, or as an entry in the calendar of a phone."""
    code = existing(house.code_of(house.TICKET, opened), "ticket")
    return KINDS[kind]([bookings.by_code(g.session, code=code)])


@views.get("/o/<opened>/tickets.<any(pdf, ics):kind>")
def kept_tickets(opened: str, kind: str) -> Response:
    """The tickets of a checkout, to be kept likewise."""
    found = orders.queries.of_group(g.session, group_id=group_of_secret(g.session, opened).id)
    of_orders = bookings.of_orders(g.session, order_ids=[order.id for order in found])
    tickets = [ticket for its in of_orders.values() for ticket in its]
    return KINDS[kind](sorted(tickets, key=lambda its: (its.starts_at, its.position, its.code)))


@views.get("/orders")
def mine() -> Response:
    """What one has ordered; a guest, on this device."""
    if g.actor.person_id is None:
        codes = [house.code_of(house.ORDER, one) for one in kept_orders()]
        found = orders.queries.of_codes(g.session, codes=[code for code in codes if code])
    else:
        found = orders.queries.page(**context.asking(), selling=False, limit=50)
    return render("orders.html", groups=order_facts.group_rows(found), next=None)


def order_page(opened: str) -> Facts:
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


def _paper(tickets: Sequence[Ticket]) -> Response:
    """A page for each that is valid."""
    valid = [ticket for ticket in tickets if ticket.state == TicketState.VALID][:PAGES_MAX]
    existing(valid or None, "ticket")
    pages = [_page(ticket, place, len(valid)) for place, ticket in enumerate(valid, 1)]
    headers = {"Content-Disposition": 'inline; filename="tickets.pdf"'}
    return Response(label_pdf(*pages), mimetype="application/pdf", headers=headers)


def _page(ticket: Ticket, number: int, count: int) -> LabelFacts:
    facts, meet = _facts(ticket), text(g.languages, "ticket.meet")
    host, which = facts["host"], text(g.languages, "ticket.number", number=number, count=count)
    called = (destinations.spoken(host.phone),) if host.phone else ()
    return LabelFacts(
        code=ticket.code,
        url=facts["url"],
        token=facts["token"],
        title=facts["line"].title,
        producer=host.name,
        commune=facts["group"].name,
        day=formats.moment(ticket.starts_at, g.languages),
        weight=text(g.languages, f"page.seat.{ticket.unit}"),
        lines=(which, f"{meet}: {facts['place']}", *called),
    )


def _entries(tickets: Sequence[Ticket]) -> Response:
    """An entry for each visit (RFC 5545); a later version of the same takes the place of it."""
    parties = {(each.order_id, each.departure_id): each for each in reversed(tickets)}
    calendar = calendars.channels.written(map(_entry, reversed(parties.values())), method="PUBLISH")
    headers = {"Content-Disposition": 'inline; filename="visits.ics"'}
    return Response(calendar, mimetype="text/calendar", headers=headers)


def _entry(ticket: Ticket) -> Facts:
    facts = _facts(ticket)
    line, told = facts["line"], facts["line"].snapshot.get("ends_at")
    length = timedelta(minutes=line.snapshot.get("minutes", 0))
    ends_at = datetime.fromisoformat(told) if told else ticket.starts_at + length
    return {
        "uid": f"{ticket.order_id}-{ticket.position}@{urlsplit(facts['url']).hostname}",
        "dtstamp": clock.now(),
        "dtstart": ticket.starts_at.astimezone(clock.VIETNAM),
        "dtend": ends_at.astimezone(clock.VIETNAM),
        "sequence": g.session.get_one(Order, ticket.order_id).version,
        "status": STATUS.get(TicketState(ticket.state), "CONFIRMED"),
        "summary": line.title,
        "location": facts["place"],
        "url": facts["url"],
    }


def _facts(ticket: Ticket) -> Facts:
    return order_facts.ticket_facts(ticket, house.secret_of(house.TICKET, ticket.code))


KINDS = {"pdf": _paper, "ics": _entries}
