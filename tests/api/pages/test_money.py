"""Money that waits for a person: seen by who looks after the market, and told to the buyer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import house
from market import clock, orders
from market.cases.models import Case
from market.notifications.telling import Notice
from market.orders import Rail, State, queries
from payments import cancelling, collecting, fulfilling, remitting
from payments.models import BankLine, PaymentState
from tests import makers, people
from tests.databases import CUSTODY


@pytest.fixture
def now():
    """The present, since pages live in it."""
    return clock.now()


@pytest.fixture
def bought(session, now):
    """A guest's order of a kilogram for 210.000 ₫, and its payment."""
    berries = makers.strawberries(session, now, of=makers.seller(session, now))
    group = makers.bought(session, now, (berries, 1000))
    (payment,) = collecting.of_group(session, group_id=group.id)
    return group, payment


@pytest.fixture
def read(app, browser, session):
    """A page as anybody, or the actor, reads it, with plain spaces."""

    def page(path, actor=None):
        answer = browser(actor).get(path) if actor else app.test_client().get(path)
        assert answer.status_code == 200
        return answer.text.replace("\u00a0", " ")

    return page


@pytest.fixture
def secret(app):
    def of(group):
        with app.app_context():
            return f"/o/{house.secret_of(house.ORDER, group.code)}"

    return of


def cancelled(session, now, group):
    (order,) = queries.of_group(session, group_id=group.id)
    return cancelling.cancel(
        session,
        actor=makers.NOBODY,
        order=order,
        by_buyer=True,
        reason="",
        now=now,
    )


class TestTheMoneyPage:
    def test_shows_what_is_to_be_paid_back(self, session, now, bought, read):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))
        order = cancelled(session, now, group)

        page = read("/desk/money", people.moderator(session, now))

        assert order.code in page
        assert group.phone in page
        assert page.count("210.000 ₫") == 3  # on the bank, to be paid back, and to whom

    def test_shows_each_credit_that_fits_nothing(self, session, now, bought, read):
        _, payment = bought
        for change in ({"amount_minor": 1_234}, {"text": "TIEN DAU"}):
            makers.receive(session, now, makers.transfer(payment, now, **change))

        page = read("/desk/money", people.moderator(session, now))

        assert "TIEN DAU" in page
        assert "Thiếu tiền" in page
        assert "211.234 ₫" in page  # fits no order, all together

    def test_is_reached_from_the_cases_by_who_oversees(self, session, now, read):
        link = 'href="/desk/money"'

        assert link in read("/desk/cases", people.moderator(session, now))
        assert link not in read("/desk/cases", people.somebody(session, now))

    def test_is_nobody_elses(self, session, now, browser):
        manager, _ = people.founder(session, now, people.COOPERATIVE, verified=True)

        assert browser(manager).get("/desk/money").status_code == 403


class TestTheBuyersPage:
    def test_says_that_the_money_comes_back(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))
        cancelled(session, now, group)

        assert "Hoàn cho bạn 210.000 ₫" in read(secret(group))

    def test_says_that_too_little_came(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now, amount_minor=200_000))

        assert "Mới nhận được 200.000 ₫ trên 210.000 ₫" in read(secret(group))

    @pytest.mark.parametrize(("late", "kept"), [(0, "5 ₫"), (25, "5 ₫")])
    def test_says_what_was_kept(self, session, now, bought, read, secret, late, kept):
        group, payment = bought
        at = now + timedelta(hours=late)
        makers.receive(session, at, makers.transfer(payment, at, amount_minor=210_005))

        assert f"Có {kept} đã chuyển nhưng không khớp" in read(secret(group))

    def test_says_nothing_of_what_is_right(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))

        assert "Hoàn cho bạn" not in read(secret(group))

    def test_asks_for_the_rest_of_what_came_short(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now, amount_minor=200_000))

        page = read(secret(group))

        assert "Xin chuyển nốt 10.000 ₫, vẫn ghi nội dung cũ" in page
        assert '<p class="price lg">10.000 ₫</p>' in page


class TestAllotting:
    @pytest.fixture
    def line(self, session, now, bought):
        """The whole amount, without a memo."""
        _, payment = bought
        makers.receive(session, now, makers.transfer(payment, now, text="TIEN DAU"))
        return session.scalars(select(BankLine)).one()

    def test_is_done_with_the_memo_as_it_is_typed(self, session, now, bought, browser, line):
        _, payment = bought
        administrator = browser(people.administrator(session, now))

        page = administrator.get("/desk/money").text
        answer = administrator.send(address(line), payment=payment.memo.lower())

        assert address(line) in page
        assert answer.status_code == 303
        session.refresh(payment)
        assert payment.state == PaymentState.PAID

    @pytest.mark.parametrize("typed", ["", "LD123", "LD0000000000"])
    def test_says_at_the_line_that_there_is_no_such_memo(self, session, now, browser, line, typed):
        answer = browser(people.administrator(session, now)).send(address(line), payment=typed)

        assert answer.status_code == 422
        assert "không tìm thấy nội dung" in answer.text

    def test_of_another_amount_says_both(self, session, now, bought, browser, line):
        other = makers.strawberries(session, now, of=makers.seller(session, now))
        group = makers.bought(session, now, (other, 500), phone="+84912345679")
        (payment,) = collecting.of_group(session, group_id=group.id)
        administrator = browser(people.administrator(session, now))

        answer = administrator.send(address(line), payment=payment.memo)

        assert "còn 210.000" in answer.text.replace("\u00a0", " ")
        assert "thiếu 120.000" in answer.text.replace("\u00a0", " ")

    def test_is_not_offered_to_a_moderator(self, session, now, browser, line):
        moderator = browser(people.moderator(session, now))

        assert address(line) not in moderator.get("/desk/money").text
        assert moderator.send(address(line), payment="x").status_code == 403


