"""The world before the first sale: people, farms, boats and houses, cooperatives, goods and visits."""

from datetime import datetime, timedelta
from uuid import UUID

from api.simulation import drawings
from api.simulation.facts import (
    BUYERS,
    CAST,
    COOPERATIVES,
    GOODS,
    PEOPLE,
    SELLERS,
    VISITS,
    CooperativeFacts,
    GoodsFacts,
    SellerFacts,
    VisitFacts,
)
from api.simulation.stage import Stage
from catalog import categories, experiences, listings, media, reviewing
from catalog.models import Experience, Listing
from market import accounts, cases, clock, cooperatives, traceability
from market.accounts import SYSTEM, Role, organisations, people
from market.accounts.models import OrganisationKind
from market.cases.models import CaseKind
from market.money import Money
from market.quantity import Quantity
from market.traceability import Step

DEPARTURES_AHEAD = timedelta(days=10)
PHONE = "+8490100{:04}"


def build(stage: Stage) -> None:
    """Tell everything that has to be there before anybody can buy."""
    stage.say(f"people: {len(PEOPLE) + len(BUYERS)}")
    _arrive(stage)
    for cooperative in COOPERATIVES:
        _found_cooperative(stage, cooperative)
    for seller in SELLERS:
        _found_seller(stage, seller)
    for number, goods in enumerate(GOODS, start=1):
        stage.say(f"listing {number}/{len(GOODS)}: {goods.title.vi}")
        _list_goods(stage, goods)
    for number, visit in enumerate(VISITS, start=1):
        stage.say(f"visit {number}/{len(VISITS)}: {visit.title.vi}")
        _offer_visit(stage, visit)


def phone_of(person: str) -> str:
    """The invented number of somebody of the demo."""
    keys = [each.key for each in PEOPLE] + [buyer.person.key for buyer in BUYERS]
    return PHONE.format(keys.index(person) + 1)


def _arrive(stage: Stage) -> None:
    everybody = [*PEOPLE, *(buyer.person for buyer in BUYERS)]
    with stage.scene() as session:
        for person in everybody:
            found = people.reached_at(
                session,
                destination=phone_of(person.key),
                now=stage.now,
                language=person.language,
                name=person.name,
            )
            stage.people[person.key] = found.id
        for role in (Role.MODERATOR, Role.ADMINISTRATOR):
            person_id = stage.people[CAST[role.value]]
            people.grant_role(session, actor=SYSTEM, person_id=person_id, role=role, now=stage.now)


def _found_cooperative(stage: Stage, facts: CooperativeFacts) -> None:
    with stage.scene() as session:
        manager = stage.actor(session, facts.manager)
        founded = organisations.found(
            session,
            actor=manager,
            kind=OrganisationKind.COOPERATIVE,
            name=facts.name,
            unit_code=facts.commune,
            now=stage.now,
        )
        stage.organisations[facts.key] = founded.id
    for person, post in ((facts.accountant, "accountant"), (facts.weigh_master, "weigh-master")):
        _join(stage, person, facts.key, post, facts.manager)


def _found_seller(stage: Stage, facts: SellerFacts) -> None:
    owner, *others = facts.people
    with stage.scene() as session:
        founded = organisations.found(
            session,
            actor=stage.actor(session, owner),
            kind=OrganisationKind(facts.kind),
            name=facts.name,
            unit_code=facts.commune,
            now=stage.now,
        )
        stage.organisations[facts.key] = founded.id
    _verify(stage, owner, facts.key)
    post = "host" if facts.kind == "host" else "seller"
    for person in others:
        _join(stage, person, facts.key, post, owner)
    if facts.cooperative:
        _join_cooperative(stage, facts, owner)


def _verify(stage: Stage, owner: str, key: str) -> None:
    """The seller hands papers in, the moderator looks at them."""
    organisation_id = stage.organisations[key]
    with stage.scene() as session:
        cases.open_case(
            session,
            actor=stage.actor(session, owner),
            kind=CaseKind.SELLER_VERIFICATION,
            subject_id=organisation_id,
            organisation_id=organisation_id,
            statement="",
            documents=[],
            now=stage.now,
        )
    decide(stage, organisation_id)


def decide(stage: Stage, subject_id: UUID) -> None:
    """The moderator approves the open case about the subject."""
    from api.wiring import CONSEQUENCES

    with stage.scene() as session:
        moderator = stage.actor(session, CAST["moderator"])
        case = cases.open_about(session, actor=moderator, subject_id=subject_id)
        cases.decide(
            session,
            actor=moderator,
            case_id=case.id,
            approved=True,
            reason="",
            now=stage.now,
            consequences=CONSEQUENCES,
        )
