"""The audit says who, for whom and on whose word, and cannot be edited."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from market import audit
from market.accounts import SYSTEM, Actor, Role
from market.audit import AuditEntry
from market.ids import uuid7


def entries(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()


class TestNotes:
    def test_name_the_one_who_did_it_and_the_facts(self, session, now):
        person, subject = uuid7(), uuid7()
        audit.note(
            session,
            actor=Actor(person_id=person, roles=frozenset({Role.SELLER})),
            verb="listing.paused",
            subject_id=subject,
            now=now,
            days=3,
        )

        (entry,) = entries(session)
        assert (entry.actor_id, entry.verb, entry.subject_id) == (person, "listing.paused", subject)
        assert (entry.at, entry.facts) == (now, {"days": 3})
        assert (entry.mandate_id, entry.acted_for_id) == (None, None)

    def test_name_the_mandate_and_the_principal(self, session, now):
        mandate, farm = uuid7(), uuid7()
        agent = Actor(person_id=uuid7(), seller_ids=frozenset({farm}), mandate_id=mandate)
        audit.note(session, actor=agent, verb="x", subject_id=uuid7(), now=now)

        (entry,) = entries(session)
        assert (entry.mandate_id, entry.acted_for_id) == (mandate, farm)

    def test_of_the_system_name_nobody(self, session, now):
        audit.note(session, actor=SYSTEM, verb="x", subject_id=uuid7(), now=now)

        assert entries(session)[0].actor_id is None

    def test_are_numbered_in_the_order_they_came(self, session, now):
        for verb in ("first", "second", "third"):
            audit.note(session, actor=SYSTEM, verb=verb, subject_id=uuid7(), now=now)

        assert [entry.verb for entry in entries(session)] == ["first", "second", "third"]

    @pytest.mark.parametrize("change", [update(AuditEntry).values(verb="y"), delete(AuditEntry)])
    def test_cannot_be_changed_or_deleted(self, session, now, change):
        audit.note(session, actor=SYSTEM, verb="x", subject_id=uuid7(), now=now)

        with pytest.raises(DBAPIError, match="append_only"):
            session.execute(change)
