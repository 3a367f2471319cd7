"""Cards in the order of a shelf: live offers, newest first, narrowed by what was asked for.

A card has a title in the reader's language, the seller, a photo and what is left.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select, Uuid, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from catalog import categories
from catalog.models import AudioNote, Experience, Listing, ListingLot, Photo
from market import NotFound, portable
from market.accounts import Actor, Organisation
from market.db import UtcDateTime
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.portable import Asker, instant_of, uuid_of
from market.texts import ContentText, Origin

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Kind: TypeAlias = type[Listing] | type[Experience]
Key: TypeAlias = tuple[datetime, UUID]
OWN_MAX = 200
LAST = tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid()))


def left_of(listing_id: Column) -> Column:
    """What is free of all lots of a listing, in 10^-scale of its unit."""
    its = select(sa.cast(func.coalesce(func.sum(FREE), 0), sa.BigInteger)).select_from(ListingLot)
    lots = its.join(Cell, sa.and_(Cell.resource_id == ListingLot.lot_id, Cell.bucket == 0))
    return lots.where(ListingLot.listing_id == listing_id).scalar_subquery()


def photo_of(subject_id: Column) -> Column:
    """The id of the first photo."""
    first = aliased(Photo)  # a full page joins all photos beside this one
    its = select(first.id).where(first.subject_id == subject_id)
    return its.order_by(first.position, first.id).limit(1).scalar_subquery()


def carded(table: Any, *columns: Any) -> Select[Any]:
    """The twelve columns of every card, then those given; the title is in `lang`, or as written."""
    its = select(
        table.id.label("id"),
        table.category_code,
        table.unit_code,
        table.unit_minor.label("price_minor"),
        table.currency,
        table.listed_at.label("listed_at"),
        Organisation.id.label("seller_id"),
        Organisation.name.label("seller_name"),
        Organisation.verified_at.is_not(None).label("seller_verified"),
        photo_of(table.id).label("photo_id"),
    )
    sold = its.select_from(table).join(Organisation, Organisation.id == table.seller_id)
    return worded(sold, table.id, "title").add_columns(*columns)


class InFull:
    """One offer on its own page: a live one for everybody, one's own at any stage."""

    def __init__(self, card: Select[Any], kind: Any, *columns: Column) -> None:
        self._what = kind.__tablename__
        self._any = (
            worded(card, kind.id, "description")
            .add_columns(*columns, kind.state, kind.updated_at, kind.source_lang, kind.marks)
            .add_columns(Photo.id.label("picture_id"), Photo.width, Photo.height)
            .add_columns(Photo.placeholder, Photo.caption)
            .add_columns(AudioNote.id.label("note_id"), AudioNote.ending, AudioNote.milliseconds)
            .outerjoin(Photo, Photo.subject_id == kind.id)
            .outerjoin(AudioNote, AudioNote.subject_id == kind.id)
            .where(kind.id == bindparam("id"))
            .order_by(Photo.position, Photo.id)
        )
        self._live = self._any.where(kind.is_live)
        self._own = self._any.where(kind.seller_id.in_(bindparam("sellers", expanding=True)))

    def rows(self, connection: Connection, actor: Actor, **given: Any) -> tuple[Any, list[Any]]:
        """Its row for the bound `id`, `lang` and `now`, and its photos; raises NotFound."""
        rows = connection.execute(self._live, given).all()
        if not rows and actor.seller_ids:
            rows = connection.execute(self._own, {**given, "sellers": list(actor.seller_ids)}).all()
        if not rows and actor.oversees:
            rows = connection.execute(self._any, given).all()
        if not rows:
            raise NotFound(what=self._what)
        return rows[0], [row for row in rows if row.picture_id is not None]


def standing(table: Any, left: ColumnElement[Any]) -> Select[Any]:
    """What changes without the card, and the versions that tell whether the card did."""
    its = select(table.id, *versions(table), table.listed_at, left).select_from(table)
    return its.join(Organisation, Organisation.id == table.seller_id)


