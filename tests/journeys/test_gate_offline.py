"""A host at the gate whose phone has no signal, in Chromium."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from market import bookings, clock, orders, ticket_tokens
from market.accounts.models import OrganisationKind
from market.bookings import Scan, Ticket, TicketState
from market.orders import Rail
from tests import makers, people
from tests.databases import SECRET
from tests.journeys.browser import say

pytestmark = pytest.mark.browser

HOST = "+84901000003"


@pytest.fixture
def tickets(street):
    """Of today: two parties; and one of yesterday, whose guest never came."""
    now = clock.now()
    with street.town.database.transaction() as session:
        host, _ = people.founder(session, now, OrganisationKind.HOST, phone=HOST, verified=True)
        today = _booked(session, host, starts=_today(now), seats=2)
        yesterday = _booked(session, host, starts=_today(now) - timedelta(days=1), seats=1)
        session.expunge_all()
    return today, yesterday[0]


def _today(now):
    """A moment of today that is still to come, or has only just gone."""
    return min(now + timedelta(minutes=5), clock.end_of(clock.day_of(now)) - timedelta(minutes=1))


def _booked(session, host, *, starts, seats):
    ordered = starts - timedelta(hours=2)
    _, departure = makers.tour(session, starts - timedelta(days=1), of=host, cutoff_minutes=30)
    group = makers.bought(session, ordered, (departure, seats), rail=Rail.CASH)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=host, order_id=order.id, now=ordered)
    return bookings.of_orders(session, order_ids=[order.id])[order.id]


def open_the_day(street, name):
    host = street.person(name)
    host.open("/host/today")
    host.sign_in(HOST)
    host.arrives("**/host/today")
    host.page.evaluate(
        """async () => {
          await navigator.serviceWorker.ready;
          const isKept = () => caches.match("/host/today");
          while (!(await isKept())) await new Promise((go) => setTimeout(go, 50));
        }"""
    )
    return host


def scan(host, shown):
    host.fill("page.host.code", shown)
    host.press("page.host.go")


def test_a_host_without_signal_lets_guests_in_once(street, tickets):
    (one, two), yesterday = tickets
    token = {each.code: ticket_tokens.token_of(SECRET, each) for each in (one, two, yesterday)}
    here = open_the_day(street, "host")
    there = open_the_day(street, "partner")

    here.context.set_offline(True)
    here.page.reload()
    scan(here, f"https://cho.example/t/secret#{token[one.code]}")
    here.sees(f"{say('gate.redeemed')} · Lan")
    scan(here, two.code.lower())
    here.sees(say("gate.offline", count=2))
    scan(here, token[one.code])
    here.sees(say("gate.already"))
    scan(here, token[two.code].replace(two.code, one.code))
    here.sees(say("gate.forged"))
    scan(here, token[yesterday.code])
    here.sees(say("gate.day"))
    here.page.reload()
    here.sees(say("gate.offline", count=2))
    here.sees(say("gate.inside"))

    scan(there, one.code)  # with signal, a moment later
    there.sees(say("gate.redeemed"))
    here.context.set_offline(False)
    here.page.evaluate(
        """async () => {
          const waits = () => Object.values(localStorage).some((kept) => kept !== "[]");
          while (waits()) await new Promise((go) => setTimeout(go, 50));
        }"""
    )

    with street.town.database.reading() as session:
        scans = session.scalars(select(Scan).order_by(Scan.scanned_at)).all()
        states = dict(session.execute(select(Ticket.code, Ticket.state)).all())
    assert [each.ticket_id for each in scans] == [one.id, two.id, one.id]
    assert states[one.code] == states[two.code] == TicketState.REDEEMED
    assert states[yesterday.code] == TicketState.VALID
    there.page.reload()
    at = scans[2].scanned_at.astimezone(clock.VIETNAM)
    there.sees(say("gate.again", code=one.code, at=at.strftime("%H:%M")))


def test_who_signs_out_leaves_no_guests_behind(street, tickets):
    here = open_the_day(street, "host")
    here.open("/account")
    here.press("page.sign_out.here")
    here.arrives(lambda url: url.endswith("/"))

    assert here.page.evaluate("caches.keys()") == []
