"""A mark from its certificate to its end: claimed, seen, found, sold under, run out, oversold."""

from datetime import timedelta
from typing import Any

import pytest

from api.wiring import context_for
from market import clock
from market.db import Database
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town
from tests.journeys.test_first_sale import decide_all, found, list_strawberries

PDF = b"%PDF-1.4 a certificate"


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


@pytest.fixture
def moderator(town: Town) -> Phone:
    return town.moderator("+84901000001")


@pytest.fixture
def farmer(town: Town) -> Phone:
    return town.phone("0901 000 002")


@pytest.fixture
def listing(farmer: Phone, moderator: Phone) -> str:
    """Forty kilograms of strawberries on the shelf."""
    listing = list_strawberries(farmer, found(farmer, "farm", "Vườn Ka Hòa"))
    decide_all(moderator)
    return listing


def certify(farmer: Phone, moderator: Phone, listing: str, *, until: str | None = None) -> None:
    """VietGAP, on a certificate that the desk has seen."""
    said = {"mark": "vietgap", "basis": "certificate", "number": "VG-12", "valid_until": until}
    given = {name: value for name, value in said.items() if value}
    asked = farmer.post(f"/v1/listings/{listing}/claims", given)
    farmer.upload(f"/v1/cases/{asked['case_id']}/documents", "file", PDF)
    decide_all(moderator)


def order(town: Town, farmer: Phone, listing: str, grams: int) -> dict[str, Any]:
    """A cash order, which the farmer accepts."""
    visitor, basket = town.phone(), {"Basket": "visitor-" + "x" * 24}
    visitor.post("/v1/basket/lines", {"listing_id": listing, "quantity": grams}, **basket)
    address = {"unit_code": COMMUNE, "address": "12 Trần Phú"}
    wish = {"contact": {"name": "Lan", "phone": "0987654321"}, "delivery": address}
    group = visitor.post("/v1/checkouts", wish | {"rail": "cash-on-delivery"}, **basket)
    placed: dict[str, Any] = group["orders"][0]
    farmer.post(f"/v1/orders/{placed['id']}/confirmation")
    town.work()
    return placed


def test_a_mark_is_claimed_seen_found_and_runs_out(
    town: Town, farmer: Phone, moderator: Phone, listing: str
) -> None:
    until = clock.day_of(clock.now()) + timedelta(days=10)
    certify(farmer, moderator, listing, until=until.isoformat())
    visitor = town.phone()

    shown = visitor.opens(f"/g/{listing}")
    assert "VietGAP" in shown
    assert "giấy chứng nhận số VG-12" in shown
    assert visitor.get(f"/v1/listings/{listing}")["marks"] == ["vietgap"]
    (claim,) = visitor.get(f"/v1/listings/{listing}/claims")["items"]
    assert (claim["basis"], claim["state"]) == ("certificate", "active")
    assert listing in visitor.opens("/search?mark=vietgap")
    overview = visitor.get("/v1/search?overview=true&mark=vietgap")["overview"]
    assert overview["facets"]["mark"] == [{"value": "vietgap", "count": 1, "more": False}]

    context = context_for(town.settings, town.database)
    (check,) = (job for job in context.wiring.jobs if job.name == "check marks")
    check.run(context, clock.now() + timedelta(days=11))

    assert "VietGAP" not in visitor.opens(f"/g/{listing}")
    assert "Giấy chứng nhận đã hết hạn" in farmer.opens(f"/sell/goods/{listing}")
    assert "gỡ nhãn VietGAP" in farmer.opens("/inbox")
    assert visitor.get("/v1/search?mark=vietgap")["items"] == []


def test_what_is_sold_beyond_the_harvest_loses_its_mark_until_somebody_looked(
    town: Town, farmer: Phone, moderator: Phone, listing: str
) -> None:
    certify(farmer, moderator, listing)
    more = {"change": 10_000, "reason": "counted"}
    farmer.post(f"/v1/listings/{listing}/stock", more)

    order(town, farmer, listing, 40_000)
    assert farmer.get(f"/v1/listings/{listing}")["marks"] == ["vietgap"]
    order(town, farmer, listing, 500)

    assert farmer.get(f"/v1/listings/{listing}")["marks"] == []
    assert "tạm gỡ nhãn VietGAP" in farmer.opens("/inbox")
    (case,) = moderator.get("/v1/cases?kind=claim")["items"]
    page = moderator.opens(f"/desk/cases/{case['number']}")
    assert "40,5 kg" in page
    assert "chưa đăng ký vườn nào" in page

    decide_all(moderator)
    assert farmer.get(f"/v1/listings/{listing}")["marks"] == ["vietgap"]


def test_a_farmer_says_it_by_the_form_and_names_the_plot(
    town: Town, farmer: Phone, moderator: Phone, listing: str
) -> None:
    page = f"/sell/goods/{listing}"
    farmer.press(page, "/plots", plot="Vườn trên", area="2000")
    farmer.press(page, "/marks", mark="no-spray", basis="self-declared")
    assert "chờ duyệt" in farmer.opens(page)
    assert "Vườn trên" in farmer.opens(page)

    decide_all(moderator)

    assert "người bán tự khai" in town.phone().opens(f"/g/{listing}")
    (plot,) = farmer.get("/v1/plots")["items"]
    assert (plot["name"], plot["area_m2"]) == ("Vườn trên", 2_000)


def test_a_claim_out_of_scope_is_refused_on_the_page(farmer: Phone, listing: str) -> None:
    shown = farmer.opens(f"/sell/goods/{listing}")
    assert 'value="da-lat-strawberry"' in shown
    assert 'value="phan-thiet-fish-sauce"' not in shown
    (csrf, *_) = [part.split('"')[0] for part in shown.split('name="csrf" value="')[1:]]

    given = {"csrf": csrf, "mark": "da-lat-strawberry", "basis": "certificate", "number": "1"}
    answer = farmer.client.post(f"/sell/goods/{listing}/marks", data=given)

    assert answer.status_code == 422
    assert "Phải có nhãn VietGAP trước" in answer.get_data(as_text=True)


def test_an_order_tells_the_mark_that_it_was_sold_under(
    town: Town, farmer: Phone, moderator: Phone, listing: str
) -> None:
    certify(farmer, moderator, listing)
    visitor, basket = town.phone(), {"Basket": "visitor-" + "y" * 24}
    visitor.post("/v1/basket/lines", {"listing_id": listing, "quantity": 500}, **basket)
    address = {"unit_code": COMMUNE, "address": "12 Trần Phú"}
    wish = {"contact": {"name": "Lan", "phone": "0987654321"}, "delivery": address}
    group = visitor.post("/v1/checkouts", wish | {"rail": "cash-on-delivery"}, **basket)

    page = visitor.opens(f"/o/{group['secret']}")

    assert "VietGAP (có giấy chứng nhận)" in page
