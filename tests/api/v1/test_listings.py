"""Goods over HTTP: drafted, reviewed, shown, changed and paused."""

import io
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from catalog import reviewing
from catalog.models import Listing
from market import clock
from market.cases.models import Case
from tests import makers

BERRIES = {
    "category": "produce.fruit.strawberry",
    "commune": makers.COMMUNE,
    "price": {"amount": 180_000, "currency": "VND"},
    "texts": {
        "vi": {"title": "Dâu tây", "description": "Hái lúc sáng.\nNgọt."},
        "en": {"title": "Strawberries"},
    },
    "quantity": {"value": 20_000, "scale": 3, "unit": "KGM"},
}


@pytest.fixture
def draft(farmer):
    def make(**changes):
        answer = farmer.post(
            "/listings", BERRIES | {"seller_id": str(farmer.organisation_id)} | changes
        )
        assert answer.status_code == 201, answer.json
        return answer.json

    return make


@pytest.fixture
def live(session, farmer, draft):
    def make(**changes):
        listing = draft(**changes)
        farmer.post(f"/listings/{listing['id']}/submission")
        case = session.scalars(select(Case).where(Case.state == "open")).one()
        case.state = "approved"
        reviewing.review_decided(session, case=case, approved=True, now=clock.now())
        session.flush()
        return listing

    return make


class TestDrafting:
    def test_answers_with_the_draft_and_its_lot(self, farmer, draft):
        listing = draft()

        assert listing["state"] == "draft"
        assert (listing["unit"], listing["scale"], listing["increment"]) == ("KGM", 3, 250)
        assert listing["price"] == {"amount": 180_000, "currency": "VND"}
        assert listing["texts"] == BERRIES["texts"]
        assert listing["commune"] == {
            "code": makers.COMMUNE,
            "name": "Phường Lâm Viên - Đà Lạt",
        }
        assert [lot["available"] for lot in listing["lots"]] == [20_000]

    def test_says_where_it_is_and_which_version(self, farmer):
        name = str(uuid4())
        answer = farmer.post(
            "/listings", BERRIES | {"id": name, "seller_id": str(farmer.organisation_id)}
        )

        assert answer.headers["Location"] == f"/v1/listings/{name}"
        assert answer.headers["ETag"].startswith(f'"v{answer.json["version"]}-')

    def test_happens_once_for_one_key(self, session, farmer):
        body = BERRIES | {"seller_id": str(farmer.organisation_id)}
        answers = [
            farmer.post("/listings", body, headers={"Idempotency-Key": "k1"}) for _ in range(2)
        ]

        assert answers[0].json == answers[1].json
        assert len(session.scalars(select(Listing.id)).all()) == 1

    @pytest.mark.parametrize(
        ("changes", "status", "code", "field"),
        [
            ({"category": "produce.moon"}, 422, "category.unknown", None),
            ({"category": "experience.farm"}, 422, "category.wrong_kind", None),
            ({"category": "Fruit!"}, 422, "invalid", "category"),
            ({"commune": "00001"}, 422, "place.unknown", None),
            ({"price": {"amount": 0, "currency": "VND"}}, 422, "invalid", "price.amount"),
            ({"price": {"amount": 1.5, "currency": "VND"}}, 422, "invalid", "price.amount"),
            ({"price": {"amount": 10**13, "currency": "VND"}}, 422, "invalid", "price.amount"),
            ({"price": {"amount": 5, "currency": "USD"}}, 422, "invalid", "price.currency"),
            ({"price": 180_000}, 422, "invalid", "price"),
            ({"texts": {"vi": {"title": ""}}}, 422, "invalid", "texts.vi.value.title"),
            ({"texts": {"vi": {"titel": "x"}}}, 422, "invalid", "texts.vi.value.titel"),
            ({"texts": {"vi": {"title": "x" * 121}}}, 422, "invalid", "texts.vi.value.title"),
            ({"texts": {"1!": {"title": "x"}}}, 422, "invalid", "texts.1!.key"),
            ({"texts": {"tlh": {"title": "x"}}}, 422, "offer.title_missing", None),
            (
                {"texts": {"vi": {"title": "x"}, "tlh": {"title": "x"}}},
                422,
                "language.unknown",
                None,
            ),
            ({"texts": []}, 422, "invalid", "texts"),
            ({"texts": {"en": {"title": "x"}}}, 422, "offer.title_missing", None),
            ({"unit": "XX"}, 422, "unit.unknown", None),
            ({"increment": 500, "minimum": 750}, 422, "listing.steps", None),
            ({"increment": 300}, 422, "quantity.off_increment", None),
            (
                {"quantity": {"value": 20_100, "scale": 3, "unit": "KGM"}},
                422,
                "quantity.off_increment",
                None,
            ),
            (
                {"quantity": {"value": 5, "scale": 0, "unit": "BX"}, "unit": "KGM", "scale": 3},
                409,
                "listing.lot_differs",
                None,
            ),
            (
                {"harvest": {"from": "2026-12-02", "until": "2026-12-01"}},
                422,
                "listing.window_backwards",
                None,
            ),
            ({"harvest_day": "2099-01-01"}, 422, "lot.harvest_too_far", None),
            ({"harvest_day": "yesterday"}, 422, "invalid", "harvest_day"),
            ({"seller_id": str(uuid4())}, 404, "not_found", None),
            ({"plot_id": str(uuid4())}, 404, "not_found", None),
            ({"colour": "red"}, 422, "invalid", "colour"),
        ],
    )
    def test_refuses_what_cannot_be_sold(self, farmer, changes, status, code, field):
        body = BERRIES | {"seller_id": str(farmer.organisation_id)} | changes

        answer = farmer.post("/listings", body)

        assert (answer.status_code, answer.json["code"]) == (status, code)
        if field is not None:
            assert field in [error["field"] for error in answer.json["errors"]]

    def test_refuses_an_id_that_is_taken(self, farmer, draft):
        name = draft()["id"]
        body = BERRIES | {"seller_id": str(farmer.organisation_id), "id": name}

        answer = farmer.post("/listings", body)

        assert (answer.status_code, answer.json["code"]) == (409, "offer.exists")

    def test_is_for_sellers(self, nobody, buyer):
        assert nobody.post("/listings", BERRIES).status_code == 401
        assert buyer.post("/listings", BERRIES).status_code == 403


