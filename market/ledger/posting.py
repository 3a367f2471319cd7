"""Posting: entries first, then the seal at which the database checks that they add up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market import clock, portable
from market.accounts import SYSTEM, Actor
from market.errors import Kind, MarketError, existing
from market.ids import uuid7
from market.ledger.chart import CURRENCY, AccountName
from market.ledger.models import Account, Entry, Posting


class AlreadyReversed(MarketError, code="ledger.already_reversed", kind=Kind.CONFLICT):
    """What was to be undone has been undone before; facts: `posting`, the kind of the reversal."""


class TooLittle(MarketError, code="ledger.too_little", kind=Kind.CONFLICT):
    """An account does not hold what the posting would take; facts: `posting`, its kind."""


Part: TypeAlias = tuple[Mapping[AccountName, int], Mapping[str, Any]]

_STANDS = select(Posting.tx).where(Posting.key == bindparam("key"))
_COLUMNS = ["tx", "account_id", "amount"]
_OF_TX, _MINOR = bindparam("of_tx", type_=Uuid()), bindparam("minor", type_=BigInteger())
_NAMED = Account.code == bindparam("code"), Account.currency == bindparam("currency")
_ENTRY = insert(Entry).from_select(_COLUMNS, select(_OF_TX, Account.id, _MINOR).where(*_NAMED))
_UNDOING = select(bindparam("opposite", type_=Uuid()), Entry.account_id, -Entry.amount)
_UNDONE = _UNDOING.where(Entry.tx == bindparam("of")).order_by(Entry.account_id)
_OPPOSITE = insert(Entry).from_select(_COLUMNS, _UNDONE)


def post(
    session: Session,
    key: str,
    kind: str,
    amounts: Mapping[AccountName, int],
    *,
    order_id: UUID | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
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
    about = {"key": key, "kind": kind, "order_id": order_id}
    _write(session, [(parts, about)], actor, now)
    return True


class Booking(NamedTuple):
    """One of many transactions that are posted together: its key, kind and two accounts."""

    key: str
    kind: str
    debit: AccountName
    credit: AccountName
    amount: int


def post_all(session: Session, bookings: Sequence[Booking], *, now: datetime) -> int:
    """Post many transactions in few statements, each once per key; how many were new."""
    keys = select(Posting.key).where(Posting.key.in_([each.key for each in bookings]))
    known = set(session.scalars(keys))
    new = {each.key: each for each in bookings if each.key not in known and each.amount}
    parts = [
        ({each.debit: each.amount, each.credit: -each.amount}, {"key": each.key, "kind": each.kind})
        for each in new.values()
    ]
    _write(session, parts, SYSTEM, now)
    return len(new)


def reverse(session: Session, key: str, kind: str, *, of: str, now: datetime) -> bool:
    """Post the exact opposite of the posting with the key `of`; False if `key` stands already.

    It is of the same order. Raises NotFound, AlreadyReversed or TooLittle.
    """
    if _stands(session, key):
        return False
    found = session.execute(select(Posting.tx, Posting.order_id).where(Posting.key == of)).first()
    tx, order_id = existing(found, "posting")
    if session.scalar(select(Posting.tx).where(Posting.reverses == tx)) is not None:
        raise AlreadyReversed(posting=kind)
    batch, opposite = portable.Batch(session), uuid7()
    batch.run(_OPPOSITE, {"opposite": opposite, "of": tx})
    about = {"key": key, "kind": kind, "order_id": order_id, "reverses": tx}
    batch.add(Posting, _seal(opposite, SYSTEM, now, about))
    _run(session, batch, kind)
    return True


def _stands(session: Session, key: str) -> bool:
    return bool(portable.fast_rows(portable.flushed(session), _STANDS, {"key": key}))


def _write(session: Session, new: Sequence[Part], actor: Actor, now: datetime) -> None:
    """Accounts in the order of their codes, so that two never wait for each other crosswise."""
    batch = portable.Batch(session)
    names = {name for amounts, _ in new for name in amounts}
    opening = {"currency": CURRENCY, "balance": 0}
    batch.add_new(Account, *(name._asdict() | opening for name in sorted(names)))
    seals = [_seal(uuid7(), actor, now, about) for _, about in new]
    for (amounts, _), seal in zip(new, seals, strict=True):
        for name, amount in sorted(amounts.items()):
            entry = {"of_tx": seal["tx"], "code": name.code, "currency": CURRENCY, "minor": amount}
            batch.run(_ENTRY, entry)
    batch.add(Posting, *seals)
    _run(session, batch, new[0][1]["kind"] if new else "")


def _seal(tx: UUID, actor: Actor, now: datetime, about: Mapping[str, Any]) -> dict[str, Any]:
    stamps = {"effective_at": now, "recorded_at": clock.now(), "actor_id": actor.person_id}
    return {"tx": tx, **stamps, **about}


def _run(session: Session, batch: portable.Batch, kind: str) -> None:
    try:
        batch.write(session)
    except IntegrityError as error:
        if "ledger.floor" in str(error.orig):
            raise TooLittle(posting=kind) from error
        if "reverses" in str(error.orig):  # somebody else was quicker
            raise AlreadyReversed(posting=kind) from error
        raise
