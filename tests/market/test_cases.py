"""Cases: opened with papers, due in two working days, decided once, carried out at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from market import cases
from market.accounts.models import Organisation
from market.audit import AuditEntry
from market.cases import CaseKind, CaseState
from market.errors import FieldInvalid, Forbidden, NotFound
from market.ids import normal_code, uuid7
from market.notifications.telling import Notice
from tests.people import founder, moderator, somebody

CONSEQUENCES = {CaseKind.SELLER_VERIFICATION: cases.deciding.seller_verified}


def opened(session, now, actor, subject_id, **more):
    return cases.open_case(
        session,
        actor=actor,
        kind=CaseKind.SELLER_VERIFICATION,
        subject_id=subject_id,
        organisation_id=subject_id,
        now=now,
        **more,
    )


def decided(session, now, actor, case, *, approved=True, reason="", **more):
    return cases.decide(
        session,
        actor=actor,
        case_id=case.id,
        approved=approved,
        reason=reason,
        now=now,
        consequences=CONSEQUENCES,
        **more,
    )


class TestACase:
    def test_has_a_number_that_can_be_read_aloud(self, session, now):
        farmer, farm = founder(session, now)
        papers = [{"name": "Giấy phép", "file": "papers/1.pdf"}]
        case = opened(session, now, farmer, farm, statement="Xin xác minh", documents=papers)
        assert case.number == normal_code(case.number)
        assert (case.state, case.applicant_id) == (CaseState.OPEN, farmer.person_id)
        assert case.documents == papers
        assert set(case.checklist.values()) == {False}

    def test_is_open_once_about_the_same(self, session, now):
        farmer, farm = founder(session, now)
        opened(session, now, farmer, farm)
        with pytest.raises(cases.AlreadyOpen):
            opened(session, now, farmer, farm)

    def test_can_be_opened_again_after_a_no(self, session, now):
        farmer, farm = founder(session, now)
        first = opened(session, now, farmer, farm)
        decided(session, now, moderator(session, now), first, approved=False, reason="Mờ quá")
        assert opened(session, now, farmer, farm).id != first.id

    def test_can_be_withdrawn(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        for _ in range(2):
            cases.withdraw(
                session,
                actor=farmer,
                kind=CaseKind.SELLER_VERIFICATION,
                subject_id=farm,
                now=now,
            )
        assert case.state == CaseState.WITHDRAWN


class TestDue:
    @pytest.mark.parametrize(
        ("opened_at", "due_at"),
        [
            # Tuesday noon → the end of Thursday, as Việt Nam counts days.
            (datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2026, 11, 26, 17, tzinfo=UTC)),
            # Thursday → Monday; Friday → Tuesday; Saturday and Sunday → Tuesday.
            (datetime(2026, 11, 26, 5, tzinfo=UTC), datetime(2026, 11, 30, 17, tzinfo=UTC)),
            (datetime(2026, 11, 27, 5, tzinfo=UTC), datetime(2026, 12, 1, 17, tzinfo=UTC)),
            (datetime(2026, 11, 28, 5, tzinfo=UTC), datetime(2026, 12, 1, 17, tzinfo=UTC)),
            (datetime(2026, 11, 29, 5, tzinfo=UTC), datetime(2026, 12, 1, 17, tzinfo=UTC)),
            # Sunday evening in UTC is Monday in Việt Nam.
            (datetime(2026, 11, 29, 18, tzinfo=UTC), datetime(2026, 12, 2, 17, tzinfo=UTC)),
        ],
    )
    def test_at_the_end_of_the_second_working_day(self, opened_at, due_at):
        assert cases.deciding.due_after(opened_at) == due_at


class TestADecision:
    def test_takes_effect_at_once_and_is_told(self, session, now):
        farmer, farm = founder(session, now)
        office = moderator(session, now)
        case = decided(
            session, now, office, opened(session, now, farmer, farm), checked={"identity"}
        )
        assert (case.state, case.decided_by) == (CaseState.APPROVED, office.person_id)
        assert case.checklist["identity"]
        assert session.get_one(Organisation, farm).verified_at == now
        notice = session.scalars(select(Notice)).one()
        assert (notice.person_id, notice.key) == (farmer.person_id, "notice.case.approved")
        verbs = session.scalars(select(AuditEntry.verb)).all()
        assert "case.opened" in verbs
        assert "case.approved" in verbs

    def test_against_it_needs_its_reason(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        office = moderator(session, now)
        with pytest.raises(FieldInvalid) as refusal:
            decided(session, now, office, case, approved=False)
        assert refusal.value.facts == {"field": "reason", "reason": "field.required"}
        declined = decided(session, now, office, case, approved=False, reason="Ảnh mờ")
        assert (declined.state, declined.reason) == (CaseState.DECLINED, "Ảnh mờ")
        assert session.get_one(Organisation, farm).verified_at is None

    def test_falls_once(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        decided(session, now, moderator(session, now), case)
        with pytest.raises(cases.deciding.AlreadyDecided):
            decided(session, now, moderator(session, now), case, approved=False, reason="x")

    def test_falls_once_although_two_decide_at_the_same_time(self, real_database, now):
        with real_database.transaction() as session:
            farmer, farm = founder(session, now)
            case = opened(session, now, farmer, farm)
            desks = [moderator(session, now) for _ in range(4)]
            session.expunge(case)

        def attempt(actor):
            try:
                with real_database.transaction() as session:
                    decided(session, now, actor, case)
            except cases.deciding.AlreadyDecided:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(attempt, desks)).count(True) == 1
        with real_database.reading() as session:
            assert len(session.scalars(select(Notice)).all()) == 1

    def test_is_not_the_applicants(self, session, now):
        _, farm = founder(session, now)
        office = moderator(session, now)
        with pytest.raises(cases.deciding.OwnCase):
            decided(session, now, office, opened(session, now, office, farm))

    def test_is_not_the_farms_own(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, moderator(session, now), farm)
        with pytest.raises(Forbidden):
            decided(session, now, farmer, case)

    def test_is_not_found_by_strangers(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        with pytest.raises(NotFound):
            decided(session, now, somebody(session, now), case)


class TestVerification:
    def asked(self, session, now, actor, farm):
        return cases.ask_verification(
            session, actor=actor, organisation_id=farm, statement="", documents=(), now=now
        )

    def test_is_asked_for_by_its_people(self, session, now):
        farmer, farm = founder(session, now)
        assert self.asked(session, now, farmer, farm).subject_id == farm

    def test_is_asked_for_by_a_moderator_for_those_who_have_nobody(self, session, now):
        _, farm = founder(session, now)
        self.asked(session, now, moderator(session, now), farm)

    def test_is_not_asked_for_by_strangers(self, session, now):
        _, farm = founder(session, now)
        with pytest.raises(NotFound):
            self.asked(session, now, somebody(session, now), farm)

    def test_happens_once(self, session, now):
        farmer, farm = founder(session, now, verified=True)
        with pytest.raises(Forbidden):
            self.asked(session, now, somebody(session, now), farm)
        with pytest.raises(cases.deciding.AlreadyVerified):
            self.asked(session, now, farmer, farm)


class TestTheDesk:
    def test_shows_what_is_due_first_in_pages(self, session, now):
        numbers = []
        for day in (3, 0, 0, 7):
            farmer, farm = founder(session, now)
            numbers.append(opened(session, now + timedelta(days=day), farmer, farm).number)
        office = moderator(session, now)
        first = cases.page(session, actor=office, limit=2)
        assert len(first) == 3
        after = (first[1].due_at, first[1].id)
        rest = cases.page(session, actor=office, after=after)
        shown = [case.number for case in first[:2] + rest]
        assert shown == [numbers[1], numbers[2], numbers[0], numbers[3]]

    def test_shows_each_their_own(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        assert cases.page(session, actor=farmer) == [case]
        assert cases.page(session, actor=somebody(session, now)) == []

    def test_can_be_narrowed_to_a_state_and_a_kind(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        assert cases.page(session, actor=farmer, kind=CaseKind.MANDATE) == []
        assert cases.page(session, actor=farmer, state=CaseState.APPROVED) == []
        decided(session, now, moderator(session, now), case)
        assert cases.page(session, actor=farmer, state=CaseState.APPROVED) == [case]

    def test_finds_the_open_case_about_a_thing(self, session, now):
        farmer, farm = founder(session, now)
        case = opened(session, now, farmer, farm)
        assert cases.open_about(session, actor=farmer, subject_id=farm) == case
        with pytest.raises(NotFound):
            cases.open_about(session, actor=farmer, subject_id=uuid7())
