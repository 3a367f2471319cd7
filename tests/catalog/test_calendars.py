"""Calendars in both directions: what is taken elsewhere is taken here, and is told to others."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from catalog import baskets, calendars, experiences
from catalog.booking_models import Channel, ExperienceOption
from market import inventory
from market.accounts import NOBODY
from market.accounts.models import Membership, MembershipState, Post
from market.cases.models import Case, CaseKind, CaseState
from market.errors import FieldInvalid, MarketError, NotFound
from market.fetching import Fetched, Unfetched
from market.ids import secret, uuid7
from market.inventory.models import Cell, Resource, ResourceKind
from market.limits import TooMany
from market.notifications.telling import Notice
from market.orders import Order, Rail, State
from market.outbox import OutboxEvent
from payments import collecting, rescheduling
from payments.cancelling import cancel
from payments.collecting import recheck
from tests import makers
from tests.catalog.test_calendar_reading import calendar
from tests.catalog.test_options import NOW
from tests.databases import settings_for
from tests.visits import guesthouse
from translations import text

CHRISTMAS = date(2026, 12, 24)


class Site:
    """Another site's calendar, fetched as it stands; or it fails with a code."""

    def __init__(self) -> None:
        self.body, self.fails, self.tags = calendar(), "", []

    def says(self, *events: str) -> None:
        self.body, self.fails = calendar(*events), ""

    def fetch(self, _url: str, *, etag: str | None = None, accept: str = "") -> Fetched:
        self.tags.append(etag)
        if self.fails:
            raise Unfetched(self.fails)
        tag = f'"{hash(self.body)}"'
        return Fetched(None if etag == tag else self.body, tag)


class World:
    """A guesthouse and another site, on a database that is given."""

    def __init__(self, database, folder, *, rooms: int = 1) -> None:
        self.database, self.site = database, Site()
        settings = settings_for("sqlite:///unused", folder)
        self.context: Any = SimpleNamespace(
            database=database, settings=settings, ports={"fetcher": self.site}, now=lambda: self.now
        )
        self.now = NOW
        with database.transaction() as session:
            self.option = guesthouse(session, NOW, rooms=rooms)
            self.resource_id = self.option.resource_id
            resource = session.get_one(Resource, self.resource_id)
            self.host = makers.seller(session, NOW, member=True)
            self.host = replace(self.host, seller_ids=frozenset({resource.owner_id}))
            its = {"organisation_id": resource.owner_id, "person_id": self.host.person_id}
            its |= {"post": Post.SELLER, "state": MembershipState.ACTIVE, "requested_at": NOW}
            session.add(Membership(id=uuid7(), **its))
            session.flush()
            session.expunge_all()
        self.channel_id = self.adds(self.resource_id)

    def adds(self, resource_id, url="https://site.example/a.ics"):
        with self.database.transaction() as session:
            its = {"name": "Trang kia", "url": url, "resource_id": resource_id}
            return calendars.add(session, actor=self.host, **its, now=self.now).id

    def syncs(self, channel_id=None) -> None:
        calendars.synchronise(self.context, channel_id or self.channel_id)

    def left(self, *days: date) -> list[int]:
        with self.database.reading() as session:
            keys = [(self.resource_id, day.toordinal()) for day in days]
            free = inventory.free(session, cells=keys, now=self.now)
            assert inventory.drift(session) == []
        return [free[key] for key in keys]

    def channel(self, channel_id=None) -> Channel:
        with self.database.reading() as session:
            return session.get(Channel, channel_id or self.channel_id)

    def books(
        self, first: date, nights: int = 1, *, paid: bool = True, phone: str = "+84912345678"
    ) -> Order:
        """A guest's order of one room."""
        with self.database.transaction() as session:
            basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=self.now)
            which = {"option_id": self.option.id, "quantity": 1}
            which["nights"] = f"{first}/{first + timedelta(days=nights)}"
            baskets.put_nights(session, basket=basket, **which, now=self.now)
            group = makers.check_out(
                session, self.now, basket, rail=Rail.BANK_TRANSFER, phone=phone
            )
            order = session.scalars(select(Order).filter_by(group_id=group.id)).one()
            session.expunge_all()
        if paid:
            self.pays(order)
        return order

    def pays(self, order: Order) -> None:
        with self.database.transaction() as session:
            payment = collecting.of_order(session, order_id=order.id)
            makers.receive(session, self.now, makers.transfer(payment, self.now))

    def rechecks(self, order: Order) -> State:
        recheck(self.context, calendars.RecheckDue(order_id=order.id))
        return self.state(order)

    def state(self, order: Order) -> State:
        with self.database.reading() as session:
            return State(session.get_one(Order, order.id).state)

    def cases(self, *states: CaseState) -> list[Case]:
        with self.database.reading() as session:
            its = select(Case).filter_by(kind=CaseKind.CALENDAR)
            return list(session.scalars(its.where(Case.state.in_(states or list(CaseState)))))

    def told(self, key: str) -> list[str]:
        """What the host's people were told under the key."""
        with self.database.reading() as session:
            found = session.scalars(select(Notice).filter_by(key=key)).all()
        return [text(("vi",), each.key, **each.params) for each in found]

    def feed(self, resource_id=None) -> list[Any]:
        with self.database.reading() as session:
            resource = session.get_one(Resource, resource_id or self.resource_id)
            body = calendars.channels.ics(
                session, resource=resource, host="cho.example", busy="x", now=self.now
            )
        return list(Calendar.from_ical(body).walk("VEVENT"))


