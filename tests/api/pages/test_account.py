"""Me, what I was told, the guides, and the pages that only the demo has."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from market import notifications
from market.accounts.models import Device, Person
from market.limits import LimitCounter
from tests import people


@pytest.fixture
def lan(session, now):
    return people.somebody(session, now, phone="+84912345678")


def person_of(session, actor):
    return session.get(Person, actor.person_id, populate_existing=True)


class TestSigningIn:
    def test_counts_the_codes_of_a_household_together(self, browser, session):
        here = browser()
        for last in range(3):
            here.client.environ_base["REMOTE_ADDR"] = f"2001:db8::{last}"
            here.send("/sign-in", address=f"an{last}@example.org")

        counted = session.scalars(select(LimitCounter.key)).all()
        assert [key for key in counted if "from" in key] == ["code:from:2001:db8::"]


class TestALanguageWithoutWordsYet:
    def test_is_read_out_as_what_is_shown(self, browser):
        page = browser().client.get("/sign-in", headers={"Accept-Language": "kpm"})

        assert '<html lang="vi">' in page.text
        assert page.headers["Content-Language"] == "vi"


class TestTheAccount:
    def test_is_ones_own(self, browser, session, now):
        farmer, _ = people.founder(session, now, phone="+84912345678")
        page = browser(farmer).get("/account")

        assert page.status_code == 200
        assert "Vườn Thử" in page.text
        assert "+84912345678" not in page.text
        assert browser().get("/account").location == "/sign-in?next=%2Faccount"

    def test_takes_another_name_and_language(self, browser, session, lan):
        here = browser(lan)

        answer = here.send("/account", name="Lan", language="en", version="1")

        person = person_of(session, lan)
        assert (answer.status_code, answer.location) == (303, "/account")
        assert (person.name, person.language) == ("Lan", "en")
        assert '<html lang="en">' in here.get("/account").text

    @pytest.mark.parametrize(
        ("field", "value"), [("name", ""), ("name", "a" * 101), ("language", "xx")]
    )
    def test_shows_what_is_wrong(self, browser, session, lan, field, value):
        given = {"name": "Lan", "language": "vi", "version": "1"} | {field: value}

        page = browser(lan).send("/account", **given)

        assert (page.status_code, f'id="e-{field}"' in page.text) == (422, True)
        assert person_of(session, lan).name == ""

    def test_does_not_undo_a_change_made_elsewhere(self, browser, session, lan):
        given = {"name": "Lan", "language": "vi"}

        for version in ("7", "x", ""):
            assert browser(lan).send("/account", **given, version=version).status_code == 422
        assert person_of(session, lan).name == ""

    def test_signs_a_lost_phone_out(self, browser, session, lan):
        lost, here = browser(lan), browser(lan)
        (device_id,) = re.findall(r"/account/devices/([^/]+)/", here.get("/account").text)

        assert here.send(f"/account/devices/{device_id}/revocation").status_code == 303
        assert lost.get("/account").status_code == 303
        assert here.get("/account").status_code == 200

    def test_signs_nobody_elses_phone_out(self, browser, session, now, lan):
        browser(lan)
        device_id = session.scalars(select(Device.id)).one()

        stranger = browser(people.somebody(session, now))

        assert stranger.send(f"/account/devices/{device_id}/revocation").status_code == 404
        assert stranger.bare("/account", name="x").status_code == 403


class TestTheInbox:
    def test_says_what_one_was_told_until_it_is_read(self, browser, session, now, lan):
        notifications.tell(
            session,
            key="notice.order.confirmed",
            params={"code": "ABC", "seller": "Ka Hòa"},
            person_id=lan.person_id,
            link="/sell/orders",
            now=now,
        )
        here = browser(lan)
        page = here.get("/inbox")
        assert (page.status_code, "Ka Hòa đã nhận đơn ABC." in page.text) == (200, True)
        assert "chưa đọc" in page.text

        assert here.send("/inbox/reading").status_code == 303
        assert "chưa đọc" not in here.get("/inbox").text

    def test_is_nobody_elses(self, browser, session, now, lan):
        notifications.tell(
            session,
            key="notice.order.confirmed",
            params={"code": "ABC", "seller": "Ka Hòa"},
            person_id=lan.person_id,
            now=now,
        )

        assert "ABC" not in browser(people.somebody(session, now)).get("/inbox").text
        assert browser().get("/inbox").status_code == 303

    def test_leads_on_page_by_page(self, browser, session, now, lan):
        for number in range(25):
            notifications.tell(
                session,
                key="notice.order.confirmed",
                params={"code": f"N{number:02}", "seller": "Ka Hòa"},
                person_id=lan.person_id,
                now=now,
            )
        here = browser(lan)
        first = here.get("/inbox").text
        (onward,) = re.findall(r'href="(/inbox\?cursor=[^"]+)"', first)

        second = here.get(onward)

        told = [set(re.findall(r" N\d\d\.", page)) for page in (first, second.text)]
        assert [len(codes) for codes in told] == [20, 5]
        assert here.get("/inbox?cursor=forged-forged-forged").status_code == 422


class TestTheLanguage:
    def test_is_kept_by_the_browser(self, browser):
        here = browser()

        answer = here.get("/language?to=en&next=/guide/buyer")

        assert (answer.status_code, answer.location) == (303, "/guide/buyer")
        assert '<html lang="en">' in here.get("/guide/buyer").text

    @pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil", ""])
    def test_leads_nowhere_else(self, browser, onward):
        assert browser().get(f"/language?to=en&next={onward}").location == "/"

    def test_is_one_that_is_offered(self, browser):
        answer = browser().get("/language?to=xx&next=/")

        assert "Set-Cookie" not in answer.headers


class TestGuides:
    @pytest.mark.parametrize(
        "role", ["buyer", "tourist", "farmer", "host", "manager", "agent", "moderator"]
    )
    @pytest.mark.parametrize("lang", ["vi", "en"])
    def test_have_steps_for_every_role(self, browser, role, lang):
        page = browser().get(f"/guide/{role}?lang={lang}")

        assert page.status_code == 200
        assert page.text.count('class="step"') >= 4

    def test_of_nobody_are_not_found(self, browser):
        assert browser().get("/guide/king").status_code == 404


class TestTheDemo:
    @pytest.fixture
    def live(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], demo=False))

    def test_shows_the_messages(self, browser, app):
        outbox = notifications.DemoOutbox(app.config["SETTINGS"].data)
        outbox.send(to="+84912345678", text="Ma cua ban 123456", key="k")
        outbox.post(to="a@b.vn", subject="Chào", text="Thư", key="k")

        page = browser().get("/outbox")

        assert page.status_code == 200
        assert "123456" in page.text
        assert "Chào" in page.text

    @pytest.mark.usefixtures("live")
    def test_is_nowhere_else(self, browser):
        assert browser().get("/outbox").status_code == 404


class TestAnAddressThatLeadsNowhere:
    def test_says_so_to_somebody_signed_in(self, browser, session, now):
        page = browser(people.somebody(session, now)).get("/no/such/page")

        assert page.status_code == 404
        assert "Không tìm thấy" in page.text
