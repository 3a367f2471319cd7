"""Cooperatives: a seller asks with the fee agreed, the manager approves, either side ends it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from market import cooperatives
from market.accounts import Role
from market.accounts.models import Post
from market.cooperatives import CooperativeMember
from market.errors import Forbidden, NotFound
from market.ids import uuid7
from tests.people import COOPERATIVE, again, colleague, founder, somebody

FEE = 500


@pytest.fixture
def manager_and_cooperative(session, now):
    return founder(session, now, COOPERATIVE, verified=True)


@pytest.fixture
def farmer_and_farm(session, now):
    return founder(session, now)


def asked(session, now, actor, farm, cooperative, fee=FEE):
    return cooperatives.ask_to_join(
        session,
        actor=actor,
        member=cooperatives.CooperativeMember(
            organisation_id=farm, cooperative_id=cooperative, fee_basis_points=fee
        ),
        now=now,
    )


def joined(session, now, farmer, farm, manager, cooperative):
    member = asked(session, now, farmer, farm, cooperative)
    return cooperatives.approve(session, actor=manager, member_id=member.id, now=now)


def terms(session, farm):
    """What a checkout would note: the seller's cooperative now and its fee."""
    member = session.execute(
        select(CooperativeMember.cooperative_id, CooperativeMember.fee_basis_points).where(
            CooperativeMember.organisation_id == farm,
            CooperativeMember.approved_at.is_not(None),
            CooperativeMember.ended_at.is_(None),
        )
    ).one_or_none()
    return member and tuple(member)


class TestJoining:
    def test_is_asked_and_approved(self, session, now, manager_and_cooperative, farmer_and_farm):
        farmer, farm = farmer_and_farm
        manager, cooperative = manager_and_cooperative
        member = asked(session, now, farmer, farm, cooperative)
        assert terms(session, farm) is None
        assert Role.MEMBER not in again(session, farmer.person_id, now).roles

        cooperatives.approve(session, actor=manager, member_id=member.id, now=now)
        assert terms(session, farm) == (cooperative, FEE)
        assert Role.MEMBER in again(session, farmer.person_id, now).roles

    def test_is_one_cooperative_at_a_time(
        self, session, now, manager_and_cooperative, farmer_and_farm
    ):
        farmer, farm = farmer_and_farm
        _, other = founder(session, now, COOPERATIVE, verified=True)
        asked(session, now, farmer, farm, manager_and_cooperative[1])
        with pytest.raises(cooperatives.AlreadyInOne):
            asked(session, now, farmer, farm, other)

    def test_is_for_ones_own_farm(self, session, now, manager_and_cooperative, farmer_and_farm):
        _, farm = farmer_and_farm
        _, cooperative = manager_and_cooperative
        with pytest.raises(NotFound):
            asked(session, now, somebody(session, now), farm, cooperative)

    def test_needs_a_verified_cooperative(self, session, now, farmer_and_farm):
        farmer, farm = farmer_and_farm
        _, unverified = founder(session, now, COOPERATIVE)
        with pytest.raises(cooperatives.NotVerified):
            asked(session, now, farmer, farm, unverified)

    def test_a_farm_or_nothing_is_not_found(self, session, now, farmer_and_farm):
        farmer, farm = farmer_and_farm
        _, other_farm = founder(session, now, verified=True)
        for missing in (other_farm, uuid7()):
            with pytest.raises(NotFound):
                asked(session, now, farmer, farm, missing)

    @pytest.mark.parametrize("fee", [-1, 5001])
    def test_costs_half_at_most(self, session, now, manager_and_cooperative, farmer_and_farm, fee):
        farmer, farm = farmer_and_farm
        with pytest.raises(IntegrityError):
            asked(session, now, farmer, farm, manager_and_cooperative[1], fee)

    def test_happens_once_although_it_is_asked_for_twice_at_once(self, real_database, now):
        with real_database.transaction() as session:
            farmer, farm = founder(session, now)
            _, cooperative = founder(session, now, COOPERATIVE, verified=True)

        def ask(_):
            try:
                with real_database.transaction() as session:
                    asked(session, now, farmer, farm, cooperative)
            except cooperatives.AlreadyInOne:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(4))).count(True) == 1


class TestApproving:
    def test_is_the_managers(self, session, now, manager_and_cooperative, farmer_and_farm):
        manager, cooperative = manager_and_cooperative
        farmer, farm = farmer_and_farm
        member = asked(session, now, farmer, farm, cooperative)
        accountant = colleague(session, now, manager, cooperative, Post.ACCOUNTANT)
        other, _ = founder(session, now, COOPERATIVE, verified=True)
        for actor, refusal in ((farmer, Forbidden), (accountant, Forbidden), (other, NotFound)):
            with pytest.raises(refusal):
                cooperatives.approve(session, actor=actor, member_id=member.id, now=now)

    def test_happens_once(self, session, now, manager_and_cooperative, farmer_and_farm):
        manager, cooperative = manager_and_cooperative
        member = joined(session, now, *farmer_and_farm, manager, cooperative)
        with pytest.raises(cooperatives.NotWaiting):
            cooperatives.approve(session, actor=manager, member_id=member.id, now=now)


class TestLeaving:
    @pytest.mark.parametrize("whose", ["farmer", "manager"])
    def test_is_open_to_both_sides(
        self, session, now, manager_and_cooperative, farmer_and_farm, whose
    ):
        farmer, farm = farmer_and_farm
        manager, cooperative = manager_and_cooperative
        member = joined(session, now, farmer, farm, manager, cooperative)
        actor = again(session, (farmer if whose == "farmer" else manager).person_id, now)
        assert (
            cooperatives.leave(session, actor=actor, member_id=member.id, now=now).ended_at == now
        )
        assert terms(session, farm) is None
        asked(session, now, farmer, farm, cooperative)

    def test_is_not_an_accountants(self, session, now, manager_and_cooperative, farmer_and_farm):
        manager, cooperative = manager_and_cooperative
        member = joined(session, now, *farmer_and_farm, manager, cooperative)
        accountant = colleague(session, now, manager, cooperative, Post.ACCOUNTANT)
        with pytest.raises(Forbidden):
            cooperatives.leave(session, actor=accountant, member_id=member.id, now=now)

    def test_is_not_a_strangers(self, session, now, manager_and_cooperative, farmer_and_farm):
        member = joined(session, now, *farmer_and_farm, *manager_and_cooperative)
        with pytest.raises(NotFound):
            cooperatives.leave(session, actor=somebody(session, now), member_id=member.id, now=now)


class TestTheList:
    def test_is_for_the_cooperatives_people_and_shows_a_seller_only_their_own(
        self, session, now, manager_and_cooperative, farmer_and_farm
    ):
        manager, cooperative = manager_and_cooperative
        farmer, _ = farmer_and_farm
        own = joined(session, now, *farmer_and_farm, manager, cooperative)
        other = joined(session, now, *founder(session, now), manager, cooperative)

        def seen(actor):
            return [
                each.id
                for each in cooperatives.page(session, actor=actor, cooperative_id=cooperative)
            ]

        assert seen(manager) == [other.id, own.id]
        assert seen(farmer) == [own.id]
        assert seen(somebody(session, now)) == []
