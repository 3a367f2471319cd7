"""The host's day as a phone keeps it, and tickets as their guests keep them."""

import gzip
import json
import re
from datetime import timedelta
from uuid import uuid4

import icalendar
import pytest

from api import house
from market import bookings, orders, ticket_tokens
from market.accounts.models import OrganisationKind
from market.bookings import TicketState
from market.ids import new_code
from market.orders import Rail
from payments import cancelling
from tests import makers, people
from tests.databases import SECRET

HOUR = timedelta(hours=1)
GIVEN = ("Thị Hường", "Văn Đức", "Quỳnh", "Ka Brẽm", "Phước")


@pytest.fixture
def host(session, now):
    return people.founder(session, now, OrganisationKind.HOST, verified=True)[0]


@pytest.fixture
def tickets(session, now, host):
    """Three seats on a departure of the coming hour, paid at the gate, and confirmed."""
    return booked(session, now, host, starts=now + HOUR)


def booked(session, now, host, *, starts, parties=1, seats=3):
    _, departure = makers.tour(session, starts - 24 * HOUR, of=host, cutoff_minutes=30, seats=500)
    found = []
    for number in range(parties):
        its = {"rail": Rail.CASH, "phone": f"+849123456{number:02}"}
        group = makers.bought(session, starts - HOUR, (departure, seats), **its)
        (order,) = orders.queries.of_group(session, group_id=group.id)
        orders.confirm(session, actor=host, order_id=order.id, now=starts - HOUR)
        found += bookings.of_orders(session, order_ids=[order.id])[order.id]
        if number:
            group.name = f"Nguyễn {GIVEN[number % 5]} {GIVEN[number // 5 % 5]} {number}"
    return found


def kept(page):
    return json.loads(re.search(r'id="gate">(.*?)</script>', page.text)[1])


def path_of(app, ticket):
    with app.app_context():
        return f"/t/{house.secret_of(house.TICKET, ticket.code)}"


def trip_of(app, session, ticket):
    order = session.get(orders.Order, ticket.order_id)
    group = session.get(orders.OrderGroup, order.group_id)
    with app.app_context():
        return f"/o/{house.secret_of(house.ORDER, group.code)}/tickets"


class TestTheManifest:
    def test_carries_its_tickets_and_the_key_that_verifies_them(self, browser, host, tickets):
        gate = kept(browser(host).get("/host/today"))

        start = int(tickets[0].starts_at.timestamp())
        assert gate["key"] == ticket_tokens.public_key(SECRET)
        assert gate["sellers"] == [each.hex[-8:] for each in host.seller_ids]
        assert sorted(gate["tickets"]) == sorted(
            [each.code, "Lan", "adult", "valid", start] for each in tickets
        )

    def test_carries_nothing_of_another_host(self, browser, session, now, tickets):
        stranger, _ = people.founder(session, now, OrganisationKind.HOST, verified=True)
        page = browser(stranger).get("/host/today")

        assert tickets[0].code not in page.text

    def test_is_small_for_two_hundred_guests(self, browser, session, now, host):
        booked(session, now, host, starts=now + HOUR, parties=25, seats=8)
        page = browser(host).get("/host/today")

        (data,) = re.findall(r'id="gate">(.*?)</script>', page.text)
        assert len(json.loads(data)["tickets"]) == 200
        assert len(gzip.compress(data.encode())) < 10_000

    def test_flags_who_was_scanned_again(self, browser, session, now, host, tickets):
        one, two, _ = tickets
        here = browser(host)
        headers = {"X-CSRF-Token": kept(here.get("/host/today"))["csrf"]}
        sent = [
            {"id": str(uuid4()), "ticket": each.code, "scanned_at": now.isoformat()}
            for each in (one, one, two)
        ]
        answer = here.client.post("/v1/redemptions", json={"items": sent}, headers=headers)
        said = [each["outcome"] for each in answer.json["items"]]
        assert said == ["redeemed", "already", "redeemed"]

        page = here.get("/host/today").text

        assert f"Vé {one.code} quét lại" in page
        assert f"Vé {two.code} quét lại" not in page

    def test_lets_the_host_say_that_nobody_came(self, browser, session, now, host):
        (ticket,) = booked(session, now, host, starts=now - HOUR / 4, seats=1)
        here, path = browser(host), f"/host/orders/{ticket.order_id}/no-show"
        assert path in here.get("/host/today").text

        assert here.send(path).status_code == 303

        session.refresh(ticket)
        assert ticket.state == TicketState.NO_SHOW
        page = here.get("/host/today").text
        assert "Không tới" in page
        assert path not in page

    def test_has_no_such_button_before_the_start(self, browser, host, tickets):
        here, path = browser(host), f"/host/orders/{tickets[0].order_id}/no-show"

        assert path not in here.get("/host/today").text
        assert here.send(path).status_code == 409

    def test_is_kept_by_a_worker_of_the_hosts_pages_alone(self, browser):
        script = browser().get("/host/worker.js")

        assert script.status_code == 200
        assert script.mimetype == "text/javascript"
        assert "max-age" not in script.headers["Cache-Control"]


