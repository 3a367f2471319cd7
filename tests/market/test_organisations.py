"""Organisations: founded, verified, joined and changed by the right hands only."""

import pytest
from sqlalchemy import select

from market import geography
from market.accounts import Role, memberships, organisations
from market.accounts.models import (
    MembershipState,
    Organisation,
    OrganisationKind,
    PaymentMode,
    Post,
)
from market.accounts.organisations import BankAccountIncomplete, IdTaken, NameIsVerified
from market.audit import AuditEntry
from market.errors import Forbidden, NotFound, Stale
from market.ids import uuid7
from market.limits import TooMany
from market.outbox import OutboxEvent
from tests.makers import COMMUNE
from tests.people import (
    COOPERATIVE,
    FARM,
    HOST,
    again,
    colleague,
    founder,
    moderator,
    somebody,
)

BANK = {"bank_bin": "970436", "bank_account": "0123456789", "bank_holder": "NGUYEN THI LAN"}


def edited(session, now, actor, organisation_id, version=1, **changes):
    return organisations.edit(
        session,
        actor=actor,
        organisation_id=organisation_id,
        changes=changes,
        version=version,
        custody_account="0000000000",
        now=now,
    )


def asked(session, now, actor, organisation_id, post=Post.SELLER):
    return memberships.request(
        session, actor=actor, organisation_id=organisation_id, post=post, now=now
    )


def moved(session, now, actor, membership, to, version=None):
    return memberships.move(
        session,
        actor=actor,
        membership_id=membership.id,
        to=to,
        version=version or membership.version,
        now=now,
    )


class TestAFounder:
    @pytest.mark.parametrize(
        ("kind", "role"),
        [
            (FARM, Role.SELLER),
            (OrganisationKind.BOAT, Role.SELLER),
            (HOST, Role.HOST),
            (COOPERATIVE, Role.MANAGER),
        ],
    )
    def test_has_the_deciding_post(self, session, now, kind, role):
        actor, organisation_id = founder(session, now, kind)
        assert actor.roles == {Role.BUYER, role}
        assert actor.managed_ids == {organisation_id}
        cooperative = kind is COOPERATIVE
        assert actor.seller_ids == (set() if cooperative else {organisation_id})
        assert actor.cooperative_ids == ({organisation_id} if cooperative else set())

    def test_starts_unverified_and_in_custody(self, session, now):
        actor, organisation_id = founder(session, now)
        made = organisations.get(session, actor=actor, organisation_id=organisation_id)
        assert (made.verified_at, made.payment_mode) == (None, PaymentMode.CUSTODY)

    def test_may_name_the_record_but_not_take_anothers_name(self, session, now):
        actor, given = somebody(session, now), uuid7()
        facts = {"kind": FARM, "name": "Vườn", "unit_code": COMMUNE}
        made = organisations.found(
            session, actor=actor, organisation=Organisation(id=given, **facts), now=now
        )
        assert made.id == given
        with pytest.raises(IdTaken):
            organisations.found(
                session, actor=actor, organisation=Organisation(id=given, **facts), now=now
            )

    def test_needs_a_place_of_the_province(self, session, now):
        with pytest.raises(geography.UnknownPlace):
            organisations.found(
                session,
                actor=somebody(session, now),
                organisation=organisations.Organisation(kind=FARM, name="Vườn", unit_code="00000"),
                now=now,
            )

    def test_founds_five_a_day_at_most(self, session, now):
        actor = somebody(session, now)
        facts = {"kind": FARM, "name": "Vườn", "unit_code": COMMUNE}
        for _ in range(5):
            organisations.found(session, actor=actor, organisation=Organisation(**facts), now=now)
        with pytest.raises(TooMany):
            organisations.found(session, actor=actor, organisation=Organisation(**facts), now=now)

    def test_who_is_a_moderator_stays_outside(self, session, now):
        actor = moderator(session, now)
        made = organisations.found(
            session,
            actor=actor,
            organisation=organisations.Organisation(kind=FARM, name="Vườn", unit_code=COMMUNE),
            now=now,
        )
        assert session.scalars(memberships.deciding(made.id)).all() == []

    def test_is_in_the_audit(self, session, now):
        actor, organisation_id = founder(session, now)
        (entry,) = session.scalars(select(AuditEntry)).all()
        assert entry.verb == "organisation.founded"
        assert (entry.actor_id, entry.subject_id) == (actor.person_id, organisation_id)