class TestReview:
    def test_shows_nothing_before_the_decision(self, farmer, nobody, draft):
        listing = draft()
        answer = farmer.post(f"/listings/{listing['id']}/submission")

        assert (answer.status_code, answer.json["state"]) == (201, "review")
        assert nobody.get(f"/listings/{listing['id']}").status_code == 404
        assert nobody.get("/listings").json["items"] == []

    def test_shows_everybody_what_is_approved(self, nobody, live):
        listing = live()

        shown = nobody.get(f"/listings/{listing['id']}").json
        (card,) = nobody.get("/listings").json["items"]

        assert (shown["state"], shown["title"], shown["description"]) == (
            "live",
            "Dâu tây",
            "Hái lúc sáng.\nNgọt.",
        )
        assert card["id"] == listing["id"]

    def test_is_asked_for_once(self, farmer, draft):
        path = f"/listings/{draft()['id']}/submission"
        farmer.post(path)

        answer = farmer.post(path)

        assert (answer.status_code, answer.json["code"]) == (409, "offer.wrong_state")

    @pytest.mark.parametrize("step", ["submission", "pause", "lots", "stock"])
    def test_is_not_found_for_other_sellers(self, stranger, draft, step):
        bodies = {
            "lots": {"lot": "0000000000"},
            "stock": {"change": 250, "reason": "added"},
        }

        answer = stranger.post(f"/listings/{draft()['id']}/{step}", bodies.get(step))

        assert answer.status_code == 404


