"""What buyers say of what they got, what sellers answer, and what the desk takes down."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalog.search.matching import CARD, Document
from market import audit, cases, notifications, portable, uuid7
from market.accounts import Actor, Organisation, Scope, require_scope
from market.cases.models import Case, CaseKind
from market.db import Base, Created, Identified, changed, inserted, newest_first
from market.errors import FieldInvalid, Kind, MarketError, NotFound, existing
from market.money import half_up
from market.orders import Order, OrderGroup, OrderLine, State, news

WORDS_MAX, STARS_MAX, COUNTED_MAX, KEPT_MAX = 2_000, 5, 1_000, 100


class ReviewState(StrEnum):
    """Shown, or taken down by a decision of the desk."""

    SHOWN = "shown"
    HIDDEN = "hidden"


class Review(Identified, Created, Base):
    """Stars and words about one offer of one completed order, and the seller's answer."""

    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        UniqueConstraint("order_id", "subject_id"),
        Index("ix_review_subject_id", "subject_id", "id"),
        Index("ix_review_seller_id", "seller_id", "id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"))
    subject_id: Mapped[UUID]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    author: Mapped[str]
    stars: Mapped[int]
    body: Mapped[str]
    state: Mapped[str]
    reply: Mapped[str | None]
    replied_at: Mapped[datetime | None]


class Favourite(Created, Base):
    """A listing, visit or seller that somebody wants to find again."""

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)


class NoCompletedOrder(MarketError, code="review.no_completed_order", kind=Kind.CONFLICT):
    """Only who bought it, and got it, says how it was."""


class AlreadyWritten(MarketError, code="review.already_written", kind=Kind.CONFLICT):
    """Of one order an offer is reviewed once."""


class Figures(NamedTuple):
    """How many reviews are shown, and their average in tenths of a star, half up."""

    many: int
    tenths: int


def write(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    subject_id: UUID,
    stars: int,
    body: str,
    now: datetime,
) -> Review:
    """The buyer of a delivered order says how one of its offers was; the seller hears of it."""
    if stars not in range(1, STARS_MAX + 1):
        raise FieldInvalid(field="stars", reason="field.range", min=1, max=STARS_MAX)
    its = select(OrderLine.title).filter_by(order_id=order.id, listing_id=subject_id)
    title, is_first = session.scalar(its.limit(1)), order.supplements_id is None
    is_sellers = order.seller_id in actor.seller_ids
    if title is None or order.state != State.DELIVERED or is_sellers or not is_first:
        raise NoCompletedOrder
    group = session.get_one(OrderGroup, order.group_id)
    about = {"order_id": order.id, "subject_id": subject_id, "seller_id": order.seller_id}
    said = {"author": _shortened(group.name), "stars": stars, "body": body.strip()}
    stands = {"state": ReviewState.SHOWN, "created_at": now}
    review = inserted(session, Review(id=uuid7(), **about, **said, **stands))
    if review is None:
        raise AlreadyWritten
    seller = session.get_one(Organisation, order.seller_id)
    told: Any = {"title": title, "stars": str(stars), "link": f"/s/{seller.id}#r-{review.id}"}
    notifications.tell_deciders(session, seller, "notice.review.written", now=now, **told)
    audit.note(session, actor, "review.written", review.id, now=now)
    return review


def reply(session: Session, *, actor: Actor, review_id: UUID, body: str, now: datetime) -> Review:
    """The seller's one answer, which they may correct; the buyer hears of the first."""
    require_scope(actor, Scope.ORDERS)
    its = Review.seller_id.in_(actor.seller_ids), Review.state == ReviewState.SHOWN
    review = existing(session.scalar(select(Review).where(Review.id == review_id, *its)), "review")
    said: Any = {"reply": body, "replied_at": now}
    if changed(session, review, Review.reply.is_(None), **said):
        news.tell(session, session.get_one(Order, review.order_id), "notice.review.replied", now)
    else:
        changed(session, review, **said)
    audit.note(session, actor, "review.replied", review_id, now=now)
    return review


