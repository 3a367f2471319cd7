"""The books: the database itself refuses whatever does not add up or was already written."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from market import ledger
from market.accounts import SYSTEM
from market.errors import MarketError, NotFound
from market.ids import uuid7
from market.ledger import chart
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting
from market.orders.models import Order
from tests.makers import bought, seller, strawberries

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

        with pytest.raises(ledger.TooLittle), session.begin_nested():
            post(session, now, {BANK: -501, PAYABLE: 501}, key="too much")

        assert post(session, now, {BANK: -500, PAYABLE: 500}, key="all")
        assert ledger.problems(session) == []

    def test_of_nothing_is_nothing(self, session, now):
        assert not post(session, now, {BANK: 0, PAYABLE: 0})


def undo(session, now, *, of: str = "k", key: str = "undone") -> bool:
    return ledger.reverse(session, key=key, kind="test.undone", of=of, now=now)


class TestReversing:
    def test_gives_every_account_back_what_it_had(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -400, chart.COMMISSION: -100})

        assert undo(session, now)

        accounts = (BANK, PAYABLE, chart.COMMISSION)
        assert set(ledger.balances(session, accounts).values()) == {0}
        assert ledger.problems(session) == []

    def test_happens_once_per_key(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})

        assert undo(session, now)
        assert not undo(session, now)

    def test_happens_once_whatever_the_key(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})
        undo(session, now)

        with pytest.raises(ledger.AlreadyReversed):
            undo(session, now, key="again")

    def test_can_itself_be_undone(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})
        undo(session, now)

        assert undo(session, now, of="undone", key="after all")
        assert ledger.balance(session, PAYABLE) == 500

    def test_of_what_was_never_posted_is_refused(self, session, now):
        with pytest.raises(NotFound):
            undo(session, now, of="never")

    def test_of_what_is_spent_already_is_refused(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -500})
        post(session, now, {BANK: -200, PAYABLE: 200}, key="paid out")

        with pytest.raises(ledger.TooLittle):
            undo(session, now)

    def test_at_the_same_moment_happens_once(self, real_database, now):
        with real_database.transaction() as session:
            post(session, now, {BANK: 500, PAYABLE: -500})

        def attempt(key: str) -> bool:
            try:
                with real_database.transaction() as session:
                    return undo(session, now, key=key)
            except MarketError:  # undone, or nothing is left to undo
                return False

        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(attempt, [f"undo {number}" for number in range(8)]))

        assert done.count(True) == 1
        with real_database.reading() as session:
            assert ledger.balance(session, PAYABLE) == 0
            assert ledger.problems(session) == []


class TestOrders:
    def test_know_what_their_postings_left_where(self, session, now):
        listing = strawberries(session, now, of=seller(session, now))
        group = bought(session, now, (listing, 500))
        order_id = session.query(Order.id).filter_by(group_id=group.id).scalar()
        held = chart.held(order_id)
        amounts = {"in": {BANK: 900, held: -900}, "out": {held: 300, PAYABLE: -300}}
        for key, parts in amounts.items():
            more = {"order_id": order_id, "actor": SYSTEM, "now": now}
            ledger.post(session, key=key, kind="test", amounts=parts, **more)
        post(session, now, {BANK: 70, PAYABLE: -70}, key="of another")

        left = ledger.of_order(session, order_id=order_id)

        assert left == {BANK.code: 900, held.code: 600, PAYABLE.code: 300}


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


class TestAudit:
    @pytest.fixture
    def tamper(self, session, engine_name):
        """Change history behind the database's back."""

        def change(table: str, values: str) -> None:
            triggers = {
                "sqlite": f"DROP TRIGGER {table}_no_update",
                "postgresql": "SET CONSTRAINTS ALL IMMEDIATE;"
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
            }
            if table != "ledger_account":
                session.execute(text(triggers[engine_name]))
            session.execute(text(f"UPDATE {table} SET {values}"))

        return change

    def test_counts_and_adds_up(self, session, now):
        post(session, now, {BANK: 500, PAYABLE: -400, chart.COMMISSION: -100})
        undo(session, now)

        found = ledger.queries.audit(session)

        assert (found.transactions, found.entries, found.sums) == (2, 6, {"VND": 0})
        assert found.problems == []

    def test_finds_what_does_not_add_up(self, session, now, tamper):
        post(session, now, {BANK: 500, PAYABLE: -500})
        tamper("ledger_entry", "amount = 600 WHERE amount = 500")

        found = ledger.queries.audit(session)

        assert found.sums == {"VND": 100}
        assert [problem.partition(" ")[0] for problem in found.problems] == ["transaction"]

    def test_finds_an_account_that_differs_from_its_entries(self, session, now, tamper):
        post(session, now, {BANK: 500, PAYABLE: -500})
        tamper("ledger_account", f"balance = 501 WHERE code = '{PAYABLE.code}'")

        assert ledger.problems(session) == [f"account {PAYABLE.code} differs from its entries"]

    def test_finds_an_account_under_its_floor(self, session, now, tamper):
        post(session, now, {BANK: 500, PAYABLE: -500})
        tamper("ledger_entry", "amount = -amount")
        tamper("ledger_account", f"balance = -500 WHERE code = '{PAYABLE.code}'")

        assert ledger.problems(session) == [f"account {PAYABLE.code} is under its floor"]

    def test_finds_a_reversal_that_does_not_mirror(self, session, now, tamper):
        post(session, now, {BANK: 500, PAYABLE: -500})
        post(session, now, {BANK: 400, PAYABLE: -400}, key="other")
        tx = session.query(Posting.tx).filter_by(key="k").scalar()
        stored = tx.hex if session.get_bind().dialect.name == "sqlite" else tx
        tamper("ledger_posting", f"reverses = '{stored}' WHERE key = 'other'")

        (problem,) = ledger.problems(session)

        assert problem.endswith("does not mirror what it reverses")