def stay(first: date, nights: int = 1, uid: str = "a") -> str:
    until = first + timedelta(days=nights)
    return f"UID:{uid}|DTSTART;VALUE=DATE:{first:%Y%m%d}|DTEND;VALUE=DATE:{until:%Y%m%d}"


def day(number: int) -> date:
    return CHRISTMAS + timedelta(days=number)


@pytest.fixture
def world(database, tmp_path):
    return World(database, tmp_path)


class TestTakingIn:
    """What is taken elsewhere."""

    def test_claims_the_nights_and_not_the_day_of_leaving(self, world):
        world.site.says(stay(CHRISTMAS, 2))

        world.syncs()

        assert world.left(day(-1), day(0), day(1), day(2)) == [1, 0, 0, 1]
        assert world.channel().synced_at == world.now

    def test_again_changes_nothing(self, world):
        world.site.says(stay(CHRISTMAS, 2))

        for _ in range(3):
            world.syncs()

        assert world.left(day(0), day(1)) == [0, 0]
        assert len(world.channel().events) == 1

    def test_of_several_rooms_takes_one(self, database, tmp_path):
        world = World(database, tmp_path, rooms=3)
        world.site.says(stay(day(0)), stay(day(0), uid="b"))

        world.syncs()

        assert world.left(day(0)) == [1]

    def test_that_is_gone_or_moved_is_free_again(self, world):
        world.site.says(stay(day(0), 3), stay(day(5), uid="b"))
        world.syncs()
        world.site.says(stay(day(1), 1))
        world.syncs()
        world.site.says(stay(day(1), 2))
        world.syncs()

        assert world.left(*map(day, range(6))) == [1, 0, 0, 1, 1, 1]

    def test_comes_back_where_it_was(self, world):
        for events in ([stay(day(0))], [], [stay(day(0))]):
            world.site.says(*events)
            world.syncs()

        assert world.left(day(0)) == [0]

    def test_waits_for_nights_that_are_not_open_yet(self, world):
        late = day(300)
        world.site.says(stay(late))
        world.syncs()
        with world.database.transaction() as session:
            where = {"resource_id": world.resource_id, "bucket": late.toordinal()}
            said = {"delta": 1, "reason": "opened", "actor": world.host}
            inventory.change(session, **where, **said, now=NOW)
        world.syncs()

        assert world.site.tags[-1] is not None  # nothing new was fetched, and still it counts
        assert world.left(late) == [0]

    def test_is_fetched_as_a_whole_once_a_day(self, world):
        world.syncs()
        world.now += timedelta(days=1)
        world.syncs()

        assert world.site.tags == [None, None]

    @pytest.mark.parametrize("code", ["address", "slow", "status"])
    def test_stays_while_the_other_site_fails(self, world, code):
        world.site.says(stay(day(0)))
        world.syncs()
        world.site.fails, world.now = code, world.now + timedelta(hours=1)
        world.syncs()

        assert world.left(day(0)) == [0]
        assert (world.channel().failed, world.channel().synced_at) == (code, NOW)

    def test_stays_while_the_calendar_cannot_be_read(self, world):
        world.site.says(stay(day(0)))
        world.syncs()
        world.site.body = b"<html>Sign in</html>"
        world.syncs()

        assert (world.left(day(0)), world.channel().failed) == ([0], "calendar")

    def test_an_older_answer_does_not_undo_a_newer_one(self, world):
        world.now += timedelta(minutes=1)
        world.syncs()
        world.now -= timedelta(seconds=5)
        world.site.says(stay(day(0)))
        world.syncs()

        assert world.left(day(0)) == [1]

    def test_is_looked_at_every_half_hour_and_no_sooner(self, world):
        for minutes in (0, 1, 29, 30, 31):
            world.now = NOW + timedelta(minutes=minutes)
            calendars.syncing.poll(world.context)

        assert len(world.site.tags) == 2

    def test_a_boat_is_taken_with_all_its_places_and_its_turnaround(self, world):
        boat = asset(world)
        channel_id = world.adds(boat)
        world.site.says("UID:t|DTSTART:20261224T010000Z|DTEND:20261224T020000Z")
        world.syncs(channel_id)

        with world.database.reading() as session:
            its = select(Cell.bucket, Cell.sold).filter_by(resource_id=boat).order_by(Cell.bucket)
            found = session.execute(its).all()
        assert [row.sold for row in found] == [12, 12, 12]

    def test_the_boat_cannot_be_booked_then(self, world):
        boat = asset(world)
        channel_id = world.adds(boat)
        world.site.says("UID:t|DTSTART:20261224T010000Z|DTEND:20261224T020000Z")
        world.syncs(channel_id)
        departure = trip(world, boat)

        with world.database.transaction() as session, pytest.raises(inventory.OutOfStock):
            makers.bought(session, NOW, (departure, 1))

    def test_a_month_of_a_boat_is_taken_in_rounds(self, world, monkeypatch):
        monkeypatch.setattr(calendars.syncing, "ROUND", 100)
        boat = asset(world)
        channel_id = world.adds(boat)
        world.site.says(stay(day(0), 7, uid="repair"))
        world.syncs(channel_id)

        with world.database.reading() as session:
            its = select(func.count()).select_from(Cell).filter_by(resource_id=boat, sold=12)
            assert session.scalars(its).one() == 7 * 48 + 1