class TestPaper:
    def test_has_a_page_for_each_ticket(self, app, browser, session, tickets):
        whole = browser().get(f"{trip_of(app, session, tickets[0])}.pdf")
        one = browser().get(f"{path_of(app, tickets[0])}.pdf")

        assert whole.mimetype == "application/pdf"
        assert [page.data.count(b"/Type /Page\n") for page in (whole, one)] == [3, 1]

    def test_is_for_tickets_that_let_in(self, app, browser, session, now, host, tickets):
        order = session.get(orders.Order, tickets[0].order_id)
        its = {"order": order, "by_buyer": False, "reason": ""}
        cancelling.cancel(session, actor=host, **its, now=now)
        here = browser()

        assert here.get(f"{path_of(app, tickets[0])}.pdf").status_code == 404
        assert here.get(f"{trip_of(app, session, tickets[0])}.pdf").status_code == 404
        assert ".pdf" not in here.get(path_of(app, tickets[0])).text

    @pytest.mark.parametrize("kind", ["pdf", "ics"])
    def test_opens_for_who_has_the_secret(self, browser, kind):
        for path in (f"/t/{new_code()}.{kind}", f"/o/{new_code()}/tickets.{kind}", f"/t/.{kind}"):
            assert browser().get(path).status_code == 404

    def test_is_linked_where_the_tickets_are(self, app, browser, session, tickets):
        here, trip = browser(), trip_of(app, session, tickets[0])

        page = here.get(trip.removesuffix("/tickets")).text

        assert all(f'href="{trip}.{kind}"' in page for kind in ("pdf", "ics"))


class TestTheCalendar:
    def read(self, answer):
        assert answer.mimetype == "text/calendar"
        return icalendar.Calendar.from_ical(answer.data).walk("VEVENT")

    def test_has_an_entry_for_each_visit(self, app, browser, session, tickets):
        ticket = tickets[0]

        answer = browser().get(f"{trip_of(app, session, ticket)}.ics")
        (entry,) = self.read(answer)

        assert "DTSTART;TZID=Asia/Ho_Chi_Minh:" in answer.text
        assert answer.text.count("BEGIN:VTIMEZONE") == 1
        assert entry["dtstart"].dt == ticket.starts_at
        assert entry["dtend"].dt - entry["dtstart"].dt == timedelta(minutes=180)
        assert entry["summary"] == "Sáng ở vườn dâu"
        assert "Lâm Viên" in entry["location"]
        assert entry["status"] == "CONFIRMED"
        assert self.read(browser().get(f"{path_of(app, ticket)}.ics"))[0]["uid"] == entry["uid"]

    def test_knows_a_visit_that_is_off(self, app, browser, session, now, host, tickets):
        path = f"{path_of(app, tickets[0])}.ics"
        (before,) = self.read(browser().get(path))
        order = session.get(orders.Order, tickets[0].order_id)
        its = {"order": order, "by_buyer": False, "reason": ""}
        cancelling.cancel(session, actor=host, **its, now=now)

        (after,) = self.read(browser().get(path))

        assert (after["uid"], after["status"]) == (before["uid"], "CANCELLED")
        assert after["sequence"] > before["sequence"]
