"""From the schema of an earlier version of this program to that of the present one."""

from collections.abc import Callable

import migrations
from catalog import search
from market import clock, rates
from market.db import Database


def upgrade(database: Database, *, say: Callable[[str], None]) -> None:
    """Bring a database to the newest schema, and what can be found with it."""
    before = migrations.current(database.write_engine)
    migrations.upgrade(database.write_engine)
    with database.transaction() as session:
        rates.seed(session, now=clock.now())
    if before not in {None, migrations.head()}:
        say(f"{search.mend(database)} offers indexed anew")
    say(f"database at {migrations.head()} (was {before or 'empty'})")
