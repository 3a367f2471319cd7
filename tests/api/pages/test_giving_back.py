"""Money back on the pages: sellers and the desk give it, buyers read of it, two let it go."""

import re
from datetime import timedelta

import pytest

from market import clock, orders
from market.accounts.models import Organisation, PaymentMode
from market.cases.models import Case, CaseKind
from market.orders import Rail
from payments import collecting, refunding
from payments.fake_psp import payer
from payments.models import Attempt, BankLine, Dispute, Payment, Refund, RefundState
from tests import makers, people
from tests.api.pages.cards import Counter
from tests.databases import CUSTODY


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def moderator(session, now):
    return people.moderator(session, now)


@pytest.fixture
def sold(app, session, farmer):
    """What came of an order paid by a rail and handed over."""

    def selling(rail):
        counter = Counter(app, session, farmer, rail=rail)
        if rail is Rail.CARD:
            counter.plays("pay")
        if rail is Rail.BANK_TRANSFER:
            payment = session.query(Payment).one()
            makers.receive(session, clock.now(), makers.transfer(payment, clock.now()))
        counter.hands_over()
        return counter

    return selling


def refund_in(session):
    session.expire_all()
    return session.query(Refund).one()


def stray(now):
    """Money on the custody account of which the bank says neither for what nor from whom."""
    facts = {"account": CUSTODY, "reference": "FT1", "booked_at": now, "text": "NOP TIEN"}
    return makers.StatementLine(amount_minor=90_000, **facts)


def money_of(desk):
    return desk.get("/desk/money").text


def gives_back(browser, farmer, sold, **typed):
    here = browser(farmer)
    return here.send(f"/sell/orders/{sold.order.id}/refund", reason="thiếu cân", **typed)


