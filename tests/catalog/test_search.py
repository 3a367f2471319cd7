"""Search: exact before folded, title before the rest, alike on both databases, always in step."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalog import experiences, listings, reviewing, search
from catalog.categories import Sold, UnknownCategory
from catalog.listings import Goods
from catalog.models import Listing, ListingState
from catalog.search import Filters, Sort, words
from catalog.search.models import SearchDocument, SearchTerm
from market.money import Money
from market.portable import uuid_of
from tests import indexes, makers

SECOND = timedelta(seconds=1)
DALAT, PHAN_THIET = makers.COMMUNE, "22918"
SENTENCE = "dứa dừa dưa bơ bò cà phê cá nấm Đà Lạt dalat sầu riêng rau muống Cầu Đất K'Ho"
WORDS = SENTENCE.split()


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def offer(session, now, farmer):
    """Put goods on the shelf, each a second after those before."""
    made = []

    def put(title, description="", *, of=farmer, price=50_000, **changes):
        fields = {"title": title} | ({"description": description} if description else {})
        facts = {
            "seller_id": makers.only(of.seller_ids),
            "category_code": "pantry.jam",
            "unit_code": DALAT,
            "price": Money(price),
            "texts": {"vi": fields},
        }
        listing = listings.draft(session, actor=of, goods=Goods(**(facts | changes)), now=now)
        listing.state = ListingState.LIVE
        listing.listed_at = now + SECOND * len(made)
        session.flush()
        search.refresh(session, subject_id=listing.id)
        made.append(listing)
        return listing.id

    return put


@pytest.fixture
def find(session, database, now):
    def ask(query="", *, limit=100, after=None, sort=Sort.RELEVANCE, near=None, **filters):
        session.flush()
        wanted = search.Search(query=query, filters=Filters(**filters), sort=sort, near=near)
        with database.read_engine.connect() as connection:
            return search.find(
                connection,
                wanted,
                lang="vi",
                after=after,
                limit=limit,
                now=now,
            )

    return ask


def ids(found):
    return [uuid_of(each.row.id) for each in found]


class TestWords:
    def test_finds_with_and_without_marks(self, offer, find):
        coconut = offer("Dừa xiêm")

        assert ids(find("dừa")) == ids(find("dua xiem")) == ids(find("DỪA")) == [coconut]

    def test_puts_the_word_as_written_before_its_lookalikes(self, offer, find):
        coconut, pineapple = offer("Dừa xiêm"), offer("Dứa mật")

        assert ids(find("dừa")) == [coconut, pineapple]
        assert ids(find("dứa")) == [pineapple, coconut]

    def test_puts_titles_before_descriptions(self, offer, find):
        in_title = offer("Mứt dâu")
        in_text = offer("Bánh", "Ăn cùng mứt")

        assert ids(find("mứt")) == [in_title, in_text]

    def test_puts_the_newest_first_among_equals(self, offer, find):
        older, newer = offer("Mứt dâu"), offer("Mứt dâu")

        assert ids(find("mứt")) == [newer, older]

    def test_wants_every_word(self, offer, find):
        both, _ = offer("Mứt dâu"), offer("Mứt mận")

        assert ids(find("dâu mứt")) == [both]

    @pytest.mark.parametrize("query", ["dalat", "da lat", "Đà Lạt", "ĐÀ LẠT", "đà lạt!"])
    def test_knows_names_written_together(self, offer, find, query):
        jam = offer("Mứt Đà Lạt")

        assert ids(find(query)) == [jam]

    @pytest.mark.parametrize("query", ["K'Ho", "k’ho", "kho"])
    def test_does_not_mind_apostrophes(self, offer, find, query):
        cloth = offer("Thổ cẩm K'Ho")

        assert ids(find(query)) == [cloth]

    @pytest.mark.parametrize("query", ["Vườn Thử", "mứt", "jam", "lam vien"])
    def test_knows_seller_category_and_commune(self, offer, find, query):
        berries = offer("Dâu tằm")

        assert ids(find(query)) == [berries]

    def test_knows_the_words_of_every_language(self, offer, find):
        berries = offer("Dâu", texts={"vi": {"title": "Dâu"}, "en": {"title": "Berries"}})

        assert ids(find("berries")) == [berries]

    @pytest.mark.parametrize("query", ["khôngcó", "mứt khôngcó", "!!!", "' OR 1=1 --", '"'])
    def test_finds_nothing_where_there_is_nothing(self, offer, find, query):
        offer("Mứt")

        assert find(query) == []

    def test_shows_the_newest_where_nothing_is_asked(self, offer, find):
        older, newer = offer("Mứt dâu"), offer("Rượu")

        assert ids(find("")) == ids(find("  ")) == [newer, older]


class TestFilters:
    def test_narrow_by_branch_of_the_tree(self, offer, find):
        jam, cloth = offer("Một"), offer("Hai", category_code="craft.silk")

        assert ids(find(category="pantry")) == ids(find(category="pantry.jam")) == [jam]
        assert ids(find("hai", category="craft")) == [cloth]

    def test_refuse_a_category_that_is_none(self, find):
        with pytest.raises(UnknownCategory):
            find(category="moon")

    def test_narrow_by_commune(self, offer, find):
        _, there = offer("Một"), offer("Hai", unit_code=PHAN_THIET)

        assert ids(find(commune=PHAN_THIET)) == [there]

    def test_narrow_by_price_ends_included(self, offer, find):
        _, middle, _ = (offer("Mứt", price=price) for price in (10, 20, 30))

        assert ids(find("mứt", price_from=20, price_to=20)) == [middle]

    def test_narrow_by_seller(self, session, now, offer, find):
        other = makers.seller(session, now, name="Khác")
        _, theirs = offer("Mứt"), offer("Mứt", of=other)

        assert ids(find("mứt", seller_id=makers.only(other.seller_ids))) == [theirs]

    def test_narrow_by_kind(self, session, now, farmer, offer, find):
        goods = offer("Vườn dâu")
        visit, _ = makers.tour(session, now, of=farmer)
        search.refresh(session, subject_id=visit.id)

        assert ids(find("vườn dâu", kind=Sold.VISIT)) == [visit.id]
        assert ids(find("vườn dâu", kind=Sold.GOODS)) == [goods]


class TestStayingInStep:
    def test_forgets_what_is_paused_and_its_old_words(self, session, now, farmer, offer, find):
        jam = offer("Mứt")
        step = {"actor": farmer, "kind": Listing, "offer_id": jam, "now": now}

        reviewing.pause(session, **step)
        assert find("mứt") == []

        reviewing.resume(session, **step)
        assert ids(find("mứt")) == [jam]

    def test_learns_new_words_and_forgets_the_old(self, session, now, farmer, offer, find):
        jam = offer("Mứt dâu")

        listings.revise(
            session,
            actor=farmer,
            listing_id=jam,
            revision=listings.Revision(price=Money(70_000), texts={"vi": {"title": "Siro mận"}}),
            now=now,
        )

        assert find("dâu") == []
        (siro,) = find("siro", price_from=70_000)
        assert siro.row.title == "Siro mận"

    def test_follows_a_visit_too(self, session, now, farmer, find):
        visit, _ = makers.tour(session, now, of=farmer)

        experiences.revise(
            session,
            actor=farmer,
            experience_id=visit.id,
            revision=experiences.Revision(adult=Money(99_000)),
            now=now,
        )

        assert [each.row.price_minor for each in find("dâu")] == [99_000]

    def test_is_built_anew_as_it_was(self, session, now, offer, find):
        for number in range(12):
            offer(f"Mứt số {number}", "dâu" if number % 3 else "mận")
        before = [find(query) for query in ("", "mứt", "dâu", "man", "so 7")]

        assert indexes.rebuild(session) == 12

        assert [find(query) for query in ("", "mứt", "dâu", "man", "so 7")] == before

    def test_is_built_anew_without_what_went_away_unseen(self, session, offer, find):
        stays, goes = offer("Mứt dâu"), offer("Mứt mận")
        session.get_one(Listing, goes).state = ListingState.PAUSED

        indexes.rebuild(session)

        assert ids(find("mứt")) == ids(find("")) == [stays]


class TestOrder:
    @pytest.fixture
    def shelf(self, offer):
        chance = Random(11)
        return [
            offer(
                " ".join(chance.choices(WORDS, k=chance.randint(1, 4))),
                " ".join(chance.choices(WORDS, k=chance.randint(0, 6))),
                price=chance.randint(1, 5) * 1000,
            )
            for _ in range(60)
        ]

    @pytest.mark.parametrize(
        "query", ["dứa", "dua", "bơ", "cà phê", "ca phe", "da lat", "dalat", "sầu", "sau rieng", ""]
    )
    def test_is_the_order_of_the_tiers_then_of_the_shelf(self, session, shelf, find, query):
        assert ids(find(query)) == model(session, query)

    @pytest.mark.parametrize("query", ["dứa", "ca", ""])
    @pytest.mark.parametrize("limit", [1, 3, 7])
    def test_is_the_same_in_pages_of_any_size(self, shelf, find, query, limit):
        paged, after = [], None
        while rows := find(query, limit=limit, after=after):
            paged += ids(rows[:limit])
            after = rows[:limit][-1].key
            if len(rows) <= limit:
                break

        assert paged == ids(find(query))


def model(session, query):
    """Search as a sentence: the first tier whose words are all there, then what is newest."""
    documents = session.execute(
        select(SearchDocument.subject_id, SearchDocument.tokens).order_by(SearchDocument.rank_key)
    ).all()
    found = []
    for tier in words.tiers(words.asked(query)) if query else [words.Tier(())]:
        for subject_id, tokens in documents:
            has_all = all(set(some) & set(tokens.split()) for some in tier.wanted)
            if has_all and subject_id not in found:
                found.append(subject_id)
    return found


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
)
def test_any_query_is_answered(find, query):
    find(query)


@given(text=st.text(max_size=80))
def test_tokens_are_single_words_whatever_was_written(text):
    tokens = words.tokens(titles=[text], others=[], seller=text, facets=()).split(" ")

    assert all(first < second for first, second in pairwise(tokens))
    assert not any(set("'\"\\&|!()") & set(token) for token in tokens)


@pytest.fixture
def jam(offer):
    """Goods whose words can be mistaken."""
    offer("Mứt dâu tây")
    offer("Mứt dứa", "Dứa Đơn Dương, ít đường")
    offer("Cà phê Cầu Đất")
    offer("Mứt dừa")
    offer("Dâu tây Đà Lạt")


class TestMistypedWords:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("caf phee", "cà phê"),
            ("da6u ta6y", "dâu tây"),
            ("muts dau", "mứt dâu"),
            ("cà phêê", "cà phê"),
            ("mutt", "mứt"),
            ("cau datt", "cầu đất"),
            ("da6u ta6y da2 la5t", "dâu tây đà lạt"),
        ],
    )
    def test_are_read_as_words_that_something_has(self, session, jam, typed, meant):
        assert search.did_you_mean(session, query=typed) == meant

    @pytest.mark.parametrize("typed", ["", "!", "mứt dâu", "mut dua", "xyzzy", "mứt xyzzy", "ab"])
    def test_are_left_alone_where_they_are_right_or_hopeless(self, session, jam, typed):
        assert search.did_you_mean(session, query=typed) is None

    def test_have_the_marks_of_the_word_beside_them(self, session, offer):
        for _ in range(3):
            offer("Cá khô")
        offer("Cà phê")

        assert search.did_you_mean(session, query="caf phee") == "cà phê"
        assert search.did_you_mean(session, query="caf") == "cá"

    def test_what_is_meant_finds_something(self, session, jam, find):
        meant = search.did_you_mean(session, query="caf phee")

        assert find("caf phee") == []
        assert len(find(meant)) == 1

    def test_are_no_longer_read_as_words_of_what_is_gone(self, session, now, farmer, offer):
        gone = offer("Măng cụt")
        assert search.did_you_mean(session, query="mawng") == "măng"

        session.get_one(Listing, gone).state = ListingState.PAUSED
        search.refresh(session, subject_id=gone)

        assert search.did_you_mean(session, query="mawng") is None


class TestHalfTypedWords:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("mut du", "mứt dừa"),
            ("mứt dứ", "mứt dứa"),
            ("ca ph", "cà phê"),
            ("caph", "cà phê"),
            ("đ", "đà"),
            ("dâu tây đơn", "dâu tây đơn"),
            ("ngon mut du", "ngon mứt dừa"),
        ],
    )
    def test_are_completed(self, session, jam, typed, first):
        assert first in search.complete(session, query=typed)

    def test_are_completed_as_they_are_marked(self, session, jam):
        assert search.complete(session, query="dứ") == ["dứa"]
        assert {"dứa", "dừa"} == set(search.complete(session, query="dua"))

    def test_are_completed_once(self, session, jam):
        completed = search.complete(session, query="c")

        assert len(completed) == len(set(completed))

    def test_commonest_first(self, session, jam):
        assert search.complete(session, query="m")[0] == "mứt"

    @pytest.mark.parametrize("typed", ["", "  ", "%", "_", "xyzzy", "'"])
    def test_may_have_no_completion(self, session, jam, typed):
        assert search.complete(session, query=typed) == []


class TestTerms:
    def test_are_the_same_changed_one_by_one_and_counted_anew(self, session, offer, jam):
        session.get_one(Listing, offer("Tạm thời")).state = ListingState.PAUSED
        for listing in session.scalars(select(Listing)):
            search.refresh(session, subject_id=listing.id)
        one_by_one = terms_of(session)

        indexes.rebuild(session)

        assert terms_of(session) == one_by_one
        assert (one_by_one["dau", "dâu"], one_by_one["dua", "dừa"]) == (2, 1)


def terms_of(session):
    rows = session.execute(
        select(SearchTerm.folded, SearchTerm.term, SearchTerm.count).where(SearchTerm.count != 0)
    )
    return {(folded, term): count for folded, term, count in rows}
