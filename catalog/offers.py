"""What goods and visits have in common: who may see them, whose they are, in which words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from catalog.models import Experience, Listing, ListingState
from market import MINOR_MAX, Money, audit, portable, texts
from market.accounts import Actor, Scope, require_scope
from market.db import Paged, newest_first
from market.errors import Kind, MarketError, NotFound, Stale, existing
from market.texts import Texts
from translations.languages import REGISTRY

Offer = TypeVar("Offer", Listing, Experience)

FIELDS = ("title", "description")
OPTION = "option"  # the name of an option, under its id
Facts = Mapping[str, Any]
Values = dict[str, Any]  # by columns


class Which(TypedDict):
    """Who does something to which offer, and when; handed on as `**which`."""

    actor: Actor
    kind: type[Any]
    offer_id: UUID
    now: datetime


class OfferExists(MarketError, code="offer.exists", kind=Kind.CONFLICT):
    """Something was kept under this id before."""


class WrongState(MarketError, code="offer.wrong_state", kind=Kind.CONFLICT):
    """The step does not go from where it stands; facts: `state`."""


class WrongCategory(MarketError, code="category.wrong_kind"):
    """A visit among the goods, or goods among the visits; facts: `category`."""


class PriceOutOfRange(MarketError, code="price.out_of_range"):
    """A price that nobody means; facts: `least` and `most`, in đồng."""


class WindowBackwards(MarketError, code="listing.window_backwards"):
    """The harvest ends before it begins."""


class TitleMissing(MarketError, code="offer.title_missing"):
    """No title in the language that the rest is translated from; facts: `lang`."""


class UnknownLanguage(MarketError, code="language.unknown"):
    """A language that the market does not know; facts: `lang`."""


def visible_to(actor: Actor, kind: type[Offer]) -> Select[Offer]:
    """What is on the shelf for everybody, one's own at every stage, for a moderator all."""
    if actor.oversees:
        return select(kind)
    return select(kind).where(or_(kind.is_live, kind.seller_id.in_(actor.seller_ids)))


def kind_of(session: Session, offer_id: UUID) -> type[Any]:
    """Whether the id is of goods, or else of a visit."""
    return Listing if session.get(Listing, offer_id) else Experience


def own(
    session: Session, *, actor: Actor, kind: type[Offer], offer_id: UUID, version: int | None = None
) -> Offer:
    """One that the actor sells, at any stage and as it stands now; any other is NotFound.

    It is Stale where it is no longer of the `version`.
    """
    require_scope(actor, Scope.LISTINGS)
    its = select(kind).where(kind.id == offer_id, kind.seller_id.in_(actor.seller_ids))
    offer = session.scalar(its.execution_options(populate_existing=True))
    if offer is not None and version not in {None, offer.version}:
        raise Stale(version=offer.version)
    return existing(offer, kind.__tablename__)


def touch(session: Session, *, version: int | None = None, **which: Unpack[Which]) -> Any:
    """A new version of what the actor sells, unless somebody made one since `version`.

    Tells its `seller_id`, `source_lang` and `version`. Two at once wait for each other here.
    """
    actor, kind, offer_id = which["actor"], which["kind"], which["offer_id"]
    require_scope(actor, Scope.LISTINGS)
    statement = update(kind).where(kind.id == offer_id, kind.seller_id.in_(actor.seller_ids))
    if version is not None:
        statement = statement.where(kind.version == version)
    touching = statement.values(version=kind.version + 1, updated_at=which["now"])
    told = kind.seller_id, kind.source_lang, kind.version
    touched = session.execute(touching.returning(*told)).first()
    if touched is None:
        raise Stale(version=own(session, actor=actor, kind=kind, offer_id=offer_id).version)
    return touched


def note(session: Session, did: str, *, facts: Facts | None = None, **which: Unpack[Which]) -> None:
    """Write down what was done to an offer."""
    verb = f"{which['kind'].__tablename__}.{did}"
    deed: Facts = {"actor": which["actor"], "subject_id": which["offer_id"], "now": which["now"]}
    audit.note(session, verb=verb, **deed, **(facts or {}))


def mine(session: Session, actor: Actor, kind: type[Offer], **page: Unpack[Paged]) -> list[Offer]:
    """The actor's own at every stage, newest first, up to one more than the limit."""
    own = select(kind).where(kind.seller_id.in_(actor.seller_ids))
    return newest_first(session, own, kind.id, **page)


def has_visits(session: Session, *, actor: Actor) -> bool:
    """Whether one of the actor's organisations takes guests, whatever kind it is of."""
    if not actor.seller_ids:
        return False
    visits = select(Experience.id).where(Experience.seller_id.in_(actor.seller_ids))
    return session.scalar(visits.limit(1)) is not None


def require_seller(actor: Actor, seller_id: UUID) -> None:
    """Refuse to offer in the name of an organisation that the actor does not sell for."""
    require_scope(actor, Scope.LISTINGS)
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")


def draft(
    session: Session, kind: type[Offer], actor: Actor, values: Values, words: Texts, now: datetime
) -> Offer:
    """A new offer, under the id that a phone may have made, with a title in its own language.

    Raises OfferExists for the id of any listing or visit, TitleMissing or UnknownLanguage.
    """
    lang, offer_id = values["source_lang"], values["id"]
    if not words.get(lang, {}).get("title", "").strip():
        raise TitleMissing(lang=lang)
    free = portable.try_lock(session, offer_id.int % 2**62)
    taken = any(session.get(each, offer_id) for each in (Listing, Experience))
    made = {"state": ListingState.DRAFT, "version": 1, "created_at": now, "updated_at": now}
    if not free or taken or not portable.insert_new(session, kind, **values, **made):
        raise OfferExists(id=offer_id)
    offer = session.get_one(kind, offer_id)
    write_texts(session, actor, offer_id, lang, words, now)
    note(session, "drafted", actor=actor, kind=kind, offer_id=offer_id, now=now)
    return offer


def minor_of(price: Money | None, *, least: int = 1) -> int | None:
    """A price in đồng, None for none; refuses what cannot be one."""
    if price is None:
        return None
    if price.currency != "VND" or not least <= price.minor <= MINOR_MAX:
        raise PriceOutOfRange(least=least, most=MINOR_MAX)
    return price.minor


def write_texts(
    session: Session, actor: Actor, subject_id: UUID, source: str, given: Texts, now: datetime
) -> None:
    """Keep an offer's titles and descriptions, or the names of an option of it.

    What is not in the language that is the source is a translation.
    """
    for lang, fields in given.items():
        if lang not in REGISTRY:
            raise UnknownLanguage(lang=lang[:35])
        origin = texts.Origin.SOURCE if lang == source else texts.Origin.TRANSLATION
        said: dict[str, Any] = {"subject_id": subject_id, "lang": lang, "origin": origin}
        said |= {"author_id": actor.person_id, "updated_at": now}
        for field in (each for each in (*FIELDS, OPTION) if each in fields):
            texts.write(session, texts.ContentText(field=field, body=fields[field], **said))
