"""The desk: a cooperative's figures open their rows, and cases are decided once, with reasons."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from api import context
from catalog import listings, reviewing
from catalog.models import Listing, ListingState
from market import clock, cooperatives, orders
from market.accounts.models import OrganisationKind
from market.cases.models import Case, CaseState
from market.ids import new_code, uuid7
from market.money import Money
from market.orders import Rail, queries
from market.quantity import Quantity
from tests import makers, people

COOPERATIVE = OrganisationKind.COOPERATIVE


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def manager(session, now):
    return people.founder(session, now, COOPERATIVE, verified=True)[0]


@pytest.fixture
def moderator(session, now):
    return people.moderator(session, now)


def asks_to_join(session, now, farmer, manager):
    return cooperatives.ask_to_join(
        session,
        actor=farmer,
        member=cooperatives.CooperativeMember(
            organisation_id=makers.only(farmer.seller_ids),
            cooperative_id=makers.only(manager.cooperative_ids),
            fee_basis_points=250,
        ),
        now=now,
    )


@pytest.fixture
def member(session, now, farmer, manager):
    asked = asks_to_join(session, now, farmer, manager)
    return cooperatives.approve(session, actor=manager, member_id=asked.id, now=now)


@pytest.fixture
def sold(session, now, farmer, member):
    """A kilogram and a half sold today, and as much that waits for its confirmation."""
    berries = makers.strawberries(session, now, of=farmer)
    for confirmed in (True, False):
        group = makers.bought(session, now, (berries, 1500), rail=Rail.CASH)
        (order,) = queries.of_group(session, group_id=group.id)
        if confirmed:
            orders.confirm(session, actor=farmer, order_id=order.id, now=now)
    return order


@pytest.fixture
def case(session, now, farmer):
    goods = listings.Goods(
        seller_id=makers.only(farmer.seller_ids),
        category_code="produce.vegetable.artichoke",
        unit_code=makers.COMMUNE,
        price=Money(60_000),
        texts={"vi": {"title": "Bông atisô"}},
        quantity=Quantity(5000, 3, "KGM"),
    )
    draft = listings.draft(session, actor=farmer, goods=goods, now=now)
    reviewing.submit(session, actor=farmer, kind=Listing, offer_id=draft.id, now=now)
    return session.scalars(select(Case).where(Case.subject_id == draft.id)).one()


class TestTheDesk:
    def test_answers_sold_owed_waiting(self, browser, manager, sold):
        page = browser(manager).get("/desk")

        figures = re.findall(r'class="num">([^<]+)</b>', page.text)
        assert page.status_code == 200
        assert [figure.replace("\u00a0", " ") for figure in figures] == [
            "270.000 ₫",
            "0 ₫",
            "1",
            "0 ₫",
        ]

    def test_every_figure_opens_its_rows(self, browser, manager, sold):
        here = browser(manager)
        links = re.findall(r'class="tile" href="([^"]+)"', here.get("/desk").text)

        assert len(links) == 4
        for link in links:
            page = here.get(link.replace("&amp;", "&"))
            assert (page.status_code, "Vườn Thử" in page.text) == (200, True)
        assert sold.code in here.get("/desk/orders").text

    def test_its_tables_are_files_for_the_same_browser(self, browser, manager, sold):
        here = browser(manager)
        links = re.findall(r'href="(/v1/[^"]+)"', here.get("/desk").text)

        for link in links:
            file = here.get(link.replace("&amp;", "&"))
            assert (file.status_code, file.mimetype) == (200, "text/csv")
        assert len(links) == 3

    def test_looks_back_by_weeks(self, browser, manager, sold):
        week_ago = clock.day_of(clock.now()) - timedelta(days=7)

        page = browser(manager).get(f"/desk?until={week_ago}")

        assert page.status_code == 200
        assert "270.000" not in page.text
        for slip in ("until=nonsense", "until=0001-01-01", "until=9999-12-31", "since=0001-01-01"):
            assert browser(manager).get(f"/desk?{slip}").status_code == 200
            assert browser(manager).get(f"/desk/sales?{slip}").status_code == 200

    def test_shows_no_other_cooperative(self, browser, session, now, manager, sold):
        other = people.founder(session, now, COOPERATIVE, verified=True)[0]
        theirs = makers.only(manager.cooperative_ids)
        here = browser(other)

        for path in ("/desk", "/desk/sales", "/desk/owed", "/desk/orders", "/desk/members"):
            assert here.get(f"{path}?cooperative={theirs}").status_code == 404
        assert here.get("/desk?cooperative=nonsense").status_code == 404

    def test_is_not_for_sellers(self, browser, farmer):
        assert browser(farmer).get("/desk").status_code == 403

    def test_of_a_moderator_is_the_cases(self, browser, moderator):
        page = browser(moderator).get("/desk")

        assert (page.status_code, page.location) == (303, "/desk/cases")


class TestJoining:
    def test_is_decided_at_the_desk(self, browser, session, now, farmer, manager):
        asked, here = asks_to_join(session, now, farmer, manager), browser(manager)
        assert "Vườn Thử xin vào" in here.get("/desk").text

        answer = here.send(f"/desk/members/{asked.id}/approval")

        session.refresh(asked)
        assert (answer.status_code, asked.approved_at is not None) == (303, True)
        assert here.get(answer.location).status_code == 200

    def test_may_be_refused(self, browser, session, now, farmer, manager):
        asked = asks_to_join(session, now, farmer, manager)

        browser(manager).send(f"/desk/members/{asked.id}/refusal")

        session.refresh(asked)
        assert (asked.approved_at, asked.ended_at is not None) == (None, True)

    def test_at_another_cooperative_is_not_found(self, browser, session, now, farmer, manager):
        asked = asks_to_join(session, now, farmer, manager)
        other = people.founder(session, now, COOPERATIVE, verified=True)[0]

        assert browser(other).send(f"/desk/members/{asked.id}/approval").status_code == 404


class TestCases:
    def test_wait_for_the_moderator(self, browser, moderator, case):
        here = browser(moderator)

        assert "Bông atisô" in here.get("/desk/cases").text
        assert "Bông atisô" in here.get("/desk/cases?kind=listing-review").text
        assert "Bông atisô" not in here.get("/desk/cases?kind=complaint").text
        assert "Bông atisô" not in here.get("/desk/cases?state=closed").text

    def test_show_what_the_decision_needs(self, browser, moderator, case):
        page = browser(moderator).get(f"/desk/cases/{case.number.lower()}")

        assert page.status_code == 200
        assert f"/g/{case.subject_id}" in page.text
        assert f"/desk/cases/{case.number}/decision" in page.text

    def test_approved_put_the_goods_on_the_shelf(self, browser, session, moderator, case):
        here = browser(moderator)

        answer = here.send(
            f"/desk/cases/{case.number}/decision",
            **{"verdict": "approved", "check-photos": "on", "check-price": "on"},
        )

        session.refresh(case)
        assert (answer.status_code, answer.location) == (303, "/desk/cases")
        assert (case.state, case.checklist["price"]) == (CaseState.APPROVED, True)
        assert session.get(Listing, case.subject_id).state == ListingState.LIVE
        assert "Bông atisô" in here.get("/desk/cases?state=closed").text
        assert here.get(f"/desk/cases/{case.number}").status_code == 200

    def test_declined_need_a_reason(self, browser, session, moderator, case):
        here, path = browser(moderator), f"/desk/cases/{case.number}/decision"

        page = here.send(path, verdict="declined")
        assert (page.status_code, 'id="e-reason"' in page.text) == (422, True)
        assert here.send(path, verdict="declined", reason="Ảnh mờ").status_code == 303
        session.refresh(case)
        assert (case.state, case.reason) == (CaseState.DECLINED, "Ảnh mờ")

    def test_decided_stay_decided(self, browser, moderator, case):
        here, path = browser(moderator), f"/desk/cases/{case.number}/decision"
        here.send(path, verdict="approved")

        assert here.send(path, verdict="declined", reason="Đổi ý").status_code == 422

    def test_need_a_verdict(self, browser, session, moderator, case):
        path = f"/desk/cases/{case.number}/decision"

        assert browser(moderator).send(path, verdict="maybe").status_code == 422
        assert browser(moderator).bare(path, verdict="approved").status_code == 403
        session.refresh(case)
        assert case.state == CaseState.OPEN

    def test_are_seen_but_not_decided_by_who_asked(self, browser, farmer, case):
        here = browser(farmer)
        page = here.get(f"/desk/cases/{case.number}")

        assert (page.status_code, "/decision" in page.text) == (200, False)
        path = f"/desk/cases/{case.number}/decision"
        assert here.send(path, verdict="approved").status_code == 403

    def test_of_others_are_not_found(self, browser, session, now, case):
        here = browser(people.founder(session, now)[0])

        assert here.get(f"/desk/cases/{case.number}").status_code == 404
        assert here.send(f"/desk/cases/{case.number}/decision").status_code == 404
        assert case.number not in here.get("/desk/cases").text

    def test_show_their_papers_to_those_who_may(self, browser, app, session, moderator, case):
        with app.test_request_context():
            context.files().put("cases/giay.webp", b"RIFF")
        case.documents = [{"name": "Giấy", "file": "cases/giay.webp"}]
        session.commit()
        path = f"/desk/cases/{case.number}/papers/0"

        paper = browser(moderator).get(path)
        assert (paper.status_code, paper.data, paper.mimetype) == (200, b"RIFF", "image/webp")
        assert browser(moderator).get(path.replace("/0", "/1")).status_code == 404
        assert browser(people.somebody(session, clock.now())).get(path).status_code == 404

    def test_lead_on_page_by_page(self, browser, session, now, moderator, case):
        for number in range(25):
            session.add(
                Case(
                    id=uuid7(),
                    number=new_code(),
                    kind=case.kind,
                    state=CaseState.OPEN,
                    subject_id=uuid7(),
                    checklist={},
                    documents=[],
                    statement="",
                    opened_at=now,
                    due_at=now + timedelta(days=3, minutes=number),
                )
            )
        here = browser(moderator)
        first = here.get("/desk/cases")
        (onward,) = re.findall(r'href="(/desk/cases\?[^"]*cursor=[^"]+)"', first.text)

        second = here.get(onward.replace("&amp;", "&"))

        assert second.status_code == 200
        numbers = [
            set(re.findall(r'href="/desk/cases/(\w+)"', page.text)) for page in (first, second)
        ]
        assert [len(found) for found in numbers] == [20, 6]
        assert not numbers[0] & numbers[1]
        assert here.get("/desk/cases?cursor=forged-forged-forged").status_code == 422
