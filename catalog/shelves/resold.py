"""What resellers are shown: visits with all their options, and the starts of an option."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Availability, Departure, Experience, Photo
from catalog.shelves.calendar import AHEAD_SECONDS, DAY_SECONDS
from catalog.shelves.visits import with_assets
from market import table_of, texts
from market.accounts import CooperativeMember, Organisation
from market.inventory.models import Cell
from market.inventory.stocking import FREE

PRODUCTS_MAX = 1_000
STARTS_MAX = 5_000
TIMES_WITHIN = timedelta(days=60)


class Product(NamedTuple):
    """A visit with its host, its options in their order, and what is said and shown of it.

    `words` are those of the visit and of its options by their ids, `times` the local starts of
    each option in the next sixty days, as `07:30`.
    """

    row: Any
    options: Sequence[Any]
    words: dict[UUID, dict[str, texts.Passage]]
    photos: Sequence[Any]
    times: dict[UUID, list[str]]


def products(
    session: Session,
    *,
    languages: Sequence[str],
    ids: Collection[UUID] | None = None,
    live: bool = True,
    pictured: bool = True,
    now: datetime,
) -> list[Product]:
    """The visits that can be booked, or these of them, the oldest first; stays are none.

    Without `live`, whatever became of them and of their options since. What has a schedule starts
    as that says, so that only of other options the departures are asked.
    """
    asked = _PRODUCTS if ids is None else _PRODUCTS.where(_in(Experience.id))
    if live:
        asked = asked.where(Experience.is_live)
    rows = session.execute(asked, {} if ids is None else {"ids": list(ids)}).all()
    its: Any = {"ids": [row.id for row in rows]}
    standing = _OPTIONS.where(ExperienceOption.closed_at.is_(None)) if live else _OPTIONS
    found = session.execute(standing, its).all()
    photos = _by(session.execute(_PHOTOS, its).all() if pictured else [], "subject_id")
    since = int(now.timestamp())
    given: dict[str, Any] = {"since": since, "until": since + int(TIMES_WITHIN.total_seconds())}
    times = {it.id: {rule["starts"][-5:] for rule in it.rules} for it in found}
    given["ids"] = [option_id for option_id, known in times.items() if not known]
    for option_id, second in session.execute(_TIMES, given) if given["ids"] else ():
        hour, minute = divmod(second // 60, 60)
        times[option_id].add(f"{hour:02}:{minute:02}")
    options = _by([it for it in found if times[it.id] or not live], "experience_id")
    subjects = [*its["ids"], *times]
    words = texts.read(session, subject_ids=subjects, languages=languages)
    starts = {option_id: sorted(each) for option_id, each in times.items()}
    shown = (row for row in rows if options[row.id])
    return [Product(row, options[row.id], words, photos[row.id], starts) for row in shown]


def starts(
    session: Session,
    *,
    option_id: UUID | None = None,
    period: tuple[datetime, datetime] | None = None,
    ids: Collection[UUID] = (),
    now: datetime,
) -> Sequence[Any]:
    """The starts of an option in a half-open period, or these, with what is left of each.

    Nothing is left where a boat or a guide serves another.
    """
    asked, given = _STARTS_OF_IDS, dict[str, Any](ids=list(ids), now=now)
    if period is not None:
        since, until = (int(moment.timestamp()) for moment in period)
        given = {"option": option_id, "now": now, "since": since, "until": until - 1}
        asked = _STARTS_WITHIN
    connection = session.connection()
    return with_assets(connection, connection.execute(asked, given).all(), now=now)


def _by(rows: Sequence[Any], name: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _in(column: Any) -> Any:
    return column.in_(bindparam("ids", expanding=True, type_=Uuid()))


_SAID = ("id", "seller_id", "category_code", "unit_code", "currency", "source_lang", "spoken")
_MEETING = ("availability", "meeting_landmark", "meeting_unit_code")
_ITS_SELLERS = CooperativeMember.organisation_id == Experience.seller_id
_PRODUCTS = (
    select(*table_of(Experience).c[_SAID + _MEETING], Organisation.name.label("host"))
    .add_columns(Organisation.kind.label("seller_kind"), CooperativeMember.cooperative_id)
    .join(Organisation, Organisation.id == Experience.seller_id)
    .outerjoin(CooperativeMember, _ITS_SELLERS & CooperativeMember.belongs())
    .where(Experience.availability != Availability.NIGHTS)
    .order_by(Experience.id)
    .limit(PRODUCTS_MAX)
)
_OPTIONS = (
    select(*table_of(ExperienceOption).c)
    .where(_in(ExperienceOption.experience_id))
    .order_by(ExperienceOption.position)
)
_PHOTOS = (
    select(*table_of(Photo).c["id", "subject_id", "caption"])
    .where(_in(Photo.subject_id))
    .order_by(Photo.position, Photo.id)
)
_SECOND = ((Departure.bucket + AHEAD_SECONDS) % DAY_SECONDS).label("second")
_TIMES = (
    select(Departure.option_id, _SECOND)
    .where(_in(Departure.option_id))
    .where(Departure.bucket.between(bindparam("since"), bindparam("until")))
    .distinct()
)
_START = ("id", "experience_id", "option_id", "starts_at", "ends_at", "cutoff_at")
_STARTS: Any = (
    select(*table_of(Departure).c[_START])
    .add_columns(Cell.closed, FREE.label("left"), Cell.capacity, ExperienceOption.asset_ids)
    .join(Cell, SEATS)
    .join(ExperienceOption, ExperienceOption.id == Departure.option_id)
    .order_by(Departure.bucket)
    .limit(STARTS_MAX)
)
_STARTS_OF_IDS = _STARTS.where(_in(Departure.id))
_STARTS_WITHIN = _STARTS.where(
    Departure.option_id == bindparam("option", type_=Uuid()),
    Departure.bucket.between(bindparam("since"), bindparam("until")),
)
