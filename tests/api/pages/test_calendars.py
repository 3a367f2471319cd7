"""The host's page of calendars, and ours as another site fetches it."""

from urllib.parse import urlsplit

import pytest
from icalendar import Calendar
from sqlalchemy import select

from api import house
from catalog import calendars
from catalog.booking_models import Channel
from market import clock, inventory
from market.accounts import SYSTEM
from market.accounts.models import OrganisationKind
from market.cases import open_case
from market.cases.models import CaseKind
from market.ids import uuid7
from market.inventory import Want
from market.inventory.models import Resource, ResourceKind
from tests import makers, people

URL = "https://site.example/a.ics"
PAGE = "/host/calendars"


@pytest.fixture
def host(session, now):
    return people.founder(session, now, OrganisationKind.HOST, verified=True)[0]


@pytest.fixture
def boat(session, host):
    (owner_id,) = host.seller_ids
    its = {"kind": ResourceKind.VEHICLE, "owner_id": owner_id, "name": "Thuyền Gió"}
    return inventory.open_resource(session, **its, places=12, turnaround_minutes=30)


@pytest.fixture
def linked(session, host, boat, now):
    its = {"resource_id": boat, "name": "Trang kia", "url": URL}
    return calendars.add(session, actor=host, **its, now=now)


@pytest.fixture
def link(app, session, boat):
    def path() -> str:
        with app.app_context():
            return urlsplit(house.feed_url(session.get_one(Resource, boat))).path

    return path


class TestThePage:
    """Both directions on one page."""

    def test_shows_what_has_a_calendar_with_its_link(self, browser, host, linked, link):
        page = browser(host).get(PAGE)

        assert page.status_code == 200
        for said in ("Thuyền Gió", "Trang kia", "Chưa xem lần nào", link()):
            assert said in page.text

    def test_says_when_it_was_read_and_what_failed_in_words(self, browser, session, host, linked):
        linked.failed, linked.synced_at = "slow", clock.now()
        linked.events = {str(uuid7()): {"from": "x", "until": "y", "orders": ["z"]}}
        session.flush()

        page = browser(host).get(PAGE)

        assert "Trang kia trả lời quá chậm." in page.text
        assert "Đọc lần cuối" in page.text
        assert "1 lượt bị đặt trùng" in page.text

    @pytest.mark.parametrize("code", calendars.syncing.FAILURES)
    def test_has_words_for_all_that_fails(self, browser, session, host, linked, code):
        linked.failed = code
        session.flush()

        assert browser(host).get(PAGE).status_code == 200

    def test_links_another_one(self, browser, session, host, boat):
        form = {"resource": str(boat), "name": "Trang kia", "url": URL}
        answer = browser(host).send(PAGE, **form)

        assert answer.status_code == 303
        assert session.scalars(select(Channel.url)).all() == [URL]

    @pytest.mark.parametrize(
        "wrong",
        [{"url": "http://x/"}, {"url": ""}, {"name": ""}, {"name": "x" * 61}, {"url": "https://["}],
    )
    def test_asks_again_for_what_is_wrong(self, browser, session, host, boat, wrong):
        form = {"resource": str(boat), "name": "Trang kia", "url": URL}
        answer = browser(host).send(PAGE, **form | wrong)

        assert answer.status_code == 422
        assert "Thuyền Gió" in answer.text
        assert session.scalars(select(Channel)).all() == []

    def test_looks_renews_and_removes(self, browser, session, host, boat, linked, link):
        reader, before = browser(host), link()

        assert reader.send(f"{PAGE}/{linked.id}/sync").status_code == 303
        assert reader.send(f"{PAGE}/feeds/{boat}").status_code == 303
        assert reader.send(f"{PAGE}/{linked.id}/removal").status_code == 303
        assert session.scalars(select(Channel)).all() == []
        assert reader.get(before).status_code == 404
        assert reader.get(link()).status_code == 200

    def test_is_for_hosts_and_shows_nothing_of_others(self, browser, session, now, linked):
        other = people.founder(session, now, OrganisationKind.HOST, verified=True)[0]

        assert "Thuyền Gió" not in browser(other).get(PAGE).text
        assert browser(other).send(f"{PAGE}/{linked.id}/removal").status_code == 404
        assert browser().get(PAGE).status_code == 303

    def test_of_a_case_names_both_sides(self, browser, session, now, host):
        (owner_id,) = host.seller_ids
        facts = {"within": True, "resource": "Thuyền Gió", "channel": "Trang kia"}
        facts |= {"days": "24/12/2026", "orders": ["7K3QX9M4T2"]}
        about = {"kind": CaseKind.CALENDAR, "subject_id": uuid7(), "organisation_id": owner_id}
        case = open_case(session, actor=SYSTEM, **about, facts=facts, now=now)

        page = browser(host).get(f"/desk/cases/{case.number}")
        for said in ("Thuyền Gió", "Trang kia", "24/12/2026", "7K3QX9M4T2"):
            assert said in page.text
        decided = {"verdict": "approved", "check-both_told": "on"}
        assert (
            browser(host).send(f"/desk/cases/{case.number}/decision", **decided).status_code == 303
        )


class TestTheFeed:
    """What another site fetches, without signing in."""

    def test_is_a_calendar_that_is_fetched_once(self, client, session, boat, link, now):
        bucket = inventory.slice_of(now) + 10
        start = clock.start_of(clock.day_of(now))
        inventory.open_slices(
            session, asset_ids=[boat], periods=[(start, clock.end_of(clock.day_of(now)))]
        )
        makers.change(
            session, resource_id=boat, bucket=bucket, delta=1, reason="x", actor=SYSTEM, now=now
        )
        wants = [Want(resource_id=boat, bucket=bucket, qty=1)]
        makers.hold(
            session,
            owner_id=uuid7(),
            wants=wants,
            expires_at=clock.end_of(clock.day_of(now)),
            now=now,
        )
        session.commit()

        answer = client.get(link())
        again = client.get(link(), headers={"If-None-Match": answer.headers["ETag"]})

        assert answer.status_code == 200
        assert answer.content_type.startswith("text/calendar")
        (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
        assert event["UID"].endswith("@127.0.0.1")
        assert event["SUMMARY"] == "Đã có khách"
        assert (again.status_code, again.data) == (304, b"")

    @pytest.mark.parametrize("secret", ["x", "0" * 54, "%00", "é", "../../etc/passwd"])
    def test_of_another_link_is_not_there(self, client, secret):
        assert client.get(f"/ical/{secret}.ics").status_code in {404, 400}
