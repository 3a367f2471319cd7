"""Posting: entries first, then the seal at which the database checks that they add up."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market import clock, portable
from market.accounts import SYSTEM, Actor
from market.errors import Kind, MarketError, existing
from market.ids import uuid7
from market.ledger.chart import AccountName
from market.ledger.models import Account, Entry, Posting


class AlreadyReversed(MarketError):
    """What was to be undone has been undone before; facts: `posting`, the kind of the reversal."""

    code, kind = "ledger.already_reversed", Kind.CONFLICT


class TooLittle(MarketError):
    """An account does not hold what the posting would take; facts: `posting`, its kind."""

    code, kind = "ledger.too_little", Kind.CONFLICT


def post(
    session: Session,
    *,
    key: str,
    kind: str,
    amounts: Mapping[AccountName, int],
    order_id: UUID | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
    currency: str = "VND",
) -> bool:
    """Post one transaction (debits positive, credits negative) once per `key`; False if it stands.

    The database refuses it unless it adds up to zero; raises TooLittle where it would leave an
    account under its floor. To go on after that, post within `session.begin_nested()`.
    """
    if _stands(session, key):
        return False
    parts = {name: amount for name, amount in amounts.items() if amount}
    if not parts:
        return False
    ids = _accounts(session, list(parts), currency)
    by_account = {ids[name.code]: amount for name, amount in parts.items()}
    _write(session, by_account, actor, now, key=key, kind=kind, order_id=order_id)
    return True


@dataclass(frozen=True, slots=True)
class Booking:
    """One of many transactions that are posted together: its key, kind and two accounts."""

    key: str
    kind: str
    debit: AccountName
    credit: AccountName
    amount: int


def post_all(session: Session, bookings: Sequence[Booking], *, actor: Actor, now: datetime) -> int:
    """Post many transactions in few statements, each once per key; how many were new."""
    keys = select(Posting.key).where(Posting.key.in_([each.key for each in bookings]))
    known = set(session.scalars(keys))
    new = {each.key: each for each in bookings if each.key not in known and each.amount}
    if not new:
        return 0
    names = {name for each in new.values() for name in (each.debit, each.credit)}
    ids = _accounts(session, list(names), "VND")
    entries, seals = [], []
    recorded = clock.now()
    for each in new.values():
        tx = uuid7()
        sides = ((ids[each.debit.code], each.amount), (ids[each.credit.code], -each.amount))
        entries += [{"tx": tx, "account_id": side[0], "amount": side[1]} for side in sorted(sides)]
        stamps = {"effective_at": now, "recorded_at": recorded, "actor_id": actor.person_id}
        seals.append({"tx": tx, "key": each.key, "kind": each.kind, **stamps})
    session.execute(insert(Entry), entries)
    session.execute(insert(Posting), seals)
    return len(new)


def reverse(
    session: Session,
    *,
    key: str,
    kind: str,
    of: str,
    order_id: UUID | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
) -> bool:
    """Post the exact opposite of the posting with the key `of`; False if `key` stands already.

    It is of the same order where none is named. Raises NotFound, AlreadyReversed or TooLittle.
    """
    if _stands(session, key):
        return False
    found = session.execute(select(Posting.tx, Posting.order_id).where(Posting.key == of)).first()
    tx, its_order = existing(found, "posting")
    if session.scalar(select(Posting.tx).where(Posting.reverses == tx)) is not None:
        raise AlreadyReversed(posting=kind)
    rows = session.execute(select(Entry.account_id, -Entry.amount).where(Entry.tx == tx))
    opposite = {row[0]: row[1] for row in rows}
    about = {"key": key, "kind": kind, "order_id": order_id or its_order, "reverses": tx}
    _write(session, opposite, actor, now, **about)
    return True


def _stands(session: Session, key: str) -> bool:
    return session.scalar(select(Posting.tx).where(Posting.key == key)) is not None


def _write(
    session: Session, amounts: Mapping[int, int], actor: Actor, now: datetime, **about: Any
) -> None:
    """In the order of their accounts, so that two postings never wait for each other crosswise."""
    tx = uuid7()
    entries = [
        {"tx": tx, "account_id": account_id, "amount": amount}
        for account_id, amount in sorted(amounts.items())
    ]
    stamps = {"effective_at": now, "recorded_at": clock.now(), "actor_id": actor.person_id}
    batch = portable.Batch(session)
    batch.add(Entry, *entries)
    batch.add(Posting, {"tx": tx, **stamps, **about})
    try:
        batch.write(session)
    except IntegrityError as error:
        if "ledger.floor" in str(error.orig):
            raise TooLittle(posting=about["kind"]) from error
        if "reverses" in str(error.orig):  # somebody else was quicker
            raise AlreadyReversed(posting=about["kind"]) from error
        raise


def _accounts(session: Session, names: list[AccountName], currency: str) -> dict[str, int]:
    """The ids by code, in two statements where all stand already."""
    codes = [name.code for name in names]
    statement = select(Account.code, Account.id).where(
        Account.code.in_(codes), Account.currency == currency
    )
    found = {row[0]: row[1] for row in session.execute(statement)}
    missing = sorted({name for name in names if name.code not in found}, key=lambda n: n.code)
    for name in missing:
        values = {**asdict(name), "currency": currency, "balance": 0}
        made = portable.new_row(session, Account, **values)
        if made is not None:
            found[name.code] = made.id
    is_known = len(found) == len(set(codes))  # or somebody else made one at the same moment
    return found if is_known else {row[0]: row[1] for row in session.execute(statement)}
