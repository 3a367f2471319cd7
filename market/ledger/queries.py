"""What the entries tell: balances, statements, and whether the database kept its own rules."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from market.db import UtcDateTime
from market.ledger import chart
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting
from market.orders.models import Order
from market.portable import fast_rows, flushed, instant_of, streamed_rows


def balance(session: Session, name: AccountName) -> int:
    """The account's balance in its normal direction; 0 where it was never used."""
    return balances(session, [name])[name.code]


def balances(session: Session, names: Iterable[AccountName]) -> dict[str, int]:
    """The balances of several accounts by code, summed from the entries."""
    codes = [name.code for name in names]
    asked = _LEFT.where(Account.code.in_(codes), Account.currency == chart.CURRENCY)
    return dict.fromkeys(codes, 0) | _sums(session, asked)


def locked(session: Session, names: Iterable[AccountName]) -> dict[str, int]:
    """What accounts with a floor hold now, by code; nobody else changes them meanwhile."""
    codes = [name.code for name in names]
    its = Account.code.in_(codes), Account.currency == chart.CURRENCY
    asked = select(Account.code, Account.balance).where(*its).order_by(Account.id)
    return dict.fromkeys(codes, 0) | _sums(session, asked.with_for_update(key_share=True))


def of_order(session: Session, *, order_id: UUID, besides: str = "") -> dict[str, int]:
    """What an order's postings, `besides` those of a kind, left by account, in its direction."""
    counted = Posting.order_id == order_id, Posting.kind != besides
    return _sums(session, _LEFT.join(Posting, Posting.tx == Entry.tx).where(*counted))


def of_orders(session: Session, counted: ColumnElement[bool]) -> dict[str, int]:
    """The same of all orders of which the condition is true."""
    asked = _LEFT.join(Posting, Posting.tx == Entry.tx).join(Order, Order.id == Posting.order_id)
    return _sums(session, asked.where(counted))


def totals(session: Session) -> dict[str, int]:
    """The balances summed by kind of account, each in its normal direction."""
    kinds = ((Account.code.like(pattern), name) for pattern, name in chart.KINDS.items())
    kind = case(*kinds, else_=Account.code)
    asked = select(kind, func.sum(Account.normal * Entry.amount)).join(Entry).group_by(kind)
    return _sums(session, asked.where(Account.currency == chart.CURRENCY))


def _sums(session: Session, asked: Select[str, int]) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in session.execute(asked)}


class Line(NamedTuple):
    """An entry: credits of the accounts above zero, and the `balance` of all of them after it."""

    at: datetime
    id: int
    kind: str
    account: str
    order_code: str | None
    amount: int
    balance: int

    @property
    def key(self) -> tuple[datetime, int, int]:
        """Where the lines go on after this one."""
        return self.at, self.id, self.balance


class Statement(NamedTuple):
    """What the market owed on these accounts, less what it was owed, at both ends of a period.

    `lines` are read as they are asked for, while the session is open; `opening`, all of them and
    `closing` add up, unless something is posted meanwhile: then the last line's balance counts.
    """

    opening: int
    closing: int
    lines: Iterator[Line]


def statement(
    session: Session, accounts: Iterable[AccountName], since: datetime, until: datetime, **page: Any
) -> Statement:
    """The entries that count from `since` until before `until`, with the balance after each.

    Their order is that of the moments at which they count. With `after` (the key of a line) only
    the lines behind it, with `limit` only so many.
    """
    names = [name.code for name in accounts]
    asked = select(Account.id, Account.code).where(Account.code.in_(names))
    found = session.execute(asked.where(Account.currency == chart.CURRENCY))
    kinds = {row[0]: chart.kind_of(row[1]) for row in found}
    connection, count = flushed(session), len(kinds)
    given = {"since": since, "until": until} | {f"account_{at}": it for at, it in enumerate(kinds)}
    opening, closing = map(int, fast_rows(connection, _ends(count), given)[0])
    after, limit = page.get("after"), page.get("limit")
    at, entry_id, balance = after or (since, 0, opening)
    key = {"at": at, "entry_id": entry_id}
    rows = streamed_rows(connection, _lines(count, limit, is_later=after is not None), given | key)
    return Statement(opening, closing, _running(rows, kinds, balance))


