"""The schema goes up, down and up again the same, and keeps every guard that the models promise."""

import pytest
from sqlalchemy import Connection, Engine, column, inspect, literal, select, table
from sqlalchemy.orm import Session

import migrations
from catalog.models import MediaUse, Photo
from market import portable
from market.ids import uuid7

APPEND_ONLY = (
    "audit_entry",
    "bank_allocation",
    "bank_line",
    "dispute",
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
    "lot_event",
    "order_",
    "order_event",
    "order_line",
    "payment",
    "payment_attempt",
    "provider_event",
    "rate_rule",
    "refund",
    "remittance",
    "scan",
    "stock_movement",
    "weighing",
)
CHANGES = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}
LEDGER = ("ledger_entry_sealed", "ledger_posting_seal")

POSTGRESQL_SCHEMA = """
  SELECT 'column', table_name, column_name,
    concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'index', tablename, indexname, indexdef
    FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'function', '', proname, prosrc
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


@pytest.fixture
def empty(templates):
    """An engine of a database in which nothing was ever made."""
    engine = portable.engine_for(templates.fresh_url(migrated=False))
    yield engine
    engine.dispose()


def schema(engine: Engine) -> set[tuple[str, ...]]:
    """Everything that was ever created, as the database itself tells it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT type, tbl_name, name, sql FROM sqlite_master")
        else:
            rows = connection.exec_driver_sql(POSTGRESQL_SCHEMA)
        return {tuple(row) for row in rows if "alembic_version" not in (row[1], row[2])}


def guards(connection: Connection) -> set[tuple[str, str]]:
    """The CHECKs of every table, which Alembic's own comparison leaves out."""
    inspector = inspect(connection)
    return {
        (table, f"{check['name']}: {check['sqltext']}")
        for table in migrations.metadata().tables
        for check in inspector.get_check_constraints(table)
    }


class TestTheSchema:
    def test_is_the_same_after_up_down_and_up(self, empty):
        migrations.upgrade(empty)
        first = schema(empty)
        migrations.downgrade(empty)
        between = schema(empty)
        migrations.upgrade(empty)

        assert between == set()
        assert first == schema(empty)
        assert migrations.current(empty) == migrations.head()

    def test_has_nothing_that_the_models_lack_nor_lacks_what_they_have(self, shared):
        assert migrations.drift(shared.write_engine) == []

    def test_has_every_check_of_the_models(self, shared, empty):
        with empty.begin() as connection:
            migrations.metadata().create_all(connection)
            promised = guards(connection)
        with shared.write_engine.connect() as connection:
            assert guards(connection) == promised

    def test_has_exactly_the_triggers_it_should(self, shared, engine_name):
        sealed = {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in CHANGES[engine_name]}

        with shared.write_engine.connect() as connection:
            found = [name for name in triggers(connection) if "search" not in name]
        assert found == sorted({*sealed, *LEDGER})

    def test_upgraded_twice_is_the_same(self, empty):
        migrations.upgrade(empty)
        first = schema(empty)
        migrations.upgrade(empty)

        assert first == schema(empty)


class TestAMarketWithGoods:
    def test_keeps_its_photos_and_counts_them(self, empty, now):
        migrations.upgrade(empty, "0001")
        seller, listing, visit = uuid7(), uuid7(), uuid7()
        ids = {"id": visit, "resource_id": visit, "seller_id": seller}
        with empty.begin() as connection:
            put(connection, "organisation", **FARM, id=seller, created_at=now)
            put(connection, "listing", **GOODS, id=listing, seller_id=seller, **made(now))
            put(connection, "resource", id=visit, kind="seats", owner_id=seller)
            put(connection, "experience", **VISIT, **ids, **made(now))
            for subject_id in (listing, listing, visit):
                put(connection, "photo", **PHOTO, id=uuid7(), subject_id=subject_id, created_at=now)

        migrations.upgrade(empty)

        with Session(empty) as session:
            photos = session.scalars(select(Photo)).all()
            use = session.get_one(MediaUse, seller)
        assert [(photo.caption, photo.size_bytes) for photo in photos] == [(None, 0)] * 3
        assert (use.files, use.size_bytes) == (3, 0)
        migrations.downgrade(empty, "0001")
        with empty.connect() as connection:
            assert len(connection.exec_driver_sql("SELECT id FROM photo").all()) == 3


FARM = {
    "kind": "farm",
    "name": "Vườn",
    "unit_code": "24778",
    "payment_mode": "direct",
    "version": 1,
}
OFFER = {"state": "live", "unit_code": "24778", "currency": "VND", "source_lang": "vi"}
GOODS = OFFER | {
    "category_code": "tea",
    "unit": "KGM",
    "scale": 3,
    "increment": 500,
    "minimum": 500,
    "price_minor": 100_000,
}
VISIT = OFFER | {
    "category_code": "experience.farm",
    "duration_minutes": 60,
    "cutoff_minutes": 60,
    "adult_minor": 100_000,
}
PHOTO = {"position": 0, "digest": "0", "width": 1, "height": 1}


def made(now):
    return {"created_at": now, "updated_at": now, "version": 1}


def put(connection, name, /, **values):
    """A row of a table as it was then."""
    into = table(name, *map(column, values))
    given = {key: literal(value) for key, value in values.items()}
    connection.execute(into.insert().values(given))


def triggers(connection: Connection) -> list[str]:
    """The names of the database's triggers, sorted."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        rows = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    return sorted(str(row[0]) for row in rows)