class TestSeeing:
    def test_an_unverified_one_is_for_its_people_and_moderators(self, session, now):
        actor, organisation_id = founder(session, now)
        for reader in (actor, moderator(session, now)):
            organisations.get(session, actor=reader, organisation_id=organisation_id)
        with pytest.raises(NotFound):
            organisations.get(
                session, actor=somebody(session, now), organisation_id=organisation_id
            )

    def test_a_verified_one_is_for_everybody(self, session, now):
        _, organisation_id = founder(session, now, verified=True)
        stranger = somebody(session, now)
        organisations.get(session, actor=stranger, organisation_id=organisation_id)
        listed = organisations.page(session, actor=stranger)
        assert [each.id for each in listed] == [organisation_id]

    def test_a_list_can_be_of_ones_own_or_of_one_kind(self, session, now):
        actor, farm = founder(session, now, verified=True)
        _, house = founder(session, now, HOST, verified=True)
        mine = organisations.page(session, actor=actor, mine=True)
        houses = organisations.page(session, actor=actor, kind=HOST)
        assert ([each.id for each in mine], [each.id for each in houses]) == ([farm], [house])

    def test_a_list_goes_on_where_it_stopped(self, session, now):
        ids = [founder(session, now, verified=True)[1] for _ in range(3)]
        actor = somebody(session, now)
        page = organisations.page(session, actor=actor, limit=1)
        rest = organisations.page(session, actor=actor, after=page[0].id, limit=5)
        assert [each.id for each in page[:1] + rest] == ids[::-1]

    def test_the_bank_account_is_for_those_who_decide_or_keep_the_books(self, session, now):
        boss, cooperative = founder(session, now, COOPERATIVE, verified=True)
        accountant = colleague(session, now, boss, cooperative, Post.ACCOUNTANT)
        seen = organisations.may_see_bank_account
        assert seen(boss, cooperative)
        assert seen(accountant, cooperative)
        assert not seen(somebody(session, now), cooperative)
        assert not seen(moderator(session, now), cooperative)


class TestChanging:
    def test_takes_the_version_that_was_read(self, session, now):
        actor, organisation_id = founder(session, now)
        assert edited(session, now, actor, organisation_id, name="Vườn Lan").version == 2
        with pytest.raises(Stale):
            edited(session, now, actor, organisation_id, name="Vườn Mai")

    def test_a_bank_account_tells_everybody_who_decides(self, session, now):
        actor, organisation_id = founder(session, now)
        made = edited(session, now, actor, organisation_id, **BANK)
        assert (made.bank_bin, made.bank_account) == ("970436", "0123456789")
        names = session.scalars(select(OutboxEvent.name)).all()
        assert names == ["accounts.bank_account_changed"]

    def test_half_a_bank_account_is_refused(self, session, now):
        actor, organisation_id = founder(session, now)
        with pytest.raises(BankAccountIncomplete):
            edited(session, now, actor, organisation_id, bank_bin="970436")

    def test_selling_directly_needs_a_bank_account(self, session, now):
        actor, organisation_id = founder(session, now)
        with pytest.raises(BankAccountIncomplete):
            edited(session, now, actor, organisation_id, payment_mode=PaymentMode.DIRECT)
        edited(session, now, actor, organisation_id, payment_mode=PaymentMode.DIRECT, **BANK)

    def test_a_verified_name_is_a_moderators(self, session, now):
        actor, organisation_id = founder(session, now, verified=True)
        with pytest.raises(NameIsVerified):
            edited(session, now, actor, organisation_id, version=2, name="Vườn Khác")
        corrected = edited(
            session, now, moderator(session, now), organisation_id, version=2, name="Vườn Lan"
        )
        assert corrected.name == "Vườn Lan"

    def test_a_bank_account_is_never_a_moderators(self, session, now):
        _, organisation_id = founder(session, now)
        with pytest.raises(Forbidden):
            edited(session, now, moderator(session, now), organisation_id, **BANK)

    def test_a_strangers_is_refused(self, session, now):
        _, hidden = founder(session, now)
        _, public = founder(session, now, verified=True)
        stranger = somebody(session, now)
        with pytest.raises(NotFound):
            edited(session, now, stranger, hidden, name="x")
        with pytest.raises(Forbidden):
            edited(session, now, stranger, public, name="x")

    def test_leaves_alone_what_is_not_theirs(self, session, now):
        actor, organisation_id = founder(session, now)
        made = edited(session, now, actor, organisation_id, verified_at=now, kind="boat")
        assert (made.verified_at, made.kind) == (None, "farm")

    def test_a_place_has_to_exist(self, session, now):
        actor, organisation_id = founder(session, now)
        with pytest.raises(geography.UnknownPlace):
            edited(session, now, actor, organisation_id, unit_code="99999")


