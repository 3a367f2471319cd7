"""People with phones: they speak HTTP only, and read their codes where messages arrive."""

import io
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import update

from api.app import create_app
from api.wiring import context_for
from market import clock, worker
from market.accounts import SYSTEM, Role, people
from market.bookings import Ticket
from market.config import Settings
from market.db import Database
from market.notifications import DemoOutbox
from payments import fake_bank

COMMUNE = "24778"


class Town:
    """One running market: its application, its worker, its bank and its message carriers."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.app = create_app(settings, database)
        self.outbox = DemoOutbox(settings.data)
        self.time = timedelta()

    def work(self) -> None:
        """The worker does all that is due; each time a little later, so that jobs come round."""
        self.time += timedelta(seconds=31)
        context = context_for(self.settings, self.database, now=lambda: clock.now() + self.time)
        worker.drain(context)

    def day_comes(self) -> None:
        """All that is booked begins now."""
        with self.database.transaction() as session:
            session.execute(update(Ticket).values(starts_at=clock.now()))

    def phone(self, number: str | None = None) -> "Phone":
        """A phone, signed in where it has a number."""
        phone = Phone(self, self.app.test_client())
        if number:
            phone.sign_in(number)
        return phone

    def moderator(self, number: str, role: Role = Role.MODERATOR) -> "Phone":
        """Somebody to whom the operator gave the role."""
        now = clock.now()
        with self.database.transaction() as session:
            person = people.reached_at(session, destination=number, now=now)
            people.grant_role(session, actor=SYSTEM, person_id=person.id, role=role, now=now)
        return self.phone(number)

    def pay(self, payload: str, **amount: int) -> None:
        """Scan a VietQR with a bank app."""
        fake_bank.pay(self.settings.data, payload=payload, now=clock.now(), **amount)
        self.work()


class Phone:
    """Requests of one person; every write has its own key, and what is not 2xx is an error."""

    def __init__(self, town: Town, client: FlaskClient) -> None:
        self.town = town
        self.client = client
        self.headers: dict[str, str] = {}
        self.refresh_token, self.fresh_until = "", clock.now()

    def sign_in(self, number: str) -> None:
        challenge = self.post("/v1/sign-in/codes", {"phone": number})
        self.town.work()
        message = self.town.outbox.messages()[0]  # the newest
        (code,) = re.findall(r"\b\d{6}\b", message["text"])
        given = {"challenge_id": challenge["id"], "code": code, "device_name": "test"}
        self._keep(self.post("/v1/sessions", given))

    def known(self) -> dict[str, str]:
        """The headers of its person; an app exchanges tokens that have grown old for the next."""
        if self.refresh_token and self.fresh_until < clock.now():
            given, self.refresh_token = {"refresh_token": self.refresh_token}, ""
            self._keep(self.post("/v1/sessions/refresh", given))
        return self.headers

    def get(self, path: str, **headers: str) -> Any:
        return self._json(self.client.get(path, headers=self.known() | headers))

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        given = self.known() | {"Idempotency-Key": uuid4().hex} | headers
        return self._json(self.client.post(path, json=body, headers=given))

    def put(self, path: str, body: dict[str, Any], *, method: str = "PUT") -> Any:
        given = self.known() | {"Idempotency-Key": uuid4().hex, "If-Match": "*"}
        return self._json(self.client.open(path, method=method, json=body, headers=given))

    def upload(self, path: str, name: str, content: bytes) -> Any:
        given = self.known() | {"Idempotency-Key": uuid4().hex}
        data = {name: (io.BytesIO(content), "photo.jpg")}
        return self._json(self.client.post(path, data=data, headers=given))

    def opens(self, address: str) -> str:
        """A page in the phone's browser, where its person is signed in too."""
        token = self.known().get("Authorization", "").removeprefix("Bearer ")
        if token:
            self.client.set_cookie("session", token)
        answer = self.client.get(address)
        assert answer.status_code == 200, (answer.status_code, address)
        return answer.get_data(as_text=True)

    def press(self, page: str, ending: str, **fields: str) -> str:
        """Send the form of a page whose address ends so, filled in; where that leads."""
        shown = self.opens(page)
        (address,) = set(re.findall(rf'action="([^"]*{ending})(?:#[^"]*)?"', shown))
        (csrf, *_) = re.findall(r'name="csrf" value="([^"]+)"', shown)
        answer = self.client.post(address, data={"csrf": csrf, **fields})
        assert answer.status_code == 303, (answer.status_code, address)
        return str(answer.location)

    def _keep(self, tokens: dict[str, str]) -> None:
        self.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self.refresh_token = tokens["refresh_token"]
        self.fresh_until = datetime.fromisoformat(tokens["access_expires_at"])

    def _json(self, response: Any) -> Any:
        text = response.get_data(as_text=True)
        assert response.status_code < 300, (response.status_code, text)
        return response.json if text and response.mimetype == "application/json" else text


def photo() -> bytes:
    """A JPEG as a phone would make one."""
    content = io.BytesIO()
    Image.new("RGB", (1200, 900), (200, 40, 60)).save(content, "JPEG")
    return content.getvalue()
