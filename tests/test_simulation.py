"""The same seed tells the same story, whichever database it is told in."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from api.simulation import running
from api.wiring import context_for
from catalog import media
from catalog.models import Departure, Listing
from market import clock, inventory, ledger
from market.accounts.models import Organisation
from market.bookings.models import Ticket
from market.db import Database
from market.ids import uuid7
from market.inventory.models import Cell
from market.ledger import chart
from market.ledger.models import Posting
from market.notifications.models import Notice
from market.orders.models import Order, OrderGroup, OrderLine
from market.outbox import OutboxDelivery
from payments import collecting, fake_bank, polling
from payments.models import BankLine, Payment
from tests.databases import SqliteTemplates, settings_for

Story = Mapping[str, Sequence[object]]

SEED = 20261124
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(scope="module", autouse=True)
def one_noon() -> Iterator[None]:
    """Every story ends at the same moment, and one small photo is enough for all of it."""
    content = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 40, 60)).save(content, "JPEG")
    small = media.clean(content.getvalue(), bytes_max=10_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOON)
        patch.setattr(media, "clean", lambda _content, *, bytes_max: replace(small, id=uuid7()))
        patch.setattr(running, "context_for", partial(context_for, now=lambda: NOON))
        yield


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory) -> SqliteTemplates:
    return SqliteTemplates(tmp_path_factory.mktemp("stories"))


@pytest.fixture(scope="module")
def story(one_noon, sqlite, tmp_path_factory) -> Story:
    """The story as SQLite keeps it."""
    return told(sqlite.fresh_url(), tmp_path_factory.mktemp("story"), seed=SEED)


def test_a_seed_tells_one_story(story, real_url, tmp_path):
    again = told(real_url, tmp_path, seed=SEED)

    for part, rows in story.items():
        assert again[part] == rows, part
    assert story["orders"]


def test_another_seed_tells_another_story(story, sqlite, tmp_path):
    other = told(sqlite.fresh_url(), tmp_path, seed=SEED + 1)

    assert other["lines"] != story["lines"]


def told(url: str, data: Path, *, seed: int) -> Story:
    """What a reader sees of a story of one day, without the ids; it must end with clean books."""
    settings = settings_for(url, data)
    said: list[str] = []
    stage = running.simulate(settings, seed=seed, days=1, say=said.append)
    try:
        assert_clean(stage.database)
        assert_one_bank(stage.database, data, settings.custody_account)
        return {"said": said, **read(stage.database)}
    finally:
        stage.database.close()


def assert_one_bank(database: Database, data: Path, account: str) -> None:
    """What the bank has is what the books say, each line once, also when it is asked again."""
    with database.transaction() as session:
        assert not polling.poll_fake_bank(session, folder=data, custody_account=account, now=NOON)
    with database.reading() as session:
        received = sum(line.amount_minor for line in fake_bank.latest_credits(data))
        assert ledger.balance(session, chart.bank(account)) == received > 0
        assert ledger.balance(session, chart.UNAPPLIED) == 0
        assert collecting.stuck(session) == []


def assert_clean(database: Database) -> None:
    with database.reading() as session:
        assert ledger.problems(session) == []
        assert inventory.drift(session) == []
        undone = select(OutboxDelivery.subscriber, OutboxDelivery.error).where(
            OutboxDelivery.state != "done"
        )
        assert session.execute(undone).all() == []


def read(database: Database) -> Story:
    """In the order of the story: its time, then what is alike in every telling."""
    stories = {
        "listings": (
            select(Listing.category_code, Listing.price_minor, Listing.state, Organisation.name)
            .join(Organisation, Organisation.id == Listing.seller_id)
            .order_by(Listing.id)
        ),
        "departures": select(Departure.starts_at).order_by(Departure.starts_at, Departure.id),
        "groups": (
            select(OrderGroup.created_at, OrderGroup.name, OrderGroup.total_minor).order_by(
                OrderGroup.created_at
            )
        ),
        "orders": (
            select(
                Order.created_at,
                Organisation.name,
                Order.state,
                Order.rail,
                Order.fulfilment,
                Order.total_minor,
                Order.commission_minor,
                Order.cooperative_minor,
            )
            .join(Organisation, Organisation.id == Order.seller_id)
            .order_by(Order.id)
        ),
        "lines": (
            select(OrderLine.title, OrderLine.quantity, OrderLine.unit, OrderLine.amount_minor)
            .join(Order, Order.id == OrderLine.order_id)
            .order_by(Order.id, OrderLine.position)
        ),
        "tickets": select(Ticket.starts_at, Ticket.state).order_by(Ticket.id),
        "payments": select(Payment.amount_minor, Payment.state).order_by(Payment.id),
        "bank": select(BankLine.booked_at, BankLine.amount_minor, BankLine.state).order_by(
            BankLine.id
        ),
        "postings": select(Posting.kind, Posting.effective_at).order_by(Posting.tx),
        "cells": (
            select(Cell.capacity, Cell.held, Cell.sold).order_by(Cell.resource_id, Cell.bucket)
        ),
    }
    with database.reading() as session:
        rows = {part: list(session.execute(story)) for part, story in stories.items()}
        # The worker brings the news in no promised order.
        notices = session.execute(select(Notice.key, Notice.language)).all()
    return rows | {"notices": sorted(map(tuple, notices))}
