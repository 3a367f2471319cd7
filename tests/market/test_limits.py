"""Limits count every use, the refused ones too, whoever asks at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market import limits
from market.errors import Kind
from market.limits import LimitCounter, TooMany

HOUR = timedelta(hours=1)


def take(session, now, key="codes:+84900000001", most=3):
    limits.take(session, key=key, most=most, window=HOUR, now=now)


def used(session, since):
    counts = select(func.sum(LimitCounter.count)).where(
        LimitCounter.key == "codes:+84900000001", LimitCounter.window_start >= since
    )
    return session.scalar(counts)


class TestTaking:
    def test_refuses_the_one_after_the_last(self, session, now):
        for _ in range(3):
            take(session, now)

        with pytest.raises(TooMany) as refusal:
            take(session, now)
        assert (refusal.value.code, refusal.value.kind) == ("too_many", Kind.TOO_MANY)

    def test_says_when_the_window_ends(self, session, now):
        with pytest.raises(TooMany) as refusal:
            take(session, now + timedelta(minutes=20, seconds=0.5), most=0)

        assert refusal.value.facts == {"retry_after_seconds": 40 * 60}

    def test_begins_anew_in_the_next_window(self, session, now):
        for _ in range(3):
            take(session, now)

        take(session, now + HOUR)

    def test_counts_each_key_for_itself(self, session, now):
        for _ in range(3):
            take(session, now)

        take(session, now, key="codes:+84900000002")

    def test_keeps_the_count_of_what_it_refused(self, real_database, now):
        for _ in range(2):
            with pytest.raises(TooMany), real_database.transaction() as session:
                take(session, now, most=0)

        with real_database.reading() as session:
            assert used(session, since=now - HOUR) == 2

    def test_lets_exactly_as_many_through_when_all_come_at_once(self, real_database, now):
        def attempt(_):
            try:
                with real_database.transaction() as session:
                    take(session, now, most=5)
            except TooMany:
                return False
            return True

        with ThreadPoolExecutor(12) as pool:
            assert sum(pool.map(attempt, range(20))) == 5


class TestForgetting:
    def test_drops_the_windows_of_long_ago_only(self, session, now):
        take(session, now - 5 * HOUR)
        take(session, now)

        limits.forget(session, before=now - 2 * HOUR)

        assert used(session, since=now - 9 * HOUR) == 1
