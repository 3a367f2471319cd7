"""Stays on the pages: found, held, ordered; and the host's day with rooms, lists and nights."""

from datetime import timedelta

import pytest

from api import house as keys
from catalog import search
from catalog.booking_models import ExperienceOption
from market import clock
from market.orders import OrderGroup
from tests import makers
from tests.stays import House

LAN = {
    "name-0": "Nguyễn Thị Lan",
    "born-0": "1990-02-28",
    "nationality-0": "VN",
    "paper-0": "citizen-id",
    "number-0": "068190001234",
}


@pytest.fixture
def house(session, now):
    return House(session, now)


def day(number):
    return str(clock.day_of(clock.now()) + timedelta(days=number))


def asked(first=2, last=4, **more):
    return "&".join(
        f"{name}={value}"
        for name, value in ({"arrival": day(first), "departure": day(last)} | more).items()
    )


class TestFinding:
    """The page of stays."""

    def test_shows_what_the_stay_costs(self, browser, house):
        page = browser().get(f"/stays?{asked(rooms=2)}").text

        assert "1.600.000" in page
        assert "2 phòng, tất cả các đêm" in page
        assert f"/x/{house.id}?arrival={day(2)}" in page

    def test_begins_with_tomorrow_night(self, browser, house):
        assert f'value="{day(1)}"' in browser().get("/stays").text

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"arrival": day(-1)}, "arrival"),
            ({"arrival": "2027-02-29"}, "arrival"),
            ({"arrival": "9999-01-01"}, "arrival"),
            ({"departure": day(2)}, "departure"),
            ({"departure": day(64)}, "departure"),
            ({"guests": "0"}, "guests"),
            ({"guests": "nhiều"}, "guests"),
            ({"rooms": "10000000000"}, "rooms"),
            ({"near_text": "Hà Nội xa"}, "near"),
        ],
    )
    def test_says_what_is_wrong_beside_the_field_and_keeps_the_rest(
        self, browser, house, wrong, field
    ):
        page = browser().get(f"/stays?{asked(**{'rooms': 2} | wrong)}")

        assert page.status_code == 200
        assert f'id="e-{field}"' in page.text
        assert 'name="rooms"' in page.text
        assert f'value="{next(iter(wrong.values()))}"' in page.text


class TestHouse:
    """The page of one house."""

    def test_shows_the_rooms_and_what_the_days_cost(self, browser, house):
        page = browser().get(f"/x/{house.id}?{asked()}").text

        assert "800.000" in page
        assert "2 đêm" in page
        assert "Giữ phòng" in page

    def test_says_why_the_days_cannot_be_had(self, browser, session, house):
        session.get_one(ExperienceOption, house.id).minimum_nights = 3
        session.flush()

        page = browser().get(f"/x/{house.id}?{asked()}").text

        assert "ít nhất 3 đêm" in page
        assert "Giữ phòng" not in page

    def test_says_what_is_wrong_with_the_days(self, browser, house):
        page = browser().get(f"/x/{house.id}?{asked(4, 2)}").text

        assert 'id="e-departure"' in page
        assert f'value="{day(4)}"' in page

    def test_its_card_tells_the_price_of_a_night(self, browser, house, session):
        search.refresh(session, subject_id=house.id)
        session.flush()

        page = browser().get("/search?kind=visit").text
        assert "/đêm" in page
        assert 'href="/stays"' in page


