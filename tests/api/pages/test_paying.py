"""Paying by card: the page that plays the payer, what the order says then, and the real form."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from market import clock
from market.orders import Rail
from payments import rails
from payments.models import Attempt, Payment, PaymentState
from tests import makers, people
from tests.api.pages.cards import Counter
from tests.payments import desk
from tests.payments.faults import Fault


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def bought(app, session, farmer):
    return Counter(app, session, farmer)


def state_of(session):
    session.expire_all()
    return session.query(Payment).one().state


class TestTheOrderByCard:
    def test_is_offered_where_the_house_takes_cards(self, app, browser, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        here = browser()
        here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
        assert 'value="card"' in here.get("/checkout").text

        settings = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(settings, demo=False)
        try:
            assert 'value="card"' not in here.get("/checkout").text
        finally:
            app.config["SETTINGS"] = settings

    def test_begins_with_one_button_and_its_time(self, bought):
        page = bought.page()

        assert "Trả bằng thẻ ngay" in page
        assert "Hàng giữ cho bạn tới" in page
        assert "Hỏi lại ngân hàng" not in page

    def test_is_promised_once_the_card_has_paid(self, bought, session):
        page = bought.plays("pay")

        assert "Thẻ đã giữ tiền; bị trừ khi giao phần hàng đầu tiên" in page
        assert "Thẻ đã được nhận" in page
        assert state_of(session) == PaymentState.AUTHORIZED

    @pytest.mark.parametrize(
        ("deeds", "words"),
        [
            (["decline"], "Thẻ bị từ chối"),
            (["poor"], "Thẻ không đủ tiền"),
            (["secure", "fail"], "3-D Secure) chưa qua"),
        ],
    )
    def test_says_why_a_card_was_refused_and_lets_another_pay(self, bought, deeds, words):
        page = bought.plays(*deeds)
        assert words in page
        assert "Thử lại, hoặc dùng thẻ khác" in page

        assert "Thẻ đã giữ tiền" in bought.plays("pay")

    def test_passes_3d_secure(self, bought):
        assert "Thẻ đã giữ tiền" in bought.plays("secure", "pass")

    def test_of_which_no_word_came_is_not_to_be_paid_again_and_asks_by_itself(self, bought):
        page = bought.plays("lose")
        assert "đừng trả lần nữa" in page
        assert "Trả bằng thẻ ngay" not in page

        (onward,) = re.findall(r'http-equiv="refresh" content="5; url=([^"]+)"', page)
        page = bought.reads(bought.buyer.get(onward).location)

        assert "Thẻ đã giữ tiền" in page
        assert 'http-equiv="refresh"' not in page

    def test_of_which_no_word_came_is_asked_for_on_demand(self, bought):
        bought.plays("lose")

        assert "Thẻ đã giữ tiền" in bought.reads(bought.press("look"))

    def test_of_which_no_word_came_after_a_refusal_is_not_to_be_paid_again(self, bought):
        bought.plays("decline")

        page = bought.plays("lose")

        assert "đừng trả lần nữa" in page
        assert "Thử lại, hoặc dùng thẻ khác" not in page

    def test_that_was_left_before_the_card_was_given_can_go_on_once_it_was_asked(self, bought):
        bought.press(r"card/[^/\"]+")
        assert "Trả bằng thẻ ngay" not in bought.page()

        page = bought.reads(bought.press("look"))

        assert "Trả bằng thẻ ngay" in page
        assert 'content="15; url=' in page

    def test_is_still_not_to_be_paid_again_while_nobody_answers(self, bought):
        bought.plays("lose")
        desk.happen(bought.folder, Fault.ANSWER_LOST, times=3, now=clock.now())

        assert "đừng trả lần nữa" in bought.reads(bought.press("look"))

    def test_is_paid_once_however_often_it_is_told(self, bought, session):
        bought.plays("twice")

        assert set(bought.hears()) == {200}
        assert state_of(session) == PaymentState.AUTHORIZED
        assert session.query(Attempt).count() == 1

    def test_says_not_to_pay_again_while_nobody_knows(self, bought, session):
        desk.happen(bought.folder, Fault.ANSWER_LOST, times=3, now=clock.now())
        assert bought.press(r"card/[^/\"]+") == bought.path + "#pay"

        page = bought.page()
        assert "đừng trả lần nữa" in page
        assert "Trả bằng thẻ ngay" not in page
        assert 'http-equiv="refresh"' in page

        assert "Trả bằng thẻ ngay" in bought.reads(bought.press("look"))

    def test_that_ran_out_of_time_asks_for_nothing(self, bought, session):
        session.query(Payment).one().expires_at = clock.now() - timedelta(seconds=1)
        session.commit()

        page = bought.page()

        assert "Hết giờ trả" in page
        assert "Trả bằng thẻ ngay" not in page

    def test_is_paid_at_the_hand_over(self, bought):
        bought.plays("pay")
        bought.hands_over()

        assert "Đã trả" in bought.page()


class TestTheCardPage:
    def test_leads_back_where_nothing_is_awaited(self, bought):
        (at,) = re.findall(rf'action="({bought.path}/card/[^/"]+)"', bought.page())
        assert bought.buyer.get(at).location == bought.path + "#pay"

        bought.plays("pay")

        assert bought.buyer.get(at).location == bought.path + "#pay"
        assert bought.buyer.send(at).location == bought.path + "#pay"

    def test_is_marked_as_a_trial_in_the_demo(self, bought):
        page = bought.buyer.get(bought.press(r"card/[^/\"]+"))

        assert "Đây là bản thử" in page.text
        assert "js.stripe.com" not in page.headers["Content-Security-Policy"]

    def test_of_somebody_elses_checkout_is_not_found(self, bought, app, session, farmer):
        at = bought.press(r"card/[^/\"]+").removeprefix(bought.path)
        other = Counter(app, session, farmer)

        assert bought.buyer.get(other.path + at).status_code == 404
        assert bought.buyer.send(other.path + at).status_code == 404
        assert bought.buyer.send(other.path + at + "/trial", deed="pay").status_code == 404

    def test_with_the_real_stripe_shows_its_form_and_needs_its_policy(self, bought, app):
        at = bought.press(r"card/[^/\"]+")
        settings = app.config["SETTINGS"]
        real = {"stripe_key": "sk_test_1", "stripe_publishable_key": "pk_test_1"}
        app.config["SETTINGS"] = replace(settings, demo=False, **real)
        try:
            page = bought.buyer.get(at)
            trial = bought.buyer.send(at + "/trial", deed="pay")
        finally:
            app.config["SETTINGS"] = settings

        (policy,) = page.headers.getlist("Content-Security-Policy")
        assert "script-src 'self' https://js.stripe.com" in policy
        assert "frame-ancestors 'none'" in policy
        assert 'data-publishable-key="pk_test_1"' in page.text
        assert re.search(r'data-client-secret="pi_\w+_secret_', page.text)
        assert f'data-back="{settings.public_url}{at}/return"' in page.text
        assert "Trả thẻ cần trình duyệt" in page.text
        assert trial.status_code == 404  # nobody plays with real money

    def test_knows_no_other_deed(self, bought):
        at = bought.press(r"card/[^/\"]+")

        assert bought.buyer.send(at + "/trial", deed="steal").status_code == 404


class TestTheApi:
    def test_tells_how_far_the_try_has_come(self, bought, app):
        client, path = app.test_client(), f"/v1/order-groups/{bought.path.removeprefix('/o/')}"
        (payment,) = client.get(f"{path}/payments").json
        assert payment["attempt"] is None

        bought.plays("decline")

        (payment,) = client.get(path).json["payments"]
        assert payment["attempt"] == {"state": "awaiting-payer", "error": "card_declined"}
        assert payment["rail"] == Rail.CARD

    def test_offers_no_card_without_a_provider(self, app):
        assert Rail.CARD not in rails.offered(replace(app.settings, demo=False))