class TestSeeing:
    def test_lets_the_seller_and_the_moderator_see_a_draft(
        self, farmer, moderator, stranger, nobody, draft
    ):
        path = f"/listings/{draft()['id']}"

        statuses = [who.get(path).status_code for who in (farmer, moderator, stranger, nobody)]

        assert statuses == [200, 200, 404, 404]

    def test_serves_the_asked_language_and_says_where_it_cannot(self, nobody, live):
        path = f"/listings/{live()['id']}"

        english = nobody.get(f"{path}?lang=en").json
        vietnamese = nobody.get(path).json

        assert (english["title"], english["_lang"]) == ("Strawberries", {"description": "vi"})
        assert (vietnamese["title"], "_lang" in vietnamese) == ("Dâu tây", False)

    def test_answers_304_to_who_has_it_already(self, nobody, live):
        path = f"/listings/{live()['id']}"
        tag = nobody.get(path).headers["ETag"]

        assert nobody.get(path, headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("name", ["01a20cdf-bd8d-71df-9fb0-2868a6ad8707", "not-an-id"])
    def test_does_not_find_what_is_not_there(self, nobody, name):
        assert nobody.get(f"/listings/{name}").status_code == 404

    def test_lists_ones_own_at_every_stage_in_pages(self, farmer, stranger, draft, live):
        names = [draft()["id"], live()["id"], draft()["id"]]

        first = farmer.get("/me/listings?limit=2").json
        rest = farmer.get(f"/me/listings?limit=2&cursor={first['next']}").json

        assert [item["id"] for item in (*first["items"], *rest["items"])] == names[::-1]
        assert rest["next"] is None
        assert stranger.get("/me/listings").json["items"] == []


class TestChanging:
    def test_needs_the_version_that_was_seen(self, farmer, draft):
        listing = draft()
        path, change = f"/listings/{listing['id']}", {"price": {"amount": 5, "currency": "VND"}}

        missing = farmer.patch(path, change)
        good = farmer.patch(path, change, version=listing["version"])
        stale = farmer.patch(path, change, version=listing["version"])

        assert [answer.status_code for answer in (missing, good, stale)] == [428, 200, 412]
        assert good.json["price"]["amount"] == 5
        assert good.json["version"] == listing["version"] + 1

    def test_leaves_a_live_listing_live_and_found_by_its_new_words(self, farmer, nobody, live):
        listing = live()
        version = nobody.get(f"/listings/{listing['id']}").json["version"]

        answer = farmer.patch(
            f"/listings/{listing['id']}",
            {"texts": {"vi": {"title": "Dâu giống Nhật"}}},
            version=version,
        )

        assert answer.json["state"] == "live"
        (found,) = nobody.get("/search", query_string={"q": "dâu giống nhật"}).json["items"]
        assert found["title"] == "Dâu giống Nhật"

    def test_sets_and_clears_the_harvest_window(self, farmer, draft):
        path = f"/listings/{draft()['id']}"

        window = {"from": "2026-12-01", "until": "2026-12-24"}
        assert farmer.patch(path, {"harvest": window}, version=2).json["harvest"] == window
        cleared = farmer.patch(path, {"harvest": {}}, version=3).json["harvest"]
        assert cleared == {"from": None, "until": None}

    def test_waits_for_the_moderator(self, farmer, draft):
        listing = draft()
        answer = farmer.post(f"/listings/{listing['id']}/submission")

        refused = farmer.patch(
            f"/listings/{listing['id']}",
            {"price": {"amount": 5, "currency": "VND"}},
            version=answer.json["version"],
        )

        assert (refused.status_code, refused.json["code"]) == (409, "offer.wrong_state")

    def test_is_not_found_for_other_sellers(self, stranger, draft):
        answer = stranger.patch(f"/listings/{draft()['id']}", {}, version=1)

        assert answer.status_code == 404


class TestPausing:
    def test_takes_it_off_and_puts_it_back(self, farmer, nobody, live):
        path = f"/listings/{live()['id']}"

        paused = farmer.post(f"{path}/pause")
        gone = nobody.get(path)
        back = farmer.delete(f"{path}/pause")

        assert (paused.status_code, paused.json["state"]) == (201, "paused")
        assert gone.status_code == 404
        assert (back.status_code, back.json["state"]) == (200, "live")
        assert nobody.get(path).status_code == 200

    def test_refuses_what_is_not_on_the_shelf(self, farmer, draft):
        answer = farmer.post(f"/listings/{draft()['id']}/pause")

        assert (answer.status_code, answer.json["code"]) == (409, "offer.wrong_state")


class TestStock:
    def test_adds_a_harvest_with_a_code_of_its_own(self, farmer, draft):
        path = f"/listings/{draft()['id']}/lots"
        harvest = {
            "quantity": {"value": 5_000, "scale": 3, "unit": "KGM"},
            "harvest_day": "2026-01-01",
        }

        answer = farmer.post(path, harvest)

        assert [lot["available"] for lot in answer.json["items"]] == [5_000, 20_000]

    def test_shares_a_lot_typed_in_any_case(self, farmer, draft):
        first, second = draft(), draft(quantity=BERRIES["quantity"] | {"value": 250})
        code = first["lots"][0]["code"]

        answer = farmer.post(f"/listings/{second['id']}/lots", {"lot": code.lower()})

        assert answer.status_code == 201
        assert code in [lot["code"] for lot in answer.json["items"]]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "quantity"),
            ({"quantity": BERRIES["quantity"]}, "harvest_day"),
            ({"lot": "0000000000", "harvest_day": "2026-01-01"}, "harvest_day"),
        ],
    )
    def test_is_a_lot_that_there_is_or_a_new_harvest(self, farmer, draft, body, field):
        answer = farmer.post(f"/listings/{draft()['id']}/lots", body)

        assert answer.status_code == 422
        assert field in [error["field"] for error in answer.json["errors"]]

    def test_changes_with_a_reason(self, farmer, draft):
        path = f"/listings/{draft()['id']}/stock"

        answer = farmer.post(path, {"change": -5_000, "reason": "spoiled"})

        assert [lot["available"] for lot in answer.json["items"]] == [15_000]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"change": -20_250, "reason": "spoiled"}, 409, "stock.promised"),
            ({"change": 100, "reason": "added"}, 422, "quantity.off_increment"),
            ({"change": 250, "reason": "magic"}, 422, "invalid"),
            ({"change": 250, "reason": "added", "lot": "nonsense"}, 404, "not_found"),
        ],
    )
    def test_refuses_what_cannot_be(self, farmer, draft, body, status, code):
        answer = farmer.post(f"/listings/{draft()['id']}/stock", body)

        assert (answer.status_code, answer.json["code"]) == (status, code)