class TestTheSeller:
    def test_gives_all_that_is_left_to_a_card(self, browser, session, farmer, sold):
        order = sold(Rail.CARD)
        form = browser(farmer).get(f"/sell/orders/{order.order.id}/refund").text
        assert 'value="180.000"' in form
        assert "Tiền tự về thẻ" in form

        gives_back(browser, farmer, order, amount="180.000")
        assert "Đang trên đường về thẻ của bạn." in order.page()
        order.works()

        assert "Hoàn cho bạn 180.000 ₫" in order.page()
        assert "Đã trả về thẻ." in order.page()
        assert (
            "Đơn này không còn gì để hoàn."
            in browser(farmer).get(f"/sell/orders/{order.order.id}/refund").text
        )

    def test_gives_back_the_price_of_a_line(self, browser, session, farmer, sold):
        gives_back(browser, farmer, sold(Rail.CARD), amount="5", **{"line-0": "on"})

        assert refund_in(session).amount_minor == 180_000

    @pytest.mark.parametrize(
        ("amount", "words"),
        [
            ("180.001", "Nhiều hơn số còn lại"),
            ("-5", "Không đúng"),
            ("0", "Không đúng"),
            ("1,5", "Không đúng"),
            ("５０００", "Không đúng"),
            ("", "Cần điền"),
        ],
    )
    def test_is_told_what_is_wrong_with_the_amount(
        self, browser, session, farmer, sold, amount, words
    ):
        answer = gives_back(browser, farmer, sold(Rail.CARD), amount=amount)

        assert answer.status_code == 422
        assert 'id="e-amount"' in answer.text
        assert "thiếu cân" in answer.text  # nothing typed is lost
        assert session.query(Refund).count() == 0

    def test_gives_cash_back_by_hand(self, browser, session, farmer, sold):
        order = sold(Rail.CASH)
        gives_back(browser, farmer, order, amount="80000")
        assert "Chờ người bán trả lại tiền mặt" in order.page()

        here = browser(farmer)
        page = here.get("/sell/money").text
        (action,) = re.findall(r'action="(/sell/refunds/[^"]+)"', page)
        here.send(action)

        assert refund_in(session).state == RefundState.SUCCEEDED
        assert "Người bán báo đã trả lại tiền mặt" in order.page()

    def test_of_another_shop_does_not(self, browser, session, now, sold):
        stranger = people.founder(session, now)[0]

        assert gives_back(browser, stranger, sold(Rail.CARD), amount="1").status_code == 404

    def test_sees_where_the_money_is(self, browser, app, session, farmer, sold):
        order = Counter(app, session, farmer)
        read = lambda: browser(farmer).get("/sell/money").text.replace("\u00a0", " ")  # noqa: E731
        assert "Chờ người mua trả tiền." in read()
        order.plays("pay")
        assert "Thẻ của người mua đã hứa" in read()
        order.hands_over()
        assert "Đã giao xong, chờ hết hạn khiếu nại." in read()
        assert "174.600 ₫" in read()
        makers.release(session, clock.now() + timedelta(hours=73))
        session.commit()

        assert "Đã là của bạn." in read()

    def test_reads_the_same_over_the_api(self, client, session, farmer, sold, browser):
        order = sold(Rail.CARD)
        gives_back(browser, farmer, order, amount="80000")
        shop = makers.only(farmer.seller_ids)
        here = browser(farmer).client
        token = here.get_cookie("session").value
        path = f"/v1/organisations/{shop}/money"

        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})

        (row,) = answer.json["items"]
        assert row["place"] == "waiting"
        assert row["refunded"] == {"amount": 80_000, "currency": "VND"}
        assert row["yours"] == {"amount": 97_000, "currency": "VND"}
        assert [refund["state"] for refund in row["refunds"]] == ["approved"]
        stranger = client.get(
            f"/v1/organisations/{order.order.id}/money",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert stranger.status_code == 404


class TestATransferBack:
    def test_waits_for_the_buyers_account_and_a_second_person(
        self, browser, session, farmer, moderator, sold
    ):
        order = sold(Rail.BANK_TRANSFER)
        gives_back(browser, farmer, order, amount="80000")
        assert "Hoàn tiền vào tài khoản nào?" in order.page()
        desk = browser(moderator)
        assert "Chờ người mua cho số tài khoản" in desk.get("/desk/money").text

        wrong = order.press("account", bank_bin="970436", account="12 34", holder="")
        assert wrong is None
        order.press("account", bank_bin="970436", account="007 100 123", holder="LAN")
        assert "Về tài khoản …0123; một người nữa" in order.page()
        page = desk.get("/desk/money").text
        assert "007100123" in page
        (action,) = re.findall(r'action="(/desk/refunds/[^"]+/approval)"', page)
        desk.send(action)

        assert refund_in(session).state == RefundState.APPROVED
        assert "data:image/svg+xml" in desk.get("/desk/money").text
        assert "Đang chuyển về tài khoản …0123." in order.page()

    def test_is_not_let_go_by_who_asked_for_it(self, browser, session, now, moderator, sold):
        order = sold(Rail.BANK_TRANSFER)
        refunding.request(
            session, actor=moderator, order=order.order, reason="", amount_minor=5, now=now
        )
        session.commit()
        order.press("account", bank_bin="970436", account="0071001234", holder="LAN")
        refund = refund_in(session)

        page = browser(moderator).get("/desk/money").text
        assert "một người khác phải duyệt" in page
        assert "/approval" not in page
        path = f"/desk/refunds/{refund.id}/approval"
        assert browser(moderator).send(path).status_code == 403

    def test_is_turned_down_with_the_reason(self, browser, session, farmer, moderator, sold):
        order = sold(Rail.BANK_TRANSFER)
        gives_back(browser, farmer, order, amount="80000")

        path = f"/desk/refunds/{refund_in(session).id}/rejection"
        browser(moderator).send(path, reason="Đã trả tiền mặt.")

        assert "Chợ không hoàn khoản này. Đã trả tiền mặt." in order.page()
        assert "Hoàn tiền vào tài khoản nào?" not in order.page()

    def test_of_a_line_of_which_nobody_knows_the_payer_goes_where_the_desk_says(
        self, app, browser, session, now, moderator
    ):
        makers.receive(session, now, stray(now))
        first, second = browser(moderator), browser(people.moderator(session, now))
        session.commit()
        (action,) = re.findall(r'action="(/desk/money/lines/[^"]+/refund)"', money_of(first))
        first.send(action)
        refund = refund_in(session)
        page, path = money_of(second), f"/desk/refunds/{refund.id}"
        assert "Chưa rõ trả về tài khoản nào" in page
        assert "/approval" not in page

        typed = {f"bank_bin-{refund.id}": "970436", f"account-{refund.id}": "007 100 123"}
        wrong = second.send(f"{path}/account", **typed, **{f"holder-{refund.id}": ""})
        assert wrong.status_code == 422
        assert 'value="007 100 123"' in wrong.text  # nothing typed is lost
        second.send(f"{path}/account", **typed, **{f"holder-{refund.id}": "TRAN VAN BA"})
        assert second.send(f"{path}/approval").status_code == 403  # who typed it lets nothing go
        typed |= {f"holder-{refund.id}": "X"}
        assert second.send(f"{path}/account", **typed).status_code == 409

        first.send(f"{path}/approval")
        page = money_of(first)
        assert "007100123" in page
        assert "TRAN VAN BA" in page
        assert "data:image/svg+xml" in page
        assert refund_in(session).state == RefundState.APPROVED

    def test_is_said_over_the_api_as_well(self, session, now, client, browser, moderator):
        makers.receive(session, now, stray(now))
        line = session.query(BankLine).one()
        refund = refunding.give_back_line(session, actor=moderator, line_id=line.id, now=now)
        session.commit()
        token = browser(moderator).client.get_cookie("session").value
        said = {"bank_bin": "970436", "account": "007100123", "holder": "TRAN VAN BA"}
        path, known = f"/v1/refunds/{refund.id}/account", {"Authorization": f"Bearer {token}"}

        answer = client.post(path, json=said, headers=known)
        again = client.post(path, json=said, headers=known)

        assert (answer.status_code, again.status_code) == (201, 409)
        assert refund_in(session).bank_account == "007100123"

    def test_of_a_direct_sale_is_the_sellers(self, browser, app, session, farmer):
        shop = session.get_one(Organisation, makers.only(farmer.seller_ids))
        shop.payment_mode = PaymentMode.DIRECT
        shop.bank_bin, shop.bank_account, shop.bank_holder = "970436", "7777777", shop.name
        order = Counter(app, session, farmer, rail=Rail.BANK_TRANSFER)
        (payment,) = collecting.of_group(session, group_id=order.order.group_id)
        line = makers.transfer(payment, clock.now())
        makers.receive(session, clock.now(), line)
        session.commit()
        gives_back(browser, farmer, order, amount="80000")

        assert "Bạn đã trả thẳng cho người bán" in order.page()


class TestTheDesk:
    def test_gives_back_after_a_complaint(self, browser, session, now, moderator, sold):
        order = sold(Rail.CARD)
        case = orders.moving.complain(
            session, actor=makers.NOBODY, order=order.order, statement="dập", photos=[], now=now
        )
        session.commit()
        desk, path = browser(moderator), f"/desk/cases/{case.number}"
        assert f"{path}/refund" not in desk.get(path).text
        desk.send(f"{path}/decision", verdict="approved", **{"check-heard_both": "on"})
        page = desk.get(path).text
        assert 'value="180.000"' in page
        too_much = desk.send(f"{path}/refund", amount="999999", reason="x")
        assert too_much.status_code == 422

        desk.send(f"{path}/refund", amount="50.000", reason="Theo khiếu nại")

        refund = refund_in(session)
        assert (refund.amount_minor, refund.case_id) == (50_000, case.id)
        assert 'value="130.000"' in desk.get(path).text

    def test_reads_what_yes_and_no_mean_for_money(self, browser, session, moderator, sold):
        order = sold(Rail.CARD)
        (attempt,) = session.query(Attempt)
        payer.dispute(order.folder, attempt.reference, now=clock.now())
        order.hears()
        (case,) = session.query(Case).where(Case.kind == CaseKind.MONEY)
        desk = browser(moderator)

        listed = desk.get("/desk/cases").text
        assert listed.count("Người mua đòi lại tiền thẻ") == 1
        assert listed.count("Chênh lệch tiền · ") == 1
        page = desk.get(f"/desk/cases/{case.number}").text
        assert "Ngân hàng của người mua đòi lại tiền" in page
        assert order.path not in page  # the buyer's link is the buyer's
        desk.get("/language?to=en")
        assert "asks for the money back" in desk.get(f"/desk/cases/{case.number}").text
        assert "Chợ không tự đổi sổ" in page
        assert f"/desk/cases/{case.number}" in desk.get("/desk/money").text

    def test_sees_disputes_with_the_sums_and_the_buyer_reads_of_it(
        self, browser, session, moderator, farmer, sold
    ):
        order = sold(Rail.CARD)
        (attempt,) = session.query(Attempt)
        payer.dispute(order.folder, attempt.reference, now=clock.now())
        order.hears()

        page = browser(moderator).get("/desk/money").text
        assert "Ngân hàng người mua đang đòi lại" in page
        assert session.query(Dispute).one().reference in page
        assert "Ngân hàng của bạn đang đòi lại 180.000 ₫" in order.page()
        assert "Ngân hàng của người mua đang đòi lại" in browser(farmer).get("/sell/money").text
