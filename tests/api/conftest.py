"""The small API, on a database in which nothing stays."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.application import MarketFlask
from tests.api import small
from tests.databases import BoundDatabase, settings_for


@pytest.fixture
def small_app(database: BoundDatabase, tmp_path: Path) -> MarketFlask:
    settings = settings_for("sqlite:///unused.db", tmp_path)
    return create_app(settings, database, [small.blp, small.pages])


@pytest.fixture
def http(small_app: MarketFlask) -> FlaskClient:
    return small_app.test_client()