def asset(world):
    with world.database.transaction() as session:
        (owner_id,) = world.host.seller_ids
        its = {"kind": ResourceKind.VEHICLE, "owner_id": owner_id, "name": "Thuyền Gió"}
        return inventory.open_resource(session, **its, places=12, turnaround_minutes=30)


def trip(world, boat):
    """A tour by the boat that starts at eight in the morning of Christmas."""
    with world.database.transaction() as session:
        tour, _ = makers.tour(session, NOW, of=world.host)
        session.get_one(ExperienceOption, tour.id).asset_ids = [str(boat)]
        session.flush()
        starts = [NOW.replace(day=24, month=12, hour=1)]
        which = {"experience_id": tour.id, "starts": starts, "seats": 10}
        (departure,) = experiences.open_departures(session, actor=world.host, **which, now=NOW)
        session.expunge_all()
    return departure


class TestCollisions:
    """Both here and elsewhere."""

    def test_open_one_case_and_take_nothing(self, world):
        order = world.books(day(1))
        world.rechecks(order)
        world.site.says(stay(day(0), 3))

        world.syncs()
        world.syncs()

        assert world.left(*map(day, range(3))) == [0, 0, 0]
        (case,) = world.cases()
        assert case.facts["orders"] == [order.code]
        assert case.facts["days"] == "24/12/2026 – 26/12/2026"
        assert (case.facts["resource"], case.facts["channel"]) == ("Nhà gỗ trên đồi", "Trang kia")
        (told,) = world.told("notice.calendar.conflict")
        assert order.code in told
        assert "24/12/2026 – 26/12/2026" in told

    def test_are_over_when_one_of_both_gives_way(self, world):
        order = world.books(day(1))
        world.rechecks(order)
        world.site.says(stay(day(1)))
        world.syncs()
        with world.database.transaction() as session:
            found = session.get_one(Order, order.id)
            its = {"order": found, "by_buyer": False}
            until = {"reason": "trùng", "actor": world.host}
            cancel(session, **its, **until, now=NOW)
        world.syncs()

        assert [case.state for case in world.cases()] == [CaseState.WITHDRAWN]
        assert world.left(day(1)) == [0]

    def test_that_were_decided_are_not_asked_again(self, world):
        world.rechecks(world.books(day(1)))
        world.site.says(stay(day(1)))
        world.syncs()
        with world.database.transaction() as session:
            session.get_one(Case, world.cases()[0].id).state = CaseState.APPROVED
        world.syncs()

        assert len(world.cases()) == 1

    def test_with_a_hold_that_nobody_paid_are_none_yet(self, world):
        world.books(day(1), paid=False)
        world.site.says(stay(day(1)))
        world.syncs()

        assert world.cases() == []
        world.now += timedelta(days=3)
        world.syncs()
        assert world.left(day(1)) == [0]

    def test_of_two_sites_are_not_ours(self, world):
        world.site.says(stay(day(1)))
        world.syncs()
        world.syncs(world.adds(world.resource_id, "https://other.example/b.ics"))

        assert (world.cases(), world.left(day(1))) == ([], [0])

    def test_on_a_boat_name_the_order(self, world):
        boat = asset(world)
        departure = trip(world, boat)
        with world.database.transaction() as session:
            group = makers.bought(session, NOW, (departure, 2), rail=Rail.BANK_TRANSFER)
            order = session.scalars(select(Order).filter_by(group_id=group.id)).one()
            session.expunge_all()
        world.pays(order)
        channel_id = world.adds(boat)
        world.site.says("UID:t|DTSTART:20261224T020000Z|DTEND:20261224T060000Z")
        world.syncs(channel_id)

        (case,) = world.cases()
        assert (case.facts["resource"], case.facts["orders"]) == ("Thuyền Gió", [order.code])


