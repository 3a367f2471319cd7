"""Photos and a recording on the seller's form and on the pages of what is sold."""

import io
import re

import pytest
from PIL import Image

from catalog import media
from catalog.models import AudioNote, Listing
from market.files import ObjectStore
from tests import makers, people
from tests.databases import settings_for
from tests.sounds import m4a, ogg
from tests.stores import store_settings


def photo(height=600):
    picture = io.BytesIO()
    Image.new("RGB", (800, height), "#c33").save(picture, "JPEG")
    picture.seek(0)
    return (picture, "dau.jpg")


def sound(content):
    return (io.BytesIO(content), "kể.m4a")


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def change(browser, farmer, berries):
    """The form as the farmer sends it, with some fields changed."""

    def send(**fields):
        form = {"title": "Dâu tây", "price": "180.000", "quantity": "10", "was": "10"} | fields
        return browser(farmer).send(f"/sell/goods/{berries.id}", **form)

    return send


@pytest.fixture
def three(session, berries, change):
    """Three photos in their order."""
    change(photos=[photo(600), photo(601), photo(602)])
    return media.photos_of(session, subject_id=berries.id)


def order(session, berries):
    return [photo.id for photo in media.photos_of(session, subject_id=berries.id)]


class TestCaptions:
    def test_are_the_words_beside_the_picture(self, browser, berries, change, three):
        answer = change(**{f"caption-{three[0].id}": "Luống dâu <sáng>"})

        page = browser().get(f"/g/{berries.id}").text
        assert answer.status_code == 303
        assert 'alt="Luống dâu &lt;sáng&gt;"' in page
        assert 'alt="Dâu tây"' in page  # of the others

    def test_of_all_photos_are_read_under_them(self, browser, berries, change, three):
        change(photos=[photo(603 + more) for more in range(5)])
        change(**{f"caption-{three[2].id}": "Luống thứ ba"})

        page = browser().get(f"/g/{berries.id}").text
        assert ">Luống thứ ba</p>" in page
        assert len(re.findall(r'<a href="/media/[^"]+/1280\.webp">', page)) == 7  # beside the first

    def test_lose_marks_that_turn_what_stands_behind_them(self, session, berries, change, three):
        change(**{f"caption-{three[0].id}": "Luống\u202e dâu\u2069\x07"})

        assert media.photos_of(session, subject_id=berries.id)[0].caption == "Luống dâu"

    def test_tell_their_language_to_other_readers(self, browser, berries, change, three):
        change(**{f"caption-{three[0].id}": "Luống dâu"})

        page = browser().get(f"/g/{berries.id}?lang=en").text

        assert 'alt="Luống dâu" lang="vi"' in page

    def test_that_are_too_long_are_said_beside_their_field(self, change, three):
        name = f"caption-{three[1].id}"

        answer = change(**{name: "x" * 201})

        assert (answer.status_code, f'id="e-{name}"' in answer.text) == (422, True)

    def test_that_are_not_sent_stay(self, session, berries, change, three):
        change(**{f"caption-{three[0].id}": "Luống dâu"})
        change()

        assert media.photos_of(session, subject_id=berries.id)[0].caption == "Luống dâu"


class TestOrder:
    def test_is_changed_without_a_script(self, browser, session, farmer, berries, three):
        first, second, third = (each.id for each in three)
        here = browser(farmer)
        page = here.get(f"/sell/goods/{berries.id}").text
        buttons = re.findall(r'form="order" formaction="([^"]+)"', page)

        assert len(buttons) == 5  # later; first and later; first and earlier
        here.send(next(each for each in buttons if f"{third}/0" in each))
        assert order(session, berries) == [third, first, second]
        here.send(f"/sell/goods/{berries.id}/photos/{third}/1")
        assert order(session, berries) == [first, third, second]

    def test_is_the_sellers_own(self, browser, session, now, berries, three):
        stranger = people.founder(session, now, verified=True)[0]

        answer = browser(stranger).send(f"/sell/goods/{berries.id}/photos/{three[2].id}/0")

        assert answer.status_code == 404


class TestRecordings:
    def test_are_heard_on_the_page_until_taken_away(self, browser, session, berries, change):
        change(audio=sound(m4a()))
        note = session.get(AudioNote, berries.id)
        page = browser().get(f"/g/{berries.id}").text
        assert f'<audio controls preload="none" src="/media/{note.id}/note.m4a">' in page

        for _ in range(2):
            assert change(**{"drop-audio": "on"}).status_code == 303
        assert "<audio" not in browser().get(f"/g/{berries.id}").text

    def test_are_heard_before_a_visit_too(self, browser, session, now, farmer):
        visit, _ = makers.tour(session, now, of=farmer)
        form = {"title": "Sáng ở vườn", "price": "150.000", "audio": sound(ogg())}

        answer = browser(farmer).send(f"/sell/visits/{visit.id}", **form)

        assert answer.status_code == 303
        assert "/note.ogg" in browser().get(f"/x/{visit.id}").text

    def test_that_are_none_are_said_beside_their_field(self, change):
        answer = change(audio=sound(m4a(75)))

        assert answer.status_code == 422
        assert "75 giây" in answer.text
        assert 'id="e-audio"' in answer.text

    def test_are_heard_by_the_moderator(self, browser, session, now, change, berries):
        change(audio=sound(m4a()))
        listing = session.get_one(Listing, berries.id)
        listing.state = "draft"
        session.flush()
        change()
        moderator = people.moderator(session, now)

        (case,) = re.findall(
            r'href="(/desk/cases/[^"]+)"', browser(moderator).get("/desk/cases").text
        )[:1]
        assert "/note.m4a" in browser(moderator).get(case).text


class TestPictures:
    def test_stand_on_a_blur_of_themselves(self, browser, berries, three):
        page = browser().get(f"/g/{berries.id}").text

        assert f'src="data:image/webp;base64,{three[0].placeholder}"' in page

    def test_are_the_smallest_for_who_saves_data(self, browser, berries, three):
        here = browser()
        for address in (f"/g/{berries.id}", "/", "/search?q=dau"):
            plain = here.get(address)
            thrifty = here.client.get(address, headers={"Save-Data": "on"})

            assert "1280.webp" in plain.text
            assert set(re.findall(r"/(\d+)\.webp", thrifty.text)) == {"320"}
            assert "Save-Data" in ", ".join(thrifty.headers.getlist("Vary"))

    def test_that_cannot_be_kept_now_lose_no_word(
        self, app, monkeypatch, tmp_path, session, change, berries
    ):
        away = ObjectStore(settings_for("", tmp_path, **store_settings("http://127.0.0.1:9")))
        monkeypatch.setitem(app.config, "FILES", away)

        answer = change(title="Dâu chín cây", photos=photo())

        assert (answer.status_code, "Dâu chín cây" in answer.text) == (503, True)
        assert int(answer.headers["Retry-After"]) > 0  # the script sends it again by itself
        assert 'id="e-photos"' in answer.text
        assert order(session, berries) == []
        assert change(title="Dâu chín cây").status_code == 303  # words alone need no store
