"""Callers of the API: a client that speaks with somebody's token."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from market import accounts, clock
from market.accounts import SYSTEM, Role, organisations, people
from market.accounts.models import OrganisationKind
from tests import makers


@dataclass(frozen=True)
class Caller:
    """Somebody at a phone; `organisation_id` is what they sell for."""

    client: FlaskClient
    token: str | None = None
    organisation_id: UUID | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **request: Any) -> TestResponse:
        headers = {**self.headers, **request.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.open(f"/v1{path}", method=method, headers=headers, **request)

    def get(self, path: str, **request: Any) -> TestResponse:
        return self.ask("GET", path, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> TestResponse:
        return self.ask("POST", path, **request | ({} if body is None else {"json": body}))

    def patch(self, path: str, body: Any, *, version: int | None = None) -> TestResponse:
        headers = {} if version is None else {"If-Match": f'"v{version}"'}
        return self.ask("PATCH", path, json=body, headers=headers)

    def delete(self, path: str) -> TestResponse:
        return self.ask("DELETE", path)


def nobody(client: FlaskClient) -> Caller:
    return Caller(client)


def founder(
    client: FlaskClient, session: Session, kind: OrganisationKind = OrganisationKind.FARM
) -> Caller:
    """Somebody with an organisation of their own."""
    now = clock.now()
    person = makers.person(session, now)
    actor = accounts.actor_of_person(session, person_id=person.id, now=now)
    made = organisations.found(
        session,
        actor=actor,
        organisation=organisations.Organisation(
            kind=kind, name="Vườn Gió", unit_code=makers.COMMUNE
        ),
        now=now,
    )
    return Caller(client, _token(session, person.id), made.id)


def moderator(client: FlaskClient, session: Session) -> Caller:
    """Somebody who decides."""
    now = clock.now()
    person = makers.person(session, now)
    people.grant_role(session, actor=SYSTEM, person_id=person.id, role=Role.MODERATOR, now=now)
    return Caller(client, _token(session, person.id))


def of_person(client: FlaskClient, session: Session, person_id: UUID) -> Caller:
    """Somebody who is known already."""
    return Caller(client, _token(session, person_id))


def buyer(client: FlaskClient, session: Session) -> Caller:
    """Somebody who is signed in and sells nothing."""
    return Caller(client, _token(session, makers.person(session, clock.now()).id))


def _token(session: Session, person_id: UUID) -> str:
    tokens = accounts.issue_tokens(
        session, person_id=person_id, device_name="test", now=clock.now()
    )
    session.flush()
    return tokens.access_token
