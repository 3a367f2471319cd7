"""Mandates: an agent acts for a farm on its word, within its scope, until its day."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from market import accounts, audit, cases
from market.accounts import Role, organisations
from market.accounts.models import Mandate, MandateState, Scope
from market.audit import AuditEntry
from market.cases import CaseKind, CaseState
from market.cases.deciding import AlreadyOpen
from market.cases.models import Case
from market.errors import FieldInvalid, Forbidden, NotFound
from market.ids import uuid7
from market.notifications.telling import Notice
from tests.makers import COMMUNE
from tests.people import COOPERATIVE, FARM, HOST, again, founder, moderator, somebody

YEAR = timedelta(days=365)
CONSEQUENCES = {CaseKind.MANDATE: cases.mandating.mandate_decided}
PAPER = [{"name": "Giấy ủy quyền", "file": "papers/1.pdf"}]


def asked(session, now, agent, farm, *, lifetime=YEAR, documents=(), scope=(Scope.LISTINGS,)):
    return cases.ask_mandate(
        session,
        actor=agent,
        asked=Mandate(organisation_id=farm, scope=scope, expires_at=now + lifetime),
        documents=documents,
        now=now,
    )


def decided(session, now, actor, mandate, *, approved=True):
    case = session.scalars(select(Case).where(Case.subject_id == mandate.id)).one()
    return cases.decide(
        session,
        actor=actor,
        case_id=case.id,
        approved=approved,
        reason="" if approved else "Không quen",
        now=now,
        consequences=CONSEQUENCES,
    )


@pytest.fixture
def farmer_and_farm(session, now):
    return founder(session, now)


@pytest.fixture
def agent(session, now):
    return somebody(session, now)


@pytest.fixture
def mandate(session, now, farmer_and_farm, agent):
    """An active mandate of the agent for the farm's listings."""
    farmer, farm = farmer_and_farm
    given = asked(session, now, agent, farm)
    decided(session, now, farmer, given)
    return given


class TestAsking:
    def test_waits_for_the_farm(self, session, now, farmer_and_farm, agent):
        _, farm = farmer_and_farm
        given = asked(session, now, agent, farm)
        assert given.state == MandateState.PENDING
        assert Role.AGENT not in again(session, agent.person_id, now).roles
        with pytest.raises(NotFound):
            accounts.act_for(session, agent, farm, now)

    @pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
    def test_is_for_a_year_at_most(self, session, now, farmer_and_farm, agent, lifetime):
        with pytest.raises(FieldInvalid) as refusal:
            asked(session, now, agent, farmer_and_farm[1], lifetime=lifetime)
        assert refusal.value.facts["field"] == "expires_at"

    def test_for_a_farm_that_does_not_exist_is_not_found(self, session, now, agent):
        with pytest.raises(NotFound):
            asked(session, now, agent, uuid7())

    def test_for_a_cooperative_is_refused(self, session, now, agent):
        _, cooperative = founder(session, now, COOPERATIVE)
        with pytest.raises(cases.mandating.NotRepresentable):
            asked(session, now, agent, cooperative)


class TestAskingAgain:
    def test_waits_for_the_first_to_be_decided(self, session, now, farmer_and_farm, agent):
        _, farm = farmer_and_farm
        asked(session, now, agent, farm)

        with pytest.raises(AlreadyOpen):
            asked(session, now, agent, farm, scope=(Scope.ORDERS,))

    def test_puts_the_last_word_in_the_place_of_the_first(
        self, session, now, farmer_and_farm, agent, mandate
    ):
        farmer, farm = farmer_and_farm
        later = asked(session, now, agent, farm, scope=(Scope.ORDERS,), lifetime=YEAR / 2)
        decided(session, now, farmer, later)

        acting = accounts.act_for(session, agent, farm, now)
        assert (acting.mandate_id, acting.scope) == (later.id, {Scope.ORDERS})
        assert session.get_one(Mandate, mandate.id).state == MandateState.REVOKED

    def test_is_heard_by_the_farm_with_the_way_to_its_answer(
        self, session, now, farmer_and_farm, agent
    ):
        farmer, farm = farmer_and_farm
        given = asked(session, now, agent, farm)

        case = session.scalars(select(Case).where(Case.subject_id == given.id)).one()
        told = session.scalars(select(Notice).where(Notice.person_id == farmer.person_id)).one()
        assert (told.key, told.link) == ("notice.mandate.asked", f"/desk/cases/{case.number}")