def on_its_way(session, now, seller):
    """A cash order of 210.000 ₫."""
    berries = makers.strawberries(session, now, of=seller)
    group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
    (order,) = queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=seller, order_id=order.id, now=now)
    fulfilling.hand_over(session, actor=seller, order_id=order.id, now=now)
    return order


class TestCash:
    @pytest.fixture
    def seller(self, session, now):
        return makers.seller(session, now, member=True)

    @pytest.fixture
    def order(self, session, now, seller):
        return on_its_way(session, now, seller)

    @pytest.fixture
    def driven(self, session, now, seller):
        """A manager, his cooperative, and the cash order that its driver delivered."""
        manager, cooperative = people.cooperative_of(session, now, seller)
        order = on_its_way(session, now, seller)
        fulfilling.deliver(session, actor=manager, order=order, now=now)
        session.commit()
        return manager, cooperative, order

    def test_is_handed_in_by_a_form_and_its_qr(self, app, session, now, seller, order, browser):
        farmer = browser(seller)
        farmer.send(f"/sell/orders/{order.id}/delivery")
        assert farmer.send("/sell/money/remittances", amount="210.001").status_code == 422
        assert farmer.send("/sell/money/remittances", amount="210.000").status_code == 303

        (made,) = remitting.page(session, actor=seller, limit=2)
        assert made.memo in farmer.get("/sell/money").text
        farmer.send("/sell/money/remittances", demo=made.memo)
        folder, after = app.config["SETTINGS"].data, clock.now()
        makers.told_by_bank(session, after, folder)
        session.commit()
        assert "Đã nhận đủ" in farmer.get("/sell/money").text

    @pytest.mark.parametrize("amount", ["", "0", "-5", "1.5", "５００００", "x"])
    def test_of_no_amount_is_asked_again(self, seller, order, browser, amount):
        answer = browser(seller).send("/sell/money/remittances", amount=amount)

        assert answer.status_code == 422

    def test_that_is_late_stands_at_the_desk(self, session, now, seller, order, read):
        fulfilling.deliver(session, actor=seller, order=order, now=now - timedelta(days=2))
        moderator = people.moderator(session, now)

        assert "Tiền mặt giữ quá một ngày" in read("/desk/money", moderator)

    def test_that_is_short_is_a_case_with_its_sums(self, session, now, seller, order, read):
        fulfilling.deliver(session, actor=seller, order=order, now=now)
        made = remitting.announce(
            session, actor=seller, holder_id=order.seller_id, amount_minor=210_000, now=now
        )
        facts = {"account": CUSTODY, "reference": "", "booked_at": now, "text": made.memo}
        makers.receive(session, now, makers.StatementLine(amount_minor=150_000, **facts))
        case = session.scalars(select(Case)).one()

        page = read(f"/desk/cases/{case.number}", people.moderator(session, now))

        assert "Chênh lệch tiền" in page
        assert "60.000 ₫" in page

    def test_of_a_cooperatives_drivers_is_handed_in_by_its_manager(
        self, app, session, now, browser, driven
    ):
        manager, cooperative, order = driven
        desk, at = browser(manager), f"/desk/cash?cooperative={cooperative}"
        assert f'href="{at}"' in desk.get("/desk").text
        page = desk.get(at).text.replace("\u00a0", " ")
        assert order.code in page
        assert 'value="210.000"' in page
        assert desk.send(at, amount="210.001").status_code == 422
        assert desk.send(at, amount="210.000").location == f"{at}#hand-in"
        (made,) = remitting.page(session, actor=manager, limit=2)
        assert made.memo in desk.get(at).text

        facts = {"account": CUSTODY, "reference": "FT1", "booked_at": now, "text": made.memo}
        makers.receive(session, now, makers.StatementLine(amount_minor=150_000, **facts))
        session.commit()

        page = desk.get(at).text.replace("\u00a0", " ")
        assert "Ngân hàng nhận thiếu 60.000 ₫" in page
        assert 'value="60.000"' in page  # what is left of the order can be handed in
        assert "<b>60.000 ₫</b>" in page

    def test_of_a_cooperative_is_no_strangers(self, session, now, seller, browser, driven):
        _, cooperative, order = driven
        at = f"/desk/cash?cooperative={cooperative}"
        stranger, _ = people.founder(session, now, people.COOPERATIVE, verified=True)
        moderator = browser(people.moderator(session, now))

        assert browser(stranger).get(at).status_code == 404
        assert browser(stranger).send(at, amount="1000").status_code == 404
        assert browser(seller).get(at).status_code == 403
        assert order.code in moderator.get(at).text
        assert 'name="amount"' not in moderator.get(at).text
        assert moderator.send(at, amount="1000").status_code == 403

    def test_that_is_late_leads_the_manager_to_it(self, session, now, driven):
        manager, cooperative, _ = driven

        remitting.remind_custodians(session, now=now + timedelta(days=2))

        told = select(Notice.link).where(Notice.person_id == manager.person_id)
        assert session.scalars(told).all() == [f"/desk/cash?cooperative={cooperative}"]

    def test_is_not_due_for_goods_refused_at_the_door(self, session, seller, order, browser):
        farmer = browser(seller)
        path = f"/sell/orders/{order.id}/refusal"

        assert "Khách không nhận hàng" in farmer.get("/sell/orders").text
        assert farmer.send(path).status_code == 422  # without a word
        assert farmer.send(path, reason="dập").status_code == 303
        session.refresh(order)
        assert order.state == State.RETURNED


def address(line):
    return f"/desk/money/lines/{line.id}/allocation"