class TestConfirming:
    """A paid order waits for one more look at the other calendars."""

    def test_comes_after_the_look(self, world):
        order = world.books(day(1))

        assert world.state(order) == State.PLACED
        assert world.rechecks(order) == State.CONFIRMED
        assert world.site.tags

    def test_waits_for_the_host_where_both_have_it(self, world):
        order = world.books(day(1), paid=False)
        world.site.says(stay(day(1)))
        world.pays(order)

        assert world.rechecks(order) == State.PLACED
        assert [case.state for case in world.cases()] == [CaseState.OPEN]

    def test_does_not_wait_for_a_site_that_fails(self, world):
        order = world.books(day(1))
        world.site.fails = "slow"

        assert world.rechecks(order) == State.CONFIRMED
        assert len(world.told("notice.calendar.unread")) == 1

    def test_knows_what_was_told_before_the_site_failed(self, world):
        order = world.books(day(1), paid=False)
        world.site.says(stay(day(1)))
        world.syncs()
        world.pays(order)
        world.site.fails = "slow"

        assert world.rechecks(order) == State.PLACED

    def test_a_booking_that_moves_has_them_looked_at_again(self, world):
        order = world.books(CHRISTMAS)
        world.rechecks(order)
        with world.database.transaction() as session:
            its = {"order": session.get_one(Order, order.id), "actor": NOBODY, "now": world.now}
            to = rescheduling.To(nights=f"{day(3)}/{day(4)}")
            rescheduling.change(session, to=to, **its)
            asked = select(OutboxEvent).filter_by(name=calendars.SyncAsked.name)
            assert len(session.scalars(asked).all()) == 2  # when it was added, and now

    def test_is_at_once_where_nothing_is_booked_elsewhere(self, world):
        with world.database.transaction() as session:
            calendars.remove(session, actor=world.host, channel_id=world.channel_id, now=NOW)

        assert world.state(world.books(day(1))) == State.CONFIRMED


class TestTelling:
    """The feed of what is taken here."""

    def test_a_stay_is_one_event_without_a_name(self, world):
        world.books(day(0), 2)
        world.books(day(2), 1)

        first, second = sorted(world.feed(), key=lambda each: each["DTSTART"].dt)

        assert (first["DTSTART"].dt, first["DTEND"].dt) == (day(0), day(2))
        assert (second["DTSTART"].dt, second["DTEND"].dt) == (day(2), day(3))
        assert set(first) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"}

    def test_two_sites_learn_of_each_other(self, world):
        world.site.says(stay(day(3), 2))
        world.syncs()

        (event,) = world.feed()
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (day(3), day(5))

    def test_is_the_same_until_something_changes(self, world):
        world.books(day(0), 2)
        before = [each["UID"] for each in world.feed()]
        world.books(day(4))

        assert set(before) < {each["UID"] for each in world.feed()}

    def test_of_departures_tells_those_with_guests(self, world):
        boat = asset(world)
        departure = trip(world, boat)
        assert world.feed(departure.resource_id) == []
        with world.database.transaction() as session:
            makers.bought(session, NOW, (departure, 1))
            makers.bought(session, NOW, (departure, 2), phone="+84912345679")

        (event,) = world.feed(departure.resource_id)
        (use,) = world.feed(boat)
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (departure.starts_at, departure.ends_at)
        assert use["DTEND"].dt == departure.ends_at + timedelta(minutes=30)

    def test_that_comes_back_to_us_takes_nothing_twice(self, world):
        world.books(day(0), 2)
        with world.database.reading() as session:
            resource = session.get_one(Resource, world.resource_id)
            its = {"resource": resource, "host": "127.0.0.1", "busy": "x"}
            world.site.body = calendars.channels.ics(session, **its, now=NOW)
        world.syncs()

        assert (world.channel().events, world.cases()) == ({}, [])

    def test_has_a_link_that_can_be_renewed(self, world):
        with world.database.transaction() as session:
            resource = session.get_one(Resource, world.resource_id)
            before = calendars.channels.secret_of("key", resource)
            its = {"actor": world.host, "resource_id": world.resource_id}
            after = calendars.channels.secret_of(
                "key", calendars.channels.renew(session, **its, now=NOW)
            )

            assert calendars.channels.by_secret(session, key="key", secret=after) is resource
            for wrong in (before, after[:-1], after + "x", "", "x" * 54, uuid4().hex, "é" * 40):
                with pytest.raises(NotFound):
                    calendars.channels.by_secret(session, key="key", secret=wrong)
            with pytest.raises(NotFound):
                calendars.channels.by_secret(session, key="other", secret=after)


