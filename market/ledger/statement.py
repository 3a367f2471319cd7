"""Statements: what some accounts held, each entry since then, and what they held at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, bindparam, case, func, select, tuple_
from sqlalchemy.orm import Session

from market.db import UtcDateTime
from market.ledger import chart
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting
from market.orders.models import Order
from market.portable import fast_rows, flushed, instant_of, streamed_rows


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


@dataclass(frozen=True, slots=True)
class Statement:
    """What the market owed on these accounts, less what it was owed, at both ends of a period.

    `lines` are read as they are asked for, while the session is open; `opening`, all of them and
    `closing` add up, unless something is posted meanwhile: then the last line's balance counts.
    """

    opening: int
    closing: int
    lines: Iterator[Line]


def statement(
    session: Session,
    *,
    accounts: Iterable[AccountName],
    since: datetime,
    until: datetime,
    after: tuple[Any, ...] | None = None,
    limit: int | None = None,
) -> Statement:
    """The entries that count from `since` until before `until`, with the balance after each.

    Their order is that of the moments at which they count. With `after` (the key of a line) only
    the lines behind it, with `limit` only so many.
    """
    names = [name.code for name in accounts]
    found = session.execute(
        select(Account.id, Account.code).where(Account.code.in_(names), Account.currency == "VND")
    )
    kinds = {row[0]: chart.kind_of(row[1]) for row in found}
    connection, count = flushed(session), len(kinds)
    given = {"since": since, "until": until} | {f"account_{at}": it for at, it in enumerate(kinds)}
    opening, closing = map(int, fast_rows(connection, _sums(count), given)[0])
    at, entry_id, balance = after or (since, 0, opening)
    key = {"at": at, "entry_id": entry_id}
    rows = streamed_rows(connection, _lines(count, limit, is_later=after is not None), given | key)
    return Statement(opening, closing, _running(rows, kinds, balance))


def _running(rows: Iterator[Any], kinds: dict[int, str], balance: int) -> Iterator[Line]:
    for at, entry_id, kind, account_id, code, amount in rows:
        balance -= amount
        yield Line(instant_of(at), entry_id, kind, kinds[account_id], code, -amount, balance)


@lru_cache
def _sums(count: int) -> Select[Any]:
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
    return (
        asked.select_from(Entry)
        .join(Posting, Posting.tx == Entry.tx)
        .where(Entry.account_id.in_(accounts), Posting.effective_at < _UNTIL)
    )


_SINCE = bindparam("since", type_=UtcDateTime)
_UNTIL = bindparam("until", type_=UtcDateTime)
_AFTER = bindparam("at", type_=UtcDateTime), bindparam("entry_id", type_=BigInteger)
