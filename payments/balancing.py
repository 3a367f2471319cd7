"""Asking the bank what it has not told us, and whether its balance is the ledger's.

The same lines twice change nothing; balances are as of the last line that tells one.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import uuid5

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from market import clock
from market.actors import SYSTEM
from market.ledger import Account, Entry, chart
from payments import bank_lines, bank_transfer, differences, reconciling
from payments.bank_gateway import BankFeed
from payments.bank_lines import StatementLine
from payments.models import BankLine, Payment

BANK, AGREED, POLLED = "bank", "bank:agreed", "bank:polled"


def poll(context: Any, *, say: Callable[[str], object] = lambda _: None) -> int:
    """Take in what the bank lists since the last time; how many lines were new.

    Where there is no bank to ask, none are. `say` is told so. Raises GatewayUnsure.
    """
    feed: BankFeed | None = context.ports["bank"]
    if feed is None:
        say("bank: none can be asked; notifications and statements alone say what moved")
        return 0
    account, now, new = context.settings.custody_account, context.now(), 0
    with context.database.reading() as session:
        # A day before the last line listed; at first, before anybody was asked to pay.
        first = select(Payment.created_at).order_by(Payment.id).limit(1)
        since = reconciling.cursor(session, provider=POLLED) or session.scalar(first) or now
        since -= reconciling.OVERLAP
    lines = feed.lines(since)
    for _, its in groupby(lines, lambda line: clock.day_of(line.booked_at)):
        page, doing = list(its), {"actor": SYSTEM, "now": now}  # equal lines are counted by the day
        with context.database.transaction() as session:
            received = bank_transfer.receive(session, lines=page, custody_account=account, **doing)
            new += sum(not each.duplicate for each in received)
    with context.database.transaction() as session:
        off = compare(session, lines=lines, account=account, now=now)
        if lines:
            reconciling.keep_cursor(session, provider=POLLED, until=min(lines[-1].booked_at, now))
    say(f"bank: {len(lines)} lines listed since {since.isoformat()}, {new} of them new")
    said = "told no balance" if off is None else f"balance less the ledger's: {off}"
    say(f"bank {account}: {said}")
    return new


def compare(
    session: Session, *, lines: Sequence[StatementLine], account: str, now: datetime
) -> int | None:
    """How much more than the ledger the account held after its last line; None: nothing said so.

    Lines come as a bank lists them, oldest first, and are kept already. Each difference is put to
    a person once, whatever moves while it stays the same; anew, if they agreed in between.
    """
    here = [line for line in lines if line.account == account]
    if here:
        _keep_until(session, BANK, min(here[-1].booked_at, now))
    while here and here[-1].balance_minor is None:
        here.pop()
    if not here:
        return None
    last = here[-1]
    off, beside = (
        (last.balance_minor or 0) - _booked(session, here, account, later_on)
        for later_on in (BankLine.booked_at > last.booked_at, BankLine.booked_at >= last.booked_at)
    )
    if 0 in {off, beside}:  # others of the last moment stand before it, or behind it
        _keep_until(session, AGREED, last.booked_at)
        return 0
    agreed = reconciling.cursor(session, provider=AGREED)
    subject = f"bank:{account}:{off}:{agreed and agreed.isoformat()}"
    gap = differences.Gap(uuid5(differences.SPACE, subject), off)
    reference = f"{account}, {clock.day_of(last.booked_at):%d/%m/%Y}"
    differences.report(session, what="bank", reference=reference, about=gap, now=now)
    return off


def until(session: Session) -> datetime | None:
    """How new the last line is that a bank itself listed; None: there was none."""
    return reconciling.cursor(session, provider=BANK)


def _keep_until(session: Session, what: str, last: datetime) -> None:
    """An older statement takes nothing back."""
    known = reconciling.cursor(session, provider=what)
    if known is None or known < last:
        reconciling.keep_cursor(session, provider=what, until=last)


def _booked(
    session: Session, here: Sequence[StatementLine], account: str, later_on: ColumnElement[bool]
) -> int:
    """What the ledger has on the account but for later lines, in one look at both.

    Some banks tell days only, so that of the last day all counts that is told here.
    """
    last = here[-1].booked_at
    today = [line for line in here if clock.day_of(line.booked_at) == clock.day_of(last)]
    digests = [each.digest for each in bank_lines.told(today, None)]
    later: Any = select(func.coalesce(func.sum(BankLine.amount_minor), 0)).where(
        BankLine.account == account, later_on, BankLine.digest.not_in(digests)
    )
    sums: Any = select(func.coalesce(func.sum(Entry.amount), 0)).join_from(Entry, Account)
    booked = sums.where(Account.code == chart.bank(account).code)
    return int(session.scalar(select(booked.scalar_subquery() - later.scalar_subquery())) or 0)
