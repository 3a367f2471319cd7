"""The bank's own balance against the ledger: what it proves, and what it puts to a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from market.cases.models import Case, CaseKind
from payments import bank_gateway, feeds
from payments.bank_lines import StatementLine
from payments.differences import statement
from tests import makers
from tests.databases import CUSTODY

HOUR = timedelta(hours=1)
HEADING = "date,reference,text,amount,balance\n"


def line(at, amount, balance=None, **changes):
    """One line of the custody account."""
    facts = {"account": CUSTODY, "reference": f"FT{at:%H%M%S}{amount}", "booked_at": at}
    facts |= {"amount_minor": amount, "text": "CT", "balance_minor": balance}
    return StatementLine(**(facts | changes))


@pytest.fixture
def tell(session, now):
    def lines(*told):
        received = makers.receive(session, now, *told)
        bank_gateway.compare(session, lines=told, account=CUSTODY, now=now)
        return received

    return lines


@pytest.fixture
def read(session, tell):
    """A statement of the custody account, as a file tells it."""

    def rows(*told):
        content = (HEADING + "".join(f"{row}\n" for row in told)).encode()
        return tell(*feeds.parse_csv(content, account=CUSTODY))

    return rows


@pytest.fixture
def differences(session):
    def said():
        cases = select(Case).where(Case.kind == CaseKind.MONEY).order_by(Case.number)
        return [statement(case, ("vi",)) for case in session.scalars(cases)]

    return said


class TestABalance:
    def test_that_is_the_ledgers_says_until_when_it_was_compared(
        self, session, now, tell, differences
    ):
        assert bank_gateway.until(session) is None

        tell(line(now - 2 * HOUR, 500, 500), line(now - HOUR, -20, 480))

        assert differences() == []
        assert bank_gateway.until(session) == now - HOUR

    def test_of_another_sum_is_put_to_a_person_once(self, now, tell, differences):
        tell(line(now - 3 * HOUR, 500, 700))
        tell(line(now - 2 * HOUR, 10, 710), line(now - HOUR, 5, 715))
        tell(line(now - HOUR, 5, 715))

        (said,) = differences()
        assert CUSTODY in said
        assert "200 ₫" in said.replace("\xa0", " ")

        tell(line(now, 1, 717))
        assert len(differences()) == 2

    def test_that_was_the_ledgers_meanwhile_is_put_to_a_person_anew(self, now, tell, differences):
        tell(line(now - 5 * HOUR, 500, 450))
        tell(line(now - 4 * HOUR, 50, 550))
        tell(line(now - 3 * HOUR, 10, 510))

        assert len(differences()) == 2

    def test_does_not_mind_lines_of_one_moment_in_two_files(self, now, tell, differences):
        tell(line(now, 500, 500, reference="A"))
        tell(line(now, 20, 520, reference="B"))
        tell(line(now, 500, 500, reference="A"))

        assert differences() == []

    def test_finds_what_was_never_told(self, now, tell, differences):
        tell(line(now - 3 * HOUR, 500, 500))

        tell(line(now - HOUR, 5, 575))

        assert len(differences()) == 1

    def test_finds_what_no_bank_booked(self, now, tell, differences):
        tell(line(now - 3 * HOUR, 500))
        tell(line(now - 2 * HOUR, 501))
        assert differences() == []

        tell(line(now - 3 * HOUR, 500, 500), line(now - HOUR, 5, 505))

        assert len(differences()) == 1

    def test_counts_nothing_that_was_booked_later(self, session, now, tell, differences):
        makers.receive(session, now, line(now, 70))
        tell(line(now - 2 * HOUR, 500, 500))

        assert differences() == []
        assert bank_gateway.until(session) == now - 2 * HOUR

    def test_of_an_older_statement_takes_nothing_back(self, session, now, tell, differences):
        tell(line(now - HOUR, 500, 500))
        tell(line(now - 2 * HOUR, 30, 30), line(now - HOUR, 500, 530))
        tell(line(now - 2 * HOUR, 30, 30))

        assert bank_gateway.until(session) == now - HOUR
        assert len(differences()) == 0

    def test_of_another_account_is_no_matter(self, session, tell, now, differences):
        tell(line(now, 500, 9, account="5550001"))

        assert differences() == []
        assert bank_gateway.until(session) is None


class TestAStatementOfDays:
    """Banks that tell no time of day: what other messengers told exactly is in there."""

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_is_compared_with_what_was_told_by_the_minute(
        self, now, tell, read, differences, newest_first
    ):
        tell(line(now, 500, reference="A"))
        rows = [f"{now:%d/%m/%Y},A,CT,500,500", f"{now:%d/%m/%Y},B,fee,-20,480"]

        told = read(*rows[::-1] if newest_first else rows)

        assert [each.duplicate for each in told] == [True, False]
        assert differences() == []

    def test_is_compared_without_what_it_could_not_know(self, now, tell, read, differences):
        tell(line(now, 500, reference="A"), line(now + HOUR, 7, reference="later"))

        read(f"{now:%d/%m/%Y},A,CT,500,500")

        assert differences() == []

    def test_shows_the_hole_before_it(self, now, read, differences):
        read(f"{now - timedelta(days=3):%d/%m/%Y},A,CT,500,500")

        read(f"{now:%d/%m/%Y},C,CT,5,525")

        assert len(differences()) == 1
