"""`market check`: everything that an operator wants to be sure of, each problem in one line."""

from contextlib import closing

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api import logs
from market import Database, config, inventory, ledger, outbox
from payments import collecting


def problems(settings: config.Settings) -> list[str]:
    """What is wrong with the database, its schema, the books or the stock, a line each."""
    with closing(Database(settings)) as database:
        return [*_outside(settings), *_found(database)]


def ledger_audit(settings: config.Settings) -> ledger.queries.Audit:
    """The whole ledger, added up again."""
    with closing(Database(settings)) as database, database.reading() as session:
        return ledger.queries.audit(session)


def of_the_books(session: Session) -> list[str]:
    """What an auditor would object to: in the ledger, the stock, and what was never delivered."""
    drift = inventory.drift(session)
    stock = (f"cell {cell[0]}/{cell[1]} differs from its claims" for cell in drift)
    books = [*ledger.problems(session), *collecting.stuck(session)]
    return [*books, *stock, *_undelivered(session)]


def _outside(settings: config.Settings) -> list[str]:
    """What the market leans on beside its database."""
    if not settings.redis_url:
        return []
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError as error:
        return [f"redis does not answer: {type(error).__name__}"]
    return []


def _found(database: Database) -> list[str]:
    import migrations  # alembic is only needed here; the worker's nightly audit is not

    try:
        current = migrations.current(database.read_engine)
    except SQLAlchemyError as error:
        return [f"the database does not answer: {error.__class__.__name__}"]
    if current != migrations.head():
        return [f"the database stands at {current or 'nothing'}, not {migrations.head()}"]
    with database.reading() as session:
        return of_the_books(session)


def _undelivered(session: Session) -> list[str]:
    """Events whose receivers gave up, by receiver."""
    told = outbox.OutboxDelivery
    failed = select(told.subscriber, func.max(told.error)).where(told.state == "failed")
    found = session.execute(failed.group_by(told.subscriber).order_by(told.subscriber))
    return [f"{name} gave up: {logs.redacted(why or '')}" for name, why in found]
