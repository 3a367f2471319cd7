"""Photos and recordings of an offer: placed, heard, counted, and asked for by thrifty phones."""

import io
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from api.wiring import context_for
from catalog.media import photos
from catalog.models import AudioNote, MediaUse, Photo
from market import clock, worker
from market.accounts import Actor, Role
from market.files import Folder, ObjectStore
from tests import makers
from tests.databases import settings_for
from tests.sounds import m4a, ogg
from tests.stores import store_settings


def photo(height=48):
    out = io.BytesIO()
    Image.new("RGB", (64, height), "red").save(out, "JPEG")
    return out.getvalue()


def upload(caller, path, content, *, name="photo", **headers):
    form = {name: (io.BytesIO(content), "x.exe", "application/octet-stream")}
    return caller.post(path, data=form, content_type="multipart/form-data", headers=headers)


def say(caller, path, content):
    return upload(caller, f"{path}/audio", content, name="audio")


@pytest.fixture(params=["listings", "experiences"])
def path(request, session, farmer):
    """Something of the farmer's, goods or a visit."""
    actor = Actor(
        person_id=makers.person(session, clock.now()).id,
        roles=frozenset({Role.BUYER, Role.SELLER}),
        seller_ids=frozenset({farmer.organisation_id}),
    )
    if request.param == "listings":
        return f"/listings/{makers.strawberries(session, clock.now(), of=actor).id}"
    return f"/experiences/{makers.tour(session, clock.now(), of=actor)[0].id}"


@pytest.fixture
def three(farmer, path):
    """The ids of three photos in their order."""
    return [upload(farmer, f"{path}/photos", photo(height)).json["id"] for height in (40, 41, 42)]


def shown(caller, path, lang="vi"):
    return caller.get(f"{path}?lang={lang}").json


class TestPlacing:
    def test_says_what_a_photo_shows(self, farmer, nobody, path, three):
        version = shown(nobody, path)["version"]
        body = {"caption": "  Dâu chi\u0301n  "}

        answer = farmer.patch(f"{path}/photos/{three[1]}", body, version=version)

        assert (answer.status_code, answer.json["caption"]) == (200, "Dâu chín")
        assert answer.headers["ETag"].startswith(f'"v{version + 1}-')
        told = shown(nobody, path)["photos"][1]
        assert (told["caption"], "_lang" in told) == ("Dâu chín", False)
        assert shown(nobody, path, "en")["photos"][1]["_lang"] == {"caption": "vi"}

    def test_takes_the_words_away(self, farmer, nobody, path, three):
        for caption in ("Dâu", ""):
            version = shown(nobody, path)["version"]
            farmer.patch(f"{path}/photos/{three[0]}", {"caption": caption}, version=version)

        assert shown(nobody, path)["photos"][0]["caption"] is None

    @pytest.mark.parametrize(
        ("position", "order"), [(0, "201"), (1, "021"), (2, "012"), (7, "012")]
    )
    def test_moves_a_photo(self, farmer, nobody, path, three, position, order):
        version = shown(nobody, path)["version"]

        farmer.patch(f"{path}/photos/{three[2]}", {"position": position}, version=version)

        page = shown(nobody, path)
        assert [each["id"] for each in page["photos"]] == [three[int(each)] for each in order]
        assert page["photo"]["id"] == page["photos"][0]["id"]  # on its card too

    def test_needs_the_version_that_was_seen(self, farmer, nobody, path, three):
        one = f"{path}/photos/{three[0]}"
        version = shown(nobody, path)["version"]

        assert farmer.patch(one, {"caption": "Dâu"}).status_code == 428
        assert farmer.patch(one, {"caption": "Dâu"}, version=version - 1).status_code == 412
        assert farmer.patch(one, {"caption": "Dâu"}, version=version).status_code == 200

    def test_is_the_sellers(self, farmer, stranger, nobody, path, three):
        one, other = f"{path}/photos/{three[0]}", f"{path}/photos/{uuid4()}"
        version = shown(nobody, path)["version"]

        assert nobody.patch(one, {"position": 1}, version=version).status_code == 401
        assert stranger.patch(one, {"position": 1}, version=version).status_code == 404
        assert farmer.patch(other, {"position": 1}, version=version).status_code == 404

    @pytest.mark.parametrize("body", [{"caption": "x" * 201}, {"position": -1}, {"position": 8}])
    def test_has_its_bounds(self, farmer, path, three, body):
        assert farmer.patch(f"{path}/photos/{three[0]}", body, version=4).status_code == 422