def photo(size=(64, 48), kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def upload(caller, path, content, *, name="photo"):
    form = {name: (io.BytesIO(content), "x.exe", "application/octet-stream")}
    return caller.post(path, data=form, content_type="multipart/form-data")


class TestPhotos:
    def test_are_shown_cleaned_and_for_a_year(self, client, farmer, nobody, live):
        path = f"/listings/{live()['id']}"

        answer = upload(farmer, f"{path}/photos", photo())

        assert answer.status_code == 201
        shown = nobody.get(path).json
        assert [each["id"] for each in shown["photos"]] == [answer.json["id"]]
        assert shown["photo"]["url"] == answer.json["urls"]["320"]
        file = client.get(answer.json["urls"]["640"])
        assert (file.status_code, file.mimetype, file.data[8:12]) == (200, "image/webp", b"WEBP")
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    def test_are_known_again(self, farmer, draft):
        path = f"/listings/{draft()['id']}/photos"

        assert upload(farmer, path, photo()).json == upload(farmer, path, photo()).json

    def test_are_shown_no_more_when_removed(self, farmer, nobody, live):
        path = f"/listings/{live()['id']}"
        name = upload(farmer, f"{path}/photos", photo()).json["id"]

        assert farmer.delete(f"{path}/photos/{name}").status_code == 204
        assert nobody.get(path).json["photos"] == []
        assert farmer.delete(f"{path}/photos/{name}").status_code == 404

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"not a photo", 415, "photo.not_an_image"),
            (photo()[:300], 422, "photo.broken"),
            (photo((6_001, 4_000), "PNG"), 413, "photo.too_many_pixels"),
        ],
    )
    def test_are_refused_when_they_are_none(self, farmer, draft, content, status, code):
        answer = upload(farmer, f"/listings/{draft()['id']}/photos", content)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_come_as_a_form_with_one_file(self, farmer, draft):
        path = f"/listings/{draft()['id']}/photos"

        assert farmer.post(path, {}).status_code == 415
        assert upload(farmer, path, photo(), name="picture").status_code == 422

    def test_are_the_sellers_to_add_and_remove(self, farmer, stranger, nobody, draft):
        path = f"/listings/{draft()['id']}/photos"
        name = upload(farmer, path, photo()).json["id"]

        assert upload(nobody, path, photo()).status_code == 401
        assert upload(stranger, path, photo()).status_code == 404
        assert stranger.delete(f"{path}/{name}").status_code == 404

    def test_number_eight_at_most(self, farmer, draft):
        path = f"/listings/{draft()['id']}/photos"
        for height in range(10, 18):
            assert upload(farmer, path, photo((20, height))).status_code == 201

        answer = upload(farmer, path, photo((20, 18)))

        assert (answer.status_code, answer.json["code"]) == (409, "photo.too_many")

    @pytest.mark.parametrize("name", ["640.webp", "641.webp", "640.jpg"])
    def test_that_are_not_there_are_not_found(self, client, name):
        assert client.get(f"/media/{uuid4()}/{name}").status_code == 404
