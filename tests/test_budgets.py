"""The budget of queries counts what is asked, and only that."""

import pytest
from sqlalchemy import select

from market.worker import ScheduleRun


class TestBudget:
    def test_lets_pass_what_keeps_to_it(self, database, queries):
        with queries.at_most(2) as sent, database.transaction() as session:
            session.execute(select(ScheduleRun.name))
            session.execute(select(ScheduleRun.due_at))

        assert ["name" in sent[0], "due_at" in sent[1]] == [True, True]

    def test_names_every_statement_when_it_is_overdrawn(self, database, queries):
        with (
            pytest.raises(pytest.fail.Exception, match=r"(?s)2 statements, at most 1.*due_at"),
            queries.at_most(1),
            database.reading() as session,
        ):
            session.execute(select(ScheduleRun.name))
            session.execute(select(ScheduleRun.due_at))
