"""Marks: within scope and dates, said by whom, gone when they lapse, weighed against the land."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from api.wiring import CONSEQUENCES
from catalog import (
    categories,
    claiming,
    experiences,
    listings,
    mark_watch,
    marks,
    search,
)
from catalog.claiming import ClaimExists, OutsideScope
from catalog.marks import Basis, MarkClaim, Standing
from catalog.models import Experience
from catalog.search import Facet, Filters, Search
from catalog.search.models import SearchDocument
from market import cases, clock, cooperatives, geography, orders, traceability
from market.accounts import SYSTEM, Actor, Role
from market.accounts.models import OrganisationKind
from market.cases.models import Case, CaseKind
from market.cooperatives import CooperativeMember
from market.errors import FieldInvalid, Forbidden
from market.files import files_for
from market.ids import uuid7
from market.notifications.telling import Notice
from market.orders import Rail, State
from market.orders.models import Order, OrderLine
from market.orders.moving import OrderMoved
from market.portable import uuid_of
from market.traceability.lots import weigh
from market.traceability.models import Lot, Plot
from tests import makers
from tests.databases import settings_for

ELSEWHERE = "22918"  # phường Mũi Né
PDF = b"%PDF-1.4 a certificate"
DESK = Actor(person_id=None, roles=frozenset({Role.MODERATOR}))


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, member=True)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer, grams=100_000)


@pytest.fixture
def today(now):
    return clock.day_of(now)


@pytest.fixture
def ask(session, now, farmer, berries):
    def asked(mark="vietgap", basis=Basis.CERTIFICATE, *, of=None, by=farmer, at=now, **more):
        of = of or berries
        number = {"number": "VG-1"} if basis == Basis.CERTIFICATE else {}
        new = MarkClaim(mark_code=mark, basis=basis, **(number | more))
        return claiming.claim(session, actor=by, kind=type(of), offer_id=of.id, claim=new, now=at)

    return asked


@pytest.fixture
def decide(session, now, tmp_path):
    def decided(case, *, approved=True, actor=DESK, at=now, paper=True):
        if paper:
            files = files_for(settings_for("sqlite://", tmp_path))
            given = {"case_id": case.id, "content": PDF, "files": files}
            cases.attach(session, actor=SYSTEM, **given, now=at)
        word = {"approved": approved, "reason": "" if approved else "not so"}
        return cases.decide(
            session, actor=actor, case_id=case.id, **word, now=at, consequences=CONSEQUENCES
        )

    return decided


@pytest.fixture
def bear(session, ask, decide):
    """A mark that is asked for and approved; its claim."""

    def borne(mark="vietgap", **more):
        return session.get_one(MarkClaim, decide(ask(mark, **more)).subject_id)

    return borne


@pytest.fixture
def cooperative(session, now, farmer):
    """The manager of a cooperative that the farmer belongs to."""
    made = makers.organisation(session, now, kind=OrganisationKind.COOPERATIVE, name="HTX")
    times = {"requested_at": now, "approved_at": now}
    about = {"cooperative_id": made.id, "organisation_id": makers.only(farmer.seller_ids)}
    session.add(CooperativeMember(id=uuid7(), fee_basis_points=0, **about, **times))
    session.flush()
    return Actor(
        person_id=makers.person(session, now).id,
        roles=frozenset({Role.MANAGER}),
        managed_ids=frozenset({made.id}),
        cooperative_ids=frozenset({made.id}),
    )


@pytest.fixture
def revise(session, now, farmer):
    def revised(listing, **changes):
        new = listings.Revision(**changes)
        return listings.revise(session, actor=farmer, listing_id=listing.id, revision=new, now=now)

    return revised


@pytest.fixture
def sell(session, now):
    """So many grams of the listing, accepted by its seller."""

    def sold(listing, grams, actor, *, at=now, noticed=True):
        group = makers.bought(session, at, (listing, grams), rail=Rail.CASH, phone=phone())
        order = session.scalars(select(Order).where(Order.group_id == group.id)).one()
        orders.confirm(session, actor=actor, order_id=order.id, now=at)
        if noticed:
            event = OrderMoved(order_id=order.id, state=State.CONFIRMED)
            mark_watch.order_confirmed(session, event)
        return order

    numbers = iter(range(1, 100))

    def phone():
        return f"+849000000{next(numbers):02}"

    return sold


def reasons(session):
    return dict(map(tuple, session.execute(select(MarkClaim.mark_code, MarkClaim.reason))))


def told(session):
    return set(session.scalars(select(Notice.key)))


class TestTheTable:
    def test_names_only_categories_and_units_that_there_are(self):
        for mark in marks.all().values():
            assert all(categories.get(code) for code in mark.categories)
            assert all(geography.unit(code) for code in mark.communes)
            assert mark.requires is None or marks.get(mark.requires)
            assert mark.source

    def test_knows_cau_dat_as_it_is_today(self):
        mark = marks.get("cau-dat")

        assert mark.communes == {"24805", "24781"}
        assert mark.outside("coffee.green.arabica", "24805", None) is None
        assert mark.outside("coffee.green.robusta", "24805", None) == "class"

    def test_takes_the_nearest_yield(self):
        assert marks.yield_of("produce.fruit.strawberry") == marks.Yield(2_000, 240)
        assert marks.yield_of("coffee.roasted.arabica") == marks.yield_of("coffee.roasted")
        assert marks.yield_of("craft.silk") is None


class TestAsking:
    def test_waits_for_a_case_and_is_shown_with_its_yes(self, session, berries, ask, decide):
        case = ask()

        assert (case.kind, berries.marks) == (CaseKind.CLAIM, [])
        decide(case)
        assert berries.marks == ["vietgap"]
        assert session.get_one(MarkClaim, case.subject_id).state == Standing.ACTIVE

    def test_is_over_with_its_no(self, session, berries, ask, decide):
        decide(ask(), approved=False)

        assert (berries.marks, reasons(session)) == ([], {"vietgap": "claim.declined"})
        ask()  # and may be asked for again

    @pytest.mark.parametrize(
        ("mark", "what"),
        [
            ("phan-thiet-fish-sauce", "class"),
            ("da-huoai-durian", "class"),
            ("da-lat-strawberry", "prerequisite"),
        ],
    )
    def test_is_refused_out_of_scope(self, ask, mark, what):
        with pytest.raises(OutsideScope) as refusal:
            ask(mark)

        assert refusal.value.facts["what"] == what

    def test_is_refused_in_another_commune(self, ask, revise, berries):
        ask()
        revise(berries, unit_code=ELSEWHERE)

        with pytest.raises(OutsideScope) as refusal:
            ask("da-lat-strawberry")

        assert refusal.value.facts["what"] == "commune"

    def test_is_refused_for_a_visit_and_another_cultivar(self, session, now, farmer, ask, today):
        tour, _ = makers.tour(session, now, of=farmer)
        durians = makers.durians(session, now, of=farmer)
        durians.unit_code = "25105"

        with pytest.raises(OutsideScope) as visit:
            ask("vietgap", of=tour)
        with pytest.raises(OutsideScope) as cultivar:
            ask("da-huoai-durian", of=durians, cultivar="Musang King")
        ask("da-huoai-durian", of=durians, cultivar="ri6")

        assert visit.value.facts["what"] == "experience"
        assert cultivar.value.facts["what"] == "cultivar"

    @pytest.mark.parametrize(
        "days",
        [
            (0, -1),  # backwards
            (1, 30),  # not begun
            (-800, -1),  # over
            (0, 3 * 366 + 1),  # longer than three years
            (None, 30),
        ],
    )
    def test_is_refused_for_days_that_are_wrong(self, ask, today, days):
        begin, end = (None if day is None else today + timedelta(days=day) for day in days)

        with pytest.raises(OutsideScope) as refusal:
            ask("ocop-4", valid_from=begin, valid_until=end)

        assert refusal.value.facts["what"] in {"dates", "expired"}

    def test_takes_exactly_the_years_of_the_mark(self, ask):
        ask("ocop-4", at=clock.start_of(date(2026, 3, 1)), valid_from=date(2026, 3, 1),
            valid_until=date(2029, 3, 1))  # fmt: skip

    def test_is_refused_without_its_paper(self, ask, decide):
        with pytest.raises(OutsideScope) as declared:
            ask("vietgap", Basis.SELF_DECLARED)
        with pytest.raises(FieldInvalid):
            ask("vietgap", number=None)
        with pytest.raises(OutsideScope) as unseen:
            decide(ask("vietgap"), paper=False)

        assert declared.value.facts["what"] == unseen.value.facts["what"] == "document"

    def test_is_refused_twice(self, ask):
        ask()

        with pytest.raises(ClaimExists):
            ask()

    def test_a_promise_of_ones_own_needs_no_paper(self, berries, ask, decide):
        decide(ask("no-spray", Basis.SELF_DECLARED), paper=False)

        assert berries.marks == ["no-spray"]

    def test_a_strangers_offer_is_none(self, session, now, ask):
        with pytest.raises(Exception, match="listing"):
            ask(by=makers.seller(session, now))

    def test_what_left_its_scope_meanwhile_cannot_be_approved(
        self, berries, bear, ask, decide, revise
    ):
        bear()
        case = ask("da-lat-strawberry")
        revise(berries, unit_code=ELSEWHERE)

        with pytest.raises(OutsideScope):
            decide(case)


class TestCooperatives:
    def test_vouch_for_their_members(self, session, berries, cooperative, ask, decide):
        case = ask(basis=Basis.COOPERATIVE)

        decide(case, actor=cooperative, paper=False)

        assert berries.marks == ["vietgap"]

    def test_vouch_for_nobody_else(self, ask):
        with pytest.raises(OutsideScope) as refusal:
            ask(basis=Basis.COOPERATIVE)

        assert refusal.value.facts["what"] == "cooperative"

    def test_do_not_decide_about_certificates(self, session, now, cooperative, ask, decide):
        case = ask()
        seller = replace(cooperative, managed_ids=frozenset({case.organisation_id}))
        session.execute(update(Case).values(applicant_id=makers.person(session, now).id))

        with pytest.raises(Forbidden):
            decide(case, actor=replace(seller, seller_ids=frozenset({case.organisation_id})))

    def test_take_their_word_with_them(self, session, now, berries, cooperative, ask, decide):
        decide(ask(basis=Basis.COOPERATIVE), actor=cooperative, paper=False)
        member = session.scalars(select(CooperativeMember)).one()
        cooperatives.leave(session, actor=cooperative, member_id=member.id, now=now)

        claiming.recheck(session, subject_id=berries.id, now=now)

        assert (berries.marks, reasons(session)) == ([], {"vietgap": "claim.cooperative"})


class TestLapsing:
    def test_ends_at_midnight_in_viet_nam(self, session, database, today, berries, bear):
        bear(valid_from=today, valid_until=today)
        midnight = clock.end_of(today)

        assert mark_watch.sweep(database, now=midnight - timedelta(seconds=1)) == 0
        assert len(claiming.shown(session, [berries.id], midnight - timedelta(seconds=1))) == 1
        assert claiming.shown(session, [berries.id], midnight) == []
        assert mark_watch.sweep(database, now=midnight) == 1
        session.expire_all()
        assert (berries.marks, reasons(session)) == ([], {"vietgap": "claim.expired"})
        assert "notice.claim.expired.ended" in told(session)

    def test_ends_when_the_listing_moves(self, session, berries, bear, revise):
        bear()
        bear("da-lat-strawberry")

        revise(berries, unit_code=ELSEWHERE)

        assert berries.marks == ["vietgap"]
        assert reasons(session)["da-lat-strawberry"] == "claim.commune"
        assert "notice.claim.commune.ended" in told(session)

    def test_ends_with_the_mark_it_stands_on(self, session, database, today, berries, bear):
        bear(valid_from=today, valid_until=today)
        bear("da-lat-strawberry")

        assert mark_watch.sweep(database, now=clock.end_of(today)) == 2
        assert reasons(session)["da-lat-strawberry"] == "claim.prerequisite"

    def test_of_a_visit_follows_where_it_is(self, session, now, farmer, bear):
        tour, _ = makers.tour(session, now, of=farmer)
        bear("da-lat", of=tour)
        its = {"experience_id": tour.id, "revision": experiences.Revision(unit_code=ELSEWHERE)}

        experiences.revise(session, actor=farmer, **its, now=now)

        assert session.get_one(Experience, tour.id).marks == []

    def test_is_announced_thirty_days_before_once(self, session, database, today, now, bear):
        bear(valid_from=today, valid_until=today + timedelta(days=31))

        mark_watch.sweep(database, now=now)
        assert "notice.claim.soon" not in told(session)
        for days in (1, 1, 2):
            mark_watch.sweep(database, now=now + timedelta(days=days))

        keys = session.scalars(select(Notice.key)).all()
        assert keys.count("notice.claim.soon") == 1

    def test_goes_on_where_a_night_was_cut_off(
        self, session, database, now, today, farmer, bear, monkeypatch
    ):
        fields = [makers.strawberries(session, now, of=farmer) for _ in range(3)]
        for each in fields:
            bear(of=each, valid_from=today, valid_until=today)
        recheck, done = claiming.recheck, []

        def dies(*given, **which):
            if len(done) == 1:
                raise KeyboardInterrupt
            done.append(recheck(*given, **which))
            return done[-1]

        monkeypatch.setattr(claiming, "recheck", dies)
        with pytest.raises(KeyboardInterrupt):
            mark_watch.sweep(database, now=clock.end_of(today))
        monkeypatch.undo()

        assert mark_watch.sweep(database, now=clock.end_of(today)) == 2
        assert session.scalars(select(Notice.key)).all().count("notice.claim.expired.ended") == 3


class TestSnapshots:
    def test_keep_the_mark_as_sold(self, session, now, berries, farmer, bear, sell, revise):
        bear()
        order = sell(berries, 1_000, farmer)
        revise(berries, unit_code=ELSEWHERE)

        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()

        assert line.snapshot["marks"] == [{"code": "vietgap", "basis": "certificate"}]

    def test_do_not_keep_one_that_is_over(self, session, today, berries, farmer, bear, sell):
        bear(valid_from=today, valid_until=today)
        later = clock.end_of(today)

        order = sell(berries, 1_000, farmer, at=later)

        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        assert "marks" not in line.snapshot

    def test_of_a_visit_say_it_too(self, session, now, farmer, bear):
        tour, departure = makers.tour(session, now, of=farmer)
        bear("da-lat", of=tour)

        group = makers.bought(session, now, (departure, 2), phone="+84900000999")

        (order,) = orders.queries.of_group(session, group_id=group.id)
        (line,) = orders.queries.lines(session, order_ids=[order.id])[order.id]
        assert line.snapshot["marks"] == [{"code": "da-lat", "basis": "certificate"}]


class TestMassBalance:
    @pytest.fixture
    def more(self, session, now, farmer, berries):
        """More in stock than was ever harvested."""
        listings.restock(
            session, actor=farmer, listing_id=berries.id, change=100_000,
            reason=listings.Reason.COUNTED, now=now,
        )  # fmt: skip

    @pytest.fixture
    def plot(self, session, now, farmer):
        """A plot of so many square metres; a strawberry's gives 2.4 kg of each at most."""

        def registered(area_m2):
            about = {"producer_id": makers.only(farmer.seller_ids), "name": "A"}
            about |= {"unit_code": makers.COMMUNE, "category_code": "produce.fruit.strawberry"}
            new = Plot(**about, area_m2=area_m2)
            traceability.register_plot(session, actor=farmer, plot=new, now=now)

        return registered

    def test_lets_pass_all_that_the_lots_weigh(self, berries, farmer, bear, sell, more):
        bear()

        sell(berries, 100_000, farmer)

        assert berries.marks == ["vietgap"]

    def test_suspends_beyond_the_lots(self, session, berries, farmer, bear, sell, more):
        claim = bear()

        sell(berries, 100_500, farmer)

        case = session.scalars(select(Case).where(Case.facts != {})).one()
        assert (berries.marks, claim.state) == ([], Standing.SUSPENDED)
        assert case.facts["sold"] == 100_500
        assert (case.facts["lots"], case.facts["plots"]) == (100_000, None)
        assert "notice.claim.mass_balance" in told(session)

    @pytest.mark.parametrize(("weighed", "left"), [(20_000, ["vietgap"]), (19_999, [])])
    def test_is_exact_to_the_gram(self, session, now, berries, farmer, bear, sell, weighed, left):
        bear()
        sell(berries, 20_000, farmer)
        lot = session.scalars(select(Lot)).one()
        weigh(session, actor=farmer, lot=lot, value=weighed, now=now)

        mark_watch.check(session, seller_id=berries.seller_id, now=now)

        assert berries.marks == left

    def test_knows_what_the_land_can_give(self, berries, farmer, bear, sell, plot):
        bear()
        plot(15)  # 36 kg with the tolerance

        sell(berries, 36_000, farmer)
        assert berries.marks == ["vietgap"]

        sell(berries, 500, farmer)
        assert berries.marks == []

    def test_is_found_at_night(self, session, database, now, berries, farmer, bear, sell, more):
        claim = bear()
        sell(berries, 100_500, farmer, noticed=False)

        assert mark_watch.balance(database, now=now) == 1
        assert mark_watch.balance(database, now=now) == 0
        session.expire_all()
        assert (claim.state, claim.reason) == (Standing.SUSPENDED, "claim.mass_balance")

    def test_forgets_what_was_sold_before_the_season(
        self, session, database, now, berries, farmer, bear, sell, more
    ):
        bear()
        sell(berries, 100_500, farmer, noticed=False)

        assert mark_watch.balance(database, now=now + timedelta(days=241)) == 0

    def test_a_review_puts_it_back_and_does_not_ask_again(
        self, session, database, now, berries, farmer, bear, sell, more, decide
    ):
        bear()
        sell(berries, 100_500, farmer)

        decide(session.scalars(select(Case).where(Case.facts != {})).one(), paper=False)

        assert berries.marks == ["vietgap"]
        assert "notice.claim.restored" in told(session)
        assert mark_watch.balance(database, now=now) == 0
        sell(berries, 20_500, farmer)
        assert berries.marks == []  # a fifth more than was looked at

    def test_a_review_ends_it(self, session, berries, farmer, bear, sell, more, decide):
        claim = bear()
        sell(berries, 100_500, farmer)

        case = session.scalars(select(Case).where(Case.facts != {})).one()
        decide(case, approved=False, paper=False)

        assert (claim.state, claim.reason) == (Standing.ENDED, "claim.mass_balance")

    def test_tells_the_cooperative(
        self, session, now, berries, farmer, cooperative, bear, sell, more, monkeypatch
    ):
        asked = []
        monkeypatch.setattr(claiming, "tell", lambda *given: asked.append(given[1:3]))
        bear()

        sell(berries, 100_500, farmer)

        key = "notice.claim.mass_balance"
        assert asked == [(berries.seller_id, key), (makers.only(cooperative.managed_ids), key)]

    def test_weighs_what_is_sold_by_the_piece(self, session, now, farmer, bear, sell):
        durians = makers.durians(session, now, of=farmer, pieces=10)
        durians.unit_code = "25105"
        bear("da-huoai-durian", of=durians, cultivar="Dona")

        sell(durians, 10, farmer)

        assert durians.marks == ["da-huoai-durian"]  # 35 kg by estimate, of lots of 38.5