def _running(rows: Iterator[Any], kinds: dict[int, str], balance: int) -> Iterator[Line]:
    for at, entry_id, kind, account_id, code, amount in rows:
        balance -= amount
        yield Line(instant_of(at), entry_id, kind, kinds[account_id], code, -amount, balance)


@lru_cache
def _ends(count: int) -> Select[Any]:
    opening = case((Posting.effective_at < _SINCE, -Entry.amount), else_=0)
    sums = func.coalesce(func.sum(opening), 0), func.coalesce(func.sum(-Entry.amount), 0)
    return _of_accounts(select(*sums), count)


@lru_cache
def _lines(count: int, limit: int | None, *, is_later: bool) -> Select[Any]:
    key = (Posting.effective_at, Entry.id)
    asked: Any = select(*key, Posting.kind, Entry.account_id, Order.code, Entry.amount)
    rows = _of_accounts(asked, count).outerjoin(Order, Order.id == Posting.order_id)
    rows = rows.where(Posting.effective_at >= _SINCE).order_by(*key).limit(limit)
    return rows.where(tuple_(*key) > tuple_(*_AFTER)) if is_later else rows


def _of_accounts(asked: Select[Any], count: int) -> Select[Any]:
    accounts = [bindparam(f"account_{at}", type_=BigInteger) for at in range(count)]
    its = Entry.account_id.in_(accounts), Posting.effective_at < _UNTIL
    return asked.select_from(Entry).join(Posting, Posting.tx == Entry.tx).where(*its)


_SINCE = bindparam("since", type_=UtcDateTime)
_UNTIL = bindparam("until", type_=UtcDateTime)
_AFTER = bindparam("at", type_=UtcDateTime), bindparam("entry_id", type_=BigInteger)


class Audit(NamedTuple):
    """How much there is, the sum of all entries by currency, and a line for each thing wrong."""

    transactions: int
    entries: int
    sums: dict[str, int]
    problems: list[str]


def audit(session: Session) -> Audit:
    """Recompute the whole ledger; the sums are zero and nothing is wrong where it is sound."""
    asked = select(Account.currency, func.sum(Entry.amount)).join(Entry)
    sums = session.execute(asked.group_by(Account.currency).order_by(Account.currency))
    return Audit(
        transactions=session.scalar(select(func.count()).select_from(Posting)) or 0,
        entries=session.scalar(select(func.count()).select_from(Entry)) or 0,
        sums={row[0]: int(row[1]) for row in sums},
        problems=problems(session),
    )


def problems(session: Session) -> list[str]:
    """What an auditor would object to: nothing, as long as the database kept its rules."""
    questions = {
        "transaction {} does not add up": _UNBALANCED,
        "transaction {} is not sealed": _UNSEALED,
        "transaction {} does not mirror what it reverses": _UNMIRRORED,
        "account {} {}": _MISKEPT,
    }
    found = ((said, row) for said, it in questions.items() for row in session.execute(it))
    return [said.format(*row) for said, row in found]


_LEFT = select(Account.code, Account.normal * func.sum(Entry.amount)).join(Entry)
_LEFT = _LEFT.group_by(Account.code, Account.normal)
_UNEVEN = func.sum(Entry.amount) != 0
_UNBALANCED = select(Entry.tx).join(Account).group_by(Entry.tx, Account.currency).having(_UNEVEN)
_SEALED = select(Posting.tx).where(Posting.tx == Entry.tx).exists()
_UNSEALED = select(Entry.tx).where(~_SEALED).distinct()
_BOTH = Entry.tx.in_([Posting.tx, Posting.reverses]) & Posting.reverses.is_not(None)
_UNDONE = select(Posting.tx).join(Entry, _BOTH).group_by(Posting.tx, Entry.account_id)
_UNMIRRORED = _UNDONE.having(_UNEVEN).distinct()
_SUMMED = func.coalesce(func.sum(Entry.amount), 0) * Account.normal
_DIFFERS = Account.balance != _SUMMED
_WRONG = case((_DIFFERS, "differs from its entries"), else_="is under its floor")
_FLOORED = select(Account.code, _WRONG).outerjoin(Entry, Entry.account_id == Account.id)
_FLOORED = _FLOORED.where(Account.floor.is_not(None)).group_by(Account.id).order_by(Account.code)
_MISKEPT = _FLOORED.having(or_(_DIFFERS, Account.balance < Account.floor))
