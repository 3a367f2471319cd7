"""The stage of the story (database, clock, chance, cast), and the world before the first sale."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from api.simulation import facts
from market import Database, accounts, cases, config, cooperatives
from market.accounts import SYSTEM, Actor, Role, memberships, organisations, people
from market.accounts.models import MembershipState, Organisation, OrganisationKind, Post
from market.cooperatives import CooperativeMember
from market.files import Files
from payments import fake_psp, stripe_gateway

Say = Callable[[str], None]
Done = TypeVar("Done")
PHONE = "+8490100{:04}"


@dataclass
class Stage:
    """Where the story is told: `now` is the virtual clock, moved by the story alone."""

    database: Database
    settings: config.Settings
    files: Files
    chance: random.Random
    now: datetime
    say: Say
    people: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    listings: dict[str, UUID] = field(default_factory=dict)
    experiences: dict[str, UUID] = field(default_factory=dict)
    lots: dict[str, str] = field(default_factory=dict)

    @cached_property
    def stripe(self) -> stripe_gateway.StripeGateway:
        """The shipped Stripe, in the story's own time."""
        folder = self.settings.data
        way_out = partial(fake_psp.http_client, folder, lambda: self.now)
        return stripe_gateway.StripeGateway(fake_psp.KEY, http_client=way_out)

    @contextmanager
    def scene(self) -> Iterator[Session]:
        """One transaction of the story."""
        with self.database.transaction() as session:
            session.expire_on_commit = False  # the story goes on with what was made
            yield session

    def do(self, person: str | None, verb: Callable[..., Done], **facts: Any) -> Done:
        """What somebody, or the market itself, does now, in a transaction of its own."""
        with self.scene() as session:
            return verb(session, actor=self.actor(session, person), now=self.now, **facts)

    def actor(self, session: Session, person: str | None) -> Actor:
        """The person as the market knows them now; the market itself for nobody."""
        person_id = person and self.people[person]
        return accounts.actor_of_person(session, person_id, self.now) if person_id else SYSTEM


def build(stage: Stage) -> None:
    """Tell everything that has to be there before anybody can buy."""
    stage.say(f"people: {len(facts.PEOPLE) + len(facts.BUYERS)}")
    _arrive(stage)
    for each in facts.COOPERATIVES:
        _found(stage, each, each.manager, OrganisationKind.COOPERATIVE)
        _verify(stage, each.manager, each.key)
        _join(stage, each.accountant, each.key, Post.ACCOUNTANT, each.manager)
        _join(stage, each.weigh_master, each.key, Post.WEIGH_MASTER, each.manager)
    for seller in facts.SELLERS:
        _found_seller(stage, seller)


def phone_of(person: str) -> str:
    """The invented number of somebody of the demo."""
    keys = [each.key for each in facts.PEOPLE] + [buyer.person.key for buyer in facts.BUYERS]
    return PHONE.format(keys.index(person) + 1)


def hand_in_papers(stage: Stage, owner: str, organisation_id: UUID, *, statement: str = "") -> None:
    """Ask the moderator to look at who an organisation is."""
    papers = {"statement": statement, "documents": []}
    stage.do(owner, cases.ask_verification, organisation_id=organisation_id, **papers)


def decide(stage: Stage, subject_id: UUID, *, by: str = facts.CAST["moderator"]) -> None:
    """Somebody approves the open case about the subject."""
    from api.wiring import CONSEQUENCES

    with stage.scene() as session:
        case = cases.open_about(session, actor=stage.actor(session, by), subject_id=subject_id)
    answer = {"approved": True, "reason": "", "consequences": CONSEQUENCES}
    stage.do(by, cases.decide, case_id=case.id, **answer)


def _arrive(stage: Stage) -> None:
    everybody = [*facts.PEOPLE, *(buyer.person for buyer in facts.BUYERS)]
    with stage.scene() as session:
        for person in everybody:
            said = {"language": person.language, "name": person.name}
            phone = phone_of(person.key)
            found = people.reached_at(session, destination=phone, now=stage.now, **said)
            stage.people[person.key] = found.id
    for role in (Role.MODERATOR, Role.ADMINISTRATOR):
        stage.do(None, people.grant_role, person_id=stage.people[facts.CAST[role.value]], role=role)


def _found_seller(stage: Stage, seller: facts.SellerFacts) -> None:
    owner, *others = seller.people
    founded = _found(stage, seller, owner, OrganisationKind(seller.kind))
    change = {"changes": {"address": seller.address}, "version": founded.version}
    change["custody_account"] = stage.settings.custody_account
    stage.do(owner, organisations.edit, organisation_id=founded.id, **change)
    _verify(stage, owner, seller.key)
    post = Post.HOST if seller.kind == OrganisationKind.HOST else Post.SELLER
    for person in others:
        _join(stage, person, seller.key, post, owner)
    if seller.cooperative:
        cooperative = next(each for each in facts.COOPERATIVES if each.key == seller.cooperative)
        fee, joined = cooperative.share_basis_points, stage.organisations[cooperative.key]
        its = {"cooperative_id": joined, "organisation_id": founded.id, "fee_basis_points": fee}
        member = stage.do(owner, cooperatives.ask_to_join, member=CooperativeMember(**its))
        stage.do(cooperative.manager, cooperatives.approve, member_id=member.id)


def _found(stage: Stage, its: facts.Founded, founder: str, kind: OrganisationKind) -> Organisation:
    organisation = Organisation(kind=kind, name=its.name, unit_code=its.commune)
    founded = stage.do(founder, organisations.found, organisation=organisation)
    stage.organisations[its.key] = founded.id
    return founded


def _verify(stage: Stage, owner: str, key: str) -> None:
    """The seller hands papers in, the moderator looks at them."""
    hand_in_papers(stage, owner, stage.organisations[key])
    decide(stage, stage.organisations[key])


def _join(stage: Stage, person: str, organisation: str, post: Post, boss: str) -> None:
    """Somebody asks for a post, and who decides for the organisation grants it."""
    organisation_id = stage.organisations[organisation]
    asked = stage.do(person, memberships.request, organisation_id=organisation_id, post=post)
    granted = {"to": MembershipState.ACTIVE, "version": asked.version}
    stage.do(boss, memberships.move, membership_id=asked.id, **granted)
