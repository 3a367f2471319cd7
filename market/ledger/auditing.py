"""The auditor: everything that the ledger says of itself, added up again by the database."""

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from market.ledger.models import Account, Entry, Posting


@dataclass(frozen=True, slots=True)
class Audit:
    """How much there is, the sum of all entries by currency, and a line for each thing wrong."""

    transactions: int
    entries: int
    sums: dict[str, int]
    problems: list[str]


def audit(session: Session) -> Audit:
    """Recompute the whole ledger; the sums are zero and nothing is wrong where it is sound."""
    sums = session.execute(
        select(Account.currency, func.sum(Entry.amount))
        .join(Entry, Entry.account_id == Account.id)
        .group_by(Account.currency)
        .order_by(Account.currency)
    )
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
    return [
        said.format(*row) for said, asked in questions.items() for row in session.execute(asked)
    ]


_UNBALANCED = (
    select(Entry.tx)
    .join(Account, Account.id == Entry.account_id)
    .group_by(Entry.tx, Account.currency)
    .having(func.sum(Entry.amount) != 0)
)
_UNSEALED = (
    select(Entry.tx)
    .outerjoin(Posting, Posting.tx == Entry.tx)
    .where(Posting.tx.is_(None))
    .distinct()
)
_UNMIRRORED = (
    select(Posting.tx)
    .join(Entry, Entry.tx.in_([Posting.tx, Posting.reverses]))
    .where(Posting.reverses.is_not(None))
    .group_by(Posting.tx, Entry.account_id)
    .having(func.sum(Entry.amount) != 0)
    .distinct()
)
_SUMMED = func.coalesce(func.sum(Entry.amount), 0) * Account.normal
_DIFFERS = Account.balance != _SUMMED
_MISKEPT = (
    select(Account.code, case((_DIFFERS, "differs from its entries"), else_="is under its floor"))
    .outerjoin(Entry, Entry.account_id == Account.id)
    .where(Account.floor.is_not(None))
    .group_by(Account.id)
    .having(or_(_DIFFERS, Account.balance < Account.floor))
    .order_by(Account.code)
)
