"""Places on the pages: written as people say them, asked about where two are possible."""

import re

import pytest
from sqlalchemy import select

from catalog.models import Listing
from market import orders
from market.accounts.models import Organisation
from market.geography.units import old_wards
from market.orders.models import Order
from tests import makers, people
from tests.api.pages.test_selling import typed

HIDDEN = re.compile(r'type="hidden" name="(unit_code(?:_asked|_for)?)" value="([^"]*)"')
LAM_VIEN, XUAN_HUONG, BAO_LOC_1 = "24778", "24781", "24823"


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def shopper(browser, session, now, farmer):
    """A visitor with half a kilogram in the basket."""
    here = browser()
    berries = makers.strawberries(session, now, of=farmer)
    here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
    return here


def ordering(here, *, place, line="12 Trần Phú", **more):
    """Send the checkout with a place as it is written, and what its page held beside it."""
    group_id = re.search(r'name="group_id" value="([^"]+)"', here.get("/checkout").text)[1]
    who = {"name": "Lan", "phone": "0912345678", "rail": "cash-on-delivery", "address": line}
    return here.send("/checkout", **who, group_id=group_id, unit_code_text=place, **more)


def offered(page):
    """The codes to choose from, and which of them is chosen already."""
    radios = re.findall(r'type="radio" name="unit_code" value="(\d+)"( checked)?', page.text)
    return [code for code, _ in radios], [code for code, checked in radios if checked]


def address_in(session):
    return session.scalars(select(Order)).one().address


class TestAnAddressInAnotherProvince:
    def test_is_asked_about_once_and_taken_when_it_is_sent_again(self, shopper, session):
        line = "12 Nguyễn Văn Linh, quận 7, TP.HCM"

        asked = ordering(shopper, place="P.8 Đà Lạt", line=line)
        meant = dict(HIDDEN.findall(asked.text))
        answer = ordering(shopper, place="P.8 Đà Lạt", line=line, **meant)

        assert "Chợ chỉ giao trong tỉnh Lâm Đồng" in asked.text
        assert (asked.status_code, answer.status_code) == (422, 303)
        assert address_in(session)["line"] == line


class TestAPlaceThatIsSure:
    @pytest.mark.parametrize("place", ["P.8 Đà Lạt", "phuong 8 da lat", "Lâm Viên - Đà Lạt"])
    def test_goes_on(self, shopper, session, place):
        answer = ordering(shopper, place=place)

        assert answer.status_code == 303
        assert address_in(session)["unit_code"] == LAM_VIEN

    def test_is_kept_and_shown_with_its_old_name(self, shopper, session):
        opened = ordering(shopper, place="P.8 Đà Lạt").location

        assert address_in(session)["line"] == "12 Trần Phú"
        assert address_in(session)["place"] == "P.8 Đà Lạt"
        assert (
            "12 Trần Phú, Phường Lâm Viên - Đà Lạt "
            "(trước 1/7/2025: Phường 8, Thành phố Đà Lạt, Lâm Đồng)"
        ) in shopper.get(opened).text


