"""Calendars over HTTP: linked, listed, looked at, removed; and the feed of ours."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from catalog import calendars
from catalog.booking_models import Channel
from market import inventory
from market.accounts.models import OrganisationKind
from market.inventory.models import ResourceKind
from market.outbox import OutboxEvent
from tests.api.v1 import callers

URL = "https://site.example/a.ics"


@pytest.fixture
def host(client, session):
    return callers.founder(client, session, OrganisationKind.HOST)


@pytest.fixture
def boat(session, host):
    its = {"kind": ResourceKind.VEHICLE, "owner_id": host.organisation_id, "name": "Thuyền Gió"}
    return inventory.open_resource(session, **its, places=12, turnaround_minutes=30)


@pytest.fixture
def channel(host, boat):
    answer = host.post("/channels", {"resource_id": str(boat), "name": "Trang kia", "url": URL})
    assert answer.status_code == 201, answer.json
    return answer.json


class TestChannels:
    """What a host does with them."""

    def test_are_shown_as_they_are(self, host, channel):
        (found,) = host.get("/channels").json["items"]

        assert found == channel
        assert (found["url"], found["taken"], found["conflicts"]) == (URL, 0, 0)
        assert (found["failed"], found["synced_at"], found["tried_at"]) == (None, None, None)

    def test_that_failed_say_why(self, session, host, channel):
        session.get_one(Channel, UUID(channel["id"])).failed = "slow"
        session.flush()

        assert host.get("/channels").json["items"][0]["failed"] == "slow"

    def test_are_looked_at_when_asked(self, session, host, channel):
        answer = host.post(f"/channels/{channel['id']}/sync")

        assert answer.status_code == 202
        name = calendars.SyncAsked.name
        asked = session.scalars(select(OutboxEvent).filter_by(name=name)).all()
        assert [each.payload for each in asked] == [{"channel_id": channel["id"]}] * 2

    def test_are_removed(self, host, channel):
        assert host.delete(f"/channels/{channel['id']}").status_code == 204
        assert host.get("/channels").json["items"] == []
        assert host.delete(f"/channels/{channel['id']}").status_code == 404

    @pytest.mark.parametrize(
        "url", ["http://site.example/", "file:///etc/passwd", "https://a:b@c/", "https://[", "x"]
    )
    def test_with_other_addresses_are_refused(self, host, boat, url):
        answer = host.post("/channels", {"resource_id": str(boat), "name": "x", "url": url})

        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "field.bad_url"

    def test_are_nobody_elses(self, client, session, host, channel):
        other = callers.founder(client, session, OrganisationKind.HOST)
        body = {key: channel[key] for key in ("resource_id", "name", "url")}

        assert other.get("/channels").json["items"] == []
        assert other.post("/channels", body).status_code == 404
        assert other.post(f"/channels/{channel['id']}/sync").status_code == 404
        assert other.delete(f"/channels/{channel['id']}").status_code == 404
        assert other.get(f"/resources/{channel['resource_id']}/feed").status_code == 404
        assert other.post(f"/resources/{channel['resource_id']}/feed").status_code == 404
        assert host.get(f"/resources/{uuid4()}/feed").status_code == 404


class TestTheFeed:
    """What another site fetches."""

    @pytest.fixture
    def link(self, host, boat):
        return lambda: host.get(f"/resources/{boat}/feed").json["url"]

    def test_is_renewed(self, host, boat, link):
        before = link()
        answer = host.post(f"/resources/{boat}/feed")

        assert answer.status_code == 201
        assert answer.json["url"] == link() != before
        assert "/ical/" in before
        assert before.endswith(".ics")
