"""The database gives writers their turn, keeps instants whole and refuses writing readers."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from market import portable, turns
from market.db import Database
from market.errors import Busy, MarketError
from market.ids import uuid7
from market.limits import LimitCounter
from market.outbox import OutboxDelivery, OutboxEvent
from tests.databases import settings_for

WINDOW = datetime(2026, 1, 1, tzinfo=UTC)


class Undone(MarketError):
    code = "undone"


class Kept(MarketError):
    code, keeps = "kept", True


def start_counter(database, key="beans", count=0):
    with database.transaction() as session:
        session.execute(insert(LimitCounter).values(key=key, window_start=WINDOW, count=count))


def count_of(database, key="beans"):
    with database.reading() as session:
        return session.scalar(select(LimitCounter.count).where(LimitCounter.key == key))


def raise_to(session, most):
    """Whether one more was taken, never more than `most`."""
    taken = session.execute(
        update(LimitCounter)
        .where(LimitCounter.key == "beans", LimitCounter.count + 1 <= most)
        .values(count=LimitCounter.count + 1)
        .returning(LimitCounter.count)
    )
    return taken.first() is not None


class TestTransactions:
    def test_commit_what_was_done(self, real_database):
        start_counter(real_database, count=3)

        assert count_of(real_database) == 3

    @pytest.mark.parametrize("error", [Undone(), ValueError("a bug")])
    def test_undo_everything_when_refused(self, real_database, error):
        start_counter(real_database)
        with pytest.raises(type(error)), real_database.transaction() as session:
            raise_to(session, 9)
            raise error

        assert count_of(real_database) == 0

    def test_keep_what_was_done_for_a_refusal_that_keeps(self, real_database):
        start_counter(real_database)
        with pytest.raises(Kept), real_database.transaction() as session:
            raise_to(session, 9)
            raise Kept

        assert count_of(real_database) == 1

    def test_leave_other_database_errors_as_they_are(self, real_database):
        start_counter(real_database)
        with pytest.raises(IntegrityError):
            start_counter(real_database)

        start_counter(real_database, key="the next one")

    def test_refuse_a_row_that_points_nowhere(self, real_database):
        stray = OutboxDelivery(event_id=uuid7(), subscriber="x", state="due", next_at=WINDOW)
        with pytest.raises(IntegrityError), real_database.transaction() as session:
            session.add(stray)


class TestReaders:
    def test_cannot_write(self, real_database):
        start_counter(real_database)
        with pytest.raises(DBAPIError), real_database.reading() as session:
            raise_to(session, 9)
            session.commit()

        assert count_of(real_database) == 0

    def test_are_not_kept_waiting_by_a_writer(self, real_database):
        start_counter(real_database)
        with real_database.transaction() as session:
            raise_to(session, 9)

            assert count_of(real_database) == 0
        assert count_of(real_database) == 1


class TestWriters:
    def test_twenty_at_once_sell_exactly_five(self, real_database):
        start_counter(real_database)

        def sell(_):
            with real_database.transaction() as session:
                return raise_to(session, 5)

        with ThreadPoolExecutor(20) as pool:
            sold = list(pool.map(sell, range(20)))

        assert sum(sold) == 5
        assert count_of(real_database) == 5

    def test_in_two_processes_lose_nothing_and_never_fail(self, real_url, tmp_path):
        database = Database(settings_for(real_url, tmp_path))
        start_counter(database)
        both = [process(real_url, tmp_path, COUNT_TO_FIFTY) for _ in range(2)]
        for each in both:
            _, complaints = each.communicate(timeout=60)
            assert (each.returncode, complaints) == (0, "")

        assert count_of(database) == 100
        database.close()

    def test_are_told_to_come_back_when_another_process_does_not_let_go(
        self, real_url, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(turns, "LOCK_SECONDS_MAX", 0.05)
        database = Database(settings_for(real_url, tmp_path))
        start_counter(database)
        other = process(real_url, tmp_path, HOLD_THE_COUNTER)
        assert other.stdout.readline() == "held\n"

        with pytest.raises(Busy) as refusal:
            take_in_short_time(database)
        other.communicate("go on\n", timeout=60)

        assert (refusal.value.code, refusal.value.facts) == (
            "unavailable",
            {"retry_after_seconds": 1},
        )
        take_in_short_time(database)
        assert count_of(database) == 2
        database.close()

    def test_are_told_to_come_back_when_a_thread_does_not_let_go(self, real_database, monkeypatch):
        monkeypatch.setattr(turns, "LOCK_SECONDS_MAX", 0.05)
        start_counter(real_database)
        with ThreadPoolExecutor(1) as pool, real_database.transaction() as session:
            raise_to(session, 9)
            refused = pool.submit(take_in_short_time, real_database).exception(timeout=30)

        assert isinstance(refused, Busy)
        take_in_short_time(real_database)
        assert count_of(real_database) == 2

    def test_who_cannot_open_the_lock_block_nobody(self, tmp_path):
        folder = tmp_path / "gone"
        database = Database(settings_for(f"sqlite:///{folder}/market.db", tmp_path))
        folder.rmdir()
        for _ in range(2):  # a turn that was not given back would make the second one wait
            with pytest.raises(FileNotFoundError), database.transaction():
                pass
        database.close()


def take_in_short_time(database):
    with database.transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        raise_to(session, 200)


def process(url, data, body):
    script = textwrap.dedent(PREAMBLE) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", script, url, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PREAMBLE = """
    import sys
    from pathlib import Path
    from market.db import Database
    from tests.databases import settings_for
    from tests.market.test_db import raise_to
    database = Database(settings_for(sys.argv[1], Path(sys.argv[2])))