class TestConsent:
    def test_of_the_farmer_lets_the_agent_act(self, session, now, farmer_and_farm, agent, mandate):
        _, farm = farmer_and_farm
        assert mandate.state == MandateState.ACTIVE
        assert Role.AGENT in again(session, agent.person_id, now).roles
        acting = accounts.act_for(session, agent, farm, now)
        assert (acting.seller_ids, acting.mandate_id) == ({farm}, mandate.id)
        assert acting.scope == {Scope.LISTINGS}

    def test_refused_ends_it(self, session, now, farmer_and_farm, agent):
        farmer, farm = farmer_and_farm
        given = asked(session, now, agent, farm)
        assert decided(session, now, farmer, given, approved=False).state == CaseState.DECLINED
        assert given.state == MandateState.REVOKED

    def test_is_not_the_agents_to_give(self, session, now, farmer_and_farm, agent):
        given = asked(session, now, agent, farmer_and_farm[1])
        with pytest.raises(cases.deciding.OwnCase):
            decided(session, now, agent, given)

    def test_is_not_a_strangers_to_give(self, session, now, farmer_and_farm, agent):
        given = asked(session, now, agent, farmer_and_farm[1])
        with pytest.raises(NotFound):
            decided(session, now, somebody(session, now), given)

    def test_is_not_another_agents_to_give(self, session, now, farmer_and_farm, agent, mandate):
        _, farm = farmer_and_farm
        other = asked(session, now, somebody(session, now), farm)
        with pytest.raises(Forbidden):
            decided(session, now, accounts.act_for(session, agent, farm, now), other)

    def test_is_not_a_moderators_where_the_farm_has_people(
        self, session, now, farmer_and_farm, agent
    ):
        given = asked(session, now, agent, farmer_and_farm[1], documents=PAPER)
        with pytest.raises(cases.deciding.ConsentMissing):
            decided(session, now, moderator(session, now), given)

    def test_is_a_moderators_on_paper_where_the_farm_has_nobody(self, session, now, agent):
        office = moderator(session, now)
        farm = organisations.found(
            session,
            actor=office,
            organisation=organisations.Organisation(
                kind=FARM, name="Vườn Ông Tư", unit_code=COMMUNE
            ),
            now=now,
        ).id
        bare = asked(session, now, agent, farm)
        with pytest.raises(cases.deciding.ConsentMissing):
            decided(session, now, office, bare)
        cases.end_mandate(session, actor=agent, mandate_id=bare.id, now=now)
        papered = asked(session, now, agent, farm, documents=PAPER)
        decided(session, now, office, papered)
        assert accounts.act_for(session, agent, farm, now).mandate_id == papered.id


class TestActing:
    def test_sells_and_decides_nothing_else(self, session, now, farmer_and_farm, agent, mandate):
        acting = accounts.act_for(session, agent, farmer_and_farm[1], now)
        assert acting.roles == {Role.BUYER, Role.AGENT, Role.SELLER}
        assert (acting.managed_ids, acting.cooperative_ids) == (set(), set())

    def test_for_a_host_is_hosting(self, session, now, agent):
        host, house = founder(session, now, HOST)
        decided(session, now, host, asked(session, now, agent, house))
        assert Role.HOST in accounts.act_for(session, agent, house, now).roles

    def test_leaves_ones_own_farm_and_the_desk_behind(self, session, now):
        farmer, farm = founder(session, now)
        helper, own = founder(session, now)
        decided(session, now, farmer, asked(session, now, helper, farm))
        acting = accounts.act_for(session, helper, farm, now)
        assert own not in acting.seller_ids
        assert not acting.oversees

    def test_ends_with_its_day(self, session, now, farmer_and_farm, agent, mandate):
        _, farm = farmer_and_farm
        accounts.act_for(session, agent, farm, now + YEAR - timedelta(seconds=1))
        with pytest.raises(NotFound):
            accounts.act_for(session, agent, farm, now + YEAR)
        assert Role.AGENT not in again(session, agent.person_id, now + YEAR).roles

    def test_is_for_this_farm_only(self, session, now, agent, mandate):
        _, other = founder(session, now)
        with pytest.raises(NotFound):
            accounts.act_for(session, agent, other, now)

    def test_keeps_to_its_scope(self, session, now, farmer_and_farm, agent, mandate):
        acting = accounts.act_for(session, agent, farmer_and_farm[1], now)
        accounts.require_scope(acting, Scope.LISTINGS)
        with pytest.raises(accounts.OutOfScope):
            accounts.require_scope(acting, Scope.ORDERS)
        accounts.require_scope(agent, Scope.ORDERS)

    def test_is_audited_with_both_names(self, session, now, farmer_and_farm, agent, mandate):
        _, farm = farmer_and_farm
        acting = accounts.act_for(session, agent, farm, now)
        audit.note(session, actor=acting, verb="listing.paused", subject_id=uuid7(), now=now)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "listing.paused")).one()
        assert (entry.actor_id, entry.acted_for_id) == (agent.person_id, farm)
        assert entry.mandate_id == mandate.id


class TestEnding:
    @pytest.mark.parametrize("whose", ["agent", "farmer", "moderator"])
    def test_is_open_to_both_sides_and_takes_effect_at_once(
        self, session, now, farmer_and_farm, agent, mandate, whose
    ):
        farmer, farm = farmer_and_farm
        hands = {"agent": agent, "farmer": farmer, "moderator": moderator(session, now)}
        ended = cases.end_mandate(session, actor=hands[whose], mandate_id=mandate.id, now=now)
        assert ended.state == MandateState.REVOKED
        with pytest.raises(NotFound):
            accounts.act_for(session, agent, farm, now)

    def test_one_that_still_waits_withdraws_its_case(self, session, now, farmer_and_farm, agent):
        given = asked(session, now, agent, farmer_and_farm[1])
        cases.end_mandate(session, actor=agent, mandate_id=given.id, now=now)
        case = session.scalars(select(Case)).one()
        assert case.state == CaseState.WITHDRAWN

    def test_is_not_for_strangers(self, session, now, mandate):
        with pytest.raises(NotFound):
            cases.end_mandate(session, actor=somebody(session, now), mandate_id=mandate.id, now=now)


class TestTheList:
    def test_shows_both_sides_the_mandate_and_nobody_else(
        self, session, now, farmer_and_farm, agent, mandate
    ):
        farmer, _ = farmer_and_farm
        for reader in (farmer, agent, moderator(session, now)):
            listed = cases.mandates(session, actor=reader)
            assert [each.id for each in listed] == [mandate.id]
        assert cases.mandates(session, actor=somebody(session, now)) == []

    def test_goes_on_where_it_stopped(self, session, now, agent):
        farms = [founder(session, now)[1] for _ in range(3)]
        ids = [asked(session, now, agent, farm).id for farm in farms]
        first = cases.mandates(session, actor=agent, limit=1)
        rest = cases.mandates(session, actor=agent, after=first[0].id)
        assert [each.id for each in first[:1] + rest] == ids[::-1]