class TestPlaceholders:
    def test_come_with_a_photo(self, farmer, nobody, path):
        sent = upload(farmer, f"{path}/photos", photo()).json["placeholder"]

        assert sent.startswith("data:image/webp;base64,UklGR")
        assert len(sent) < 400
        assert shown(nobody, path)["photos"][0]["placeholder"] == sent


class TestRecordings:
    @pytest.mark.parametrize(("content", "kind"), [(ogg(), "audio/ogg"), (m4a(), "audio/mp4")])
    def test_are_heard_for_a_year_and_in_parts(self, client, farmer, nobody, path, content, kind):
        assert shown(nobody, path)["audio"] is None

        answer = say(farmer, path, content)

        note = shown(nobody, path)["audio"]
        assert (answer.status_code, note) == (201, answer.json)
        assert (note["media_type"], note["milliseconds"] // 100) in {(kind, 30), (kind, 29)}
        whole = client.get(note["url"])
        assert (whole.status_code, whole.mimetype, whole.data) == (200, kind, content)
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        part = client.get(note["url"], headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.data) == (206, content[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(content)}"
        assert client.get(note["url"], headers={"Range": "bytes=9999999-"}).status_code == 416
        for unread in ("words=1-2", "bytes", "bytes=a-b", "bytes=5-1"):
            assert client.get(note["url"], headers={"Range": unread}).data == content
        again = client.get(note["url"], headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status_code == 304

    def test_are_one_and_the_last(self, farmer, nobody, path, session):
        first = say(farmer, path, ogg(3)).json
        assert say(farmer, path, ogg(3)).json == first

        second = say(farmer, path, m4a(5)).json

        assert shown(nobody, path)["audio"] == second != first
        assert len(session.scalars(select(AudioNote)).all()) == 1

    def test_are_taken_away(self, farmer, stranger, nobody, path):
        say(farmer, path, ogg())

        assert stranger.delete(f"{path}/audio").status_code == 404
        assert farmer.delete(f"{path}/audio").status_code == 204
        assert shown(nobody, path)["audio"] is None
        assert farmer.delete(f"{path}/audio").status_code == 404

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"", 415, "audio.unsupported"),
            (photo(), 415, "audio.unsupported"),
            (ogg()[:-9], 422, "audio.broken"),
            (m4a(61), 422, "audio.too_long"),
            (m4a(sound=bytes(1024 * 1024)), 413, "audio.too_large"),
        ],
    )
    def test_are_refused_each_for_its_reason(self, farmer, path, content, status, code):
        answer = say(farmer, path, content)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_are_the_sellers(self, nobody, stranger, path):
        assert say(nobody, path, ogg()).status_code == 401
        assert say(stranger, path, ogg()).status_code == 404

    @pytest.mark.parametrize("name", ["note.ogg", "note.m4a", "note.webm"])
    def test_that_are_not_there_are_not_found(self, client, name):
        assert client.get(f"/media/{uuid4()}/{name}").status_code == 404


class TestQuotas:
    def used(self, session):
        return session.execute(select(MediaUse.files, MediaUse.size_bytes)).one()

    def test_count_what_is_kept_and_give_it_back(self, session, farmer, path):
        name = upload(farmer, f"{path}/photos", photo()).json["id"]
        say(farmer, path, ogg())
        files, size_bytes = self.used(session)
        assert (files, size_bytes > len(ogg())) == (2, True)

        farmer.delete(f"{path}/photos/{name}")
        say(farmer, path, m4a())
        assert self.used(session) == (1, len(m4a()))
        farmer.delete(f"{path}/audio")
        assert self.used(session) == (0, 0)

    @pytest.mark.parametrize(("limit", "most"), [("FILES_MAX", 2), ("BYTES_MAX", 600)])
    def test_refuse_what_is_beyond(self, monkeypatch, session, farmer, path, limit, most):
        monkeypatch.setattr(photos, limit, most)
        answers = [upload(farmer, f"{path}/photos", photo(height)) for height in range(40, 48)]

        kept = len([answer for answer in answers if answer.status_code == 201])
        assert 1 <= kept < 8
        refused = answers[kept]
        assert (refused.status_code, refused.json["code"]) == (409, "media.quota")
        assert set(refused.json["params"]) == {"files_most", "bytes_most"}
        assert self.used(session).files == kept == len(session.scalars(select(Photo)).all())


