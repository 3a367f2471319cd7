"""One row for everything that can be found, in the order in which it is found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, synonym

from market.db import Base, Serial

SCORE_MAX = 2**31 - 1


class SearchTerm(Base):
    """How many offers have a word, or two of a title, or (under no word) what narrows a search."""

    folded: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class SearchDocument(Base):
    """A live offer and its words; `rank_key` rises from what is shown first to what is shown last.

    The high half of the key is the rank (the lower the better), the low half the row's own number,
    so that no two are equal and both databases keep the same order. `id` and `unit_minor` are the
    offer's, as cards ask for them. `name_key` is the place of its title in the alphabet, `harvest`
    its months and `marks` their codes, with blanks between.
    """

    __table_args__ = (
        Index("ix_search_document_price", "price_minor", "rank_key"),
        Index("ix_search_document_name", "name_key", "rank_key"),
    )

    number: Mapped[int] = mapped_column(Serial, primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(unique=True)
    id: Mapped[UUID] = synonym("subject_id")
    kind: Mapped[str]
    rank: Mapped[int]
    rank_key: Mapped[int] = mapped_column(
        Computed("rank * 65536 * 65536 + number", persisted=True), unique=True
    )
    category_code: Mapped[str]
    unit_code: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    seller_kind: Mapped[str]
    harvest: Mapped[str]
    marks: Mapped[str] = mapped_column(server_default="")
    price_minor: Mapped[int]
    unit_minor: Mapped[int] = synonym("price_minor")
    currency: Mapped[str]
    unit: Mapped[str]
    scale: Mapped[int]
    listed_at: Mapped[datetime]
    name_key: Mapped[bytes] = mapped_column(LargeBinary)
    tokens: Mapped[str]