class TestFacets:
    def test_find_what_bears_a_mark(self, session, database, now, farmer, berries, bear):
        plain = makers.strawberries(session, now, of=farmer)
        search.refresh(session, subject_id=plain.id)
        bear()
        bear("organic")

        assert self.found(database, now, mark="vietgap") == {berries.id}
        assert self.found(database, now, mark="organic") == {berries.id}
        assert self.found(database, now, mark="ocop-5") == set()
        with pytest.raises(marks.UnknownMark):
            self.found(database, now, mark="none")

    @pytest.mark.parametrize("query", ["", "dâu"])
    def test_count_as_one_would_by_hand(self, session, database, now, farmer, bear, query):
        for wanted in ((), ("vietgap",), ("vietgap", "organic"), ("organic", "no-spray")):
            listing = makers.strawberries(session, now, of=farmer)
            search.refresh(session, subject_id=listing.id)
            for mark in wanted:
                bear(mark, of=listing)
        wanted = Search(query=query)

        with database.read_engine.connect() as connection:
            counted = search.counted(connection, wanted, today=clock.day_of(now))

        by_hand = Counter(
            mark for its in session.scalars(select(SearchDocument.marks)) for mark in its.split()
        )
        assert {each.value: each.many for each in counted.facets[Facet.MARK]} == by_hand
        assert by_hand == {"vietgap": 2, "organic": 2, "no-spray": 1}

    @staticmethod
    def found(database, now, **filters):
        wanted = Search(filters=Filters(**filters))
        with database.read_engine.connect() as connection:
            rows = search.find(connection, wanted, lang="vi", after=None, limit=9, now=now)
        return {uuid_of(each.row.id) for each in rows}
