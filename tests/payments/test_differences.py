"""What differs is put to a person in the reader's words, with the checkout that it is about."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

import payments
from market.accounts import SYSTEM
from market.cases import open_case
from market.cases.models import Case, CaseKind
from market.ids import uuid7
from payments import differences
from translations import text


@pytest.fixture
def told(session, now):
    def telling(**facts):
        differences.report(session, now=now, **{"what": "refund", "reference": "re_1"} | facts)
        return session.scalars(select(Case)).one()

    return telling


class TestADifference:
    def test_is_told_in_the_language_of_its_reader(self, told):
        case = told(what="refund_failed", about=differences.Gap(uuid7(), 180_000))

        assert "Khoản hoàn re_1 (180.000\u00a0₫)" in differences.statement(case, ("vi",))
        assert "The refund re_1 (180,000\u00a0₫)" in differences.statement(case, ("en",))

    def test_is_put_to_a_person_once(self, told):
        assert told().id == told().id

    def test_that_was_written_down_in_words_stays_as_it_was(self, session, now):
        its = {"subject_id": uuid7(), "statement": "Khoản hoàn re_1 khác số tiền.", "now": now}
        case = open_case(session, actor=SYSTEM, kind=CaseKind.MONEY, **its)

        assert differences.statement(case, ("en",)) == its["statement"]
        assert differences.title(case, ("en",)) == its["statement"]

    def test_of_nothing_we_know_is_about_no_checkout(self, session, told):
        assert differences.checkouts(session, [told(reference=None)]) == {}

    def test_is_not_read_out_of_what_a_person_wrote(self, session, now):
        its = {"subject_id": uuid7(), "statement": '{"what": "refund"}', "now": now}
        case = open_case(session, actor=SYSTEM, kind=CaseKind.COMPLAINT, **its)

        assert differences.statement(case, ("vi",)) == its["statement"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_has_its_few_words(language):
    source = "".join(path.read_text() for path in Path(payments.__file__).parent.glob("*.py"))
    reported = set(re.findall(r'differences\.report\([^)]*?what="(\w+)"', source))

    assert reported
    for what in {*reported, "amount", "stray"}:
        assert text((language,), f"money.case.{what}")
        assert text((language,), f"money.difference.{what}", reference="x")
