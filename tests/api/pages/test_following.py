"""Following an order by its secret link: what was done, what is awaited, and what went wrong."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from api import house
from api.wiring import CONSEQUENCES
from market import cases, orders
from market.cases.models import Case
from market.notifications.telling import Notice
from market.orders import Rail, news
from market.orders.models import Order, OrderGroup
from payments import fake_bank, fulfilling
from payments.local_gateway import EVER
from payments.models import Payment
from tests import makers, people
from translations.folding import ascii_only


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, phone="+84901000001", address="Hẻm 3, thôn Đa Lộc")


@pytest.fixture
def buy(app, session, now, farmer):
    """Order half a kilogram, or seats; the path of its page."""

    def buying(*things, **how):
        things = things or ((makers.strawberries(session, now, of=farmer), 500),)
        group = makers.bought(session, now, *things, **how)
        with app.app_context():
            return "/o/" + house.secret_of(house.ORDER, group.code)

    return buying


def order_in(session):
    return session.scalars(select(Order)).one()


def payment_in(session):
    return session.scalars(select(Payment)).one()


def paid(session, now):
    makers.receive(session, now, makers.transfer(payment_in(session), now))


def steps(page):
    """Each step of the one order on the page: its mark and its words."""
    return re.findall(r'<li class="(\w+)"[^>]*><b>([^<]+)</b>', page)


class TestTheSteps:
    def test_do_not_call_paid_what_is_not(self, browser, session, now, buy):
        path = buy()

        page = browser().get(path).text

        assert steps(page)[:3] == [
            ("done", "Đã đặt"),
            ("now", "Chờ trả tiền"),
            ("next", "Người bán đã nhận đơn"),
        ]

    def test_wait_for_the_seller_once_paid(self, browser, session, now, buy):
        path = buy()
        paid(session, now)

        assert steps(browser().get(path).text)[1:3] == [
            ("done", "Đã trả tiền"),
            ("now", "Chờ người bán nhận đơn"),
        ]

    def test_of_an_order_that_ran_out_never_say_paid(self, browser, session, now, buy):
        path = buy()
        order_in(session).deadline = now - timedelta(minutes=1)

        assert steps(browser().get(path).text) == [("done", "Đã đặt"), ("bad", "Hết giờ")]

    def test_are_all_done_in_the_end(self, browser, session, now, buy, farmer):
        path = buy(rail=Rail.CASH, pick_up=True)
        order = order_in(session)
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        assert steps(browser().get(path).text)[-2:] == [
            ("now", "Người bán đang chuẩn bị"),
            ("next", "Đã lấy hàng"),
        ]
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)

        assert steps(browser().get(path).text) == [
            ("done", "Đã đặt"),
            ("done", "Người bán đã nhận đơn"),
            ("done", "Đã lấy hàng"),
        ]


class TestTheSeller:
    def test_is_called_and_found_once_they_have_agreed(self, browser, session, now, buy, farmer):
        path = buy(rail=Rail.CASH, pick_up=True)
        assert "0901 000 001" not in browser().get(path).text

        orders.confirm(session, actor=farmer, order_id=order_in(session).id, now=now)

        page = browser().get(path).text
        assert "Gọi người bán 0901 000 001" in page
        assert "Hẻm 3, thôn Đa Lộc, Phường" in page

    def test_of_a_visit_stands_on_the_ticket_once_it_is_paid(
        self, browser, session, now, buy, farmer
    ):
        _, departure = makers.tour(session, now, of=farmer)
        path = buy((departure, 1))
        ticket = re.search(r'href="(/t/[^"]+)"', browser().get(path).text)[1]
        assert "0901 000 001" not in browser().get(ticket).text

        paid(session, now)

        page = browser().get(ticket).text
        assert "Gọi người đón 0901 000 001" in page
        assert "Hẻm 3, thôn Đa Lộc" in page


class TestPaying:
    def test_is_said_once_and_then_not_asked_for_again(self, browser, session, buy):
        here, path = browser(), buy()
        before = here.get(path).text
        assert ("đừng chuyển lần nữa" in before, "http-equiv" in before) == (False, False)

        answer = here.send(f"{path}/payments/{payment_in(session).id}/claim")

        after = here.get(answer.location).text
        assert "Chợ đang hỏi ngân hàng, đừng chuyển lần nữa." in after
        assert ('http-equiv="refresh"' in after, "/claim" in after) == (True, False)

    def test_can_be_tried_with_the_demos_bank(self, browser, session, app, buy):
        path = buy()
        payment = payment_in(session)

        browser().send(f"{path}/payments/{payment.id}/claim", demo="1")

        shipped = fake_bank.Feed(folder=app.config["SETTINGS"].data)
        (credit,) = (line for line in shipped.lines(EVER) if payment.memo in line.text)
        assert credit.amount_minor == payment.amount_minor
        buyer = session.get_one(OrderGroup, payment.group_id).name
        assert credit.payer_name == ascii_only(buyer).upper() != ""

    def test_is_of_this_checkout_only(self, browser, session, now, buy, farmer):
        path = buy()
        other = makers.bought(
            session, now, (makers.strawberries(session, now, of=farmer), 500), phone="+84987654321"
        )
        foreign = session.scalars(select(Payment).where(Payment.group_id == other.id)).one()

        assert browser().send(f"{path}/payments/{foreign.id}/claim").status_code == 404
        assert browser().bare(f"{path}/payments/{foreign.id}/claim").status_code == 403


class TestComplaining:
    @pytest.fixture
    def came(self, session, now, buy, farmer):
        """The page of an order that was handed over."""
        path = buy(rail=Rail.CASH)
        order = order_in(session)
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)
        return path, f"{path}/{order.id}/complaints"

    def test_is_confirmed_and_later_answered(self, browser, session, now, came):
        here, (path, form) = browser(), came

        answer = here.send(form, statement="Dâu dập hết")

        case = session.scalars(select(Case)).one()
        page = here.get(answer.location.partition("#")[0]).text
        assert f"Khiếu nại {case.number} đã gửi." in page
        assert "/complaints" not in page
        cases.decide(
            session,
            actor=people.moderator(session, now),
            case_id=case.id,
            approved=False,
            reason="Ảnh không rõ",
            now=now,
            consequences=CONSEQUENCES,
        )
        assert "không được chấp nhận: Ảnh không rõ" in here.get(path).text
        told = session.scalars(select(Notice).where(Notice.key.like("notice.complaint.%"))).one()
        assert (told.destination, told.params["reason"]) == ("+84912345678", "Ảnh không rõ")

    def test_keeps_what_was_written_when_a_photo_cannot_be_read(self, browser, came):
        photos = (io.BytesIO(b"no photo"), "dau.jpg")

        page = browser().send(came[1], statement="Dâu dập hết", photos=photos)

        assert (page.status_code, "Dâu dập hết</textarea>" in page.text) == (422, True)

    def test_looks_at_no_photo_of_who_has_not_the_link(self, browser, came):
        _, order_id, _ = came[1].removeprefix("/o/").split("/")
        photos = (io.BytesIO(b"no photo"), "dau.jpg")

        page = browser().send(f"/o/guessed/{order_id}/complaints", statement="-", photos=photos)

        assert page.status_code == 404

    def test_names_the_buyer_at_the_desk(self, browser, session, now, came):
        browser().send(came[1], statement="Dâu dập hết")
        case = session.scalars(select(Case)).one()

        page = browser(people.moderator(session, now)).get(f"/desk/cases/{case.number}").text

        assert "Lan" in page
        assert "tel:+84912345678" in page


class TestTheMessage:
    def test_comes_once_for_all_sellers_and_opens_the_order(self, browser, session, now, farmer):
        lan = people.somebody(session, now, phone="+84987654321")
        other = makers.seller(session, now)
        group = makers.bought(
            session,
            now,
            *((makers.strawberries(session, now, of=one), 500) for one in (farmer, other)),
        )
        session.get_one(OrderGroup, group.id).buyer_id = lan.person_id
        for order in orders.queries.of_group(session, group_id=group.id):
            news.tell_of_checkout(session, orders.OrderPlaced(order_id=order.id))

        here = browser(lan)
        (opened,) = re.findall(r'href="(/o/[^"]+)"', here.get("/inbox").text)

        assert group.code in here.get(opened).text
