"""Engines, the declarative base with its types, and the two ways to a session."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar, Unpack, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import Dialect, Engine, Select, Table, Text, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column
from sqlalchemy.sql.dml import Delete, Update
from sqlalchemy.types import BigInteger, TypeDecorator

from market import portable
from market.config import Settings
from market.errors import Busy, MarketError

Row = TypeVar("Row")
Thing = TypeVar("Thing", bound="Base")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware on the way out (SQLite forgets the zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, the same on both databases; never searched in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """From text."""
        return None if value is None else orjson.loads(value)


# SQLite numbers its rows only where the key is declared INTEGER.
Serial = BigInteger().with_variant(sa.Integer(), "sqlite")


class Base(DeclarativeBase):
    """The one metadata; a table is named as its class, `OrderLine` → `order_line`, or as it says.

    On SQLite it is kept by its key, unless it numbers its rows itself.
    """

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, int: BigInteger, str: Text}  # noqa: RUF012

    def __init_subclass__(cls, **options: Any) -> None:
        named = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.__tablename__ = cls.__dict__.get("__tablename__", named)
        super().__init_subclass__(**options)
        table = table_of(cls)
        table.dialect_options["sqlite"]["with_rowid"] = table.autoincrement_column is not None


class Identified:
    """What is known by an id of ours, for a table's class."""

    id: Mapped[UUID] = mapped_column(primary_key=True)


class Created:
    """What says when it was made, for a table's class."""

    created_at: Mapped[datetime]


class Versioned:
    """What is changed by many, and counts its changes, for a table's class."""

    version: Mapped[int] = mapped_column(default=1)


class Database:
    """A database as a writer and a reader; who only answers requests has writes planned once."""

    def __init__(self, settings: Settings, *, plans_once: bool = False) -> None:
        its: Any = {"durability": settings.durability, "plans_once": plans_once}
        self.write_engine: Engine = portable.engine_for(settings.database_url, **its)
        read_url = settings.replica_url or settings.database_url
        self.read_engine: Engine = portable.read_engine_for(read_url)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that is committed at the end; a refusal undoes it, unless it `keeps`."""
        with _refusing(), portable.write_turn(self.write_engine), self._writer() as session:
            try:
                yield session
            except MarketError as refusal:
                if refusal.keeps:
                    session.commit()
                raise
            session.commit()

    def run(self, verb: Callable[..., Row], **said: Any) -> Row:
        """What a verb answers, in a transaction of its own."""
        with self.transaction() as session:
            return verb(session, **said)

    def reading(self) -> Session:
        """A session that only asks."""
        return Session(self.read_engine)

    def asking(self) -> AbstractContextManager[portable.Asker]:
        """A connection for the hottest questions, which `portable.fast_rows` asks."""
        return portable.Asking(self.read_engine)

    def _writer(self) -> Session:
        return Session(self.write_engine)

    def close(self) -> None:
        """Give every connection back."""
        self.write_engine.dispose()
        self.read_engine.dispose()


def table_of(model: type[Base]) -> Table:
    """The table behind a model: its statements are quicker to make than those of the class."""
    return cast("Table", model.__table__)


def columns_of(row: Base) -> dict[str, Any]:
    """What a row says, by column."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def insert_rows(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows past the identity map; what is left out has its default."""
    batch = portable.Batch(session)
    batch.add(model, *rows)
    batch.write(session)


def inserted(session: Session, row: Thing) -> Thing | None:
    """The row as it was kept, or None where one with its key stands already.

    What it leaves out has its default.
    """
    said = {name: value for name, value in columns_of(row).items() if value is not None}
    if not portable.insert_new(session, type(row), **said):
        return None
    return session.get_one(type(row), [said[each.key] for each in table_of(type(row)).primary_key])


def took_effect(session: Session, guarded: Update | Delete) -> bool:
    """Whether an UPDATE or DELETE, narrowed by its guard, met a row."""
    return session.execute(guarded.returning(sa.literal_column("1"))).first() is not None


def changed(session: Session, row: Base, *guards: Any, **values: Any) -> bool:
    """Change a row, and its version, where the guards hold; whether they did. It is read anew."""
    table: Any = type(row)
    if "version" in table.__table__.c:
        values["version"] = table.version + 1
    changing = update(table).where(table.id == cast("Any", row).id, *guards).values(**values)
    fresh = {"synchronize_session": False, "populate_existing": True}
    done = session.scalars(changing.returning(table), execution_options=fresh).first() is not None
    if not done:
        session.refresh(row)
    return done


def grouped(
    session: Session, rows: Select[Thing], by: InstrumentedAttribute[Any], ids: Iterable[UUID]
) -> dict[UUID, list[Thing]]:
    """The things of several owners at once, each owner's in the order of the rows."""
    found: dict[UUID, list[Thing]] = {owner: [] for owner in ids}
    for each in session.scalars(rows.where(by.in_(found))):
        found[getattr(each, by.key)].append(each)
    return found


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """An index of the rows of which the SQL condition is true; `uq_…` holds each value once."""
    condition = sa.text(where)
    only: dict[str, Any] = {"sqlite_where": condition, "postgresql_where": condition}
    return sa.Index(name, *columns, unique=name.startswith("uq_"), **only)


def by_id(session: Session, model: type[Thing], ids: Iterable[UUID | None]) -> dict[Any, Thing]:
    """The things of these ids that there are; there is none of None."""
    wanted: Any = model
    known = {each for each in ids if each is not None}
    found = session.scalars(select(wanted).where(wanted.id.in_(known))) if known else ()
    return {each.id: each for each in found}


class Paged(TypedDict, total=False):
    """Which page of a list: it begins behind the key `after`; one row more than `limit` is told."""

    after: Any
    limit: int


def newest_first(
    session: Session, rows: Select[Row], *key: InstrumentedAttribute[Any], **page: Unpack[Paged]
) -> list[Row]:
    """The rows of a page by a key that ends in their id."""
    after, limit = page.get("after"), page.get("limit", 20)
    if after is not None:
        rows = rows.where((sa.tuple_(*key) if len(key) > 1 else key[0]) < after)
    ordered = rows.order_by(*(column.desc() for column in key))
    return list(session.scalars(ordered.limit(limit + 1)))


def in_batches(database: Database, rows: Any, key: Any, size: int) -> Iterator[Sequence[Any]]:
    """Rows by the id in their first column, so many at a time, each time asked for anew."""
    last = UUID(int=0)
    while True:
        with database.reading() as session:
            some = session.execute(rows.where(key > last).order_by(key).limit(size)).all()
        if some:
            yield some
        if len(some) < size:
            return
        last = some[-1][0]


@contextmanager
def _refusing() -> Iterator[None]:
    """Let the want of a lock be a refusal like any other."""
    try:
        yield
    except DBAPIError as error:
        if portable.is_busy(error):
            raise Busy(retry_after_seconds=1) from error
        raise
