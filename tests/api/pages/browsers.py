"""A person's browser: pages by GET, forms as they stand there, redirects not followed."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.application import MarketFlask
from market import accounts, clock
from market.accounts import Actor

FIELD = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """Somebody's, or nobody's, browser on the market."""

    def __init__(self, app: MarketFlask, session: Session, actor: Actor | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if actor is not None:
            tokens = accounts.issue_tokens(
                session, person_id=actor.person_id, device_name="Máy thử", now=clock.now()
            )
            self.client.set_cookie("session", tokens.access_token)
        session.commit()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Accept-Language": "vi"})

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form with the secret of a page that was served to this browser."""
        found = FIELD.search(self.get("/account").text) or FIELD.search(self.get("/sign-in").text)
        return self.bare(path, csrf=found[1], **fields)

    def bare(self, path: str, **fields: Any) -> TestResponse:
        """Send a form with nothing but its fields."""
        return self.client.post(path, data=fields, headers={"Accept-Language": "vi"})