class TestAPlaceThatIsNot:
    def test_is_asked_about_with_everything_kept(self, shopper, session):
        page = ordering(shopper, place="Phường 1")

        assert page.status_code == 422
        assert offered(page) == ([BAO_LOC_1, XUAN_HUONG], [])
        assert "trước đây: Phường 1, Thành phố Đà Lạt, Lâm Đồng" in page.text
        for value in ('value="Phường 1"', 'value="Lan"', "12 Trần Phú</textarea>"):
            assert value in page.text
        assert session.scalars(select(Order)).all() == []

    def test_in_an_old_district_may_be_any_unit_of_it(self, shopper):
        codes, _ = offered(ordering(shopper, place="huyện Đạ Huoai"))

        made_of_it = {ward.now.code for ward in old_wards() if ward.district == "Huyện Đạ Huoai"}
        assert set(codes) == made_of_it

    def test_is_the_one_that_is_chosen(self, shopper, session):
        ordering(shopper, place="Phường 1", unit_code_for="Phường 1", unit_code=BAO_LOC_1)

        assert address_in(session)["unit_code"] == BAO_LOC_1

    def test_is_read_anew_where_it_was_written_anew(self, shopper, session):
        ordering(shopper, place="P.8 Đà Lạt", unit_code_for="Phường 1", unit_code=BAO_LOC_1)

        assert address_in(session)["unit_code"] == LAM_VIEN

    def test_with_a_slip_of_the_finger_is_asked_about(self, shopper):
        assert offered(ordering(shopper, place="Phường Xuân Hươngg, Đà Lạt")) == ([XUAN_HUONG], [])

    def test_of_nobodys_knowledge_may_be_chosen_from_all(self, shopper):
        page = ordering(shopper, place="Xóm Chùa")

        assert (page.status_code, 'aria-invalid="true"' in page.text) == (422, True)
        assert len(re.findall(r'<option value="\d{5}">', page.text)) == 124

    def test_and_a_forged_code_is_refused(self, shopper):
        page = ordering(shopper, place="x", unit_code_for="x", unit_code="00001")

        assert (page.status_code, 'id="e-unit_code"' in page.text) == (422, True)

    def test_and_no_place_at_all_is_missing(self, shopper):
        assert ordering(shopper, place="").status_code == 422


class TestALineThatNamesAnotherPlace:
    LINE = "Khu Hòa Bình, P1, Đà Lạt"

    def test_is_asked_about_before_anything_is_ordered(self, shopper, session):
        page = ordering(shopper, place="P.8 Đà Lạt", line=self.LINE)

        assert page.status_code == 422
        assert "Địa chỉ lại ghi Phường Xuân Hương - Đà Lạt." in page.text
        assert offered(page) == ([LAM_VIEN, XUAN_HUONG], [LAM_VIEN])
        assert f'name="unit_code_asked" value="{self.LINE}"' in page.text
        assert session.scalars(select(Order)).all() == []

    @pytest.mark.parametrize("code", [LAM_VIEN, XUAN_HUONG])
    def test_is_as_the_buyer_says_and_asked_once(self, shopper, session, code):
        answers = {"unit_code_for": "P8 Đà Lạt", "unit_code": code, "unit_code_asked": self.LINE}

        assert ordering(shopper, place="P8 Đà Lạt", line=self.LINE, **answers).status_code == 303
        assert (address_in(session)["unit_code"], address_in(session)["line"]) == (code, self.LINE)

    def test_is_told_to_the_seller_who_promised_to_deliver(
        self, shopper, session, browser, now, farmer
    ):
        answers = {"unit_code_for": "P8", "unit_code": LAM_VIEN, "unit_code_asked": self.LINE}
        ordering(shopper, place="P8", line=self.LINE, **answers)
        order = session.scalars(select(Order)).one()
        told = "Địa chỉ có ghi Phường Xuân Hương - Đà Lạt"
        assert told not in browser(farmer).get("/sell/orders").text

        orders.confirm(session, actor=farmer, order_id=order.id, now=now)

        assert told in browser(farmer).get("/sell/orders").text


class TestSelling:
    def test_takes_the_place_of_the_goods_as_it_is_written(self, browser, session, now):
        here = browser(people.somebody(session, now, phone="+84912345678"))
        asked = here.send("/sell/new", **typed(unit_code_text="Phường 1", farm="Vườn Ka Hòa"))
        assert (asked.status_code, offered(asked)[0]) == (422, [BAO_LOC_1, XUAN_HUONG])

        here.send("/sell/new", **typed(unit_code_text="P1 Bảo Lộc", farm="Vườn Ka Hòa"))

        assert session.scalars(select(Listing.unit_code)).one() == BAO_LOC_1
        assert session.scalars(select(Organisation.unit_code)).one() == BAO_LOC_1

    def test_remembers_where_goods_were(self, browser, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)

        page = browser(farmer).get(f"/sell/goods/{berries.id}").text

        assert 'name="unit_code_text" value="Phường Lâm Viên - Đà Lạt"' in page
        assert f'<input type="hidden" name="unit_code" value="{LAM_VIEN}">' in page
