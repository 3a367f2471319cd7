"""A shelf of a hundred thousand or a million goods, for search alone: with words, not with stock.

Titles are a product of the demo, a quality and a place, the description one more sentence of
common words and one rare word, so that a word stands in nearly all, in some or in a handful.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.simulation.facts import GOODS, SELLERS
from catalog.models import Listing, ListingLot, ListingState
from catalog.search import indexing, terms
from catalog.search.models import SearchDocument, SearchTerm
from market import clock, geography
from market.accounts.models import Organisation, OrganisationKind
from market.ids import new_code, uuid7
from market.inventory.models import Cell, Resource, ResourceKind
from market.texts import ContentText, Origin
from market.traceability.models import Lot

SELLERS_EACH = 500  # listings of one seller
SHELF_DAYS = 600
CHUNK = 10_000
RARE_WORDS = 20_000
QUALITIES = [
    "sạch",
    "tươi",
    "ngon",
    "loại",
    "một",
    "hữu",
    "cơ",
    "vườn",
    "nhà",
    "chín",
    "cây",
    "sấy",
    "dẻo",
    "tại",
    "vườn",
    "giống",
    "mới",
]
COMMON = [
    "hái",
    "buổi",
    "sáng",
    "đóng",
    "hộp",
    "giao",
    "trong",
    "ngày",
    "nhà",
    "tôi",
    "trồng",
    "không",
    "thuốc",
    "bảo",
    "quản",
    "mát",
    "cân",
    "đủ",
    "tận",
    "nơi",
    "cho",
    "khách",
    "xa",
    "gần",
    "ăn",
    "liền",
    "nấu",
    "canh",
    "làm",
    "quà",
    "biếu",
    "gia",
    "đình",
    "con",
    "cháu",
    "mùa",
    "này",
    "được",
    "nắng",
]
STARTS = [
    "b",
    "c",
    "d",
    "g",
    "h",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "ph",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
    "nh",
    "ch",
    "đ",
]
MIDDLES = [
    "a",
    "ă",
    "â",
    "e",
    "ê",
    "i",
    "o",
    "ô",
    "ơ",
    "u",
    "ư",
    "y",
    "ai",
    "ao",
    "au",
    "ay",
    "âu",
    "eo",
    "êu",
    "ia",
    "iu",
    "oa",
    "oe",
    "oi",
    "ôi",
    "ơi",
    "ua",
    "uê",
    "ui",
    "ưa",
    "ưi",
]
ENDS = ["", "n", "ng", "m", "t", "c", "p", "nh", "ch"]

Row = dict[str, Any]


def fill(session: Session, *, now: datetime, listings: int, seed: int = 1) -> None:
    """Put so many listings on the shelf."""
    chance = random.Random(seed)
    sellers = list(_sellers(session, chance, now, max(20, listings // SELLERS_EACH)))
    counts: Counter[tuple[str, str]] = Counter()
    made = (_offer(chance, sellers, now) for _ in range(listings))
    while chunk := list(islice(made, CHUNK)):
        _write(session, chunk, counts)
    terms_rows = [
        {"folded": folded, "term": term, "count": count}
        for (folded, term), count in sorted(counts.items())
    ]
    session.execute(insert(SearchTerm), terms_rows)


def _sellers(
    session: Session, chance: random.Random, now: datetime, many: int
) -> Iterator[Organisation]:
    communes = [each.code for each in geography.units()]
    for number in range(many):
        farm = Organisation(
            id=uuid7(),
            kind=OrganisationKind.FARM,
            name=f"{SELLERS[number % len(SELLERS)].name} {_rare(chance)} {number}",
            unit_code=chance.choice(communes),
            verified_at=now,
            created_at=now,
        )
        session.add(farm)
        session.flush()
        session.add(Resource(id=farm.id, kind=ResourceKind.PRODUCE, owner_id=farm.id))
        session.flush()
        session.add(Cell(resource_id=farm.id, bucket=0, capacity=10**9))
        session.add(
            Lot(
                id=farm.id,
                code=new_code(),
                producer_id=farm.id,
                category_code=GOODS[0].category,
                unit_code=farm.unit_code,
                harvest_day=clock.day_of(now),
                unit="KGM",
                scale=3,
                declared=10**9,
                created_at=now,
            )
        )
        yield farm
    session.flush()


def _offer(
    chance: random.Random, sellers: list[Organisation], now: datetime
) -> tuple[Listing, Organisation, dict[str, str]]:
    facts, seller = chance.choice(GOODS), chance.choice(sellers)
    listed_at = now - timedelta(seconds=chance.randrange(SHELF_DAYS * 86_400))
    first = clock.day_of(now) + timedelta(days=chance.randrange(-60, 200))
    listing = Listing(
        id=uuid7(),
        seller_id=seller.id,
        category_code=facts.category,
        unit=facts.unit,
        scale=facts.scale,
        increment=facts.increment,
        minimum=facts.minimum,
        price_minor=chance.randrange(facts.price_low, facts.price_high + 1, 1000),
        currency="VND",
        state=ListingState.LIVE,
        unit_code=seller.unit_code,
        harvest_from=first,
        harvest_until=first + timedelta(days=40),
        source_lang="vi",
        created_at=listed_at,
        updated_at=listed_at,
        listed_at=listed_at,
        marks=[],
        version=1,
    )
    quality = " ".join(chance.sample(QUALITIES, 2))
    words = {
        "title": f"{facts.title.vi} {quality}, {geography.unit(seller.unit_code).name}",
        "description": " ".join([*chance.sample(COMMON, 12), _rare(chance)]),
    }
    return listing, seller, words


def _rare(chance: random.Random) -> str:
    word = random.Random(int(chance.random() ** 2 * RARE_WORDS))
    return "".join(word.choice(STARTS) + word.choice(MIDDLES) + word.choice(ENDS) for _ in range(2))


def _write(session: Session, chunk: list[Any], counts: Counter[tuple[str, str]]) -> None:
    documents = [
        indexing.document(listing, seller, {"vi": words}) for listing, seller, words in chunk
    ]
    columns = [column.key for column in Listing.__table__.c]
    goods = [{name: getattr(listing, name) for name in columns} for listing, _, _ in chunk]
    session.execute(insert(Listing), goods)
    lots = [{"listing_id": it.id, "lot_id": seller.id} for it, seller, _ in chunk]
    session.execute(insert(ListingLot), lots)
    session.execute(insert(ContentText), [row for each in chunk for row in _texts(*each)])
    session.execute(insert(SearchDocument), documents)
    for document in documents:
        counts.update(terms.keys(document["tokens"]))


def _texts(listing: Listing, _seller: Organisation, words: dict[str, str]) -> Iterator[Row]:
    for field, body in words.items():
        yield {
            "subject_id": listing.id,
            "field": field,
            "lang": "vi",
            "origin": Origin.SOURCE,
            "body": body,
            "updated_at": listing.created_at,
        }
