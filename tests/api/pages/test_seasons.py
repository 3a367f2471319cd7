"""A harvest to come on its grower's page: what was typed stays, and what is wrong is said."""

from datetime import timedelta

import pytest

from catalog import harvests, seasons
from market import clock
from tests import makers, people
from tests.payments.seasons import day, expected


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def listing(session, now, farmer):
    return makers.strawberries(session, now, of=farmer, grams=500)


@pytest.fixture
def harvest(session, now, farmer, listing):
    its = {"actor": farmer, "listing_id": listing.id, "now": now}
    return seasons.expect(session, **its, expected=expected(now))


def window(now, **changes):
    said = {"season_from": day(now, 30), "season_until": day(now, 60), "season_sure": "sure"}
    return said | {"season_day": day(now, 40), "season_limit": "20"} | changes


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("season_until", "2001-01-01"),
        ("season_from", "mai"),
        ("season_day", "2001-01-01"),
        ("season_limit", "0,25"),
        ("season_limit", "nhiều"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(browser, now, farmer, listing, field, said):
    page = browser(farmer).send(f"/sell/goods/{listing.id}/season", **window(now, **{field: said}))

    assert page.status_code == 422
    assert f'id="e-{field}"' in page.text
    assert f'value="{said}"' in page.text


def test_a_slip_needs_a_later_day_and_a_reason(browser, now, farmer, listing, harvest):
    here, path = browser(farmer), f"/sell/goods/{listing.id}/season/{harvest.id}/slip"

    for fields, blamed in (
        ({"to_day": day(now, 50)}, "why"),
        ({"to_day": day(now, 40), "why": "Mưa."}, "to_day"),
        ({"why": "Mưa."}, "to_day"),
    ):
        page = here.send(path, **fields)
        assert page.status_code == 422
        assert f'id="e-{blamed}"' in page.text
    assert here.send(path, to_day=day(now, 50), why="Mưa.").status_code == 303


def test_nobody_else_tells_of_it(browser, session, now, listing, harvest):
    stranger = browser(people.founder(session, now, verified=True)[0])
    path = f"/sell/goods/{listing.id}/season"

    assert stranger.send(path, **window(now)).status_code == 404
    assert stranger.send(f"{path}/{harvest.id}/closing").status_code == 404


def test_a_buyer_sees_the_window_and_orders_ahead(browser, now, listing, harvest):
    here = browser()
    page = here.get(f"/g/{listing.id}").text
    assert "Dự kiến thu hoạch từ" in page
    assert "còn nhận 20 kg" in page

    here.send("/basket/lines", listing_id=str(listing.id), quantity="2")

    assert "Đặt trước, giao từ ngày" in here.get("/basket").text
    assert "Đặt trước, giao từ ngày" in here.get("/checkout").text


def test_a_day_that_is_over_is_not_offered(session, now, listing, harvest):
    row = harvests.standing(session, listing_ids=[listing.id], now=now)[listing.id]
    late = now + timedelta(days=40)
    assert [harvests.orderable(row, now=at) for at in (now, late)] == [True, False]
    assert clock.day_of(late) == row.promised_day
