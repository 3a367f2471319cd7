"""The fast way to read says exactly what the slow way over objects and schemas would say."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import event, select

from api.fields import page_of
from api.v1.offer_shapes import ExperienceOut, FoundOut, FoundPage, GoodsOut, ListingOut, VisitOut
from catalog import categories, experiences, listings, media
from catalog.listings import Goods, Revision
from catalog.models import AudioNote, Departure, Grade, Listing, ListingState, Photo
from catalog.search.models import SearchDocument
from market import clock, geography, inventory, texts
from market.accounts import organisations
from market.accounts.models import Organisation
from market.ids import uuid7
from market.inventory import Want
from market.inventory.models import Cell
from market.money import Money
from market.quantity import Quantity
from tests import indexes, makers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COMMUNES = ["24778", "24787", "22918"]
KINDS = ["produce.fruit.strawberry", "produce.fruit.avocado", "coffee.roasted.arabica"]
WORDS = ["Dâu", "Bơ", "Cà phê", "sáng", "sạch", "vườn", "Đà Lạt"]


@pytest.fixture
def chance():
    return Random(23)


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def sellers(session, now):
    return [
        makers.seller(session, now, name="Vườn Thật"),
        makers.seller(session, now, name="Vườn Mới", verified=False),
    ]


@pytest.fixture
def world(session, now, sellers, chance):
    """A shelf of goods and visits of every kind of state, stock and language."""
    goods = [some_goods(session, now, sellers, chance, number) for number in range(18)]
    visits = [some_visit(session, now, sellers, chance, number) for number in range(9)]
    session.flush()
    indexes.rebuild(session)
    session.flush()
    return goods, visits


def some_texts(chance):
    title = " ".join(chance.choices(WORDS, k=3))
    written = {"vi": {"title": title}}
    if chance.random() < 0.6:
        written["vi"]["description"] = f"{title}.\nHái hôm nay."
    if chance.random() < 0.5:
        written["en"] = {"title": f"{title} (English)"}
    return written


def on_shelf(offer, chance, now, number):
    offer.state = chance.choice([*[ListingState.LIVE] * 4, ListingState.PAUSED])
    offer.listed_at = now - chance.randint(0, 3) * HOUR - number % 3 * HOUR


def some_photos(session, subject_id, chance, now):
    if chance.random() < 0.4:
        session.add(
            AudioNote(
                subject_id=subject_id,
                id=uuid7(),
                ending=chance.choice(("ogg", "m4a")),
                digest=uuid7().hex,
                milliseconds=chance.randint(1, 60_000),
                size_bytes=1,
                created_at=now,
            )
        )
    for position in range(chance.choice([0, 0, 1, 3])):
        session.add(
            Photo(
                id=uuid7(),
                subject_id=subject_id,
                position=position,
                digest=uuid7().hex,
                width=640,
                height=480 + position,
                placeholder=chance.choice((None, "UklGRg==")),
                caption=chance.choice((None, "Dâu chín")),
                created_at=now,
            )
        )


def some_goods(session, now, sellers, chance, number):
    seller = chance.choice(sellers)
    listing = listings.draft(
        session,
        actor=seller,
        goods=Goods(
            seller_id=makers.only(seller.seller_ids),
            category_code=chance.choice(KINDS),
            unit_code=chance.choice(COMMUNES),
            price=Money(chance.randint(1, 400) * 1_000),
            texts=some_texts(chance),
            grade=chance.choice((None, *Grade)),
            piece=chance.choice((None, None, listings.Piece(grams=chance.randint(1, 6_000)))),
        ),
        now=now,
    )
    for ago in range(chance.choice([0, 1, 1, 2])):
        lot = listings.harvest(
            session,
            actor=seller,
            listing_id=listing.id,
            quantity=Quantity(chance.randint(4, 40) * 500, listing.scale, listing.unit),
            harvest_day=clock.day_of(now) - ago * DAY,
            now=now,
        )
        some_claims(session, lot.id, 0, chance, now, qty=chance.randint(1, 2_000))
    on_shelf(listing, chance, now, number)
    some_photos(session, listing.id, chance, now)
    return listing


def some_claims(session, resource_id, bucket, chance, now, *, qty):
    what = chance.choice(["nothing", "held", "lapsed", "sold", "closed"])
    if what == "closed":
        inventory.close(session, resource_id=resource_id, bucket=bucket)
    elif what != "nothing":
        made = now - DAY
        owner_id = uuid7()
        makers.hold(
            session,
            owner_id=owner_id,
            wants=[Want(resource_id=resource_id, bucket=bucket, qty=qty)],
            expires_at=now - HOUR if what == "lapsed" else now + HOUR,
            now=made,
        )
        if what == "sold":
            inventory.sell(session, owner_ids=[owner_id], now=made)


def some_visit(session, now, sellers, chance, number):
    seller = chance.choice(sellers)
    visit = experiences.draft(
        session,
        actor=seller,
        visit=experiences.Visit(
            seller_id=makers.only(seller.seller_ids),
            category_code="experience.farm.picking",
            unit_code=chance.choice(COMMUNES),
            duration_minutes=90,
            cutoff_minutes=30,
            adult=Money(100_000),
            child=chance.choice([None, Money(0), Money(50_000)]),
            texts=some_texts(chance),
        ),
        now=now,
    )
    starts = [now + chance.randint(1, 9) * DAY for _ in range(chance.randint(0, 3))]
    for departure in experiences.open_departures(
        session, actor=seller, experience_id=visit.id, starts=starts, seats=9, now=now
    ):
        some_claims(session, visit.resource_id, departure.bucket, chance, now, qty=3)
    on_shelf(visit, chance, now, number)
    some_photos(session, visit.id, chance, now)
    return visit


class Slow:
    """Answers made of objects and schemas, one query for each thing."""

    def __init__(self, session, now, lang):
        self.session, self.now, self.languages = session, now, [lang, "vi"]

    def card(self, offer, price_minor):
        words = texts.read(self.session, subject_ids=[offer.id], languages=self.languages)
        seller = self.session.get_one(Organisation, offer.seller_id)
        photos = media.photos_of(self.session, subject_id=offer.id)
        title = words[offer.id]["title"]
        served = {"served": {"title": title.lang}} if title.lang != self.languages[0] else {}
        unit = geography.unit(offer.unit_code)
        return {
            "id": offer.id,
            "title": title.body,
            "category": offer.category_code,
            "commune": {"code": unit.code, "name": unit.name},
            "seller": {
                "id": seller.id,
                "name": seller.name,
                "verified": seller.verified_at is not None,
            },
            "photo": {"id": photos[0].id, "url": f"/media/{photos[0].id}/320.webp"}
            if photos
            else None,
            "price": Money(price_minor),
            "listed_at": offer.listed_at,
        } | served

    def goods(self, listing):
        piece = listing.piece_grams and {
            "grams": listing.piece_grams,
            "tolerance_basis_points": 1_000,
            "price_per_kilogram": Money(listing.price_minor),
        }
        return self.card(listing, listing.unit_minor) | {
            "grade": listing.grade,
            "piece": piece,
            "unit": listing.unit,
            "scale": listing.scale,
            "increment": listing.increment,
            "minimum": listing.minimum,
            "available": self.left(listing),
        }

    def left(self, listing):
        stock = listings.lots_of(self.session, listing_id=listing.id, now=self.now)
        return sum(lot.left for lot in stock)

    def visit(self, visit):
        child = visit.child_minor
        return self.card(visit, visit.adult_minor) | {
            "child_price": None if child is None else Money(child),
            "duration_minutes": visit.duration_minutes,
            "cutoff_minutes": visit.cutoff_minutes,
            "next_departure_at": self.next_of(visit),
        }

    def next_of(self, visit):
        rows = self.session.scalars(
            select(Departure.starts_at)
            .join(Cell, (Cell.resource_id == visit.resource_id) & (Cell.bucket == Departure.bucket))
            .where(Departure.experience_id == visit.id, Cell.closed.is_(False))
            .where(Departure.cutoff_at > self.now)
        ).all()
        return min(rows, default=None)

    def found(self, offer):
        goods = isinstance(offer, Listing)
        price = offer.unit_minor if goods else offer.adult_minor
        return self.card(offer, price) | {
            "kind": categories.Sold.GOODS if goods else categories.Sold.VISIT,
            "unit": offer.unit if goods else "IE",
            "scale": offer.scale if goods else 0,
            "available": self.left(offer) if goods else None,
        }

    def full(self, offer):
        words = texts.read(self.session, subject_ids=[offer.id], languages=self.languages)[offer.id]
        photos = media.photos_of(self.session, subject_id=offer.id)
        note = self.session.get(AudioNote, offer.id)
        served = {
            field: passage.lang
            for field, passage in words.items()
            if passage.lang != self.languages[0]
        }
        return {
            "description": words["description"].body if "description" in words else None,
            "photos": [
                {
                    "id": photo.id,
                    "width": photo.width,
                    "height": photo.height,
                    "urls": {
                        str(width): f"/media/{photo.id}/{width}.webp" for width in media.WIDTHS
                    },
                    "placeholder": photo.placeholder
                    and f"data:image/webp;base64,{photo.placeholder}",
                    "caption": photo.caption,
                }
                | self.caption_served(photo, offer)
                for photo in photos
            ],
            "audio": note
            and {
                "id": note.id,
                "url": f"/media/{note.id}/note.{note.ending}",
                "media_type": media.MEDIA_TYPES[note.ending],
                "milliseconds": note.milliseconds,
            },
            "marks": offer.marks,
            "state": offer.state,
            "version": offer.version,
            "updated_at": offer.updated_at,
        } | ({"served": served} if served else {})

    def caption_served(self, photo, offer):
        if photo.caption is None or offer.source_lang == self.languages[0]:
            return {}
        return {"served": {"caption": offer.source_lang}}


@pytest.fixture(params=["vi", "en", "kpm"])
def lang(request):
    return request.param


@pytest.fixture
def slow(session, now, lang):
    return Slow(session, now, lang)


def in_order(offers):
    live = [offer for offer in offers if offer.state == ListingState.LIVE]
    return sorted(live, key=lambda offer: (offer.listed_at, offer.id), reverse=True)


class TestSameAnswer:
    def test_on_the_shelf_of_goods(self, world, nobody, slow, lang):
        page = nobody.get(f"/listings?limit=100&lang={lang}").json

        slowly = [slow.goods(listing) for listing in in_order(world[0])]
        assert page == {"items": GoodsOut(many=True).dump(slowly), "next": None}
        page_of(GoodsOut, "goods")().load(page)

    def test_on_the_shelf_of_visits(self, world, nobody, slow, lang):
        page = nobody.get(f"/experiences?limit=100&lang={lang}").json

        slowly = [slow.visit(visit) for visit in in_order(world[1])]
        assert page == {"items": VisitOut(many=True).dump(slowly), "next": None}
        page_of(VisitOut, "visits")().load(page)

    def test_of_cards_that_are_known_already(self, session, now, world, nobody, slow, lang):
        path = f"/listings?limit=100&lang={lang}"
        nobody.get(path)
        for listing in world[0]:
            for lot in listings.lots_of(session, listing_id=listing.id, now=now):
                inventory.close(session, resource_id=lot.lot_id, bucket=0)

        page = nobody.get(path).json

        slowly = [slow.goods(listing) for listing in in_order(world[0])]
        assert page["items"] == GoodsOut(many=True).dump(slowly)
        assert {item["available"] for item in page["items"]} == {0}

    def test_in_search(self, session, world, nobody, slow, lang):
        page = nobody.get(f"/search?limit=100&lang={lang}").json

        offers = {offer.id: offer for part in world for offer in part}
        ids = session.scalars(
            select(SearchDocument.subject_id).order_by(SearchDocument.rank_key)
        ).all()
        slowly = [slow.found(offers[each]) for each in ids]
        items = FoundOut(many=True).dump(slowly)
        assert page == {"items": items, "next": None, "did_you_mean": None, "overview": None}
        FoundPage().load(page)

    def test_on_a_listings_own_page(self, session, now, world, nobody, slow, lang):
        for listing in in_order(world[0]):
            answer = nobody.get(f"/listings/{listing.id}?lang={lang}").json

            slowly = slow.goods(listing) | slow.full(listing)
            slowly["harvest"] = {"opens": listing.harvest_from, "closes": listing.harvest_until}
            slowly["lots"] = listings.lots_of(session, listing_id=listing.id, now=now)
            slowly |= {"coming": None, "cold_chain": False, "shelf_hours": None}
            assert answer == ListingOut().dump(slowly)
            ListingOut().load(answer)

    def test_on_a_visits_own_page(self, world, nobody, slow, lang):
        for visit in in_order(world[1]):
            answer = nobody.get(f"/experiences/{visit.id}?lang={lang}").json

            options = answer.pop("options")
            meeting = {"meeting_commune": None, "meeting_landmark": None, "spoken": []}
            meeting["availability"] = "start-time"
            whole = slow.visit(visit) | slow.full(visit) | meeting
            assert answer == ExperienceOut().dump(whole)
            assert [option["id"] for option in options] == [answer["id"]]
            ExperienceOut().load(answer)


def change_words(session, now, actor, listing):
    words = Revision(texts={"vi": {"title": "Dâu mới đặt tên"}})
    listings.revise(session, actor=actor, listing_id=listing.id, revision=words, now=now)


def change_price(session, now, actor, listing):
    price = Revision(price=Money(7_000))
    listings.revise(session, actor=actor, listing_id=listing.id, revision=price, now=now)


def change_photo(session, now, actor, listing):
    (photo,) = media.photos_of(session, subject_id=listing.id)
    media.remove(
        session, actor=actor, kind=Listing, offer_id=listing.id, photo_id=photo.id, now=now
    )


def change_seller_name(session, now, actor, listing):
    seller = session.get_one(Organisation, listing.seller_id)
    organisations.edit(
        session,
        actor=replace(actor, managed_ids=actor.seller_ids),
        organisation_id=seller.id,
        changes={"name": "Vườn Đổi Tên"},
        version=seller.version,
        custody_account=makers.CUSTODY,
        now=now,
    )


def verify_seller(session, now, actor, listing):
    organisations.verify(session, organisation_id=listing.seller_id, now=now)


class TestChanges:
    @pytest.mark.parametrize(
        ("change", "member"),
        [
            (change_words, "title"),
            (change_price, "price"),
            (change_photo, "photo"),
            (change_seller_name, "seller"),
            (verify_seller, "seller"),
        ],
    )
    def test_of_a_card_show_at_once(self, session, now, nobody, change, member):
        actor = makers.seller(session, now, verified=False)
        listing = makers.strawberries(session, now, of=actor)
        session.add(
            Photo(
                id=uuid7(),
                subject_id=listing.id,
                position=0,
                digest=uuid7().hex,
                width=640,
                height=480,
                created_at=now,
            )
        )
        session.flush()
        (before,) = nobody.get("/listings").json["items"]

        change(session, now, actor, listing)
        session.flush()

        (after,) = nobody.get("/listings").json["items"]
        assert {name for name in after if after[name] != before[name]} == {member}


class TestFilters:
    @pytest.mark.parametrize("category", ["produce", "produce.fruit", *KINDS, "tea"])
    def test_take_a_whole_branch(self, world, nobody, category):
        page = nobody.get(f"/listings?limit=100&category={category}").json

        expected = [
            each
            for each in in_order(world[0])
            if f"{each.category_code}.".startswith(f"{category}.")
        ]
        assert ids(page) == [each.id for each in expected]

    def test_go_together(self, world, nobody, sellers):
        seller_id = makers.only(sellers[0].seller_ids)
        query = f"limit=100&category=produce&commune=24778&seller={seller_id}"

        page = nobody.get(f"/listings?{query}").json

        expected = [
            each
            for each in in_order(world[0])
            if each.category_code.startswith("produce")
            and (each.unit_code, each.seller_id) == ("24778", seller_id)
        ]
        assert ids(page) == [each.id for each in expected]

    @pytest.mark.parametrize("path", ["listings", "experiences", "search"])
    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("category=moon", 422, "category.unknown"),
            ("seller=me", 422, "invalid"),
            ("limit=0", 422, "invalid"),
            ("limit=101", 422, "invalid"),
            ("limit=1e3", 422, "invalid"),
            ("cursor=abc", 422, "cursor.invalid"),
            ("sort=up", 422, "invalid"),
            ("commune=a&commune=b", 422, "invalid"),
        ],
    )
    def test_are_refused_when_they_are_none(self, nobody, path, query, status, code):
        answer = nobody.get(f"/{path}?{query}")

        assert (answer.status_code, answer.json["code"]) == (status, code)


class TestPages:
    @pytest.mark.parametrize("path", ["listings", "experiences", "search", "search?q=dau"])
    def test_hold_everything_once_and_in_order(self, world, nobody, path):
        glue = "&" if "?" in path else "?"
        paged, cursor = [], ""
        while cursor is not None:
            page = nobody.get(f"/{path}{glue}limit=2{cursor and f'&cursor={cursor}'}").json
            paged += ids(page)
            cursor = page["next"]

        assert paged == ids(nobody.get(f"/{path}{glue}limit=100").json)

    def test_do_not_continue_another_list(self, world, nobody):
        cursor = nobody.get("/listings?limit=2").json["next"]

        answer = nobody.get(f"/listings?limit=2&category=produce&cursor={cursor}")

        assert (answer.status_code, answer.json["code"]) == (422, "cursor.invalid")


class TestCost:
    @pytest.mark.parametrize(
        ("path", "most"),
        [("/listings", 1), ("/experiences", 1), ("/search", 1), ("/search?q=dau", 2)],
    )
    def test_is_one_query_for_a_page_of_known_cards(self, database, world, nobody, path, most):
        nobody.get(path)

        with Counted(database) as queries:
            nobody.get(path)

        assert 0 < len(queries) <= most

    @pytest.mark.parametrize("path", ["/listings", "/experiences"])
    def test_is_one_query_more_when_a_card_is_new(self, database, world, nobody, path):
        with Counted(database) as queries:
            nobody.get(path)

        assert len(queries) == 2

    def test_is_two_queries_for_a_listing(self, database, world, nobody):
        listing = in_order(world[0])[0]

        with Counted(database) as queries:
            nobody.get(f"/listings/{listing.id}")

        assert len(queries) == 2


class Counted:
    """The statements that a block sends to the database."""

    def __init__(self, database):
        self._connection, self._sent = database.bound, []

    def _note(self, _connection, _cursor, statement, *_):
        self._sent.append(statement)

    def __enter__(self):
        event.listen(self._connection, "before_cursor_execute", self._note)
        return self._sent

    def __exit__(self, *_):
        event.remove(self._connection, "before_cursor_execute", self._note)


def ids(page):
    return [UUID(item["id"]) for item in page["items"]]
