"""What a host says of an option: one more, changed, sold no more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers, options, search
from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Availability, Departure, Experience, ListingState, SeatUnit
from market import Money, audit, columns_of, inventory, tables, uuid7
from market.accounts import Actor, Scope, require_scope
from market.errors import FieldInvalid, Kind, MarketError, existing
from market.inventory.models import Cell, Resource, ResourceKind
from market.texts import Texts

OPTIONS_MAX = 50
# Least and most: of an option, then of its units and its tiers of cancellation.
BOUNDS: Mapping[str, tuple[int, int]] = tables.words("catalog", "bounds.json")
MANY = {"units": len(SeatUnit), "seasons": 200, "tiers": 10, "asset_ids": 10, "rooms": 200}
Said = Mapping[str, Any]  # columns of an option or an asset, by their names


class FirstStays(MarketError, code="option.first_stays", kind=Kind.CONFLICT):
    """The first option goes with its experience, which can be paused."""


def add(
    session: Session, *, actor: Actor, experience_id: UUID, said: Said, words: Texts, now: datetime
) -> ExperienceOption:
    """One more option with a name; what is not said is as with the first, but for the schedule."""
    experience = _changing(session, actor, experience_id, None, now)
    ever = select(ExperienceOption.id).filter_by(experience_id=experience_id)
    position = len(session.scalars(ever).all())
    if position >= OPTIONS_MAX:
        raise FieldInvalid(field="units", reason="field.too_many", max=OPTIONS_MAX)
    if experience.source_lang not in words:
        raise offers.TitleMissing(lang=experience.source_lang)
    first = session.get_one(ExperienceOption, experience_id)
    its = columns_of(first) | {"id": uuid7(), "position": position, "rules": []}
    kind = ResourceKind.ROOM_TYPE
    if first.availability != Availability.NIGHTS:
        kind, its["availability"] = ResourceKind.SEATS, Availability.START_TIME
    if "units" in said:
        its["seasons"] = []
    owner: Any = {"kind": kind, "owner_id": experience.seller_id}
    option = ExperienceOption(**its | {"resource_id": inventory.open_resource(session, **owner)})
    _write(session, actor, option, said, now)
    offers.write_texts(session, actor, option.id, experience.source_lang, words, now)
    return option


def revise(
    session: Session,
    *,
    actor: Actor,
    option_id: UUID,
    version: int | None = None,
    said: Said,
    words: Texts = MappingProxyType({}),
    now: datetime,
) -> ExperienceOption:
    """Change what is said, at once, for orders and departures to come.

    The `version` is the experience's; what the first option says, its card does.
    """
    option = own(session, actor=actor, option_id=option_id)
    experience = _changing(session, actor, option.experience_id, version, now)
    session.refresh(option)
    _write(session, actor, option, said, now)
    offers.write_texts(session, actor, option.id, experience.source_lang, words, now)
    if "asset_ids" in said:
        _keep(session, option, "asset_ids", now)
    return option


def close(session: Session, *, actor: Actor, option_id: UUID, now: datetime) -> None:
    """Sell no more of it; what is booked stays booked."""
    option = own(session, actor=actor, option_id=option_id)
    if option.id == option.experience_id:
        raise FirstStays
    experience = _changing(session, actor, option.experience_id, None, now)
    option.closed_at, option.rules = now, []
    its: Any = select(Departure.bucket).where(Departure.option_id == option_id)
    inventory.stocking.close_unclaimed(session, resource_id=option.resource_id, buckets=its)
    audit.note(session, actor, "experience.option_closed", experience.id, now=now, option=option_id)


def open_asset(session: Session, *, actor: Actor, said: Said, now: datetime) -> Resource:
    """A boat or a guide of a seller, as `inventory.open_resource` takes it."""
    offers.require_seller(actor, said["owner_id"])
    asset_id = inventory.open_resource(session, **said)
    audit.note(session, actor, "asset.opened", asset_id, now=now)
    return session.get_one(Resource, asset_id, populate_existing=True)


def revise_asset(
    session: Session, *, actor: Actor, asset_id: UUID, said: Said, now: datetime
) -> Resource:
    """Change its name, places or turnaround; half hours opened before keep their places.

    Raises FieldInvalid where what is booked already leaves no time for it.
    """
    require_scope(actor, Scope.LISTINGS)
    own_ones = inventory.stocking.own_assets(session, owner_ids=actor.seller_ids)
    asset = existing({each.id: each for each in own_ones}.get(asset_id), "asset")
    for name, value in said.items():
        setattr(asset, name, value)
    session.flush()
    its = select(ExperienceOption).join(Experience).order_by(ExperienceOption.id)
    needing = its.where(Experience.seller_id == asset.owner_id, ExperienceOption.asset_ids != [])
    for option in session.scalars(needing).all() if "turnaround_minutes" in said else ():
        if str(asset_id) in option.asset_ids:
            _keep(session, option, "turnaround_minutes", now)
    audit.note(session, actor, "asset.revised", asset_id, now=now)
    return asset


def own(session: Session, *, actor: Actor, option_id: UUID) -> ExperienceOption:
    """One that the actor sells and did not close; any other is NotFound."""
    require_scope(actor, Scope.LISTINGS)
    its = select(ExperienceOption).join(Experience).where(ExperienceOption.id == option_id)
    mine = its.where(Experience.seller_id.in_(actor.seller_ids))
    return existing(session.scalar(mine.where(ExperienceOption.closed_at.is_(None))), "option")


def _changing(
    session: Session, actor: Actor, experience_id: UUID, version: int | None, now: datetime
) -> Experience:
    """The experience at a new version; others who change it wait."""
    which: Any = {"actor": actor, "kind": Experience, "offer_id": experience_id}
    offers.touch(session, version=version, **which, now=now)
    experience: Experience = offers.own(session, **which)
    if experience.state == ListingState.REVIEW:
        raise offers.WrongState(state=experience.state)
    return experience


def _write(
    session: Session, actor: Actor, option: ExperienceOption, said: Said, now: datetime
) -> None:
    experience = session.get_one(Experience, option.experience_id)
    owned = inventory.stocking.own_assets(session, owner_ids=[experience.seller_id])
    if not set(said.get("asset_ids", ())) <= {each.id for each in owned}:
        raise FieldInvalid(field="asset_ids", reason="option.asset")
    for name, value in said.items():
        setattr(option, name, value)
    _require(option)
    session.add(option)
    if option.id == experience.id:
        _show(experience, option)
    session.flush()
    session.refresh(option)  # ids as JSON has them
    search.refresh(session, subject_id=experience.id)
    audit.note(
        session, actor, "experience.option_revised", experience.id, now=now, option=option.id
    )


def _keep(session: Session, option: ExperienceOption, field: str, now: datetime) -> None:
    """Have the boats and guides of an option there for what is coming, and for who booked it."""
    its = select(Departure, Cell.held + Cell.sold).join(Cell, SEATS).order_by(Departure.bucket)
    coming = its.where(Departure.option_id == option.id, Departure.bucket > now.timestamp())
    found = [(it, (it.starts_at, it.ends_at), has) for it, has in session.execute(coming)]
    ids = list(map(UUID, option.asset_ids))
    inventory.open_slices(session, asset_ids=ids, periods=[period for _, period, _ in found])
    along = {
        (it.resource_id, it.bucket): inventory.slices(
            session, asset_ids=ids, period=period, use=it.id, qty=1
        )
        for it, period, has in found
        if has
    }
    try:
        inventory.claim_along(session, along=along, now=now)
    except inventory.OutOfStock:
        raise FieldInvalid(field=field, reason="option.asset_busy") from None


def _show(experience: Experience, option: ExperienceOption) -> None:
    """Have the card say what the first option does: the opposite of `follow`."""
    lead = options.unit_of(option.units, SeatUnit.ADULT) or option.units[0]
    child = options.unit_of(option.units, SeatUnit.CHILD)
    experience.adult_minor = lead["price"]
    experience.child_minor = child["price"] if child and child is not lead else None
    experience.duration_minutes = option.duration_minutes
    experience.cutoff_minutes = option.cutoff_minutes


def _require(option: ExperienceOption) -> None:
    """Refuse an option that cannot be sold as it stands: FieldInvalid or PriceOutOfRange."""
    for name, most in MANY.items():
        if len(getattr(option, name)) > most:
            raise FieldInvalid(field=name, reason="field.too_many", max=most)
    _require_bounds({name: getattr(option, name, None) for name in BOUNDS})
    _require_order("most_units", option.least_units, option.most_units)
    _require_units(option.units, by_night=option.availability == Availability.NIGHTS)
    kinds = [unit["type"] for unit in option.units]
    for season in option.seasons:
        _require_order("seasons", season["from"], season["until"])
        if not season["prices"] or not season["prices"].keys() <= set(kinds):
            raise FieldInvalid(field="seasons", reason="option.season_units")
        for kind, price in season["prices"].items():
            offers.minor_of(Money(price), least=int(kind == kinds[0]))
    for tier in option.tiers:
        _require_bounds(tier)
    hours = [tier["hours"] for tier in option.tiers]
    if hours != sorted(set(hours), reverse=True):
        raise FieldInvalid(field="tiers", reason="option.tiers_order")


def _require_units(units: Sequence[Mapping[str, Any]], *, by_night: bool) -> None:
    kinds = [unit["type"] for unit in units]
    if not kinds or len(set(kinds)) < len(kinds):
        raise FieldInvalid(field="units", reason="option.unit_twice")
    if any((kind == SeatUnit.ROOM) is not by_night for kind in kinds):
        raise FieldInvalid(field="units", reason="option.wrong_unit")
    alone = {unit["type"] for unit in units if not unit.get("accompanied_by")}
    for unit in units:
        is_lead = unit["type"] in {kinds[0], SeatUnit.ADULT}  # children often come free
        offers.minor_of(Money(unit["price"]), least=int(is_lead))
        _require_bounds(unit)
        _require_order("units", unit.get("least"), unit.get("most"))
        _require_order("units", unit.get("min_age"), unit.get("max_age"))
        if not set(unit.get("accompanied_by", ())) <= alone:
            raise FieldInvalid(field="units", reason="option.companion")


def _require_bounds(said: Mapping[str, Any]) -> None:
    for name in BOUNDS.keys() & said.keys():
        (least, most), value = BOUNDS[name], said[name]
        if value is not None and not least <= value <= most:
            raise FieldInvalid(field=name, reason="field.range", min=least, max=most)


def _require_order(field: str, least: Any, most: Any) -> None:
    if least is not None and most is not None and least > most:
        raise FieldInvalid(field=field, reason="option.reversed")
