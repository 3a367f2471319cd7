"""Balances as the entries tell them, and the auditor's questions."""

from collections.abc import Iterable
from uuid import UUID

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


def locked(
    session: Session, names: Iterable[AccountName], *, currency: str = "VND"
) -> dict[str, int]:
    """What accounts with a floor hold now, by code; nobody else changes them meanwhile."""
    codes = [name.code for name in names]
    rows = session.execute(
        select(Account.code, Account.balance)
        .where(Account.code.in_(codes), Account.currency == currency)
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {code: found.get(code, 0) for code in codes}


def of_order(session: Session, *, order_id: UUID, besides: str = "") -> dict[str, int]:
    """What an order's postings, `besides` those of a kind, left by account, in its direction."""
    rows = session.execute(
        select(Account.code, Account.normal * func.sum(Entry.amount))
        .join(Entry, Entry.account_id == Account.id)
        .join(Posting, Posting.tx == Entry.tx)
        .where(Posting.order_id == order_id, Posting.kind != besides)
        .group_by(Account.code, Account.normal)
    )
    return {row[0]: int(row[1]) for row in rows}


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
