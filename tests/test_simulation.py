"""The same seed tells the same story, whichever database it is told in."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from api.app import create_app
from api.simulation import running
from api.wiring import context_for
from catalog import media
from catalog.models import Departure, Listing
from market import accounts, clock, inventory, ledger
from market.accounts import SYSTEM
from market.accounts.models import Membership, Organisation
from market.bookings import Ticket
from market.cases.models import Case
from market.config import Settings
from market.db import Database
from market.ids import uuid7
from market.inventory.models import Cell
from market.ledger import chart
from market.ledger.models import Posting
from market.notifications.telling import Notice
from market.orders.models import Order, OrderGroup, OrderLine
from market.outbox import OutboxDelivery
from payments import bank_gateway, bank_transfer, collecting, fake_bank
from payments.local_gateway import EVER
from payments.models import BankLine, Payment
from tests import makers
from tests.databases import SqliteTemplates, settings_for
from tests.journeys.till import summary

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


@pytest.fixture(scope="module")
def settings(templates, tmp_path_factory) -> Settings:
    """A database of the engine that is tested, and a folder."""
    return settings_for(templates.fresh_url(), tmp_path_factory.mktemp("again"))


@pytest.fixture(scope="module")
def again(one_noon, settings) -> Story:
    """The same story there."""
    return told(settings.database_url, settings.data, seed=SEED)


def test_a_seed_tells_one_story(story, again):
    for part, rows in story.items():
        assert again[part] == rows, part
    assert story["orders"]


def test_another_seed_tells_another_story(story, sqlite, tmp_path):
    other = told(sqlite.fresh_url(), tmp_path, seed=SEED + 1)

    assert other["lines"] != story["lines"]


@pytest.mark.parametrize("released", [False, True], ids=["as it was told", "a wait later"])
def test_every_sellers_statement_adds_up_to_the_ledger(again, settings, released):
    with closing(Database(settings)) as database:
        if released:
            with database.transaction() as session:
                makers.release(session, NOON)
        with database.reading() as session:
            people = select(Membership.organisation_id, Membership.person_id).distinct()
            keepers = dict(session.execute(people.where(Membership.state == "active")).all())
            selling = session.scalars(select(Order.seller_id).distinct()).all()
        app = create_app(settings, database)
        closings = [
            closing_of(app.test_client(), database, seller, keepers[seller]) for seller in selling
        ]
        with database.reading() as session:
            owed = ledger.totals(session)

    kinds = {"payable": 1, "reserve": 1, "receivable": -1, "cash": -1}
    in_the_ledger = sum(sign * owed.get(kind, 0) for kind, sign in kinds.items())
    assert len(closings) > 5
    assert any(closings)
    fees = of_cooperatives(settings, selling)
    assert sum(closings) + fees == in_the_ledger


def closing_of(client: FlaskClient, database: Database, seller: UUID, keeper: UUID) -> int:
    """What the market owes a seller as his page, his sheet and the API say alike."""
    with database.transaction() as session:
        given = accounts.issue_tokens(session, person_id=keeper, device_name="", now=NOON)
    client.set_cookie("session", given.access_token)
    mine = {"Authorization": f"Bearer {given.access_token}"}
    path = f"/v1/organisations/{seller}/statement?since=2026-11-01&until=2026-11-30"

    sheet = client.get(f"{path}&format=csv", headers=mine).get_data(as_text=True)
    _, first, *lines, last = csv.reader(io.StringIO(sheet), delimiter=";")
    balance = int(first[-1])
    for line in lines:
        balance += int(line[-2])
        assert int(line[-1]) == balance
    told, items = client.get(f"{path}&limit=100", headers=mine).json, []
    while True:
        items += told["items"]
        if told["next"] is None:
            break
        told = client.get(f"{path}&limit=100&cursor={told['next']}", headers=mine).json
    assert [item["amount_minor"] for item in items] == [int(line[-2]) for line in lines]
    page = client.get("/sell/statement?month=2026-11").get_data(as_text=True)
    opening, come, gone, end = summary(page)
    assert opening + come - gone == end == balance == int(last[-1]) == told["closing_minor"]
    assert opening == int(first[-1]) == told["opening_minor"]
    with database.reading() as session:
        names = chart.of_seller(seller)
        held = ledger.balances(session, names)
    assert balance == -sum(name.normal * held[name.code] for name in names)
    return balance


def of_cooperatives(settings: Settings, sellers: Sequence[UUID]) -> int:
    """What the ledger owes those who sell nothing themselves."""
    with closing(Database(settings)) as database, database.reading() as session:
        ids = session.scalars(select(Organisation.id).where(Organisation.id.not_in(sellers)))
        names = [name for each in ids for name in chart.of_seller(each)]
        held = ledger.balances(session, names)
        return -sum(name.normal * held[name.code] for name in names)


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
        lines = fake_bank.Feed(folder=data).lines(EVER)
        doing = {"teller": bank_transfer.Teller(None, account), "actor": SYSTEM, "now": NOON}
        again = bank_transfer.receive(session, lines=lines, **doing)
        assert all(line.duplicate for line in again)
        bank_gateway.compare(session, lines=lines, account=account, now=NOON)
    with database.reading() as session:
        received = sum(line.amount_minor for line in lines)
        assert ledger.balance(session, chart.bank(account)) == received > 0
        assert session.scalar(select(Case.id).where(Case.statement.contains(account))) is None
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
