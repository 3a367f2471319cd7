"""A host's page of what is offered: when, for how much and under which terms, form by form."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from catalog import options
from catalog.booking_models import ExperienceOption
from catalog.models import Departure
from market import clock, inventory
from market.inventory.models import Cell
from payments.models import Payment
from tests import makers, people


@pytest.fixture
def host(session, now):
    return people.founder(session, now, people.HOST, verified=True)[0]


@pytest.fixture
def visit(session, now, host):
    return makers.tour(session, now, of=host)[0]


@pytest.fixture
def option(session, visit):
    return session.get_one(ExperienceOption, visit.id)


@pytest.fixture
def path(visit):
    return f"/sell/visits/{visit.id}/options/{visit.id}"


def terms(**changes: str) -> dict[str, str]:
    said = {"price-adult": "180.000", "price-child": "90.000", "policy": "week", "cutoff": "12"}
    return said | {"tiers": "", "minimum_guests": ""} | changes


def weekly(now, **changes: Any) -> dict[str, Any]:
    first = clock.day_of(now) + timedelta(days=1)
    said = {"day-6": "on", "day-7": "on", "time": "08:00", "seats": "12", "first": first}
    return said | {"last": first + timedelta(days=27), "closes": ""} | changes


def coming(session, option, *, closed=False) -> list[Departure]:
    seats = (Cell.resource_id == Departure.resource_id) & (Cell.bucket == Departure.bucket)
    its = select(Departure).join(Cell, seats).where(Departure.option_id == option.id)
    return list(session.scalars(its.where(Cell.closed == closed, Cell.capacity == 12)))


class TestSchedule:
    def test_opens_weekends_and_says_them_in_words(self, browser, session, host, now, path, option):
        here = browser(host)

        assert here.send(f"{path}/schedule", **weekly(now)).status_code == 303

        assert len(coming(session, option)) == 8
        page = here.get(path).text
        assert "Thứ 7, Chủ nhật · 08:00" in page
        assert "FREQ" not in page

    def test_leaves_a_day_out_and_ends(self, browser, session, host, now, path, option):
        here = browser(host)
        here.send(f"{path}/schedule", **weekly(now))
        day = coming(session, option)[0].starts_at.astimezone(clock.VIETNAM).date()

        here.send(f"{path}/schedule", **{"except": day})
        assert len(coming(session, option)) == 7
        here.send(f"{path}/schedule", drop="0")

        assert coming(session, option) == []
        assert len(coming(session, option, closed=True)) == 8

    def test_may_be_once_or_opening_hours(self, browser, session, host, now, path, option):
        here = browser(host)
        once = {"day-6": "", "day-7": ""}
        said = {name: its for name, its in weekly(now, closes="17:00").items() if name not in once}

        here.send(f"{path}/schedule", **said)

        (departure,) = coming(session, option)
        assert departure.ends_at - departure.starts_at == timedelta(hours=9)
        assert "Một lần · 08:00–17:00" in here.get(path).text

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"seats": "0"}, "seats"),
            ({"seats": "1000000000"}, "seats"),
            ({"first": "9999-12-31"}, "first"),
            ({"first": "2027-02-29"}, "first"),
            ({"time": "25:00"}, "rules"),
            ({"closes": "07:00"}, "rules"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, browser, session, host, now, path, option, changes, field
    ):
        here = browser(host)

        page = here.send(f"{path}/schedule", **weekly(now, **changes))

        assert page.status_code == 422
        assert f'id="e-{field}"' in page.text


class TestTerms:
    def test_are_kept(self, browser, session, host, path, option):
        here = browser(host)

        here.send(f"{path}/terms", **terms(minimum_guests="4", approves="on"))

        session.expire_all()
        assert [unit["price"] for unit in option.units] == [180_000, 90_000]
        assert option.tiers == [{"hours": 168, "percent": 100}, {"hours": 48, "percent": 50}]
        assert (option.cutoff_minutes, option.minimum_guests, option.approves) == (720, 4, True)

    def test_may_be_ones_own_with_another_kind(self, browser, session, host, path, option):
        here = browser(host)
        own = {"policy": "own", "tiers": "48:100, 24:50", "unit": "group", "pax": "10"}

        here.send(f"{path}/terms", **terms(**own, unit_price="1.500.000"))

        session.expire_all()
        assert option.tiers == [{"hours": 48, "percent": 100}, {"hours": 24, "percent": 50}]
        assert option.units[2] == {"type": "group", "price": 1_500_000, "pax": 10}
        here.send(f"{path}/terms", **terms(**{"price-child": ""}))
        session.expire_all()
        assert options.unit_of(option.units, "child") is None

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"price-adult": "abc"}, "price-adult"),
            ({"price-adult": "", "price-child": ""}, "units"),
            ({"policy": "own", "tiers": "24:50, 48:100"}, "tiers"),
            ({"policy": "own", "tiers": "nhiều"}, "tiers"),
            ({"cutoff": "1000"}, "cutoff"),
            ({"minimum_guests": "-1"}, "minimum_guests"),
            ({"unit": "group", "unit_price": ""}, "unit_price"),
        ],
    )
    def test_say_beside_the_field_what_is_wrong(
        self, browser, session, host, path, option, changes, field
    ):
        page = browser(host).send(f"{path}/terms", **terms(**changes))

        assert page.status_code == 422
        assert f'id="e-{field}"' in page.text

    def test_of_seasons_come_and_go(self, browser, session, host, path, option):
        here = browser(host)
        said = {"from": "2027-04-30", "until": "2027-05-01", "season-adult": "250.000"}

        here.send(f"{path}/season", **said, weekend="on")

        session.expire_all()
        (season,) = option.seasons
        assert (season["prices"], season["weekdays"]) == ({"adult": 250_000}, [5, 6])
        assert "250.000" in here.get(path).text
        here.send(f"{path}/season", drop="0")
        session.expire_all()
        assert option.seasons == []
        bad = here.send(f"{path}/season", **said | {"until": "2027-04-01"})
        assert (bad.status_code, 'id="e-seasons"' in bad.text) == (422, True)


class TestMore:
    def test_a_boat_is_given_to_the_option(self, browser, session, host, path, option):
        here = browser(host)

        here.send(f"{path}/asset", asset="Hải Âu", kind="vehicle", places="12", rest="30")
        (boat,) = inventory.stocking.own_assets(session, owner_ids=host.seller_ids)
        here.send(f"{path}/terms", **terms(**{f"asset-{boat.id}": "on"}))

        session.expire_all()
        assert option.asset_ids == [str(boat.id)]

    def test_guests_meet_at_a_landmark(self, browser, session, host, visit, path, option):
        here = browser(host)
        its = {"meeting": makers.COMMUNE, "landmark": "Cổng chợ", "speaks-vi": "on"}

        here.send(f"{path}/meeting", **its, **{"speaks-fr": "on"})

        session.refresh(visit)
        assert (visit.meeting_landmark, visit.meeting_unit_code) == ("Cổng chợ", makers.COMMUNE)
        assert visit.spoken == ["vi", "fr"]

    def test_another_option_has_its_own_page(self, browser, session, host, visit, path, option):
        here = browser(host)

        here.send(f"{path}/option", name="Riêng nhóm")

        more = options.of_experience(session, experience_id=visit.id)[1]
        page = here.get(f"/sell/visits/{visit.id}/options/{more.id}")
        assert "Riêng nhóm" in page.text
        here.send(f"/sell/visits/{visit.id}/options/{more.id}/closing")
        assert here.get(f"/sell/visits/{visit.id}/options/{more.id}").status_code == 404

    def test_is_nobody_elses(self, browser, session, host, now, path, visit):
        stranger = browser(people.founder(session, now, people.HOST, verified=True)[0])
        other = makers.tour(session, now, of=people.founder(session, now)[0])[0]

        assert stranger.get(path).status_code == 404
        assert stranger.send(f"{path}/terms", **terms()).status_code == 404
        assert stranger.get(f"/sell/visits/{other.id}/options/{visit.id}").status_code == 404


class TestApproval:
    def test_is_asked_with_the_party_and_the_start(self, browser, session, now, host, visit):
        option = session.get_one(ExperienceOption, visit.id)
        option.approves = True
        session.flush()
        (departure,) = session.scalars(select(Departure).where(Departure.option_id == visit.id))
        group = makers.bought(session, now, (departure, 2))
        pay(session, now, group)
        here = browser(host)

        page = here.get("/sell/orders").text

        assert "Nhận khách" in page
        assert "Từ chối" in page
        assert "Người lớn" in page
        order_id = UUID(re.search(r"/sell/orders/([0-9a-f-]{36})/confirmation", page)[1])
        assert here.send(f"/sell/orders/{order_id}/confirmation").status_code == 303
        assert "Nhận khách" not in here.get("/sell/orders").text


def pay(session, now, group) -> None:
    payment = session.scalars(select(Payment).where(Payment.group_id == group.id)).one()
    makers.receive(session, now, makers.transfer(payment, now))
