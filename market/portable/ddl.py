"""What only migrations need: DDL in each database's own words."""

from sqlalchemy import Connection


def ddl(connection: Connection, *, sqlite: str = "", postgresql: str = "") -> None:
    """Run the statement written for this connection's database (migrations only)."""
    statement = sqlite if connection.dialect.name == "sqlite" else postgresql
    if statement:
        connection.exec_driver_sql(statement)


def triggers(connection: Connection) -> list[str]:
    """The names of the database's triggers, sorted: a migration must not lose one."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        rows = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    return sorted(str(row[0]) for row in rows)
