"""Whatever a request holds, the answer is one that the description of the API names."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import documentation
from catalog import baskets
from market import accounts, clock, cooperatives, links
from market.accounts import NOBODY, SYSTEM, Role, people
from market.accounts.models import OrganisationKind
from market.ids import secret
from market.orders.models import Order
from market.traceability.models import Lot
from payments import collecting
from tests import makers
from tests.databases import SECRET
from tests.people import founder

pytestmark = pytest.mark.slow

EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What there is to ask about, by the names of the API, and who may ask."""

    known: Mapping[str, str]
    tokens: Mapping[str, str]


@pytest.fixture(scope="session")
def described(application) -> Any:
    """The description, strict: what `default` leaves open is not open here."""
    document = deepcopy(documentation.description(application))
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method != "parameters":
                operation["responses"].pop("default", None)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    return schema


@pytest.fixture
def world(session: Session) -> World:
    """A farm and a cooperative with one paid order: ids and codes that lead somewhere, by name."""
    now = clock.now()
    farmer, farm = founder(session, now, phone="+84901000001", verified=True)
    manager, cooperative = founder(
        session, now, OrganisationKind.COOPERATIVE, phone="+84901000002", verified=True
    )
    people.grant_role(
        session, actor=SYSTEM, person_id=manager.person_id, role=Role.MODERATOR, now=now
    )
    member = cooperatives.ask_to_join(
        session,
        actor=farmer,
        member=cooperatives.CooperativeMember(
            organisation_id=farm, cooperative_id=cooperative, fee_basis_points=500
        ),
        now=now,
    )
    berries = makers.strawberries(session, now, of=farmer)
    visit, departure = makers.tour(session, now, of=farmer)
    group = makers.bought(session, now, (berries, 1500), (departure, 2))
    (payment,) = collecting.of_group(session, group_id=group.id)
    makers.receive(session, now, makers.transfer(payment, now))
    basket = secret(16)
    kept = baskets.open_basket(session, actor=NOBODY, secret=basket, now=now)
    baskets.put_goods(session, basket=kept, listing_id=berries.id, quantity=500, now=now)
    goods = session.scalars(select(Order).where(Order.fulfilment == "delivery")).one()
    tokens = {
        who: accounts.issue_tokens(
            session, person_id=actor.person_id, device_name=who, now=now
        ).access_token
        for who, actor in (("seller", farmer), ("manager", manager))
    }
    session.commit()
    known: dict[str, object] = {
        "organisation_id": farm,
        "seller_id": farm,
        "seller": farm,
        "cooperative_id": cooperative,
        "member_id": member.id,
        "listing_id": berries.id,
        "experience_id": visit.id,
        "departure_id": departure.id,
        "order_id": goods.id,
        "payment_id": payment.id,
        "basket": basket,
        "category": "produce.fruit.strawberry",
        "commune": makers.COMMUNE,
        "unit_code": makers.COMMUNE,
        "phone": "0912345678",
        "secret": links.sealed(SECRET, "order", group.code),
        "code": session.scalars(select(Lot.code)).first(),
        "lot": session.scalars(select(Lot.code)).first(),
    }
    return World(known={name: str(value) for name, value in known.items()}, tokens=tokens)


@pytest.mark.parametrize("who", ["nobody", "seller", "manager"])
def test_no_request_is_answered_with_what_is_not_described(
    who, app, database, described, world, subtests
):
    for result in described.get_all_operations():
        operation = result.ok()
        with subtests.test(operation=operation.label), database.bound.begin_nested() as savepoint:
            ask(operation, world, world.tokens.get(who))
            savepoint.rollback()


def ask(operation: Any, world: World, token: str | None) -> None:
    """A few requests drawn from the operation's description, and some that break it."""
    drawn = st.one_of(
        operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode
    )

    @seed(20261124)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=drawn, known=st.booleans())
    def asked(case: Any, known: bool) -> None:
        if known:
            aim(case, world.known)
        case.headers.pop("Authorization", None)
        if token is not None:
            case.headers["Authorization"] = f"Bearer {token}"
        case.call_and_validate(checks=CHECKS)

    asked()


def aim(case: Any, known: Mapping[str, str]) -> None:
    """Let the request speak of what there is."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: known[name] for name in place if name in known})
    if "If-Match" in case.headers:
        case.headers["If-Match"] = '"1"'
    if "Basket" in case.headers:
        case.headers["Basket"] = known["basket"]
    if "Order-Secret" in case.headers:
        case.headers["Order-Secret"] = known["secret"]


def test_goods_are_not_put_in_the_basket_as_guests(client, world):
    line = {"listing_id": world.known["listing_id"], "quantity": 500, "unit": "adult"}

    refused = client.post("/v1/basket/lines", json=line, headers={"Basket": world.known["basket"]})

    assert refused.status_code == 422
    assert refused.json["errors"] == [{"field": "unit", "code": "field.unknown", "params": {}}]
