"""Makers of small worlds: plain functions over the real tables and verbs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts import Actor, Role
from market.accounts.models import Organisation, OrganisationKind, Person
from market.ids import uuid7
from market.inventory import change, open_resource
from market.inventory.models import ResourceKind

COMMUNE = "24787"  # phường Lâm Viên - Đà Lạt


def person(session: Session, now: datetime, *, phone: str | None = None, name: str = "") -> Person:
    made = Person(id=uuid7(), phone=phone, name=name, created_at=now)
    session.add(made)
    session.flush()
    return made


def organisation(
    session: Session,
    now: datetime,
    *,
    kind: OrganisationKind = OrganisationKind.FARM,
    name: str = "Vườn Thử",
    commune: str = COMMUNE,
    verified: bool = True,
    **more: str,
) -> Organisation:
    made = Organisation(
        id=uuid7(),
        kind=kind,
        name=name,
        unit_code=commune,
        verified_at=now if verified else None,
        created_at=now,
        **more,
    )
    session.add(made)
    session.flush()
    return made


def seller(session: Session, now: datetime, **more: str) -> Actor:
    """Somebody who sells for an organisation of their own."""
    farm = organisation(session, now, **more)  # type: ignore[arg-type]
    who = person(session, now)
    return Actor(
        person_id=who.id,
        roles=frozenset({Role.BUYER, Role.SELLER}),
        seller_ids=frozenset({farm.id}),
    )


def only(ids: frozenset[UUID]) -> UUID:
    (one,) = ids
    return one


def stock(session: Session, now: datetime, capacity: int) -> UUID:
    """A produce resource with so much of it in its one bucket."""
    owner = seller(session, now)
    resource_id = open_resource(session, kind=ResourceKind.PRODUCE, owner_id=only(owner.seller_ids))
    change(session, resource_id=resource_id, delta=capacity, reason="harvest", actor=owner, now=now)
    return resource_id
