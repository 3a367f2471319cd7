"""Reviews: by who got what they bought, once; answered, reported, and taken down."""

import pytest

from api.wiring import CONSEQUENCES
from catalog import listings, reviewing, reviews
from catalog.models import Grade, Listing
from catalog.reviews import AlreadyWritten, Figures, NoCompletedOrder
from market import cases, orders
from market.accounts import NOBODY
from market.cases.deciding import AlreadyOpen
from market.cases.models import CaseKind
from market.errors import FieldInvalid, NotFound
from market.money import Money
from market.notifications.telling import Notice
from market.orders import OrderGroup, Rail
from payments import fulfilling, weighing
from tests import makers, people


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def buy(session, now, berries):
    def buying():
        group = makers.bought(session, now, (berries, 500), rail=Rail.CASH)
        session.get_one(OrderGroup, group.id).name = "Nguyễn Thị Hoa"
        (order,) = orders.queries.of_group(session, group_id=group.id)
        return order

    return buying


@pytest.fixture
def get(session, now, farmer, buy):
    def getting():
        order = buy()
        who = {"actor": farmer, "now": now}
        orders.confirm(session, order_id=order.id, **who)
        weighing.pack(session, order_id=order.id, **who)
        fulfilling.hand_over(session, order_id=order.id, **who)
        return fulfilling.deliver(session, order=order, **who)

    return getting


@pytest.fixture
def write(session, now, berries):
    def writing(order, stars=4, body="Dâu thơm", actor=NOBODY, **about):
        its = {"subject_id": berries.id} | about
        said = {"stars": stars, "body": body}
        return reviews.write(session, actor=actor, order=order, **its, **said, now=now)

    return writing


@pytest.fixture
def decide(session, now):
    def deciding(case, *, approved):
        desk, consequences = people.moderator(session, now), CONSEQUENCES
        said = {"approved": approved, "reason": "Lời thô tục"}
        which = {"case_id": case.id, "consequences": consequences}
        return cases.decide(session, actor=desk, **which, **said, now=now)

    return deciding


def keys(session):
    return [notice.key for notice in session.query(Notice).order_by(Notice.id)]


class TestWriting:
    def test_is_for_who_got_it_and_tells_the_seller(self, session, get, write):
        review = write(get())

        assert (review.author, review.stars, review.body) == ("Hoa N.", 4, "Dâu thơm")
        assert "notice.review.written" in keys(session)

    def test_is_refused_before_it_came(self, buy, write):
        with pytest.raises(NoCompletedOrder):
            write(buy())

    def test_is_refused_of_what_was_not_in_the_order(self, session, now, farmer, get, write):
        other = makers.strawberries(session, now, of=farmer)

        with pytest.raises(NoCompletedOrder):
            write(get(), subject_id=other.id)

    def test_is_refused_to_the_seller(self, farmer, get, write):
        with pytest.raises(NoCompletedOrder):
            write(get(), actor=farmer)

    def test_is_done_once_an_order(self, get, write):
        order = get()
        write(order)

        with pytest.raises(AlreadyWritten):
            write(order)
        write(get())

    @pytest.mark.parametrize("stars", [0, 6, -1])
    def test_takes_one_to_five_stars(self, get, write, stars):
        with pytest.raises(FieldInvalid):
            write(get(), stars=stars)


class TestFigures:
    def test_are_an_average_half_up(self, session, berries, get, write):
        for stars in (5, 4, 4, 4):
            write(get(), stars=stars)

        assert reviews.figures(session, subject_id=berries.id) == Figures(4, 43)  # 4.25
        assert reviews.figures(session, seller_id=berries.seller_id) == Figures(4, 43)

    def test_of_nothing_are_nothing(self, session, berries):
        assert reviews.figures(session, subject_id=berries.id) == Figures(0, 0)

    def test_come_newest_first_in_pages(self, session, berries, get, write):
        first, second, third = (write(get()).id for _ in range(3))
        about = {"subject_id": berries.id}

        page = [each.id for each in reviews.page(session, limit=1, **about)]

        assert page == [third, second]
        assert [it.id for it in reviews.page(session, after=second, limit=9, **about)] == [first]


class TestAnswering:
    def answer(self, session, actor, review, now, body="Cảm ơn chị"):
        return reviews.reply(session, actor=actor, review_id=review.id, body=body, now=now)

    def test_is_told_to_the_buyer_once_and_may_be_corrected(self, session, now, farmer, get, write):
        review = write(get())

        self.answer(session, farmer, review, now)
        self.answer(session, farmer, review, now, "Cảm ơn chị Hoa")

        assert review.reply == "Cảm ơn chị Hoa"
        assert keys(session).count("notice.review.replied") == 1

    def test_is_the_sellers(self, session, now, get, write):
        review = write(get())

        for other in (people.founder(session, now)[0], people.moderator(session, now)):
            with pytest.raises(NotFound):
                self.answer(session, other, review, now)


class TestReporting:
    def test_hides_what_the_desk_finds_unfair(
        self, session, now, farmer, berries, get, write, decide
    ):
        bad, good = write(get(), stars=1), write(get(), stars=5)
        case = reviews.report(session, actor=farmer, review_id=bad.id, why="Không đúng", now=now)

        decide(case, approved=True)

        assert reviews.figures(session, subject_id=berries.id) == Figures(1, 50)
        shown = reviews.page(session, limit=5, subject_id=berries.id)
        assert [each.id for each in shown] == [good.id]
        assert "notice.review.hidden" in keys(session)
        with pytest.raises(NotFound):
            reviews.reply(session, actor=farmer, review_id=bad.id, body="-", now=now)

    def test_leaves_what_the_desk_finds_fair(
        self, session, now, farmer, berries, get, write, decide
    ):
        review = write(get())
        case = reviews.report(session, actor=farmer, review_id=review.id, why="Xấu", now=now)

        decide(case, approved=False)

        assert reviews.figures(session, subject_id=berries.id).many == 1

    def test_waits_once(self, session, now, farmer, get, write):
        review = write(get())
        reviews.report(session, actor=farmer, review_id=review.id, why="Xấu", now=now)

        with pytest.raises(AlreadyOpen):
            reviews.report(session, actor=farmer, review_id=review.id, why="Xấu", now=now)

    def test_does_not_show_the_seller_who_reported(self, session, now, farmer, get, write):
        stranger, review = people.somebody(session, now), write(get())

        case = reviews.report(session, actor=stranger, review_id=review.id, why="Xấu", now=now)

        with pytest.raises(NotFound):
            cases.get(session, actor=farmer, case_id=case.id)
        assert case.kind == CaseKind.REVIEW


class TestWhatWasPromised:
    def test_stays_when_the_listing_changes_under_an_open_order(
        self, session, now, farmer, berries, buy
    ):
        order = buy()
        (line,) = orders.queries.lines(session, order_ids=[order.id])[order.id]
        before = (line.title, line.price_minor, line.amount_minor, dict(line.snapshot))
        revision = listings.Revision(
            price=Money(250_000), grade=Grade.C, texts={"vi": {"title": "Dâu khác"}}
        )
        which = {"actor": farmer, "now": now}
        listings.revise(session, listing_id=berries.id, revision=revision, **which)
        reviewing.pause(session, kind=Listing, offer_id=berries.id, **which)
        session.expire_all()

        assert before == (line.title, line.price_minor, line.amount_minor, line.snapshot)
        assert orders.confirm(session, order_id=order.id, **which).total_minor == order.total_minor
