"""One browser program for all journeys on the pages, and a town of each one's own."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from market.db import Database
from tests.databases import settings_for
from tests.journeys.browser import OPTIONS, Street, chromium, served
from tests.journeys.phones import Town


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("Chromium is missing, and nothing may be left out here")
    if program is None:
        pytest.skip("Chromium was not found (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def street(real_url: str, real_database: Database, tmp_path, browser: Browser) -> Iterator[Street]:
    town = Town(settings_for(real_url, tmp_path), real_database)
    with served(town) as (address, meter):
        yield Street(town, browser, address, meter)
        for context in browser.contexts:
            context.close()
