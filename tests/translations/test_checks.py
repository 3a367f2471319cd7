"""Every catalogue the market ships is complete, and a fault in one is named."""

import pytest

from tests.translations.checks import Problem, problems

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def write(tmp_path):
    """Write one domain of a language: pairs of key and words."""

    def write(tag, *messages, domain="core", note=""):
        folder = tmp_path / tag / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        blocks = [f'{note}msgid "{key}"\nmsgstr "{words}"\n' for key, words in messages]
        (folder / f"{domain}.po").write_text(HEADER + "\n".join(blocks), encoding="utf-8")
        return tmp_path

    return write


class TestTheShippedCatalogues:
    def test_have_no_fault(self):
        assert problems() == []


class TestChecks:
    def test_find_nothing_in_good_catalogues(self, write):
        write("vi", ("a", "{x} và {y}"))
        folder = write("en", ("a", "{y}, {x}"))

        assert problems(folder) == []

    def test_name_a_key_that_one_language_lacks(self, write):
        write("vi", ("a", "một"), ("b", "hai"))
        folder = write("en", ("a", "one"), ("c", "three"))

        assert problems(folder) == [
            Problem("en", "c", "is not in vi"),
            Problem("en", "b", "is missing"),
        ]

    def test_let_a_planned_language_be_unfinished_but_not_wrong(self, write):
        write("vi", ("a", "{x}"), ("b", "hai"))
        write("en", ("a", "{x}"), ("b", "two"))
        folder = write("kpm", ("a", "{z}"))

        assert [problem.tag for problem in problems(folder)] == ["kpm"]

    def test_name_a_key_given_twice_in_one_file(self, write):
        write("vi", ("a", "một"), ("a", "hai"))
        folder = write("en", ("a", "one"))

        assert Problem("vi", "a", "given 2 times") in problems(folder)

    def test_name_a_key_given_in_two_domains(self, write):
        write("vi", ("a", "một"))
        write("vi", ("a", "hai"), domain="other")
        folder = write("en", ("a", "one"))

        assert problems(folder) == [Problem("vi", "a", "given 2 times")]

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ("", "has no words"),
            ("  ", "has no words"),
            ("hô\u0323p", "is not NFC"),
            ("{", "broken braces"),
            ("{}", "not plain"),
            ("{x.y}", "not plain"),
            ("{x!r}", "not plain"),
            ("{x:>9}", "not plain"),
            ("{other}", "names ['other']"),
        ],
    )
    def test_name_what_is_wrong_with_a_message(self, write, words, fault):
        write("vi", ("a", "một"))
        folder = write("en", ("a", words))

        found = [problem for problem in problems(folder) if fault in problem.what]
        assert [(problem.tag, problem.key) for problem in found] == [("en", "a")]

    def test_name_a_translation_that_is_not_sure(self, write):
        write("vi", ("a", "một"))
        folder = write("en", ("a", "one"), note="#, fuzzy\n")

        assert problems(folder) == [Problem("en", "a", "is marked fuzzy")]
