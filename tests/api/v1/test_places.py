"""Places and categories over HTTP: to pick from, and to make sense of an address."""

import pytest


class TestCategories:
    def test_come_parents_first_in_the_readers_language(self, nobody):
        items = nobody.get("/categories?lang=en").json["items"]

        codes = [item["code"] for item in items]
        assert all(item["parent"] is None or item["parent"] in codes for item in items)
        berries = next(item for item in items if item["code"] == "produce.fruit.strawberry")
        assert (berries["name"], berries["kind"], berries["unit"]) == (
            "Strawberries",
            "goods",
            "KGM",
        )

    def test_speak_vietnamese_to_whoever_asks_for_nothing(self, nobody):
        names = [item["name"] for item in nobody.get("/categories").json["items"]]

        assert "Dâu tây" in names


class TestPlaces:
    def test_are_all_124(self, nobody):
        items = nobody.get("/places").json["items"]

        assert len(items) == 124
        assert {item["type"] for item in items} == {"commune", "ward", "zone"}

    def test_are_found_by_a_written_address(self, nobody):
        answer = nobody.get(
            "/places/resolve", query_string={"address": "12 Trần Phú, P. Lâm Viên - Đà Lạt"}
        ).json

        best = answer["candidates"][0]
        assert best["unit"] == {
            "code": "24778",
            "name": "Phường Lâm Viên - Đà Lạt",
            "type": "ward",
        }
        assert 0 < best["confidence"] <= 1
        assert (best["reason"], answer["ambiguous"]) == ("name", False)

    def test_are_candidates_where_a_name_may_mean_several(self, nobody):
        answer = nobody.get("/places/resolve?address=Phuong+1").json

        assert len(answer["candidates"]) > 1
        assert answer["ambiguous"] is True

    def test_are_none_where_nothing_is_known(self, nobody):
        answer = nobody.get("/places/resolve?address=Paris").json

        assert answer == {"candidates": [], "ambiguous": False}

    @pytest.mark.parametrize("query", ["", "?address=", "?address=a&address=b", "?where=a"])
    def test_need_an_address(self, nobody, query):
        assert nobody.get(f"/places/resolve{query}").status_code == 422


class TestOnePlace:
    def test_says_what_it_was_made_of_and_until_when(self, nobody):
        place = nobody.get("/places/24778").json

        assert (place["name"], place["valid_from"]) == ("Phường Lâm Viên - Đà Lạt", "2025-07-01")
        assert {"name": "Phường 8, Thành phố Đà Lạt, Lâm Đồng", "valid_until": "2025-06-30"} in (
            place["former"]
        )
        assert place["point"]["lat"] == pytest.approx(11.9, abs=0.3)

    def test_names_the_nearest_places_and_says_that_it_is_guessing(self, nobody):
        nearest = nobody.get("/places/24781").json["nearest"]

        assert [far["km"] for far in nearest] == sorted(far["km"] for far in nearest)
        assert "24781" not in [far["unit"]["code"] for far in nearest]
        assert "24778" in [far["unit"]["code"] for far in nearest[:3]]
        assert all(far["estimate"] is True for far in nearest)

    @pytest.mark.parametrize("code", ["00001", "x", "24781%20", "💥"])
    def test_with_another_code_is_not_found(self, nobody, code):
        answer = nobody.get(f"/places/{code}")

        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


class TestAnOldName:
    def test_stands_beside_the_unit_of_today(self, nobody):
        (best,) = nobody.get("/places/resolve?address=P.8+da+lat").json["candidates"]

        assert best["former"] == "Phường 8, Thành phố Đà Lạt, Lâm Đồng"
        assert best["unit"]["name"] == "Phường Lâm Viên - Đà Lạt"
