"""The stage of a simulation: the database, a virtual clock, one source of chance, and the cast."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from market import accounts
from market.accounts import Actor
from market.config import Settings
from market.db import Database
from market.files import Files
from payments import fake_psp
from payments.stripe_gateway import StripeGateway

Say = Callable[[str], object]
Done = TypeVar("Done")


@dataclass
class Stage:
    """Where the story is told: `now` is the virtual clock, moved by the story alone."""

    database: Database
    settings: Settings
    files: Files
    chance: random.Random
    now: datetime
    say: Say
    people: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    listings: dict[str, UUID] = field(default_factory=dict)
    experiences: dict[str, UUID] = field(default_factory=dict)
    lots: dict[str, str] = field(default_factory=dict)

    @cached_property
    def stripe(self) -> StripeGateway:
        """The shipped Stripe, in the story's own time."""
        folder = self.settings.data
        way_out = partial(fake_psp.http_client, folder, lambda: self.now)
        return StripeGateway(fake_psp.KEY, http_client=way_out)

    def pass_time(self, **duration: float) -> None:
        """Let time go by."""
        self.now += timedelta(**duration)

    @contextmanager
    def scene(self) -> Iterator[Session]:
        """One transaction of the story."""
        with self.database.transaction() as session:
            session.expire_on_commit = False  # the story goes on with what was made
            yield session

    def do(self, person: str, verb: Callable[..., Done], **facts: Any) -> Done:
        """What somebody does now, in a transaction of its own."""
        with self.scene() as session:
            return verb(session, actor=self.actor(session, person), now=self.now, **facts)

    def actor(self, session: Session, person: str) -> Actor:
        """The person as the market knows them now."""
        return accounts.actor_of_person(session, person_id=self.people[person], now=self.now)
