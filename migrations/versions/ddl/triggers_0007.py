"""From 0007 on an order may go to another seller: whose it is, and from what, is in its events."""

from collections.abc import Mapping

from sqlalchemy import Connection

from market import portable
from migrations.versions.ddl import triggers_0001

AGREED = tuple(column for column in triggers_0001.FIXED["order_"] if column != "seller_id")
LINE = (
    "order_id",
    "position",
    "kind",
    "departure_id",
    "category_code",
    "title",
    "quantity",
    "scale",
    "unit",
    "price_minor",
    "amount_minor",
    "currency",
    "commission_minor",
    "cooperative_minor",
)


def loosen(connection: Connection) -> None:
    """Sums stay fixed; the seller of an order, and a line's listing and snapshot, do not."""
    fix(connection, {"order_": AGREED, "order_line": LINE})


def tighten(connection: Connection) -> None:
    """As it was in 0001."""
    fix(connection, {"order_": triggers_0001.FIXED["order_"], "order_line": ()})


def fix(connection: Connection, fixed: Mapping[str, tuple[str, ...]]) -> None:
    """Of which columns each table refuses changes."""
    for table, columns in fixed.items():
        name, only = f"{table}_no_update", f" OF {', '.join(columns)}" if columns else ""
        portable.ddl(
            connection,
            sqlite=f"DROP TRIGGER {name}",
            postgresql=f"DROP TRIGGER {name} ON {table}",
        )
        portable.ddl(
            connection,
            sqlite=f"CREATE TRIGGER {name} BEFORE UPDATE{only} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'append_only'); END",
            postgresql=f"CREATE TRIGGER {name} BEFORE UPDATE{only} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION append_only()",
        )