"""
COUNT_TO_FIFTY = """
    for _ in range(50):
        with database.transaction() as session:
            raise_to(session, 200)
"""
HOLD_THE_COUNTER = """
    with database.transaction() as session:
        raise_to(session, 200)
        print("held", flush=True)
        sys.stdin.readline()
"""


class TestTypes:
    def test_instants_come_back_aware_and_in_utc(self, session):
        local = datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=7)))
        session.execute(insert(LimitCounter).values(key="k", window_start=local, count=1))

        (kept,) = session.scalars(select(LimitCounter.window_start))

        assert kept == local
        assert kept.utcoffset() == timedelta(0)

    def test_instants_without_a_zone_are_refused(self, session):
        naive = datetime(2026, 11, 24, 12)  # noqa: DTZ001  the mistake itself
        with pytest.raises(StatementError, match="without a zone"):
            session.execute(insert(LimitCounter).values(key="k", window_start=naive, count=1))

    def test_json_comes_back_as_it_was(self, session, now):
        facts = {"a": [1, None, True, 2**53], "chữ": "Đà Lạt"}
        event = OutboxEvent(id=uuid7(), name="x", payload=facts, recorded_at=now)
        session.add(event)
        session.flush()
        session.expire_all()

        assert session.get_one(OutboxEvent, event.id).payload == facts


class TestPortableStatements:
    def test_insert_what_is_new_and_say_so(self, session):
        row = {"key": "k", "window_start": WINDOW, "count": 1}

        assert portable.insert_new(session, LimitCounter, **row)
        assert not portable.insert_new(session, LimitCounter, **row | {"count": 2})
        assert list(session.scalars(select(LimitCounter.count))) == [1]

    def test_add_up_from_nothing(self, session):
        key = {"key": "k", "window_start": WINDOW}

        assert portable.add_up(session, LimitCounter, key, "count", by=2) == 2
        assert portable.add_up(session, LimitCounter, key, "count", by=3) == 5

    def test_lock_a_key_for_one_transaction_at_a_time(self, real_database, engine_name):
        if engine_name == "sqlite":
            with real_database.transaction() as session:
                assert portable.try_lock(session, 7)
            return
        with real_database.transaction() as first, real_database.transaction() as second:
            assert portable.try_lock(first, 7)
            assert not portable.try_lock(second, 7)
            assert portable.try_lock(second, 8)
        with Session(real_database.write_engine) as later:
            assert portable.try_lock(later, 7)
