"""Tokens: hashed, short, rotated; a stolen copy ends the device, a lost answer does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from market import accounts
from market.accounts import SYSTEM, Role, authenticating, devices, people
from market.accounts.devices import forget_expired
from market.accounts.models import AccessToken, Device, RefreshToken
from market.errors import Forbidden, NotFound, Stale
from tests import makers
from tests.databases import SECRET

MINUTE = timedelta(minutes=1)


@pytest.fixture
def person(session, now):
    return makers.person(session, now, phone="+84912345678")


def issued(session, person, now, **more):
    return accounts.issue_tokens(session, person_id=person.id, device_name="Máy", now=now, **more)


def refreshed(session, token, now):
    return accounts.refresh(session, token=token, secret_key=SECRET, now=now)


class TestAnAccessToken:
    def test_speaks_for_its_person_on_its_device(self, session, person, now):
        tokens = issued(session, person, now)
        actor = authenticating.actor_of_token(session, tokens.access_token, now)

        assert (actor.person_id, actor.device_id) == (person.id, tokens.device_id)
        assert actor.roles == {Role.BUYER}

    def test_lives_a_quarter_of_an_hour(self, session, person, now):
        tokens = issued(session, person, now)
        assert tokens.access_expires_at == now + 15 * MINUTE
        authenticating.actor_of_token(session, tokens.access_token, now + 14 * MINUTE)
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, tokens.access_token, now + 15 * MINUTE)

    def test_can_be_made_to_live_longer_for_the_demo(self, session, person, now):
        tokens = issued(session, person, now, lifetime=timedelta(days=7))
        authenticating.actor_of_token(session, tokens.access_token, now + timedelta(days=6))

    def test_is_kept_as_a_hash_only(self, session, person, now):
        tokens = issued(session, person, now)
        kept = [
            *session.scalars(select(AccessToken.hash)),
            *session.scalars(select(RefreshToken.hash)),
        ]
        assert tokens.access_token.encode() not in kept
        assert {len(each) for each in kept} == {32}

    @pytest.mark.parametrize("token", ["", "x", "a" * 500, "ký tự", "' OR 1=1 --"])
    def test_that_was_never_given_is_refused(self, session, now, token):
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, token, now)

    def test_is_no_refresh_token_and_the_other_way_round(self, session, person, now):
        tokens = issued(session, person, now)
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, tokens.access_token, now)
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, tokens.refresh_token, now)

    def test_costs_two_questions(self, session, person, now):
        token = issued(session, person, now).access_token
        asked = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        authenticating.actor_of_token(session, token, now)
        assert len(asked) == 2

    def test_of_the_banned_counts_no_more(self, session, person, now):
        token = issued(session, person, now).access_token
        people.ban(session, actor=SYSTEM, person_id=person.id, now=now)
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, token, now)

    def test_is_not_given_to_the_banned(self, session, person, now):
        people.ban(session, actor=SYSTEM, person_id=person.id, now=now)
        with pytest.raises(accounts.devices.PersonBanned):
            issued(session, person, now)


class TestARefreshToken:
    def test_is_exchanged_for_the_next_pair(self, session, person, now):
        first = issued(session, person, now)
        second = refreshed(session, first.refresh_token, now + 10 * MINUTE)

        assert second.device_id == first.device_id
        assert second.refresh_token != first.refresh_token
        assert second.refresh_expires_at > first.refresh_expires_at
        authenticating.actor_of_token(session, second.access_token, now + 20 * MINUTE)

    def test_is_exchanged_again_when_the_answer_was_lost(self, session, person, now):
        first = issued(session, person, now)
        lost = refreshed(session, first.refresh_token, now)
        again = refreshed(session, first.refresh_token, now + MINUTE)

        assert again.refresh_token == lost.refresh_token
        third = refreshed(session, again.refresh_token, now + 2 * MINUTE)
        authenticating.actor_of_token(session, third.access_token, now + 2 * MINUTE)

    def test_used_after_the_grace_ends_the_device(self, session, person, now):
        first = issued(session, person, now)
        second = refreshed(session, first.refresh_token, now)
        late = now + timedelta(seconds=61)
        with pytest.raises(accounts.devices.TokenReused):
            refreshed(session, first.refresh_token, late)
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, second.access_token, late)
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, second.refresh_token, late)

    def test_used_after_its_successor_was_ends_the_device_at_once(self, session, person, now):
        first = issued(session, person, now)
        second = refreshed(session, first.refresh_token, now)
        third = refreshed(session, second.refresh_token, now)
        with pytest.raises(accounts.devices.TokenReused):
            refreshed(session, first.refresh_token, now)
        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, third.access_token, now)

    def test_reused_leaves_the_persons_other_devices_alone(self, session, person, now):
        other = issued(session, person, now)
        first = issued(session, person, now)
        refreshed(session, first.refresh_token, now)
        with pytest.raises(accounts.devices.TokenReused):
            refreshed(session, first.refresh_token, now + 2 * MINUTE)
        authenticating.actor_of_token(session, other.access_token, now)

    def test_keeps_the_device_ended_although_it_is_refused(self, real_database, now):
        with real_database.transaction() as session:
            first = issued(session, makers.person(session, now), now)
        with real_database.transaction() as session:
            refreshed(session, first.refresh_token, now)
        with pytest.raises(accounts.devices.TokenReused), real_database.transaction() as session:
            refreshed(session, first.refresh_token, now + 2 * MINUTE)
        with real_database.reading() as session:
            assert session.get_one(Device, first.device_id).revoked_at is not None

    def test_sent_twice_at_once_gives_both_the_same_successor(self, real_database, now):
        with real_database.transaction() as session:
            first = issued(session, makers.person(session, now), now)

        def exchange(_):
            with real_database.transaction() as session:
                return refreshed(session, first.refresh_token, now)

        with ThreadPoolExecutor(4) as pool:
            pairs = list(pool.map(exchange, range(4)))
        assert len({pair.refresh_token for pair in pairs}) == 1
        with real_database.reading() as session:
            for pair in pairs:
                authenticating.actor_of_token(session, pair.access_token, now)

    @pytest.mark.parametrize("token", ["", "never-given"])
    def test_that_was_never_given_is_refused(self, session, now, token):
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, token, now)

    def test_runs_out(self, session, person, now):
        tokens = issued(session, person, now)
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, tokens.refresh_token, tokens.refresh_expires_at)

    def test_of_the_banned_counts_no_more(self, session, person, now):
        token = issued(session, person, now).refresh_token
        people.ban(session, actor=SYSTEM, person_id=person.id, now=now)
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, token, now)


class TestDevices:
    def test_are_listed_newest_first_in_pages(self, session, person, now):
        ids = [issued(session, person, now).device_id for _ in range(3)]
        actor = accounts.actor_of_person(session, person.id, now)
        first = devices.page(session, actor=actor, limit=1)
        rest = devices.page(session, actor=actor, after=ids[2], limit=5)
        assert [device.id for device in first] == [ids[2], ids[1]]
        assert [device.id for device in rest] == [ids[1], ids[0]]

    def test_shown_the_door_are_out_at_once(self, session, person, now):
        tokens = issued(session, person, now)
        actor = authenticating.actor_of_token(session, tokens.access_token, now)
        devices.revoke(session, actor=actor, device_id=tokens.device_id, now=now)

        with pytest.raises(accounts.TokenInvalid):
            authenticating.actor_of_token(session, tokens.access_token, now)
        with pytest.raises(accounts.TokenInvalid):
            refreshed(session, tokens.refresh_token, now)
        assert devices.page(session, actor=actor) == []

    def test_of_somebody_else_are_not_found(self, session, person, now):
        tokens = issued(session, person, now)
        stranger = accounts.actor_of_person(session, makers.person(session, now).id, now)
        with pytest.raises(NotFound):
            devices.revoke(session, actor=stranger, device_id=tokens.device_id, now=now)


class TestAPerson:
    def test_names_themselves(self, session, person, now):
        actor = accounts.actor_of_person(session, person.id, now)
        edited = people.edit_myself(
            session, actor=actor, changes={"name": "Lan", "language": "en"}, version=1, now=now
        )
        assert (edited.name, edited.language, edited.version) == ("Lan", "en", 2)
        assert accounts.actor_of_person(session, person.id, now).language == "en"

    def test_changes_nothing_that_is_not_theirs_to_change(self, session, person, now):
        actor = accounts.actor_of_person(session, person.id, now)
        changes = {"phone": "+84999999999", "banned_at": None, "name": "Lan"}
        edited = people.edit_myself(session, actor=actor, changes=changes, version=1, now=now)
        assert (edited.phone, edited.name) == ("+84912345678", "Lan")

    def test_does_not_overwrite_what_was_changed_meanwhile(self, session, person, now):
        actor = accounts.actor_of_person(session, person.id, now)
        with pytest.raises(Stale):
            people.edit_myself(session, actor=actor, changes={"name": "x"}, version=7, now=now)

    def test_nobody_is_no_person(self, session):
        with pytest.raises(NotFound):
            people.myself(session, actor=accounts.NOBODY)


class TestARoleOverTheMarket:
    def test_is_given_and_taken_back_at_once(self, session, person, now):
        token = issued(session, person, now).access_token
        grant = {"actor": SYSTEM, "person_id": person.id, "role": Role.MODERATOR, "now": now}
        people.grant_role(session, **grant)
        people.grant_role(session, **grant)
        assert authenticating.actor_of_token(session, token, now).oversees
        people.revoke_role(session, **grant)
        assert not authenticating.actor_of_token(session, token, now).oversees

    def test_is_an_administrators_to_give(self, session, person, now):
        actor = accounts.actor_of_person(session, person.id, now)
        with pytest.raises(Forbidden):
            people.grant_role(
                session, actor=actor, person_id=person.id, role=Role.ADMINISTRATOR, now=now
            )
        with pytest.raises(Forbidden):
            people.ban(session, actor=actor, person_id=person.id, now=now)

    def test_is_no_post_in_an_organisation(self, session, person, now):
        with pytest.raises(Forbidden):
            people.grant_role(
                session, actor=SYSTEM, person_id=person.id, role=Role.MANAGER, now=now
            )

    def test_is_given_by_the_operator_to_whoever_is_reached_there(self, session, now):
        person = people.reached_at(session, destination="+84987654321", now=now)
        people.grant_role(
            session, actor=SYSTEM, person_id=person.id, role=Role.ADMINISTRATOR, now=now
        )
        actor = accounts.actor_of_person(session, person.id, now)
        assert actor.roles == {Role.BUYER, Role.ADMINISTRATOR}


class TestHousekeeping:
    def test_forgets_tokens_that_ran_out(self, session, person, now):
        issued(session, person, now)
        forget_expired(session, before=now + timedelta(days=1))
        assert session.scalars(select(AccessToken)).all() == []
        assert len(session.scalars(select(RefreshToken)).all()) == 1
