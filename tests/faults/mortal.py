"""A worker's process that is killed at its n-th step."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.wiring import context_for
from market import worker
from market.db import Database
from tests.databases import settings_for


class Steps:
    """Counts down to the end; SIGKILL leaves nobody time to tidy up."""

    def __init__(self, lives: int) -> None:
        self._left = lives

    def take(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """Its process may be killed before any commit, with all the work of the transaction done."""

    def __init__(self, settings: Any, steps: Steps) -> None:
        super().__init__(settings)
        self._steps = steps

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
            session.flush()
            self._steps.take()


class MortalSms:
    """Its process may be killed with a message sent and nobody told of it."""

    def __init__(self, sms: Any, steps: Steps) -> None:
        self._sms, self._steps = sms, steps

    def send(self, **message: str) -> None:
        self._sms.send(**message)
        self._steps.take()


def live(url: str, data: Path, now: datetime, lives: int) -> None:
    """The body of the process: work until nothing is due, or until the last life is gone."""
    settings, steps = settings_for(url, data), Steps(lives)
    context = context_for(settings, MortalDatabase(settings, steps), now=lambda: now)
    sms = MortalSms(context.ports["sms"], steps)
    worker.drain(replace(context, ports={**context.ports, "sms": sms}))
