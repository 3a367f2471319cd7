"""Texts: written per field and language, read in the best language there is."""

import pytest

from market import texts
from market.ids import uuid7
from market.texts import BlankText, ContentText, Origin, Passage


@pytest.fixture
def thing():
    return uuid7()


@pytest.fixture
def write(session, thing, now):
    def do(lang, body, *, field="title", origin=Origin.SOURCE):
        said = {"field": field, "lang": lang, "body": body, "origin": origin}
        texts.write(session, ContentText(subject_id=thing, **said, updated_at=now))

    return do


def read(session, thing, *languages):
    return texts.read(session, subject_ids=[thing], languages=languages).get(thing, {})


class TestReading:
    def test_takes_the_first_of_the_languages_that_is_there(self, session, thing, write):
        write("vi", "Dâu tây")
        write("en", "Strawberries", origin=Origin.TRANSLATION)

        found = read(session, thing, "kpm", "en", "vi")

        assert found == {"title": Passage("Strawberries", "en", "translation")}

    def test_falls_back_to_the_source_and_says_so(self, session, thing, write):
        write("vi", "Dâu tây")

        assert read(session, thing, "en")["title"] == Passage("Dâu tây", "vi", "source")

    def test_chooses_for_each_field_alone(self, session, thing, write):
        write("vi", "Dâu tây")
        write("vi", "Hái lúc sáng", field="description")
        write("en", "Strawberries", origin=Origin.TRANSLATION)

        found = read(session, thing, "en", "vi")

        assert {field: passage.lang for field, passage in found.items()} == {
            "title": "en",
            "description": "vi",
        }

    def test_knows_nothing_of_what_was_never_written(self, session, thing):
        assert read(session, thing, "vi") == {}

    def test_gives_all_languages_with_the_source_first(self, session, thing, write):
        write("en", "Strawberries", origin=Origin.TRANSLATION)
        write("vi", "Dâu tây")

        found = texts.every(session, subject_ids=[thing])[thing]

        assert list(found.items()) == [
            ("vi", {"title": "Dâu tây"}),
            ("en", {"title": "Strawberries"}),
        ]


class TestWriting:
    def test_replaces_what_the_field_said_before(self, session, thing, write):
        write("vi", "Dâu")
        write("vi", "  Dâu tây ")

        assert read(session, thing, "vi")["title"].body == "Dâu tây"

    def test_keeps_one_spelling_of_every_letter(self, session, thing, write):
        write("vi", "Da\u0302u ta\u0302y")

        assert read(session, thing, "vi")["title"].body == "D\u00e2u t\u00e2y"

    def test_refuses_a_text_without_a_word(self, write):
        with pytest.raises(BlankText):
            write("vi", " \n ")
        with pytest.raises(BlankText):
            write("vi", "\u200b \u2060")
