"""`market check`: everything that an operator wants to be sure of, each problem in one line."""

from contextlib import closing

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import migrations
from market import inventory, ledger
from market.config import Settings
from market.db import Database
from payments import collecting


def problems(settings: Settings) -> list[str]:
    """What is wrong with the database, its schema, the books or the stock, a line each."""
    with closing(Database(settings)) as database:
        return _found(database)


def _found(database: Database) -> list[str]:
    try:
        current = migrations.current(database.read_engine)
    except SQLAlchemyError as error:
        return [f"the database does not answer: {error.__class__.__name__}"]
    if current != migrations.head():
        return [f"the database stands at {current or 'nothing'}, not {migrations.head()}"]
    with database.reading() as session:
        return [*ledger.problems(session), *collecting.stuck(session), *_stock(session)]


def _stock(session: Session) -> list[str]:
    return [
        f"cell {resource_id}/{bucket} differs from its claims"
        for resource_id, bucket in inventory.drift(session)
    ]
