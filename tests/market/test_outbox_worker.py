"""Events survive: whatever dies, a subscriber works exactly once and a task at least once."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from market import outbox, portable, worker
from market.db import Database
from market.errors import MarketError
from market.ids import uuid7
from market.limits import LimitCounter
from market.outbox import Event, OutboxDelivery, OutboxEvent
from market.worker import ATTEMPTS_MAX, LEASE, Context, Job, Wiring
from tests.databases import settings_for

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class LotSealed(Event, name="test.lot_sealed"):
    lot_id: UUID
    sealed_by: UUID | None = None
    commune_code: str = ""
    weight_grams: int = 0


class Killed(BaseException):
    """The process died here."""


class Refused(MarketError):
    code, keeps = "refused_but_kept", True


def count(session, event):
    """A subscriber whose every effect can be counted."""
    key = {"key": str(event.lot_id), "window_start": EPOCH}
    portable.add_up(session, LimitCounter, key, "count", by=1)


def count_and_refuse(session, event):
    count(session, event)
    raise Refused


@dataclass
class Outside:
    """A task that fails or dies as often as it is told to."""

    failures: int = 0
    calls: list[Event] = field(default_factory=list)
    error: BaseException = field(default_factory=lambda: ConnectionError("no answer"))
    __name__ = "outside"

    def __call__(self, context, event):
        self.calls.append(event)
        if len(self.calls) <= self.failures:
            raise self.error


@dataclass
class World:
    """A worker with its wiring and a clock that is set by hand."""

    database: Database
    clock: datetime
    subscribers: list = field(default_factory=list)
    tasks: list = field(default_factory=list)
    jobs: list = field(default_factory=list)

    @property
    def context(self):
        wiring = Wiring(
            subscribers={LotSealed: self.subscribers},
            tasks={LotSealed: self.tasks},
            jobs=self.jobs,
        )
        settings = settings_for("", ".")
        return Context(
            database=self.database, settings=settings, wiring=wiring, now=lambda: self.clock
        )

    def record(self, event=None):
        event = event or LotSealed(lot_id=uuid7())
        with self.database.transaction() as session:
            outbox.record(session, event)
        return event

    def drain(self):
        worker.drain(self.context)

    def wait(self, span):
        self.clock += span

    def effects(self, event):
        with self.database.reading() as session:
            return session.scalar(
                select(LimitCounter.count).where(LimitCounter.key == str(event.lot_id))
            )

    def deliveries(self):
        with self.database.reading() as session:
            return session.scalars(select(OutboxDelivery).order_by(OutboxDelivery.subscriber)).all()

    def only_delivery(self):
        (delivery,) = self.deliveries()
        return delivery


@pytest.fixture
def world(database, now):
    return World(database, now)


@pytest.fixture
def quiet(caplog):
    """Failures of these tests are wanted; their stack traces are not."""
    caplog.set_level(logging.CRITICAL, logger="market.worker")


class TestRecording:
    def test_keeps_the_event_as_it_was(self, world):
        world.tasks = [outside := Outside()]
        event = LotSealed(
            lot_id=uuid7(), sealed_by=uuid7(), commune_code="24787", weight_grams=12_500
        )
        world.record(event)
        world.record(other := LotSealed(lot_id=uuid7()))
        world.drain()

        assert outside.calls == [event, other]

    def test_is_undone_with_the_work_that_caused_it(self, real_database):
        with pytest.raises(ZeroDivisionError), real_database.transaction() as session:
            outbox.record(session, LotSealed(lot_id=uuid7()))
            _ = 1 / 0

        with real_database.reading() as session:
            assert session.scalar(select(OutboxEvent.id)) is None


class TestDelivering:
    def test_reaches_every_subscriber_and_task_once(self, world):
        world.subscribers, world.tasks = [count], [outside := Outside()]
        event = world.record()
        world.drain()
        world.wait(timedelta(days=1))
        world.drain()

        assert world.effects(event) == 1
        assert outside.calls == [event]
        assert [each.state for each in world.deliveries()] == ["done", "done"]

    def test_of_an_event_that_nobody_awaits_is_nothing(self, world):
        world.record()

        assert worker.work(world.context)
        assert not worker.work(world.context)
        assert world.deliveries() == []

    def test_rests_when_there_is_nothing_to_do(self, world):
        assert not worker.work(world.context)

    def test_gets_through_more_than_one_batch(self, world, monkeypatch):
        monkeypatch.setattr(worker, "BATCH", 3)
        world.tasks = [outside := Outside()]
        for _ in range(10):
            world.record()
        world.drain()

        assert len(outside.calls) == 10


@pytest.mark.usefixtures("quiet")
class TestFailing:
    def test_is_tried_again_after_a_while(self, world):
        world.tasks = [outside := Outside(failures=1)]
        world.record()
        world.drain()
        assert len(outside.calls) == 1
        assert world.only_delivery().error == "ConnectionError: no answer"

        world.wait(timedelta(minutes=1))
        world.drain()

        assert len(outside.calls) == 2
        delivery = world.only_delivery()
        assert (delivery.state, delivery.error, delivery.attempts) == ("done", None, 2)

    def test_waits_longer_each_time(self, world):
        world.tasks = [Outside(failures=99)]
        world.record()
        waits = []
        for _ in range(5):
            world.drain()
            waits.append(world.only_delivery().next_at - world.clock)
            world.clock = world.only_delivery().next_at

        assert waits == sorted(set(waits))
        assert waits[0] < timedelta(seconds=10) < timedelta(minutes=1) <= waits[-1]

    def test_ends_where_somebody_can_see_it(self, world):
        world.tasks = [outside := Outside(failures=99)]
        world.record()
        for _ in range(ATTEMPTS_MAX + 3):
            world.drain()
            world.wait(timedelta(days=1))

        delivery = world.only_delivery()
        assert (delivery.state, delivery.attempts) == ("failed", ATTEMPTS_MAX)
        assert delivery.error == "ConnectionError: no answer"
        assert len(outside.calls) == ATTEMPTS_MAX

    def test_of_one_keeps_nobody_else_waiting(self, world):
        world.tasks, world.subscribers = [Outside(failures=99)], [count]
        event = world.record()
        world.drain()

        assert world.effects(event) == 1

    @pytest.mark.parametrize("engine_of_its_own", [False, True])
    def test_subscriber_leaves_nothing_behind(self, world, request, engine_of_its_own):
        if engine_of_its_own:
            world.database = request.getfixturevalue("real_database")
        world.subscribers = [count_and_refuse]
        event = world.record()
        world.drain()

        assert world.effects(event) is None
        assert world.only_delivery().state == "due"

    def test_of_a_receiver_that_was_taken_away_is_seen_too(self, world):
        world.tasks = [Outside(failures=1)]
        world.record()
        world.drain()
        world.tasks = []
        world.wait(timedelta(minutes=1))
        world.drain()

        assert "nobody is wired" in world.only_delivery().error


@contextmanager
def dying(database, monkeypatch, *, at, before_commit):
    """The process dies in its transaction number `at`: before it begins, or just before it ends."""
    transaction, seen = database.transaction, [0]

    @contextmanager
    def mortal():
        seen[0] += 1
        if seen[0] == at and not before_commit:
            raise Killed
        with transaction() as session:
            yield session
            if seen[0] == at:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", mortal)
        yield


class TestDying:
    # fan-out, lease, settle, lease, settle, and the look for a third that finds none
    @pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
    @pytest.mark.parametrize("before_commit", [False, True])
    def test_at_any_step_loses_nothing_and_repeats_no_subscriber(
        self, world, monkeypatch, at, before_commit
    ):
        world.subscribers, world.tasks = [count], [outside := Outside()]
        event = world.record()
        with (
            dying(world.database, monkeypatch, at=at, before_commit=before_commit),
            pytest.raises(Killed),
        ):
            world.drain()

        world.wait(LEASE)
        world.drain()

        assert world.effects(event) == 1
        assert len(outside.calls) in {1, 2}
        assert [each.state for each in world.deliveries()] == ["done", "done"]

    def test_in_a_task_gives_the_next_worker_its_turn_after_the_lease(self, world):
        world.tasks = [outside := Outside(failures=1, error=Killed())]
        world.record()
        with pytest.raises(Killed):
            world.drain()

        world.wait(LEASE / 2)
        world.drain()
        assert len(outside.calls) == 1

        world.wait(LEASE / 2)
        world.drain()
        assert len(outside.calls) == 2
        assert world.only_delivery().state == "done"

    def test_every_time_ends_as_a_failure_too(self, world):
        world.tasks = [outside := Outside(failures=99, error=Killed())]
        world.record()
        for _ in range(ATTEMPTS_MAX + 3):
            with suppress(Killed):
                world.drain()
            world.wait(LEASE)

        assert len(outside.calls) == ATTEMPTS_MAX
        assert world.only_delivery().state == "failed"
        assert world.only_delivery().error

    def test_slowly_does_not_undo_what_another_worker_did_meanwhile(self, world):
        """A task outlives its lease, a second worker finishes, then the first comes back."""
        calls = []

        def slow(context, event):
            calls.append(event)
            if len(calls) == 1:
                world.wait(LEASE)
                world.drain()
                raise TimeoutError

        world.tasks = [slow]
        world.record()
        world.drain()

        assert len(calls) == 2
        assert world.only_delivery().state == "done"


class TestTwoWorkers:
    def test_do_not_deliver_twice(self, real_url, tmp_path):
        outside, start = Outside(), threading.Barrier(2)
        databases = [Database(settings_for(real_url, tmp_path)) for _ in range(2)]
        clock = datetime.now(UTC)
        worlds = [World(each, clock, subscribers=[count], tasks=[outside]) for each in databases]
        events = [worlds[0].record() for _ in range(30)]

        def labour(each):
            start.wait()
            each.drain()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(labour, worlds))

        assert [worlds[0].effects(event) for event in events] == [1] * 30
        assert sorted(str(event.lot_id) for event in outside.calls) == sorted(
            str(event.lot_id) for event in events
        )
        for database in databases:
            database.close()


class TestJobs:
    def test_run_when_their_time_has_come(self, world):
        moments = []
        sweep = Job(name="sweep", every=timedelta(hours=1), run=lambda _, at: moments.append(at))
        world.jobs = [sweep]
        for _ in range(3):
            world.drain()
            world.wait(timedelta(minutes=40))

        assert moments == [
            world.clock - timedelta(minutes=120),
            world.clock - timedelta(minutes=40),
        ]

    @pytest.mark.usefixtures("quiet")
    def test_that_fail_come_again_soon_and_stop_no_other(self, world):
        ran = []

        def stumble(_context, _now):
            ran.append("stumble")
            if ran.count("stumble") == 1:
                raise ValueError("a bug")

        day = timedelta(days=1)
        world.jobs = [
            Job(name="stumble", every=day, run=stumble),
            Job(name="other", every=day, run=lambda *_: ran.append("other")),
        ]
        world.drain()
        world.wait(timedelta(minutes=1))
        world.drain()

        assert ran == ["stumble", "other", "stumble"]


class TestRunning:
    def test_goes_on_after_a_bad_round_and_stops_when_told(self, world, monkeypatch, caplog):
        monkeypatch.setattr(worker, "IDLE_SECONDS", 0.001)
        stop, rounds = threading.Event(), []

        def faulty(_context):
            rounds.append(1)
            if len(rounds) == 1:
                raise OSError("the database is away")
            stop.set()
            return False

        monkeypatch.setattr(worker, "work", faulty)
        worker.run(world.context, stop=stop)

        assert len(rounds) == 2
        assert "worker round failed" in caplog.text