class TestChannels:
    """Added, asked for, removed."""

    def test_of_webcal_are_fetched_by_https(self, world):
        channel_id = world.adds(world.resource_id, "webcal://site.example/x.ics")

        assert world.channel(channel_id).url == "https://site.example/x.ics"

    @pytest.mark.parametrize("url", ["http://site.example/", "javascript:x", "https://a:1/", "  "])
    def test_with_other_addresses_are_refused(self, world, url):
        with pytest.raises(FieldInvalid):
            world.adds(world.resource_id, url)

    def test_are_few_to_each_thing(self, world):
        for number in range(4):
            world.adds(world.resource_id, f"https://site.example/{number}")
        with pytest.raises(calendars.channels.TooManyChannels):
            world.adds(world.resource_id)

    def test_are_for_what_is_taken_as_a_whole(self, world):
        departure = trip(world, asset(world))
        with pytest.raises(NotFound):
            world.adds(departure.resource_id)

    def test_that_are_removed_give_back_what_they_took(self, world):
        world.rechecks(world.books(day(3)))
        world.site.says(stay(day(0), 4))
        world.syncs()
        with world.database.transaction() as session:
            calendars.remove(session, actor=world.host, channel_id=world.channel_id, now=NOW)
        world.syncs()

        assert world.left(*map(day, range(4))) == [1, 1, 1, 0]
        assert [case.state for case in world.cases()] == [CaseState.WITHDRAWN]

    def test_are_nobody_elses(self, world):
        with world.database.transaction() as session:
            other = makers.seller(session, NOW)
            for verb in (calendars.remove, calendars.ask_sync):
                with pytest.raises(NotFound):
                    verb(session, actor=other, channel_id=world.channel_id, now=NOW)
            assert calendars.mine(session, actor=other) == []

    def test_are_not_asked_for_all_the_time(self, world):
        def asks():
            with world.database.transaction() as session:
                its = {"channel_id": world.channel_id, "now": NOW}
                calendars.ask_sync(session, actor=world.host, **its)

        for _ in range(10):
            asks()
        with pytest.raises(TooMany):
            asks()


class TestRaces:
    """With real threads and real commits."""

    @pytest.fixture
    def world(self, real_database, tmp_path):
        return World(real_database, tmp_path, rooms=2)

    def test_two_looks_at_once_take_once(self, world):
        world.site.says(*(stay(day(number), 2, uid=str(number)) for number in range(0, 10, 2)))
        at_once(*[world.syncs] * 4)

        assert world.left(*map(day, range(10))) == [1] * 10

    def test_buyers_and_calendars_never_have_more_than_there_is(self, world):
        world.site.says(*(stay(day(number), 2, uid=str(number)) for number in range(0, 10, 2)))

        def buys(number):
            phone = f"+849123456{number:02}"
            return lambda: world.books(day(number % 9), 2, paid=False, phone=phone)

        ends = at_once(world.syncs, world.syncs, *map(buys, range(12)))

        assert set(ends) <= {"ok", "stock.too_little"}
        assert min(world.left(*map(day, range(10)))) >= 0
        assert max(world.left(*map(day, range(10)))) <= 1

    def test_removed_while_it_is_looked_at_takes_nothing(self, world):
        world.site.says(stay(day(0), 5))

        def removes():
            with world.database.transaction() as session:
                its = {"channel_id": world.channel_id, "now": NOW}
                calendars.remove(session, actor=world.host, **its)

        at_once(world.syncs, removes, world.syncs)

        assert world.left(*map(day, range(5))) == [2] * 5


def at_once(*deeds):
    """How each deed ended: `ok`, or the refusal's code."""
    start = Barrier(len(deeds))

    def do(deed):
        start.wait()
        try:
            deed()
        except MarketError as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [each.result() for each in [pool.submit(do, deed) for deed in deeds]]
