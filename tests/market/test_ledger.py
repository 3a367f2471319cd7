"""The books: the database itself refuses whatever does not add up or was already written."""

from collections.abc import Mapping

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from market import ledger
from market.accounts import SYSTEM
from market.ids import uuid7
from market.ledger import chart
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting

BANK = chart.bank("0001")
PAYABLE = chart.payable(uuid7())


def post(session, now, amounts: Mapping[AccountName, int], key: str = "k") -> bool:
    return ledger.post(
        session, key=key, kind="test", amounts=amounts, order_id=None, actor=SYSTEM, now=now
    )


class TestPosting:
    def test_moves_money_between_accounts(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})

        assert ledger.balance(session, BANK) == 500
        assert ledger.balance(session, PAYABLE) == 500
        assert ledger.problems(session) == []

    def test_happens_once_per_key(self, session, now):
        assert post(session, now, {BANK: 500, PAYABLE: -500})
        assert not post(session, now, {BANK: 500, PAYABLE: -500})

        assert ledger.balance(session, PAYABLE) == 500

    def test_is_refused_by_the_database_when_it_does_not_add_up(self, session, now):
        with pytest.raises(DBAPIError, match=r"ledger\.unbalanced"):
            post(session, now, {BANK: 500, PAYABLE: -499})

    def test_is_refused_by_the_database_with_one_side_only(self, session, now):
        with pytest.raises(DBAPIError, match=r"ledger\.unbalanced"):
            post(session, now, {BANK: 500})

    def test_is_refused_by_the_database_below_an_accounts_floor(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})

        with pytest.raises(DBAPIError, match=r"ledger\.floor"):
            post(session, now, {BANK: -501, PAYABLE: 501}, key="too much")

    def test_of_nothing_is_nothing(self, session, now):
        assert not post(session, now, {BANK: 0, PAYABLE: 0})


class TestHistory:
    @pytest.mark.parametrize("table", [Entry, Posting])
    def test_cannot_be_deleted(self, session, now, table):
        post(session, now, {BANK: 500, PAYABLE: -500})

        with pytest.raises(DBAPIError, match="append_only"):
            session.execute(delete(table))

    def test_cannot_be_changed(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})

        with pytest.raises(DBAPIError, match="append_only"):
            session.execute(update(Entry).values(amount=1))

    def test_cannot_be_added_to_once_sealed(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})
        tx = session.query(Posting.tx).scalar()
        account_id = session.query(Account.id).filter_by(code=BANK.code).scalar()

        with pytest.raises(DBAPIError, match=r"ledger\.sealed"):
            session.execute(insert(Entry).values(tx=tx, account_id=account_id, amount=5))

    def test_cannot_be_replaced(self, session, now, engine_name):
        post(session, now, {BANK: 500, PAYABLE: -500})
        replace = {
            "sqlite": "INSERT OR REPLACE INTO ledger_entry SELECT id, tx, account_id, 9"
            " FROM ledger_entry",
            "postgresql": "TRUNCATE ledger_entry",
        }

        with pytest.raises(DBAPIError):
            session.execute(text(replace[engine_name]))

    def test_without_a_seal_cannot_be_committed(self, real_database, now):
        with pytest.raises(DBAPIError), real_database.transaction() as session:
            session.add(Account(code="x", currency="VND", normal=1))
            session.flush()
            account_id = session.query(Account.id).scalar()
            session.execute(insert(Entry).values(tx=uuid7(), account_id=account_id, amount=5))

    def test_is_of_whole_dong_only(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})
        account_id = session.query(Account.id).filter_by(code=BANK.code).scalar()
        entry = "INSERT INTO ledger_entry (tx, account_id, amount) VALUES (:tx, :account, {})"

        for amount in ("0.4", "'abc'"):  # which is 0 to PostgreSQL, and a word
            with pytest.raises(DBAPIError), session.begin_nested():
                session.execute(
                    text(entry.format(amount)), {"tx": uuid7().hex, "account": account_id}
                )

    @pytest.mark.parametrize(
        "change", ["normal = -1", "code = 'mine'", "currency = 'USD'", "floor = -9"]
    )
    def test_keeps_its_accounts_as_they_were_opened(self, session, now, change):
        post(session, now, {BANK: 500, PAYABLE: -500})

        with pytest.raises(DBAPIError, match="append_only"):
            session.execute(text(f"UPDATE ledger_account SET {change}"))

    def test_loses_no_account(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})

        with pytest.raises(DBAPIError):
            session.execute(delete(Account))
