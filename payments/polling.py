"""Asking the bank for what it has not told us: the same lines twice change nothing."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market import ledger
from market.accounts.actors import SYSTEM
from market.ledger import chart
from payments import bank_transfer, differences, fake_bank
from payments.local_gateway import EVER
from payments.models import BankLine, ProviderCursor
from payments.reconciling import OVERLAP, keep_cursor

BANK = "bank"
PAGE = 500


def poll_fake_bank(session: Session, *, folder: Path, custody_account: str, now: datetime) -> int:
    """Take in the shipped bank's latest lines; how many were new."""
    return _take(session, fake_bank.lines(folder, now=now), custody_account, now)


def compare_bank(context: Any) -> int:
    """Take in all that the bank has booked since the last time; how many lines were new.

    Where its balance is another than the ledger's then, a person has to look. In production banks
    tell by themselves and by statements: there the lines kept are compared with the ledger.
    """
    settings, now = context.settings, context.now()
    account, new = settings.custody_account, 0
    if settings.demo:
        with context.database.reading() as session:
            cursor = session.get(ProviderCursor, BANK)
        lines = fake_bank.lines(settings.data, since=cursor.until - OVERLAP if cursor else EVER)
        for at in range(0, len(lines), PAGE):
            with context.database.transaction() as session:
                new += _take(session, lines[at : at + PAGE], account, now)
    with context.database.transaction() as session:
        if settings.demo:
            keep_cursor(session, provider=BANK, until=now)
        _compare(session, settings, now)
    return new


def _take(
    session: Session, lines: list[bank_transfer.StatementLine], account: str, now: datetime
) -> int:
    received = bank_transfer.receive(
        session, lines=lines, custody_account=account, actor=SYSTEM, now=now
    )
    return sum(not line.duplicate for line in received)


def _compare(session: Session, settings: Any, now: datetime) -> None:
    account = settings.custody_account
    lines = select(func.sum(BankLine.amount_minor)).where(BankLine.account == account)
    kept = session.scalar(lines)
    truth = fake_bank.balance(settings.data, account=account) if settings.demo else int(kept or 0)
    if truth != ledger.balance(session, chart.bank(account)):
        reference = f"{account}: {truth}"
        differences.report(session, what="bank", reference=reference, now=now)
