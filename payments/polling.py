"""Asking the bank for what it has not told us: the same lines twice change nothing."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from sqlalchemy import select

from market import clock
from market.accounts.actors import SYSTEM
from payments import balancing, bank_transfer, reconciling
from payments.bank_gateway import BankFeed
from payments.models import Payment

POLLED = "bank:polled"


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
        off = balancing.compare(session, lines=lines, account=account, now=now)
        if lines:
            reconciling.keep_cursor(session, provider=POLLED, until=min(lines[-1].booked_at, now))
    say(f"bank: {len(lines)} lines listed since {since.isoformat()}, {new} of them new")
    said = "told no balance" if off is None else f"balance less the ledger's: {off}"
    say(f"bank {account}: {said}")
    return new