class TestAPost:
    def test_is_asked_for_and_granted(self, session, now):
        boss, farm = founder(session, now)
        helper = colleague(session, now, boss, farm, Post.SELLER)
        assert helper.seller_ids == {farm}

    @pytest.mark.parametrize(
        ("post", "role"),
        [(Post.ACCOUNTANT, Role.ACCOUNTANT), (Post.WEIGH_MASTER, Role.WEIGH_MASTER)],
    )
    def test_in_a_cooperative_opens_its_work_and_decides_nothing(self, session, now, post, role):
        boss, cooperative = founder(session, now, COOPERATIVE)
        actor = colleague(session, now, boss, cooperative, post)
        assert actor.roles == {Role.BUYER, role}
        assert actor.cooperative_ids == {cooperative}
        assert actor.managed_ids == set()

    def test_counts_from_its_grant_on(self, session, now):
        _, farm = founder(session, now)
        actor = somebody(session, now)
        asked(session, now, actor, farm)
        assert again(session, actor.person_id, now).roles == {Role.BUYER}

    @pytest.mark.parametrize("post", [Post.HOST, Post.MANAGER, Post.ACCOUNTANT])
    def test_has_to_fit_the_kind(self, session, now, post):
        _, farm = founder(session, now)
        with pytest.raises(memberships.NoSuchPost):
            asked(session, now, somebody(session, now), farm, post)

    def test_is_asked_for_once(self, session, now):
        _, farm = founder(session, now)
        actor = somebody(session, now)
        asked(session, now, actor, farm)
        with pytest.raises(memberships.AlreadyMember):
            asked(session, now, actor, farm)

    def test_that_ended_may_be_asked_for_again(self, session, now):
        boss, farm = founder(session, now)
        actor = somebody(session, now)
        first = asked(session, now, actor, farm)
        moved(session, now, boss, first, MembershipState.ENDED)
        again_asked = asked(session, now, actor, farm)
        assert again_asked.id == first.id
        assert again_asked.state == MembershipState.REQUESTED

    def test_nowhere_is_not_found(self, session, now):
        with pytest.raises(NotFound):
            asked(session, now, somebody(session, now), uuid7())

    def test_is_not_granted_to_oneself(self, session, now):
        _, farm = founder(session, now)
        actor = somebody(session, now)
        request = asked(session, now, actor, farm)
        with pytest.raises(Forbidden):
            moved(session, now, actor, request, MembershipState.ACTIVE)

    def test_is_not_granted_by_the_boss_of_another_farm(self, session, now):
        _, farm = founder(session, now)
        other, _ = founder(session, now)
        request = asked(session, now, somebody(session, now), farm)
        with pytest.raises(NotFound):
            moved(session, now, other, request, MembershipState.ACTIVE)

    def test_that_has_ended_is_not_granted(self, session, now):
        boss, farm = founder(session, now)
        request = asked(session, now, somebody(session, now), farm)
        ended = moved(session, now, boss, request, MembershipState.ENDED)
        with pytest.raises(memberships.WrongMove):
            moved(session, now, boss, ended, MembershipState.ACTIVE)

    def test_is_decided_on_what_was_read(self, session, now):
        boss, farm = founder(session, now)
        request = asked(session, now, somebody(session, now), farm)
        with pytest.raises(Stale):
            moved(session, now, boss, request, MembershipState.ACTIVE, version=9)

    def test_is_given_up_by_oneself(self, session, now):
        boss, farm = founder(session, now)
        helper = colleague(session, now, boss, farm, Post.SELLER)
        own = next(
            each.membership
            for each in memberships.page(session, actor=helper, organisation_id=farm)
            if each.person.id == helper.person_id
        )
        moved(session, now, helper, own, MembershipState.ENDED)
        assert again(session, helper.person_id, now).seller_ids == set()

    def test_is_taken_back_with_effect_at_once(self, session, now):
        boss, cooperative = founder(session, now, COOPERATIVE)
        accountant = colleague(session, now, boss, cooperative, Post.ACCOUNTANT)
        (entry, _) = memberships.page(session, actor=boss, organisation_id=cooperative)
        moved(session, now, boss, entry.membership, MembershipState.ENDED)
        assert again(session, accountant.person_id, now).roles == {Role.BUYER}

    def test_that_decides_cannot_be_the_last_to_end(self, session, now):
        boss, farm = founder(session, now)
        (own,) = memberships.page(session, actor=boss, organisation_id=farm)
        with pytest.raises(memberships.LastToDecide):
            moved(session, now, boss, own.membership, MembershipState.ENDED)

    def test_list_is_for_those_who_decide(self, session, now):
        boss, farm = founder(session, now)
        assert len(memberships.page(session, actor=boss, organisation_id=farm)) == 1
        with pytest.raises(NotFound):
            memberships.page(session, actor=somebody(session, now), organisation_id=farm)
