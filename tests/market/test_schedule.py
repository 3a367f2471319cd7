"""Work that comes round comes once per interval, whoever gets to it first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from market import worker
from market.worker import Job

HOUR = timedelta(hours=1)


def job(name="sweep", every=HOUR):
    return Job(name=name, every=every, run=lambda _context, _now: None)


def due(session, now, *jobs):
    return [each.name for each in worker.due_jobs(session, jobs or [job()], now=now)]


class TestJobs:
    def test_are_due_when_they_are_new(self, session, now):
        assert due(session, now, job("sweep"), job("rebuild")) == ["sweep", "rebuild"]

    def test_come_once_per_interval(self, session, now):
        moments = [now, now, now + HOUR / 2, now + HOUR, now + HOUR, now + 2 * HOUR]

        assert [len(due(session, moment)) for moment in moments] == [1, 0, 0, 1, 0, 1]

    def test_do_not_catch_up_on_what_was_missed(self, session, now):
        due(session, now)

        assert due(session, now + 9 * HOUR) == ["sweep"]
        assert due(session, now + 9 * HOUR) == []

    def test_come_again_when_the_clock_was_far_ahead(self, session, now):
        due(session, now + timedelta(days=400))

        assert due(session, now) == ["sweep"]

    def test_go_to_one_worker_alone(self, real_database, now):
        def claim(_):
            with real_database.transaction() as session:
                return len(due(session, now))

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(claim, range(8))) == 1


class TestFailing:
    @pytest.mark.parametrize(
        ("every", "comes_again"),
        [(HOUR, timedelta(minutes=1)), (timedelta(seconds=10), timedelta(seconds=10))],
    )
    def test_comes_again_after_a_minute_at_most(self, session, now, every, comes_again):
        failed = job(every=every)
        due(session, now, failed)
        worker.hasten(session, failed, now=now)

        assert due(session, now + comes_again / 2, failed) == []
        assert due(session, now + comes_again, failed) == ["sweep"]
