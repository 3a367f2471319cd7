"""Balances as the entries tell them, and the auditor's questions."""

from collections.abc import Iterable

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from market.ledger import chart
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting


def balance(session: Session, name: AccountName, *, currency: str = "VND") -> int:
    """The account's balance in its normal direction; 0 where it was never used."""
    return balances(session, [name], currency=currency)[name.code]


def balances(
    session: Session, names: Iterable[AccountName], *, currency: str = "VND"
) -> dict[str, int]:
    """The balances of several accounts by code, summed from the entries."""
    codes = [name.code for name in names]
    rows = session.execute(
        select(Account.code, Account.normal * func.sum(Entry.amount))
        .join(Entry, Entry.account_id == Account.id)
        .where(Account.code.in_(codes), Account.currency == currency)
        .group_by(Account.code, Account.normal)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {code: found.get(code, 0) for code in codes}


def totals(session: Session, *, currency: str = "VND") -> dict[str, int]:
    """The balances summed by kind of account, each in its normal direction."""
    kind = case(
        *((Account.code.like(pattern), name) for pattern, name in chart.KINDS.items()),
        else_=Account.code,
    )
    rows = session.execute(
        select(kind, func.sum(Account.normal * Entry.amount))
        .join(Entry, Entry.account_id == Account.id)
        .where(Account.currency == currency)
        .group_by(kind)
    )
    return {row[0]: int(row[1]) for row in rows}


def problems(session: Session) -> list[str]:
    """What an auditor would object to: nothing, as long as the database kept its rules."""
    unbalanced = session.scalars(
        select(Entry.tx).group_by(Entry.tx).having(func.sum(Entry.amount) != 0)
    )
    unsealed = session.scalars(
        select(Entry.tx)
        .outerjoin(Posting, Posting.tx == Entry.tx)
        .where(Posting.tx.is_(None))
        .distinct()
    )
    summed = func.coalesce(func.sum(Entry.amount), 0) * Account.normal
    drifted = session.scalars(
        select(Account.code)
        .outerjoin(Entry, Entry.account_id == Account.id)
        .where(Account.floor.is_not(None))
        .group_by(Account.code, Account.normal, Account.balance)
        .having(summed != Account.balance)
    )
    return [
        *(f"transaction {tx} does not add up" for tx in unbalanced),
        *(f"transaction {tx} is not sealed" for tx in unsealed),
        *(f"account {code} differs from its entries" for code in drifted),
    ]
