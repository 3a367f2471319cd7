"""Two hundred queries on one shelf: the same offers in the same order on both databases.

`golden_search.csv` holds query, filters and the offers that are found, best first. Each answer is
also worked out without an index, tier by tier, from the documents' own words.
"""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from catalog import categories, search
from catalog.models import Listing, ListingState
from catalog.search import Facet, Filters, Search, Sort, finding, matching, words
from catalog.search.models import SearchDocument, SearchTerm
from market.accounts.models import Organisation, OrganisationKind
from market.ids import uuid7
from market.portable import uuid_of
from market.texts import ContentText, Origin
from tests import indexes

HERE = Path(__file__).parent
KINDS = {"Hợp": OrganisationKind.COOPERATIVE, "Ghe": OrganisationKind.BOAT}


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))


def put_out(session, now) -> dict[Any, str]:
    """The offers of `golden_shelf.csv`, each a second after those before, and their keys by id."""
    sellers, keys = {}, {}
    for number, row in enumerate(rows("golden_shelf.csv")):
        name = row["seller"]
        if name not in sellers:
            sellers[name] = Organisation(
                id=uuid7(),
                kind=KINDS.get(name[:3], OrganisationKind.FARM),
                name=name,
                unit_code=row["commune"],
                created_at=now,
            )
            session.add(sellers[name])
            session.flush()
        listing = offer(row, sellers[name], now + timedelta(seconds=number))
        session.add(listing)
        keys[listing.id] = row["key"]
        for field in ("title", "description"):
            session.add(
                ContentText(
                    subject_id=listing.id,
                    field=field,
                    lang="vi",
                    body=row[field],
                    origin=Origin.SOURCE,
                    updated_at=now,
                )
            )
    indexes.rebuild(session)
    return keys


def offer(row: dict[str, str], seller: Organisation, at: datetime) -> Listing:
    months = [date.fromisoformat(f"{each}-15") for each in row["harvest"].split("/") if each]
    kind = categories.get(row["category"])
    return Listing(
        id=uuid7(),
        seller_id=seller.id,
        category_code=kind.code,
        unit=kind.unit,
        scale=kind.scale,
        increment=kind.increment,
        minimum=kind.increment,
        price_minor=int(row["price"]),
        currency="VND",
        state=ListingState.LIVE,
        unit_code=row["commune"],
        harvest_from=months[0] if months else None,
        harvest_until=months[-1] if months else None,
        source_lang="vi",
        created_at=at,
        updated_at=at,
        listed_at=at,
    )


def wanted(row: dict[str, str]) -> Search:
    given = dict(pair.split("=") for pair in row["filters"].split("&") if pair)
    sort = Sort(given.pop("sort", Sort.RELEVANCE))
    near = given.pop("near", None)
    prices = {name: int(given.pop(name)) for name in ("price_from", "price_to") if name in given}
    return Search(query=row["query"], filters=Filters(**given, **prices), sort=sort, near=near)


@pytest.fixture
def answers(session, database, now):
    """What is found for each golden row, by the keys of the offers, a few at a time."""
    keys = put_out(session, now)

    def ask(row: dict[str, str]) -> list[str]:
        found, after = [], None
        with database.asking() as connection:
            while True:
                page = search.find(
                    connection, wanted(row), lang="vi", after=after, limit=7, now=now
                )
                found += [keys[uuid_of(one.row.id)] for one in page[:7]]
                if len(page) <= 7:
                    return found
                after = page[6].key

    return ask


@pytest.fixture(params=["looked up", "walked to", "both"])
def way(request, monkeypatch):
    """How a page is come by: looked up and put in order, or walked to, or both in turn."""
    far = {"looked up": 0, "walked to": 2_000, "both": 4}[request.param]
    monkeypatch.setattr(matching, "steps", lambda *_: far)
    monkeypatch.setattr(finding, "FEW", 0 if far else 5_000)


@pytest.mark.usefixtures("way")
def test_is_found_on_every_database_as_it_is_written_down(answers):
    golden = rows("golden_search.csv")
    asked = [(row["query"], row["filters"], answers(row), row["found"].split()) for row in golden]
    wrong = [each for each in asked if each[2] != each[3]]

    assert wrong == []
    assert len(golden) >= 200


def test_never_puts_a_lookalike_before_the_word_itself(answers):
    for word, other in [("dứa", "dừa"), ("dừa", "dứa"), ("bơ", "bò"), ("cá", "cà"), ("nấm", "năm")]:
        found = answers({"query": word, "filters": ""})
        titles = {row["key"]: words.in_order(row["title"]) for row in rows("golden_shelf.csv")}
        own = [at for at, key in enumerate(found) if word in titles[key]]
        its = [at for at, key in enumerate(found) if other in titles[key] and at not in own]
        assert max(own) < min(its, default=10**6), word