SAVES = {"Save-Data": "on"}


class TestThrift:
    def test_is_told_of_the_smallest_alone(self, nobody, path, three):
        plain, thrifty = nobody.get(path), nobody.get(path, headers=SAVES)

        assert set(plain.json["photos"][0]["urls"]) == {"320", "640", "1280"}
        assert set(thrifty.json["photos"][0]["urls"]) == {"320"}
        for answer in (plain, thrifty):
            assert "Save-Data" in ", ".join(answer.headers.getlist("Vary"))

    def test_changes_nothing_at_an_address_that_never_changes(self, client, farmer, path):
        url = upload(farmer, f"{path}/photos", photo()).json["urls"]["1280"]

        plain, thrifty = client.get(url), client.get(url, headers=SAVES)

        assert plain.data == thrifty.data
        assert "Save-Data" not in plain.headers.get("Vary", "")


class TestTheStore:
    @pytest.fixture
    def use(self, app, monkeypatch):
        return lambda files: monkeypatch.setitem(app.config, "FILES", files)

    @pytest.fixture
    def away(self, tmp_path):
        return ObjectStore(settings_for("", tmp_path, **store_settings("http://127.0.0.1:9")))

    @pytest.mark.parametrize(
        ("place", "name", "content"), [("photos", "photo", photo()), ("audio", "audio", ogg())]
    )
    def test_that_is_away_keeps_nothing_and_the_same_key_tries_again(
        self, use, away, tmp_path, session, farmer, nobody, path, place, name, content
    ):
        at, key = f"{path}/{place}", {"Idempotency-Key": "one-and-the-same"}
        before = shown(nobody, path)["version"]
        use(away)

        refused = upload(farmer, at, content, name=name, **key)
        version = shown(nobody, path)["version"]
        use(Folder(tmp_path))
        answers = [upload(farmer, at, content, name=name, **key) for _ in range(2)]

        assert (refused.status_code, refused.json["code"]) == (503, "files.unavailable")
        assert refused.headers["Retry-After"] == "20"
        assert version == before
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json == answers[1].json
        assert session.scalar(select(MediaUse.files)) == 1

    def test_that_is_away_hides_pictures_and_no_words(self, client, use, away, nobody, path, three):
        use(away)

        assert client.get(f"/media/{three[0]}/320.webp").status_code == 503
        assert client.get(f"/media/{uuid4()}/note.ogg").status_code == 503
        assert len(shown(nobody, path)["photos"]) == 3

    def test_of_s3_serves_as_a_folder_does(self, client, use, s3, tmp_path, farmer, path):
        use(ObjectStore(settings_for("", tmp_path, **s3)))

        answer = upload(farmer, f"{path}/photos", photo())
        file = client.get(answer.json["urls"]["640"])

        assert (file.status_code, file.data[8:12]) == (200, b"WEBP")
        assert client.get(f"/media/{uuid4()}/640.webp").status_code == 404

    def test_holds_nothing_that_was_refused_or_sent_twice_or_removed(
        self, use, tmp_path, database, farmer, stranger, path
    ):
        files = Folder(tmp_path / "files")
        use(files)
        upload(stranger, f"{path}/photos", photo())
        upload(farmer, f"{path}/photos", photo())
        name = upload(farmer, f"{path}/photos", photo()).json["id"]
        say(farmer, path, ogg())
        note = say(farmer, path, m4a()).json["id"]

        settings = settings_for("", tmp_path)
        worker.drain(context_for(settings, database))

        left = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.[wmo]*")}
        widths = {f"files/photos/{name}/{width}.webp" for width in (320, 640, 1280)}
        assert left == {f"files/audio/{note}.m4a", *widths}
