"""Asking the bank for what it has not told us: the same lines twice change nothing."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from market.accounts.actors import SYSTEM
from payments import bank_transfer, fake_bank


def poll_fake_bank(session: Session, *, folder: Path, custody_account: str, now: datetime) -> int:
    """Take in the shipped bank's latest credits; how many were new."""
    received = bank_transfer.receive(
        session,
        lines=fake_bank.latest_credits(folder),
        custody_account=custody_account,
        actor=SYSTEM,
        now=now,
    )
    return sum(not line.duplicate for line in received)
