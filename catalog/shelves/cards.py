"""What every card shows: a title in the reader's language, the seller, a photo, what is left."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from catalog.models import AudioNote, ListingLot, Photo
from market.accounts import Actor, Organisation
from market.errors import NotFound
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.texts import ContentText, Origin

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


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


def carded(
    table: Any, *columns: Any, subject_id: Column | None = None, price: Any = None
) -> Select[Any]:
    """The twelve columns of every card, then those given; the title is in `lang`, or as written."""
    subject_id = table.id if subject_id is None else subject_id
    price = table.price_minor if price is None else price
    its = select(
        subject_id.label("id"),
        table.category_code,
        table.unit_code,
        price.label("price_minor"),
        table.currency,
        table.listed_at.label("listed_at"),
        Organisation.id.label("seller_id"),
        Organisation.name.label("seller_name"),
        Organisation.verified_at.is_not(None).label("seller_verified"),
        photo_of(subject_id).label("photo_id"),
    )
    sold = its.select_from(table).join(Organisation, Organisation.id == table.seller_id)
    return worded(sold, subject_id, "title").add_columns(*columns)


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

    def rows(self, connection: sa.Connection, actor: Actor, **given: Any) -> tuple[Any, list[Any]]:
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