def report(session: Session, *, actor: Actor, review_id: UUID, why: str, now: datetime) -> Case:
    """Ask the desk to look at a review; the seller's own people can follow their case."""
    shown = select(Review).filter_by(id=review_id, state=ReviewState.SHOWN)
    seller_id = existing(session.scalar(shown), "review").seller_id
    whose = seller_id if seller_id in actor.seller_ids else None
    said: Any = {"organisation_id": whose, "statement": why}
    return cases.open_case(session, actor, CaseKind.REVIEW, review_id, **said, now=now)


def report_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a report: nobody sees or counts the review, and its author is told why."""
    review = session.get_one(Review, case.subject_id)
    if approved and changed(session, review, state=ReviewState.HIDDEN):
        order, key = session.get_one(Order, review.order_id), "notice.review.hidden"
        news.tell(session, order, key, now, reason=case.reason or "")


def page(session: Session, *, after: UUID | None = None, limit: int, **about: UUID) -> list[Review]:
    """The newest first of a `subject_id` or `seller_id`, up to one more than the limit."""
    shown = select(Review).filter_by(**about, state=ReviewState.SHOWN)
    return newest_first(session, shown, Review.id, after=after, limit=limit)


def figures(session: Session, **about: UUID) -> Figures:
    """The same counted and averaged, of the newest thousand."""
    shown = select(Review.stars).filter_by(**about, state=ReviewState.SHOWN)
    stars = session.scalars(shown.order_by(Review.id.desc()).limit(COUNTED_MAX)).all()
    return Figures(len(stars), half_up(10 * sum(stars), len(stars) or 1))


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Review]:
    """What was said of orders, by order and offer."""
    found = session.scalars(select(Review).where(Review.order_id.in_(order_ids)))
    return {(review.order_id, review.subject_id): review for review in found}


def keep(session: Session, *, actor: Actor, subject_id: UUID, now: datetime) -> None:
    """Remember what is on the shelf, or a seller; again is fine, what there is not is NotFound."""
    on_shelf = session.scalar(select(Document.subject_id).filter_by(subject_id=subject_id))
    if on_shelf is None and session.get(Organisation, subject_id) is None:
        raise NotFound(what="favourite")
    key: Any = {"person_id": actor.person_id, "subject_id": subject_id}
    portable.insert_new(session, Favourite, **key, created_at=now)


def drop(session: Session, *, actor: Actor, subject_id: UUID) -> None:
    """Remember it no more; what was not remembered is fine."""
    session.execute(delete(Favourite).filter_by(person_id=actor.person_id, subject_id=subject_id))


def is_kept(session: Session, *, actor: Actor, subject_id: UUID) -> bool:
    """Whether the actor, if it is somebody, remembers it."""
    its = select(Favourite).filter_by(person_id=actor.person_id, subject_id=subject_id)
    return actor.person_id is not None and session.scalar(its) is not None


def kept_offers(session: Session, *, actor: Actor, lang: str, now: datetime) -> Sequence[Any]:
    """The cards of what is on the shelf of it, the last remembered first."""
    its = CARD.join(Favourite, Favourite.subject_id == Document.subject_id)
    return session.execute(_newest(its, actor), {"lang": lang, "now": now}).all()


def kept_sellers(session: Session, *, actor: Actor) -> Sequence[Organisation]:
    """The sellers among it, the last remembered first."""
    its = select(Organisation).join(Favourite, Favourite.subject_id == Organisation.id)
    return session.scalars(_newest(its, actor)).all()


def _shortened(name: str) -> str:
    """The given name, which comes last in Vietnamese, and the initial of the family's: "Hoa N."."""
    family, *rest = name.split() or ["?"]
    return f"{rest[-1]} {family[0]}." if rest else family


def _newest(rows: Any, actor: Actor) -> Any:
    mine = rows.where(Favourite.person_id == actor.person_id)
    return mine.order_by(Favourite.created_at.desc(), Favourite.subject_id).limit(KEPT_MAX)
