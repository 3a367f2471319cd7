"""What a host says of an option: one more, changed, sold no more."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers, option_checks, options, search
from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Availability, Departure, Experience, ListingState, SeatUnit
from market import audit, inventory
from market.accounts import Actor, Scope, require_scope
from market.db import columns_of
from market.errors import FieldInvalid, Kind, MarketError, existing
from market.ids import uuid7
from market.inventory.models import Cell, Resource, ResourceKind
from market.texts import Texts

OPTIONS_MAX = 50
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
    return _write(session, actor, option, said, words, now)


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
    _changing(session, actor, option.experience_id, version, now)
    session.refresh(option)
    _write(session, actor, option, said, words, now)
    if "asset_ids" in said:
        _keep(session, option, "asset_ids", now)
    return option


def close(session: Session, *, actor: Actor, option_id: UUID, now: datetime) -> None:
    """Sell no more of it; what is booked stays booked."""
    option = own(session, actor=actor, option_id=option_id)
    if option.id == option.experience_id:
        raise FirstStays
    _changing(session, actor, option.experience_id, None, now)
    option.closed_at, option.rules = now, []
    its: Any = select(Departure.bucket).where(Departure.option_id == option_id)
    inventory.stocking.close_unclaimed(session, resource_id=option.resource_id, buckets=its)
    _note(session, "option_closed", actor, option, now)


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
    own_ones = inventory.assets.own_assets(session, owner_ids=actor.seller_ids)
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
    session: Session,
    actor: Actor,
    option: ExperienceOption,
    said: Said,
    words: Texts,
    now: datetime,
) -> ExperienceOption:
    experience = session.get_one(Experience, option.experience_id)
    owned = inventory.assets.own_assets(session, owner_ids=[experience.seller_id])
    if not set(said.get("asset_ids", ())) <= {each.id for each in owned}:
        raise FieldInvalid(field="asset_ids", reason="option.asset")
    for name, value in said.items():
        setattr(option, name, value)
    option_checks.require(option)
    session.add(option)
    if option.id == experience.id:
        _show(experience, option)
    session.flush()
    session.refresh(option)  # ids as JSON has them
    search.refresh(session, subject_id=experience.id)
    _note(session, "option_revised", actor, option, now)
    named: Any = {"offer": experience, "option_id": option.id, "given": words}
    offers.write_texts(session, actor=actor, **named, now=now)
    return option


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


def _note(
    session: Session, did: str, actor: Actor, option: ExperienceOption, now: datetime
) -> None:
    which: Any = {"actor": actor, "kind": Experience, "offer_id": option.experience_id, "now": now}
    offers.note(session, did, **which, facts={"option": option.id})


def _show(experience: Experience, option: ExperienceOption) -> None:
    """Have the card say what the first option does: the opposite of `follow`."""
    lead = options.unit_of(option.units, SeatUnit.ADULT) or option.units[0]
    child = options.unit_of(option.units, SeatUnit.CHILD)
    experience.adult_minor = lead["price"]
    experience.child_minor = child["price"] if child and child is not lead else None
    experience.duration_minutes = option.duration_minutes
    experience.cutoff_minutes = option.cutoff_minutes
