"""The resources of /v1 on a database in which nothing stays, asked as somebody signed in."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from api import v1
from api.app import create_app
from api.application import MarketFlask
from market import accounts, clock
from market.accounts import Actor
from market.db import Database
from tests.api.v1 import callers
from tests.api.v1.callers import Caller
from tests.databases import BoundDatabase, settings_for


@pytest.fixture(scope="session")
def shared_app(shared: Database, tmp_path_factory: pytest.TempPathFactory) -> MarketFlask:
    """One application of all resources: its description alone takes a while to put together."""
    settings = settings_for("sqlite:///unused.db", tmp_path_factory.mktemp("data"))
    return create_app(settings, shared, v1.BLUEPRINTS)


@pytest.fixture
def app(shared_app: MarketFlask, database: BoundDatabase) -> MarketFlask:
    shared_app.database = shared_app.config["DATABASE"] = database
    return shared_app


@pytest.fixture
def client(app: MarketFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed_in(session):
    """The headers with which somebody asks: `signed_in(actor)`."""

    def headers(actor: Actor, **more: str) -> dict[str, str]:
        tokens = accounts.issue_tokens(
            session,
            person_id=actor.person_id,
            device_name="test",
            now=clock.now(),
            lifetime=timedelta(days=1),
        )
        session.commit()
        return {"Authorization": f"Bearer {tokens.access_token}", **more}

    return headers


@pytest.fixture
def nobody(client: FlaskClient) -> Caller:
    return callers.nobody(client)


@pytest.fixture
def farmer(client: FlaskClient, session: Session) -> Caller:
    """Somebody with a farm of their own."""
    return callers.founder(client, session)


@pytest.fixture
def stranger(client: FlaskClient, session: Session) -> Caller:
    """Another farmer."""
    return callers.founder(client, session)


@pytest.fixture
def buyer(client: FlaskClient, session: Session) -> Caller:
    return callers.buyer(client, session)


@pytest.fixture
def moderator(client: FlaskClient, session: Session) -> Caller:
    return callers.moderator(client, session)