class TestCounts:
    """Of what is found, by what it can be narrowed."""

    @pytest.fixture(params=[1_000, 5], ids=["read once", "one by one"])
    def count(self, session, database, now, monkeypatch, request):
        keys = put_out(session, now)
        monkeypatch.setattr(finding, "COUNTED_MAX", request.param)

        def ask(query="", **filters):
            asked = Search(query=query, filters=Filters(**filters))
            with database.asking() as connection:
                found = search.find(connection, asked, lang="vi", after=None, limit=100, now=now)
                counted = search.counted(connection, asked, today=date(2026, 11, 26))
            return [keys[uuid_of(each.row.id)] for each in found], counted, request.param

        return ask

    @pytest.mark.parametrize(
        ("query", "filters"),
        [
            ("", {}),
            ("đà lạt", {}),
            ("dua", {"category": "produce"}),
            ("", {"commune": "24778"}),
            ("", {"price_from": 55_000, "price_to": 95_000}),
            ("", {"harvest": "2026-12", "category": "produce.fruit"}),
            ("heo", {}),
            ("xyzzy", {}),
        ],
    )
    def test_are_those_of_what_is_found_exact_up_to_the_most(self, count, query, filters):
        found, counted, most = count(query, **filters)

        shelf = {row["key"]: row for row in rows("golden_shelf.csv")}
        own = [shelf[key] for key in found]
        assert counted.total == (min(len(own), most), len(own) > most)
        for facet, values in counted.facets.items():
            for each in values:
                many = sum(each.value in values_of(facet, row) for row in own)
                assert (each.many, each.more) == (min(many, most), many > most), (facet, each)

    def test_name_every_value_that_something_has(self, count):
        _, counted, _most = count("", category="produce")

        kinds = {each.value for each in counted.facets[Facet.CATEGORY]}
        assert kinds == {f"produce.{name}" for name in ("fruit", "vegetable", "nut", "rice")}
        months = [each.value for each in counted.facets[Facet.HARVEST]]
        assert months == sorted(months)
        assert months[0] == "2026-11"


def values_of(facet: Facet, row: dict[str, str]) -> set[str]:
    """All values of a facet that a row of the shelf stands for."""
    match facet:
        case Facet.CATEGORY:
            steps = row["category"].split(".")
            return {".".join(steps[: at + 1]) for at in range(len(steps))}
        case Facet.COMMUNE:
            return {row["commune"]}
        case Facet.PRICE:
            edges = (20_000, 50_000, 100_000, 200_000, 500_000)
            return {str(sum(int(row["price"]) >= edge for edge in edges))}
        case Facet.HARVEST:
            first, last = [*row["harvest"].split("/"), ""][:2]
            months = [f"{2026 + at // 12}-{at % 12 + 1:02}" for at in range(24)]
            return {month for month in months if first <= month <= last and first}
    return {KINDS.get(row["seller"][:3], OrganisationKind.FARM)}


def test_sellers_are_found_by_their_names(session, database, now):
    put_out(session, now)

    with database.asking() as connection:
        names = {
            query: [row.name for row in search.sellers(connection, query)]
            for query in ("vườn", "vuon thu", "ghe bảy", "K'Brếp", "hợp tác xã", "dâu", "", "!")
        }

    assert names == {
        "vườn": ["Vườn Biển", "Vườn Thử", "Vườn Hoa Gió"],
        "vuon thu": ["Vườn Thử"],
        "ghe bảy": ["Ghe Bảy Biển"],
        "K'Brếp": ["Nhà K'Brếp"],
        "hợp tác xã": ["Hợp tác xã Đắk Mil", "Hợp tác xã Cầu Đất"],
        "dâu": [],
        "": [],
        "!": [],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("mui ne", ["Phường Mũi Né"]),
        ("mực Phú Quý", ["Đặc khu Phú Quý"]),
        ("dâu tây", []),
        ("", []),
        ("hoa hồng", []),
    ],
)
def test_places_are_found_by_their_names(query, names):
    assert [unit.name for unit in search.places(query)] == names


def test_what_is_out_of_date_is_mended(session, database, now):
    keys = put_out(session, now)
    before = len(keys)
    gone, changed = [session.get_one(Listing, each) for each in list(keys)[:2]]
    gone.state = ListingState.PAUSED
    changed.price_minor = 1
    session.flush()

    assert search.mend(database, batch=7) == 2

    assert search.mend(database) == 0
    with database.asking() as connection:
        by_price = Search(sort=Sort.PRICE)
        found = search.find(connection, by_price, lang="vi", after=None, limit=100, now=now)
    assert uuid_of(found[0].row.id) == changed.id
    assert len(found) == before - 1


def test_is_the_same_changed_offer_by_offer_and_built_anew(session, now):
    keys = put_out(session, now)
    changed, gone = [session.get_one(Listing, each) for each in list(keys)[:2]]
    changed.price_minor, changed.unit_code = 99_000, "23272"
    gone.state = ListingState.PAUSED
    for listing in session.scalars(select(Listing)).all():
        search.refresh(session, subject_id=listing.id)
    one_by_one = everything(session)

    indexes.rebuild(session)

    assert everything(session) == one_by_one


def everything(session) -> tuple[set[Any], set[Any]]:
    """All documents and all counts, but for the numbers of rows."""
    columns = [
        each for each in SearchDocument.__table__.c if each.key not in ("number", "rank_key")
    ]
    documents = {tuple(row) for row in session.execute(select(*columns))}
    counts = select(SearchTerm.folded, SearchTerm.term, SearchTerm.count)
    terms = {tuple(row) for row in session.execute(counts.where(SearchTerm.count != 0))}
    return documents, terms
