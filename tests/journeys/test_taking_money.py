"""Money by card, bank and cash, from the buyer to the seller and back, as everybody sees it."""

from collections.abc import Iterator

import pytest

from market import clock
from market.db import Database
from payments.fake_psp import payer
from tests.databases import settings_for
from tests.journeys.till import DELIVERY, EARNED, PAYOS, PRICE, Till, Watch


@pytest.fixture(scope="module")
def market(templates, tmp_path_factory) -> Iterator[Till]:
    settings = settings_for(templates.fresh_url(), tmp_path_factory.mktemp("till"), **PAYOS)
    database = Database(settings)
    with Watch().worn() as watch:
        yield Till(watch, settings, database)
    database.close()


@pytest.fixture
def town(market: Till) -> Iterator[Till]:
    """The one town; whatever came to pass there, it adds up when the waiting time is over."""
    yield market
    market.pass_time(hours=75)
    market.adds_up()


class TestACard:
    def test_pays_at_the_hand_over_and_earns_after_the_wait(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card")
        assert "Trả bằng thẻ ngay" in buyer.page()

        buyer.plays("pay")
        town.work()

        order = buyer.order(town.farmer)
        assert (order["state"], buyer.payment("card")["state"]) == ("placed", "authorized")
        assert town.farmer.where(order) == ("promised", EARNED)
        town.farmer.gives(order)
        assert buyer.payment("card")["state"] == "paid"
        assert town.farmer.where(order) == ("waiting", EARNED)
        town.pass_time(hours=73)
        assert town.farmer.where(order) == ("earned", EARNED)
        assert town.farmer.owed() - before == EARNED
        assert "Đã là của bạn." in town.farmer.money()

    def test_asks_for_a_code_that_is_wrong_and_then_right(self, town):
        buyer = town.buys(town.farmer, rail="card")

        assert "3-D Secure" in buyer.plays("secure", "fail")
        assert buyer.payment("card")["state"] == "awaiting"
        assert buyer.order(town.farmer)["state"] == "awaiting-payment"

        buyer.plays("secure", "pass")
        assert buyer.payment("card")["state"] == "authorized"
        town.farmer.gives(buyer.order(town.farmer), released=True)
        assert town.farmer.where(buyer.order(town.farmer)) == ("earned", EARNED)

    @pytest.mark.parametrize("then", ["pay", "lose", "twice"])
    def test_is_declined_and_then_pays_however_often_that_is_told(self, town, then):
        buyer = town.buys(town.farmer, rail="card")

        page = buyer.plays("decline")
        assert "chưa mất đồng nào" in page
        assert buyer.payment("card")["attempt"]["error"] == "card_declined"

        buyer.plays(then)
        town.pass_time(minutes=5)
        assert buyer.payment("card")["state"] == "authorized"
        town.farmer.gives(buyer.order(town.farmer), released=True)
        assert town.farmer.where(buyer.order(town.farmer)) == ("earned", EARNED)

    def test_that_is_called_off_before_the_hand_over_is_never_charged(self, town):
        buyer = town.buys(town.farmer, town.neighbour, rail="card")
        buyer.plays("pay")
        town.work()

        buyer.cancels(town.neighbour)
        town.farmer.gives(buyer.order(town.farmer), released=True)

        assert "Thẻ của bạn không bị trừ tiền cho đơn này." in buyer.page()
        assert buyer.order(town.neighbour)["refunds"] == []
        assert town.charged(buyer) == PRICE
        assert town.neighbour.where(buyer.order(town.neighbour)) == ("off", 0)
        assert town.farmer.where(buyer.order(town.farmer)) == ("earned", EARNED)

    def test_that_is_called_off_after_it_was_charged_is_given_back(self, town):
        buyer = town.buys(town.farmer, town.neighbour, rail="card")
        buyer.plays("pay")
        town.work()
        town.farmer.gives(buyer.order(town.farmer))
        assert town.charged(buyer) == 2 * PRICE

        town.neighbour.does(buyer.order(town.neighbour), "cancellation", reason="hết dâu")

        (refund,) = buyer.order(town.neighbour)["refunds"]
        assert (refund["state"], refund["amount"]["amount"]) == ("succeeded", PRICE)
        assert "Đã trả về thẻ." in buyer.page()
        town.pass_time(hours=73)
        assert town.farmer.where(buyer.order(town.farmer)) == ("earned", EARNED)

    def test_whose_seller_does_not_answer_is_never_charged(self, town):
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()

        town.pass_time(hours=25)

        assert buyer.order(town.farmer)["state"] == "expired"
        assert town.charged(buyer) == 0
        assert "Thẻ của bạn không bị trừ tiền cho đơn này." in buyer.page()

    def test_of_which_all_is_called_off_is_let_go(self, town):
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()

        buyer.cancels(town.farmer)

        assert town.charged(buyer) == 0
        assert "Thẻ của bạn không bị trừ tiền cho đơn này." in buyer.page()
        assert town.farmer.where(buyer.order(town.farmer)) == ("off", 0)

    def test_pays_the_sellers_in_custody_and_a_transfer_the_direct_one(self, town):
        before = town.farmer.owed(), town.direct.owed()
        buyer = town.buys(town.farmer, town.direct, rail="card")
        assert (buyer.order(town.farmer)["rail"], buyer.order(town.direct)["rail"]) == (
            "card",
            "bank-transfer",
        )
        buyer.plays("pay")
        town.pay(buyer.payment("bank-transfer")["vietqr"])

        assert town.direct.where(buyer.order(town.direct)) == ("direct", EARNED)
        assert "Người mua đã trả thẳng vào tài khoản của bạn." in town.direct.money()
        for seller in (town.farmer, town.direct):
            seller.gives(buyer.order(seller))
        town.pass_time(hours=73)

        assert town.farmer.owed() - before[0] == EARNED
        assert town.direct.owed() - before[1] == EARNED - PRICE  # the commission is owed


class TestABankTransfer:
    def test_is_told_three_times_and_counts_once(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        line = town.pays(buyer.payment("bank-transfer")["vietqr"])

        town.tells(line)
        assert buyer.order(town.farmer)["state"] == "placed"
        town.tells(line)
        town.work()  # asks the bank
        assert town.reads(town.administrator, line) == [("matched", True)]

        town.farmer.gives(buyer.order(town.farmer), released=True)
        assert town.farmer.where(buyer.order(town.farmer)) == ("earned", EARNED)

    @pytest.mark.parametrize("way", ["told", "read", "asked"])
    def test_counts_the_same_however_the_market_hears_of_it(self, town, way):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        line = town.pays(buyer.payment("bank-transfer")["vietqr"])
        if way == "told":
            town.tells(line)
        if way == "read":
            assert town.reads(town.administrator, line) == [("matched", False)]
        town.work()

        assert buyer.payment("bank-transfer")["state"] == "paid"
        town.farmer.does(buyer.order(town.farmer), "confirmation")
        town.pass_time(hours=25)
        assert town.farmer.where(buyer.order(town.farmer))[0] == "held"

    def test_whose_seller_does_not_answer_goes_back(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        town.tells(town.pays(buyer.payment("bank-transfer")["vietqr"]))
        assert "không thì tiền trả lại bạn" in buyer.page()

        town.pass_time(hours=25)

        order = buyer.order(town.farmer)
        (refund,) = order["refunds"]
        assert (order["state"], refund["amount"]["amount"]) == ("expired", PRICE)
        assert town.farmer.where(order) == ("off", 0)

    def test_that_is_short_waits_for_the_rest(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        town.pays(buyer.payment("bank-transfer")["vietqr"], amount_minor=100_000)
        town.work()

        payment = buyer.payment("bank-transfer")
        assert (payment["state"], payment["came"]["amount"]) == ("awaiting", 100_000)
        assert "Mới nhận được 100.000 ₫ trên 180.000 ₫. Xin chuyển nốt 80.000 ₫" in buyer.page()
        assert "100.000 ₫" in town.desk()

        rest = town.pays(payment["vietqr"])
        town.tells(rest)
        assert rest.amount_minor == 80_000
        assert buyer.order(town.farmer)["state"] == "placed"

    def test_that_is_too_much_pays_and_the_rest_goes_back(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        line = town.pays(buyer.payment("bank-transfer")["vietqr"], amount_minor=PRICE + 20_000)
        town.work()

        assert buyer.order(town.farmer)["state"] == "placed"
        assert "Có 20.000 ₫ đã chuyển nhưng không khớp khoản nào." in buyer.page()
        town.gives_line_back(line, buyer)

        assert "Hoàn cho bạn 20.000 ₫" in buyer.page()
        assert "không khớp khoản nào" not in buyer.page()
        assert f"Đã chuyển về tài khoản …{line.payer_account[-4:]}." in buyer.page()

    def test_that_is_late_pays_what_is_still_there(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        payload = buyer.payment("bank-transfer")["vietqr"]
        town.pass_time(hours=25)
        assert buyer.order(town.farmer)["state"] == "expired"

        line = town.pays(payload)
        town.tells(line)
        town.work()

        assert buyer.order(town.farmer)["state"] == "placed"
        assert "không khớp khoản nào" not in buyer.page()

    def test_that_is_made_twice_is_kept_once_and_goes_back_once(self, town):
        buyer = town.buys(town.farmer, rail="bank-transfer")
        payload = buyer.payment("bank-transfer")["vietqr"]
        town.pays(payload)
        again = town.pays(payload)
        town.work()

        (question,) = town.decides("money")
        assert again.reference in question["statement"]
        assert buyer.payment("bank-transfer")["state"] == "paid"
        assert "Có 180.000 ₫ đã chuyển nhưng không khớp khoản nào." in buyer.page()
        town.gives_line_back(again, buyer)
        assert buyer.order(town.farmer)["state"] == "placed"

    def test_to_a_direct_seller_is_told_by_his_own_statement(self, town):
        buyer = town.buys(town.direct, rail="bank-transfer")
        line = town.pays(buyer.payment("bank-transfer")["vietqr"])

        assert town.reads(town.direct.phone, line) == [("matched", False)]
        town.direct.does(buyer.order(town.direct), "confirmation")
        town.pass_time(hours=25)
        assert town.direct.where(buyer.order(town.direct)) == ("direct", EARNED)


class TestCash:
    def test_is_taken_at_the_door_and_handed_in(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="cash-on-delivery", fetched=False)
        order = buyer.order(town.farmer)
        town.farmer.does(order, "confirmation", "handover", "delivery")
        assert town.farmer.where(order)[0] == "waiting"
        assert town.farmer.owed() - before == -(PRICE + DELIVERY)

        remittance = town.farmer.hands_in(PRICE + DELIVERY)
        town.pay(remittance["vietqr"])

        assert town.farmer.remittance(remittance)["state"] == "received"
        town.pass_time(hours=73)
        assert town.farmer.owed() - before == PRICE + DELIVERY - 5_400
        assert "Đã nhận đủ" in town.farmer.money()

    def test_of_goods_refused_at_the_door_is_not_due(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="cash-on-delivery", fetched=False)
        order = buyer.order(town.farmer)
        town.farmer.does(order, "confirmation", "handover")
        town.farmer.does(order, "refusal", reason="dập hết")

        assert buyer.order(town.farmer)["state"] == "returned"
        assert town.farmer.where(order) == ("off", 0)
        assert town.farmer.owed() == before

    @pytest.mark.parametrize(("approved", "still"), [(True, 0), (False, 30_000)])
    def test_that_falls_short_is_decided(self, town, approved, still):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="cash-on-delivery", fetched=False)
        order = buyer.order(town.farmer)
        town.farmer.does(order, "confirmation", "handover", "delivery")
        remittance = town.farmer.hands_in(PRICE + DELIVERY)
        town.pays(remittance["vietqr"], amount_minor=PRICE)
        town.work()
        assert town.farmer.remittance(remittance)["state"] == "short"
        assert "Ngân hàng nhận thiếu 30.000 ₫." in town.farmer.money()

        assert len(town.decides("money", approved=approved)) == 1
        town.pass_time(hours=73)

        assert town.farmer.owed() - before == PRICE - 5_400
        assert town.farmer.may_hand_in() == still
        if still:
            town.pay(town.farmer.hands_in(still)["vietqr"])

    def test_goes_back_by_hand(self, town):
        buyer = town.buys(town.farmer, rail="cash-on-delivery")
        order = buyer.order(town.farmer)
        town.farmer.gives(order)
        refund = town.farmer.refunds(order, amount={"amount": 80_000, "currency": "VND"})
        assert "Chờ người bán trả lại tiền mặt" in buyer.page()

        town.farmer.phone.post(f"/v1/refunds/{refund['id']}/payment")

        assert "Người bán báo đã trả lại tiền mặt" in buyer.page()
        assert town.farmer.may_hand_in() == PRICE - 80_000
        town.pay(town.farmer.hands_in(PRICE - 80_000)["vietqr"])

    def test_that_was_handed_in_is_given_back_out_of_the_sellers_pocket(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="cash-on-delivery")
        order = buyer.order(town.farmer)
        town.farmer.gives(order)
        town.pay(town.farmer.hands_in(PRICE - 30_000)["vietqr"])
        refund = town.farmer.refunds(order)

        town.farmer.phone.post(f"/v1/refunds/{refund['id']}/payment")

        assert "Người bán báo đã trả lại tiền mặt" in buyer.page()
        assert town.farmer.may_hand_in() == 0
        assert town.farmer.owed() - before == PRICE - 30_000


class TestARefund:
    @pytest.mark.parametrize("released", [False, True], ids=["before", "after"])
    def test_in_part_and_of_the_rest_leaves_nobody_a_dong(self, town, released):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.gives(order, released=released)

        town.farmer.refunds(order, amount={"amount": 33_333, "currency": "VND"})
        assert town.farmer.where(order)[1] == 146_667 - 4_400
        town.farmer.refunds(order)

        states = [refund["state"] for refund in buyer.order(town.farmer)["refunds"]]
        assert states == ["succeeded", "succeeded"]
        assert "Hoàn cho bạn 33.333 ₫" in buyer.page()
        assert "Hoàn cho bạn 146.667 ₫" in buyer.page()
        town.pass_time(hours=73)
        assert town.farmer.owed() == before
        assert town.left_of(order) == 0

    def test_after_a_complaint_holds_the_rest_until_it_is_decided(self, town):
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.gives(order)
        buyer.complains(town.farmer)
        town.pass_time(hours=73)
        assert town.farmer.where(order) == ("complained", EARNED)

        (case,) = town.decides("complaint")
        page = f"/desk/cases/{case['number']}"
        town.judge.press(page, "/refund", amount="50.000", reason="Theo khiếu nại")
        town.work()
        town.pass_time(hours=1)

        assert "Hoàn cho bạn 50.000 ₫" in buyer.page()
        assert "Theo khiếu nại" in buyer.page()
        assert town.farmer.where(order) == ("earned", 130_000 - 3_900)

    def test_of_a_transfer_needs_an_account_a_second_person_and_the_bank(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="bank-transfer")
        line = town.pays(buyer.payment("bank-transfer")["vietqr"])
        town.reads(town.administrator, line)  # a sheet that does not say who paid
        order = buyer.order(town.farmer)
        town.farmer.gives(order, released=True)

        asked = {"amount": {"amount": 60_000, "currency": "VND"}, "reason": "Theo khiếu nại"}
        refund = town.judge.post(f"/v1/orders/{order['id']}/refunds", asked)
        approval = f"/v1/refunds/{refund['id']}/approval"
        assert town.refuses(town.second, approval) == (409, "refund.account_missing")
        assert "Cho chợ biết tài khoản ngân hàng của bạn" in buyer.page()
        buyer.names_account()
        assert "Về tài khoản …4567; một người nữa" in buyer.page()
        assert town.refuses(town.judge, approval) == (403, "refund.same_person")
        assert "Chờ người thứ hai duyệt" in town.desk()
        town.second.post(approval)
        assert town.refuses(town.second, approval) == (409, "refund.wrong_state")
        town.work()
        town.work()

        assert "Đã chuyển về tài khoản …4567." in buyer.page()
        assert buyer.order(town.farmer)["refunds"][0]["state"] == "succeeded"
        assert town.farmer.owed() - before == 120_000 - 3_600

    def test_of_a_direct_sale_is_given_by_its_seller(self, town):
        before = town.direct.owed()
        buyer = town.buys(town.direct, rail="bank-transfer")
        town.pay(buyer.payment("bank-transfer")["vietqr"])
        order = buyer.order(town.direct)
        town.direct.gives(order, released=True)
        refund = town.direct.refunds(order)
        assert "Bạn đã trả thẳng cho người bán" in buyer.page()

        town.direct.phone.post(f"/v1/refunds/{refund['id']}/payment")

        assert "Người bán báo đã chuyển lại cho bạn." in buyer.page()
        assert town.direct.owed() == before

    def test_to_a_card_that_bounces_is_the_sellers_again(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card")
        buyer.begins()
        payer.pay(town.settings.data, buyer.reference, card=payer.REFUNDS_PENDING, now=clock.now())
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.gives(order, released=True)
        refund = town.farmer.refunds(order)
        assert buyer.order(town.farmer)["refunds"][0]["state"] == "pending"
        by_hand = f"/v1/refunds/{refund['id']}/payment"
        assert town.refuses(town.farmer.phone, by_hand) == (409, "refund.wrong_state")
        assert town.farmer.owed() == before

        town.bounces(buyer)
        town.pass_time(hours=1)

        assert "Chưa tới được thẻ của bạn." in buyer.page()
        assert town.farmer.where(order) == ("earned", EARNED)
        assert town.farmer.owed() - before == EARNED
        assert len(town.decides("money")) == 1

    @pytest.mark.parametrize(("approved", "cost"), [(True, 50_000 - 1_500), (False, 0)])
    def test_that_stripes_desk_made_is_borne_by_whom_the_market_says(self, town, approved, cost):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.gives(order, released=True)

        town.refunds_at_stripe(buyer, 50_000)
        town.pass_time(hours=1)
        assert "Tiền chưa rõ của ai" in town.desk()
        assert len(town.decides("money", approved=approved)) == 1

        assert town.farmer.owed() - before == EARNED - cost
        assert "Tiền chưa rõ của ai" not in town.desk()

    def test_of_goods_refused_at_the_door_goes_back_to_the_card(self, town):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card", fetched=False)
        buyer.plays("pay")
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.does(order, "confirmation", "handover")
        assert town.charged(buyer) == PRICE + DELIVERY

        town.farmer.does(order, "refusal", reason="dập hết")

        (refund,) = buyer.order(town.farmer)["refunds"]
        assert (refund["state"], refund["amount"]["amount"]) == ("succeeded", PRICE + DELIVERY)
        assert town.farmer.owed() == before


class TestADispute:
    @pytest.mark.parametrize("released", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("won", [True, False], ids=["won", "lost"])
    def test_lets_the_sellers_money_wait_for_its_end(self, town, won, released):
        before = town.farmer.owed()
        buyer = town.buys(town.farmer, rail="card")
        buyer.plays("pay")
        town.work()
        order = buyer.order(town.farmer)
        town.farmer.gives(order, released=released)

        dispute = buyer.disputes()
        town.pass_time(hours=73)
        assert town.farmer.where(order)[0] == "disputed"
        assert "Ngân hàng của bạn đang đòi lại 180.000 ₫" in buyer.page()
        assert "Ngân hàng của người mua đang đòi lại" in town.farmer.money()
        assert dispute in town.desk()
        listed = town.judge.get("/v1/disputes")["items"]
        assert [each["state"] for each in listed if each["reference"] == dispute] == [
            "needs-response"
        ]

        town.closes(dispute, won=won)
        town.pass_time(hours=1)

        assert dispute not in town.desk()
        if won:
            assert "Ngân hàng của bạn không đòi lại 180.000 ₫ nữa." in buyer.page()
            assert town.farmer.where(order) == ("earned", EARNED)
            assert town.farmer.owed() - before == EARNED
        else:
            assert "Ngân hàng đã trả lại 180.000 ₫ cho bạn." in buyer.page()
            assert town.farmer.where(order)[1] == 0
            assert town.farmer.owed() == before
        town.decides("money")
