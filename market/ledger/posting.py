"""Posting: entries first, then the seal at which the database checks that they add up."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from market import clock, portable
from market.accounts.actors import Actor
from market.ids import uuid7
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting


def post(
    session: Session,
    *,
    key: str,
    kind: str,
    amounts: Mapping[AccountName, int],
    order_id: UUID | None,
    actor: Actor,
    now: datetime,
    currency: str = "VND",
) -> bool:
    """Post one transaction (debits positive, credits negative) once per `key`; False if it stands.

    The database refuses it unless it adds up to zero and leaves no account under its floor.
    """
    if session.scalar(select(Posting.tx).where(Posting.key == key)) is not None:
        return False
    parts = {name: amount for name, amount in amounts.items() if amount}
    if not parts:
        return False
    tx = uuid7()
    session.execute(insert(Entry), _entries(tx, parts, _accounts(session, list(parts), currency)))
    session.execute(
        insert(Posting).values(
            tx=tx,
            key=key,
            kind=kind,
            effective_at=now,
            recorded_at=clock.now(),
            order_id=order_id,
            actor_id=actor.person_id,
        )
    )
    return True


def _entries(
    tx: UUID, parts: Mapping[AccountName, int], accounts: Mapping[str, int]
) -> list[dict[str, object]]:
    """In the order of their accounts, so that two postings never wait for each other crosswise."""
    entries = [
        {"tx": tx, "account_id": accounts[name.code], "amount": amount}
        for name, amount in parts.items()
    ]
    return sorted(entries, key=lambda entry: str(entry["account_id"]).zfill(20))


def _accounts(session: Session, names: list[AccountName], currency: str) -> dict[str, int]:
    """The ids by code, in two statements where all stand already."""
    codes = [name.code for name in names]
    statement = select(Account.code, Account.id).where(
        Account.code.in_(codes), Account.currency == currency
    )
    found = {row[0]: row[1] for row in session.execute(statement)}
    missing = sorted({name for name in names if name.code not in found}, key=lambda n: n.code)
    for name in missing:
        portable.insert_new(
            session,
            Account,
            code=name.code,
            currency=currency,
            normal=name.normal,
            balance=0,
            floor=name.floor,
        )
    return found if not missing else {row[0]: row[1] for row in session.execute(statement)}