class TestBasket:
    """From the room to the order."""

    def put(self, visitor, house, **more):
        fields = {"arrival": day(2), "departure": day(4), "rooms": "2"} | more
        its = {"experience_id": str(house.id), "option_id": str(house.id)}
        return visitor.send("/basket/lines", **its, **fields)

    def test_shows_nights_and_rooms(self, browser, house):
        visitor = browser()
        assert self.put(visitor, house).status_code == 303

        page = visitor.get("/basket").text

        assert "2 đêm" in page
        assert "1.600.000" in page
        assert f"/x/{house.id}" in page

    def test_takes_another_number_of_rooms(self, browser, house):
        visitor = browser()
        self.put(visitor, house)
        page = visitor.get("/basket").text
        field = page.split('name="quantity-')[1].split('"')[0]

        visitor.send("/basket", **{f"quantity-{field}": "1"})
        assert "800.000" in visitor.get("/basket").text
        visitor.send("/basket", **{f"quantity-{field}": "4"})

        page = visitor.get("/basket")
        assert page.status_code == 200
        assert "nhiều hơn số còn lại" in page.text

    def test_seats_that_are_gone_are_said_so_too(self, browser, session, now):
        host = makers.seller(session, now)
        tour, departure = makers.tour(session, now, of=host, seats=2)
        visitor = browser()
        its = {"experience_id": str(tour.id), "departure_id": str(departure.id)}
        visitor.send("/basket/lines", **its, **{"unit-adult": "3"})

        page = visitor.get("/basket")

        assert page.status_code == 200
        assert "nhiều hơn số còn lại" in page.text

    @pytest.mark.parametrize(
        "wrong", [{"arrival": day(-1)}, {"departure": day(1)}, {"rooms": "0"}, {"rooms": "4"}]
    )
    def test_shows_the_house_again_with_what_is_wrong(self, browser, house, wrong):
        answer = self.put(browser(), house, **wrong)

        assert answer.status_code == 422
        assert "Chọn phòng" in answer.text

    def test_is_ordered(self, browser, house):
        visitor = browser()
        self.put(visitor, house)
        assert "2 phòng" in visitor.get("/checkout").text

        fields = {"name": "Lan", "phone": "0987654321", "rail": "bank-transfer"}
        group = visitor.get("/checkout").text.split('name="group_id" value="')[1][:36]
        answer = visitor.send("/checkout", **fields, group_id=group)

        page = visitor.get(answer.location).text
        assert "2 phòng" in page
        assert "2 đêm" in page
        assert "Danh sách khách ở" in page


class TestHostsDay:
    """Who comes, and where they sleep."""

    def test_shows_arrivals_and_gives_them_rooms(self, browser, session, house):
        session.get_one(ExperienceOption, house.id).rooms = ["Đồi", "Suối", "Thông"]
        order = house.books(session, 1, 3)
        (ticket,) = house.tickets(session, order)
        host = browser(house.host)
        path = f"/host/stays?day={day(1)}"
        assert "Đến hôm đó (1)" in host.get(path).text

        answer = host.send(f"/host/stays/rooms/{ticket.code}", room="Suối", day=day(1))

        assert answer.status_code == 303
        assert "<option selected>Suối" in host.get(path).text
        assert "Đang ở (1)" in host.get(f"/host/stays?day={day(2)}").text
        assert "Trả phòng (1)" in host.get(f"/host/stays?day={day(3)}").text
        assert "không có khách" in host.get(f"/host/stays?day={day(9)}").text

    def test_says_which_room_is_taken(self, browser, session, house):
        session.get_one(ExperienceOption, house.id).rooms = ["Đồi"]
        one, other = house.tickets(session, house.books(session, 1, 3, rooms=2))
        host = browser(house.host)
        host.send(f"/host/stays/rooms/{one.code}", room="Đồi", day=day(1))

        answer = host.send(f"/host/stays/rooms/{other.code}", room="Đồi", day=day(1))

        assert answer.status_code == 422
        assert "Phòng Đồi đã có khách khác" in answer.text
        assert "Không phòng nào trống suốt" in answer.text

    def test_is_linked_from_the_day_of_who_lets_rooms(self, browser, session, house):
        assert "/host/stays" in browser(house.host).get("/host/today").text

    def test_is_not_for_strangers(self, browser, session, house):
        (ticket,) = house.tickets(session, house.books(session, 1, 3))
        other = browser(makers.seller(session, house.now, member=True))

        assert "Đến hôm đó" not in other.get(f"/host/stays?day={day(1)}").text
        assert other.send(f"/host/stays/rooms/{ticket.code}", room="").status_code == 404
        assert other.get(f"/host/stays/{house.id}").status_code == 404

    @pytest.mark.parametrize("when", ["2027-02-29", "9999-12-31", "0001-01-01", "x"])
    def test_a_day_that_is_none_is_today(self, browser, house, when):
        assert browser(house.host).get(f"/host/stays?day={when}").status_code == 200


