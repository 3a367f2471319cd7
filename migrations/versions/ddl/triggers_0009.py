"""From 0009 on a booking may go to another departure: from which one is in its order's events."""

from sqlalchemy import Connection

from migrations.versions.ddl import triggers_0007


def loosen(connection: Connection) -> None:
    """Sums and seats stay fixed; a line's departure does not."""
    kept = tuple(column for column in triggers_0007.LINE if column != "departure_id")
    triggers_0007.fix(connection, {"order_line": kept})


def tighten(connection: Connection) -> None:
    """As it was in 0007."""
    triggers_0007.fix(connection, {"order_line": triggers_0007.LINE})
