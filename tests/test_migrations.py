"""The schema goes up, down and up again the same, and keeps every guard that the models promise."""

import pytest
from sqlalchemy import Connection, Engine, inspect

import migrations
from market import portable

APPEND_ONLY = (
    "audit_entry",
    "bank_line",
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
    "lot_event",
    "order_",
    "order_event",
    "order_line",
    "stock_movement",
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
            found = [name for name in portable.triggers(connection) if "search" not in name]
        assert found == sorted({*sealed, *LEDGER})

    def test_upgraded_twice_is_the_same(self, empty):
        migrations.upgrade(empty)
        first = schema(empty)
        migrations.upgrade(empty)

        assert first == schema(empty)
