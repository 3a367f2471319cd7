"""The world before the first sale: people, farms, boats, houses for guests, cooperatives."""

from uuid import UUID

from api.simulation.facts import (
    BUYERS,
    CAST,
    COOPERATIVES,
    PEOPLE,
    SELLERS,
    CooperativeFacts,
    SellerFacts,
)
from api.simulation.stage import Stage
from market import cases, cooperatives
from market.accounts import SYSTEM, Role, memberships, organisations, people
from market.accounts.models import MembershipState, OrganisationKind, Post

PHONE = "+8490100{:04}"


def build(stage: Stage) -> None:
    """Tell everything that has to be there before anybody can buy."""
    stage.say(f"people: {len(PEOPLE) + len(BUYERS)}")
    _arrive(stage)
    for cooperative in COOPERATIVES:
        _found_cooperative(stage, cooperative)
    for seller in SELLERS:
        _found_seller(stage, seller)


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
    _verify(stage, facts.manager, facts.key)
    _join(stage, facts.accountant, facts.key, Post.ACCOUNTANT, facts.manager)
    _join(stage, facts.weigh_master, facts.key, Post.WEIGH_MASTER, facts.manager)


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
        organisations.edit(
            session,
            actor=stage.actor(session, owner),
            organisation_id=founded.id,
            changes={"address": facts.address},
            custody_account=stage.settings.custody_account,
            version=founded.version,
            now=stage.now,
        )
    _verify(stage, owner, facts.key)
    post = Post.HOST if facts.kind == OrganisationKind.HOST else Post.SELLER
    for person in others:
        _join(stage, person, facts.key, post, owner)
    if facts.cooperative:
        _join_cooperative(stage, facts, owner)


def _verify(stage: Stage, owner: str, key: str) -> None:
    """The seller hands papers in, the moderator looks at them."""
    organisation_id = stage.organisations[key]
    with stage.scene() as session:
        cases.ask_verification(
            session,
            actor=stage.actor(session, owner),
            organisation_id=organisation_id,
            statement="",
            documents=[],
            now=stage.now,
        )
    decide(stage, organisation_id)


def decide(stage: Stage, subject_id: UUID, *, by: str = CAST["moderator"]) -> None:
    """Somebody approves the open case about the subject."""
    from api.wiring import CONSEQUENCES

    with stage.scene() as session:
        decider = stage.actor(session, by)
        case = cases.open_about(session, actor=decider, subject_id=subject_id)
        cases.decide(
            session,
            actor=decider,
            case_id=case.id,
            approved=True,
            reason="",
            now=stage.now,
            consequences=CONSEQUENCES,
        )


def _join(stage: Stage, person: str, organisation: str, post: Post, boss: str) -> None:
    """Somebody asks for a post, and who decides for the organisation grants it."""
    with stage.scene() as session:
        asked = memberships.request(
            session,
            actor=stage.actor(session, person),
            organisation_id=stage.organisations[organisation],
            post=post,
            now=stage.now,
        )
        memberships.move(
            session,
            actor=stage.actor(session, boss),
            membership_id=asked.id,
            to=MembershipState.ACTIVE,
            version=asked.version,
            now=stage.now,
        )


def _join_cooperative(stage: Stage, facts: SellerFacts, owner: str) -> None:
    cooperative = next(each for each in COOPERATIVES if each.key == facts.cooperative)
    with stage.scene() as session:
        member = cooperatives.ask_to_join(
            session,
            actor=stage.actor(session, owner),
            organisation_id=stage.organisations[facts.key],
            cooperative_id=stage.organisations[cooperative.key],
            fee_basis_points=cooperative.share_basis_points,
            now=stage.now,
        )
        cooperatives.approve(
            session,
            actor=stage.actor(session, cooperative.manager),
            member_id=member.id,
            now=stage.now,
        )
