"""Every operation says who may use it, the table of them is reviewed, and HTTP keeps to it."""

import re

import pytest

from market import accounts, clock
from market.accounts import Role
from market.accounts.models import RoleGrant
from tests import makers
from tests.rules.role_matrix import MAY, committed, name_of, of_the_marks
from tests.rules.source import refuse

CONVERTED = {
    "uuid": "0192f0c1-0000-7000-8000-000000000001",
    "int": "1",
    "bigint": "1",
    "float": "1.0",
}
# Pages that let in whoever buys and then turn some back: who decides at the desk sells nothing.
TURNED_BACK_INSIDE = {("POST /sell/new", role) for role in (Role.MODERATOR, Role.ADMINISTRATOR)}
ARGUMENT = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>")


def test_every_operation_has_its_row_in_the_matrix(application):
    marked = {name_of(row): row for row in of_the_marks(application.operations.values())}
    reviewed = {name_of(row): row for row in committed()}

    refuse(
        f"{operation}: marked {marked.get(operation)}, in the matrix {reviewed.get(operation)}; "
        "after a review: make contract"
        for operation in sorted(marked | reviewed)
        if marked.get(operation) != reviewed.get(operation)
    )


@pytest.mark.parametrize("role", list(Role))
def test_each_operation_answers_each_role_as_the_matrix_says(client, database, role):
    person_id, key = someone(database, role), key_of_a_reseller(database)
    csrf = csrf_of(client)
    wrong = []
    for row in committed():
        secret = key if role is Role.RESELLER and row["route"].startswith("/octo") else None
        answer = ask(client, row, secret or token(database, person_id), csrf)
        may = row[role] == MAY
        if (name_of(row), role) in TURNED_BACK_INSIDE:
            may = not may
        if refused(answer) is may or answer.status_code >= 500:
            wrong.append(f"{name_of(row)}: {answer.status_code}, in the matrix {row[role]}")

    refuse(wrong)


def someone(database, role):
    """A person with the role, or nobody."""
    if role is Role.NOBODY:
        return None
    with database.transaction() as session:
        person = makers.person(session, clock.now())
        session.add(RoleGrant(person_id=person.id, role=role, granted_at=clock.now()))
        return person.id


def key_of_a_reseller(database):
    with database.transaction() as session:
        return makers.reseller(session, clock.now())[1]


def token(database, person_id):
    """A token of its own for each request: some requests end the session they come with."""
    if person_id is None:
        return None
    with database.transaction() as session:
        return accounts.issue_tokens(
            session, person_id=person_id, device_name="test", now=clock.now()
        ).access_token


def csrf_of(client):
    """What a form of the pages carries; its other half is the client's cookie."""
    page = client.get("/sign-in", headers={"Accept": "text/html"}).text
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


def ask(client, row, access_token, csrf):
    headers = {"If-Match": '"1"', "X-CSRF-Token": csrf}
    if access_token:
        headers["Authorization"] = f"Bearer {access_token}"
    body = {}
    if row["method"] != "GET":
        body = {"json": {}} if row["route"].startswith("/v1/") else {"data": {}}
    return client.open(address(row["route"]), method=row["method"], headers=headers, **body)


def address(route):
    """The route with something of the right shape in each place, that stands for nothing."""

    def filled(found):
        if found[1] == "any":
            return found[2].partition(",")[0]
        return CONVERTED.get(found[1], "x")

    return ARGUMENT.sub(filled, route)


def refused(answer):
    """Whether the door stayed shut; what lies behind it may refuse for reasons of its own."""
    if answer.status_code in {401, 403} and answer.is_json:
        if "error" in answer.json:  # as OCTO says it
            return True
        code, facts = answer.json["code"], answer.json["params"]
        return code == "unauthenticated" or (code == "forbidden" and not facts)
    if answer.status_code == 403:
        return True
    return answer.headers.get("Location", "").startswith("/sign-in?")
