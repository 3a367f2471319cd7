"""What the database refuses from 0005 on: edited notifications, allocations, and sums of money."""

from sqlalchemy import Connection

from market import portable
from migrations.versions.ddl import triggers_0001

APPEND_ONLY = ("bank_allocation", "provider_event")
FIXED = {
    "payment": ("group_id", "beneficiary_id", "rail", "amount_minor", "currency", "memo"),
    "payment_attempt": ("payment_id", "provider", "amount_minor", "currency", "manual"),
    "refund": ("payment_id", "order_id", "rail", "amount_minor", "currency"),
    "dispute": ("attempt_id", "reference", "amount_minor", "currency"),
    "remittance": ("holder_id", "memo", "amount_minor", "currency"),
    "rate_rule": (
        "purpose",
        "position",
        "category_code",
        "seller_kind",
        "seller_id",
        "cooperative_id",
        "basis_points",
        "valid_from",
        "law",
        "article",
    ),
}


def create(connection: Connection) -> None:
    """Put the triggers in place."""
    for table in APPEND_ONLY:
        triggers_0001.refuse_changes(connection, table)
    for table, columns in FIXED.items():
        triggers_0001.refuse_changes(connection, table, only=f" OF {', '.join(columns)}")


def drop(connection: Connection) -> None:
    """Take the triggers away again, so that the tables can go."""
    for table in (*APPEND_ONLY, *FIXED):
        for verb in ("update", "delete"):
            portable.ddl(
                connection,
                sqlite=f"DROP TRIGGER {table}_no_{verb}",
                postgresql=f"DROP TRIGGER {table}_no_{verb} ON {table}",
            )
        portable.ddl(connection, postgresql=f"DROP TRIGGER {table}_no_truncate ON {table}")
