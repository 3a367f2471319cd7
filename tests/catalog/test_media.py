"""Photos: judged by their content, shrunk, turned upright, stripped of everything but pixels."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import pytest
from PIL import Image
from sqlalchemy import select

from catalog import media
from catalog.media import photos
from catalog.models import Listing, MediaUse, Photo
from market.accounts import NOBODY
from market.errors import MarketError, NotFound
from market.outbox import OutboxEvent
from tests import makers

BYTES_MAX = 4_000_000
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def picture(kind="JPEG", *, size=(1600, 1200), orientation=1, **options):
    """A photo, red on its left half, as a phone writes it."""
    image = Image.new("RGB", size, "green")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "Secret Phone"
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    image.save(out, kind, exif=exif, **options)
    return out.getvalue()


def clean(content):
    return media.clean(content, bytes_max=BYTES_MAX)


def shown(photo, width):
    return Image.open(io.BytesIO(photo.images[width]))


class TestCleaning:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_makes_three_widths_of_webp(self, kind):
        photo = clean(picture(kind))

        images = [shown(photo, width) for width in media.WIDTHS]
        assert {image.format for image in images} == {"WEBP"}
        assert [image.size for image in images] == [(320, 240), (640, 480), (1280, 960)]
        assert (photo.width, photo.height) == (1280, 960)

    def test_makes_nothing_larger_than_it_was(self):
        photo = clean(picture(size=(500, 100)))

        assert [shown(photo, width).size for width in media.WIDTHS] == [
            (320, 64),
            (500, 100),
            (500, 100),
        ]

    def test_turns_a_photo_upright(self):
        photo = clean(picture(orientation=6))  # held upright: the left edge is the top

        image = shown(photo, 640).convert("RGB")
        red, green, _ = image.getpixel((320, 20))
        assert image.size == (640, 853)
        assert (red > 200, green < 100) == (True, True)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_keeps_not_a_word_of_metadata(self, kind):
        photo = clean(picture(kind))

        for width in media.WIDTHS:
            assert b"Secret" not in photo.images[width]
            assert not {"exif", "xmp", "icc_profile"} & shown(photo, width).info.keys()

    def test_shows_what_is_see_through_on_white(self):
        out = io.BytesIO()
        Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")

        assert min(shown(clean(out.getvalue()), 320).convert("RGB").getpixel((9, 9))) > 250

    @pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I;16", "CMYK"])
    def test_reads_every_way_of_keeping_colours(self, mode):
        out = io.BytesIO()
        Image.new("L", (40, 30)).convert(mode).save(out, "JPEG" if mode == "CMYK" else "PNG")

        assert clean(out.getvalue()).width == 40

    def test_takes_the_first_picture_of_a_moving_one(self):
        out = io.BytesIO()
        red, blue = (Image.new("RGB", (40, 40), name) for name in ("red", "blue"))
        red.save(out, "WEBP", save_all=True, append_images=[blue])

        assert shown(clean(out.getvalue()), 320).convert("RGB").getpixel((9, 9))[0] > 200

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "photo.not_an_image"),
            (b"GIF89a" + bytes(100), "photo.not_an_image"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.not_an_image"),
            (picture()[:2_000], "photo.broken"),
            (picture("PNG")[:2_000], "photo.broken"),
            (bytes(BYTES_MAX + 1), "photo.too_large"),
            (picture("PNG", size=(6_001, 4_000)), "photo.too_many_pixels"),
            (picture("PNG", size=(1, 20_000)), "photo.broken"),
        ],
    )
    def test_refuses_what_is_no_photo(self, content, code):
        with pytest.raises(MarketError) as refusal:
            clean(content)

        assert refusal.value.code == code

    def test_answers_any_spoilt_photo_with_a_photo_or_a_refusal(self):
        chance = Random(7)
        whole = [picture(kind, size=(60, 40)) for kind in ("JPEG", "PNG", "WEBP")]
        for _ in range(150):
            spoilt = bytearray(chance.choice(whole))
            for _ in range(chance.choice((1, 4, 30))):
                spoilt[chance.randrange(min(len(spoilt), 400))] = chance.randrange(256)
            with suppress(MarketError):
                clean(bytes(spoilt))


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def listing(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def attach(session, now, farmer, listing):
    def do(photo, *, actor=farmer):
        return media.attach(
            session,
            actor=actor,
            kind=Listing,
            offer_id=listing.id,
            photo=photo,
            now=now,
        )[0]

    return do


class TestAttaching:
    def test_shows_photos_in_the_order_they_came(self, session, listing, attach):
        rows = [attach(clean(picture(size=(64, height)))) for height in (48, 49, 50)]

        assert media.photos_of(session, subject_id=listing.id) == rows

    def test_shows_the_same_photo_once_and_lets_its_second_files_go(self, session, attach):
        first, again = (clean(picture(size=(64, 48))) for _ in range(2))

        assert attach(first).id == attach(again).id == first.id
        (event,) = session.scalars(select(OutboxEvent)).all()
        assert event.payload == {"photo_id": str(again.id)}

    def test_refuses_the_ninth(self, attach):
        for height in range(48, 48 + photos.PHOTOS_MAX):
            attach(clean(picture(size=(64, height))))

        with pytest.raises(photos.TooManyPhotos):
            attach(clean(picture(size=(64, 90))))

    def test_raises_the_version_of_the_listing(self, session, listing, attach):
        before = listing.version

        attach(clean(picture(size=(64, 48))))

        session.refresh(listing)
        assert listing.version == before + 1

    def test_is_for_the_seller_alone(self, attach):
        with pytest.raises(NotFound):
            attach(clean(picture(size=(64, 48))), actor=NOBODY)


class TestRemoving:
    def test_shows_it_no_more_and_lets_its_files_go(self, session, now, farmer, listing, attach):
        row = attach(clean(picture(size=(64, 48))))

        take = {"actor": farmer, "kind": Listing, "offer_id": listing.id, "photo_id": row.id}
        media.remove(session, **take, now=now)

        events = session.scalars(select(OutboxEvent)).all()
        assert session.scalars(select(Photo)).all() == []
        assert [(event.name, event.payload) for event in events] == [
            ("catalog.photo_removed", {"photo_id": str(row.id)})
        ]
        with pytest.raises(NotFound):
            media.remove(session, **take, now=now)


class TestQuotas:
    def test_are_never_passed_however_many_ask_at_once(self, monkeypatch, real_database, now):
        monkeypatch.setattr(photos, "FILES_MAX", 5)
        with real_database.transaction() as session:
            seller_id = makers.organisation(session, now).id

        def take(_):
            with suppress(photos.QuotaSpent), real_database.transaction() as session:
                photos.take_room(session, seller_id=seller_id, size_bytes=10)
                return 1
            return 0

        with ThreadPoolExecutor(8) as pool:
            taken = sum(pool.map(take, range(12)))

        with real_database.reading() as session:
            use = session.get_one(MediaUse, seller_id)
        assert (taken, use.files, use.size_bytes) == (5, 5, 50)
