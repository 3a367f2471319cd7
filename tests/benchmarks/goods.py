"""A shelf of thousands of listings, made of the demo's facts with a few large inserts."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.simulation.facts import GOODS, SELLERS, GoodsFacts
from catalog.models import Listing, ListingLot, ListingState, Photo
from market import clock, geography
from market.accounts.models import Organisation, OrganisationKind
from market.ids import new_code, uuid7
from market.inventory.models import Cell, Resource, ResourceKind
from market.texts import ContentText, Origin
from market.traceability.models import Lot
from tests import indexes

LISTINGS = 5_000
SELLERS_MADE = 150
SHELF_DAYS = 90
PHOTO_SHARE = 0.9

Table = type[Any]
Row = tuple[Table, dict[str, Any]]


class Seller(NamedTuple):
    id: UUID
    commune: str


def fill(session: Session, *, now: datetime, listings: int = LISTINGS, seed: int = 1) -> None:
    """Put so many live listings on the shelf, each with a lot, texts and stock; index them."""
    chance = random.Random(seed)
    rows: dict[Table, list[dict[str, Any]]] = {}
    sellers = [_seller(number, rows, now) for number in range(SELLERS_MADE)]
    for number in range(listings):
        facts = GOODS[number % len(GOODS)]
        for table, row in _listing(facts, chance.choice(sellers), chance, now):
            rows.setdefault(table, []).append(row)
    for table in (Organisation, Resource, Cell, Lot, Listing, ListingLot, ContentText, Photo):
        session.execute(insert(table), rows[table])
    indexes.rebuild(session)


def _seller(number: int, rows: dict[Table, list[dict[str, Any]]], now: datetime) -> Seller:
    facts = SELLERS[number % len(SELLERS)]
    made = Seller(uuid7(), facts.commune)
    rows.setdefault(Organisation, []).append(
        {
            "id": made.id,
            "kind": OrganisationKind.FARM,
            "name": f"{facts.name} {number + 1}",
            "unit_code": facts.commune,
            "verified_at": now,
            "created_at": now,
        }
    )
    return made


def _listing(
    facts: GoodsFacts, seller: Seller, chance: random.Random, now: datetime
) -> Iterator[Row]:
    listed_at = now - timedelta(seconds=chance.randrange(SHELF_DAYS * 86_400))
    listing_id, place = uuid7(), geography.unit(seller.commune).name
    yield (
        Listing,
        {
            "id": listing_id,
            "seller_id": seller.id,
            "category_code": facts.category,
            "unit": facts.unit,
            "scale": facts.scale,
            "increment": facts.increment,
            "minimum": facts.minimum,
            "price_minor": chance.randrange(facts.price_low, facts.price_high + 1, 1000),
            "currency": "VND",
            "state": ListingState.LIVE,
            "unit_code": seller.commune,
            "source_lang": "vi",
            "created_at": listed_at,
            "updated_at": listed_at,
            "listed_at": listed_at,
        },
    )
    words = {"vi": (facts.title.vi, facts.description.vi)}
    words["en"] = (facts.title.en, facts.description.en)
    for lang, (title, description) in words.items():
        origin = Origin.SOURCE if lang == "vi" else Origin.TRANSLATION
        common = {"subject_id": listing_id, "lang": lang, "origin": origin, "updated_at": now}
        yield ContentText, {**common, "field": "title", "body": f"{title}, {place}"}
        yield ContentText, {**common, "field": "description", "body": description}
    yield from _stock(listing_id, facts, seller, now)
    if chance.random() < PHOTO_SHARE:
        yield Photo, _photo(listing_id, now)


def _stock(listing_id: UUID, facts: GoodsFacts, seller: Seller, now: datetime) -> Iterator[Row]:
    lot_id = uuid7()
    yield (
        Resource,
        {"id": lot_id, "kind": ResourceKind.PRODUCE, "owner_id": seller.id},
    )
    yield Cell, {"resource_id": lot_id, "bucket": 0, "capacity": facts.lot_size}
    yield (
        Lot,
        {
            "id": lot_id,
            "code": new_code(),
            "producer_id": seller.id,
            "category_code": facts.category,
            "unit_code": seller.commune,
            "harvest_day": clock.day_of(now),
            "unit": facts.unit,
            "scale": facts.scale,
            "declared": facts.lot_size,
            "created_at": now,
        },
    )
    yield ListingLot, {"listing_id": listing_id, "lot_id": lot_id}


def _photo(listing_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "subject_id": listing_id,
        "position": 0,
        "digest": listing_id.hex,
        "width": 1280,
        "height": 960,
        "created_at": now,
    }