class TestNights:
    """Nights to let."""

    def test_are_opened_closed_and_priced(self, browser, house):
        host, path = browser(house.host), f"/host/stays/{house.id}"
        span = {"from": day(1), "until": day(2)}

        assert host.send(path, **span, rooms="5", price="650.000", state="").status_code == 303
        host.send(path, **{"from": day(3), "until": day(3)}, rooms="", price="", state="closed")

        page = host.get(path).text
        assert "còn 5/5 phòng" in page
        assert "650.000" in page
        assert ">Đóng</span>" in page.split("Lịch các đêm")[1]

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"from": day(-1)}, "from"),
            ({"from": "2027-02-29"}, "from"),
            ({"until": day(0)}, "until"),
            ({"until": "9999-01-01"}, "until"),
            ({"rooms": "nhiều"}, "rooms"),
            ({"rooms": "-3"}, "rooms"),
            ({"price": "rẻ"}, "rooms"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_the_rest(self, browser, house, wrong, field):
        said = {"from": day(1), "until": day(2), "rooms": "2", "price": "777000"} | wrong

        answer = browser(house.host).send(f"/host/stays/{house.id}", **said)

        assert answer.status_code == 422
        assert f'id="e-{field}"' in answer.text
        assert "777000" in answer.text or "price" in wrong


class TestGuests:
    """Who sleeps there."""

    def test_the_buyer_writes_and_the_host_declares(self, app, browser, session, house):
        order = house.books(session, 1, 3)
        with app.app_context():
            opened = keys.secret_of(keys.ORDER, session.get_one(OrderGroup, order.group_id).code)
        buyer, host, path = browser(), browser(house.host), f"/o/{opened}/{order.id}/guests"

        assert buyer.send(path, **LAN).status_code == 303
        assert "Nguyễn Thị Lan" in buyer.get(path).text
        assert "Đã ghi 1 khách" in host.get(f"/host/stays?day={day(1)}").text
        assert "068190001234" in host.get(f"/host/guests/{order.id}").text
        sheet = host.get(f"/host/stays/guests.csv?day={day(1)}").data.decode("utf-8-sig")
        head, lan = sheet.splitlines()
        assert head.startswith("Họ và tên;Ngày sinh;Quốc tịch")
        assert lan.startswith("Nguyễn Thị Lan;1990-02-28;VN;Căn cước, số định danh;068190001234;")
        assert f";{day(1)};{day(3)};" in lan
        host.send(f"/host/guests/{order.id}/declaration")
        assert "Đã khai báo" in host.get(f"/host/stays?day={day(1)}").text

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"born-0": "2027-02-29"}, "born-0"),
            ({"nationality-0": "??"}, "nationality-0"),
            ({"number-0": ""}, "number-0"),
            ({"name-0": "x" * 101}, "name-0"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_the_rest(self, browser, session, house, wrong, field):
        order = house.books(session, 1, 3)

        answer = browser(house.host).send(f"/host/guests/{order.id}", **LAN | wrong)

        assert answer.status_code == 422
        assert f'id="e-{field}"' in answer.text
        assert "068190001234" in answer.text or "number" in field

    def test_are_nobody_elses(self, browser, session, house):
        order = house.books(session, 1, 3)
        other = browser(makers.seller(session, house.now, member=True))

        assert other.get(f"/host/guests/{order.id}").status_code == 404
        assert other.send(f"/host/guests/{order.id}", **LAN).status_code == 404
        assert browser().get(f"/o/forged/{order.id}/guests").status_code == 404
