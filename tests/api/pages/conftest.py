"""Browsers of people on the database in which nothing stays; the pages tell today's time."""

import pytest

from market import clock
from tests.api.pages.browsers import Browser


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def browser(app, session):
    """Whose browser? Nobody's, or that of the actor."""
    return lambda actor=None: Browser(app, session, actor)
