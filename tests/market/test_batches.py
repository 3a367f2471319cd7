"""Batches: made ready beforehand, written in one go, kept or refused with their transaction."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from market import portable
from market.accounts.models import Organisation, OrganisationKind
from market.inventory.models import Resource, ResourceKind


def farm(now):
    return {
        "id": uuid4(),
        "kind": OrganisationKind.FARM,
        "name": "Vườn Mây",
        "unit_code": "24787",
        "created_at": now,
    }


class TestABatch:
    def test_writes_rows_of_several_tables_in_their_order(self, session, now):
        batch, owner = portable.Batch(session), farm(now)
        plots = [{"id": uuid4(), "kind": ResourceKind.PRODUCE, "owner_id": owner["id"]}]
        batch.add(Organisation, owner)
        batch.add(Resource, *plots)

        batch.write(session)

        found = session.get_one(Organisation, owner["id"])
        assert (found.name, found.created_at, found.verified_at) == ("Vườn Mây", now, None)
        kept = select(Resource.id).where(Resource.owner_id == owner["id"])
        assert session.scalars(kept).all() == [plots[0]["id"]]

    def test_gives_what_is_left_out_its_default(self, session, now):
        batch, owner = portable.Batch(session), farm(now)
        batch.add(Organisation, owner)

        batch.write(session)

        found = session.get_one(Organisation, owner["id"])
        assert (found.payment_mode, found.version) == ("custody", 1)

    def test_raises_what_the_database_refuses_and_writes_nothing(self, session, now):
        batch, owner = portable.Batch(session), farm(now)
        batch.add(Organisation, owner, owner)

        with pytest.raises(IntegrityError), session.begin_nested():
            batch.write(session)
        assert session.get(Organisation, owner["id"]) is None


class TestTheDriversCursor:
    def test_asks_a_new_connection_after_the_server_closed_the_old(
        self, engine_name, real_database
    ):
        if engine_name == "sqlite":
            pytest.skip("SQLite has no server that could close a connection")
        question = select(Organisation.id).where(Organisation.name == "nobody")
        with real_database.read_engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with real_database.write_engine.begin() as killer:
            killer.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")

        with pytest.raises(DBAPIError), real_database.asking() as connection:
            portable.fast_rows(connection, question, {})
        with real_database.asking() as connection:
            assert portable.fast_rows(connection, question, {}) == []

    @pytest.mark.parametrize(
        "url", ["sqlite:////nowhere/at/all.db", "postgresql://market@127.0.0.1:1/none"]
    )
    def test_tells_of_a_database_that_is_away_as_sqlalchemy_does(self, url, monkeypatch):
        monkeypatch.setattr("pathlib.Path.mkdir", lambda *_, **__: None)
        engine = portable.read_engine_for(url)

        with pytest.raises(OperationalError):
            portable.Asking(engine)

    def test_answers_over_a_light_connection(self, real_database, now):
        with real_database.transaction() as session:
            session.add(Organisation(**farm(now)))
        question = select(Organisation.name).where(Organisation.name == "Vườn Mây")

        with real_database.asking() as connection:
            assert portable.fast_rows(connection, question, {}) == [("Vườn Mây",)]


class TestASession:
    def test_writes_what_it_kept_to_itself_before_a_quick_way_is_taken(self, session, now):
        owner = Organisation(**farm(now))
        session.add(owner)

        row = {"id": uuid4(), "kind": ResourceKind.PRODUCE, "owner_id": owner.id}
        assert portable.insert_new(session, Resource, **row)