def versions(table: Any) -> tuple[Column, Column]:
    """Of the offer and of its seller: every change of what a card says makes a new one."""
    return table.version, Organisation.version.label("seller_version")


def worded(statement: Select[*tuple[Any, ...]], subject_id: Column, field: str) -> Select[Any]:
    """Add a text field and the language it is in, as `<field>` and `<field>_lang`."""
    asked, source = aliased(ContentText), aliased(ContentText)

    def of_source(column: Column) -> Column:
        """Looked for only where there is nothing in the language that was asked for."""
        its = select(column).where(source.subject_id == subject_id, source.field == field)
        return its.where(source.origin == Origin.SOURCE).scalar_subquery()

    same = (asked.subject_id == subject_id) & (asked.field == field)
    return statement.add_columns(
        func.coalesce(asked.body, of_source(source.body)).label(field),
        func.coalesce(asked.lang, of_source(source.lang)).label(f"{field}_lang"),
    ).outerjoin(asked, same & (asked.lang == bindparam("lang")))


def called(row: Any) -> str:
    """What is booked: the `title` of its experience, and the name of the `option` if it has one."""
    return f"{row.title} · {row.option}" if row.option else str(row.title)


def narrowed(*, after: Key | None = None, **wanted: Any) -> dict[str, Any]:
    """What is bound: `category` (it and all below), `commune`, `seller_id`, and where to go on.

    Raises UnknownCategory.
    """
    if wanted.get("category") is not None:
        categories.get(wanted["category"])
    if after is not None:
        wanted |= {"after_at": after[0], "after_id": after[1]}
    return {name: it for name, it in wanted.items() if it is not None}


def place(row: Any) -> Key:
    """Where a card stands in the order: the key after which the next page begins."""
    return _key(row.listed_at, row.id)


@lru_cache(maxsize=1024)
def _key(listed_at: datetime | str, offer_id: UUID | str) -> Key:
    return instant_of(listed_at), uuid_of(offer_id)


class Shelf(NamedTuple):
    """The live offers of a kind, newest first: their cards, or their versions and what is left.

    Its seller sees those at every stage, with what is in `own`.
    """

    kind: Kind
    card: Select[Any]
    standing: Select[Any]
    own: Select[Any]

    def rows(
        self, connection: Asker, narrowed: dict[str, Any], limit: int, **given: Any
    ) -> list[Any]:
        """Their cards in the language given as `lang`, else their versions, as of `now`."""
        columns = self.card if "lang" in given else self.standing
        category, names = narrowed.get("category"), frozenset(narrowed)
        statement = _ordered(columns, self.kind, category, names, limit)
        return portable.fast_rows(connection, statement, narrowed | given)

    def of_seller(self, connection: Connection, **given: Any) -> Sequence[Any]:
        """All of the `seller_id`, newest first, in the language given as `lang`, as of `now`."""
        mine = self.own.where(self.kind.seller_id == bindparam("seller_id"))
        newest = mine.order_by(self.kind.id.desc()).limit(OWN_MAX)
        return connection.execute(newest, given).all()


@lru_cache(maxsize=512)
def _ordered(
    columns: Select[Any], kind: Kind, category: str | None, names: frozenset[str], limit: int
) -> Select[Any]:
    """The offers of the category that meet the conditions bound under these names."""
    conditions = {
        "commune": kind.unit_code == bindparam("commune"),
        "seller_id": kind.seller_id == bindparam("seller_id"),
        "after_at": tuple_(kind.listed_at, kind.id) < LAST,
    }
    wanted = [condition for name, condition in conditions.items() if name in names]
    if category is not None:
        wanted.append(kind.category_code.in_(categories.branch(category)))
    statement = columns.where(kind.is_live, *wanted)
    return statement.order_by(kind.listed_at.desc(), kind.id.desc()).limit(limit + 1)
