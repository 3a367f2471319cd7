"""Cash: who takes it at the door, how it is handed in, and what becomes of what is missing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.wiring import CONSEQUENCES
from market import cases, inventory, ledger, orders, reports
from market.cases import CaseKind
from market.cases.models import Case
from market.errors import FieldInvalid, NotFound
from market.ledger import chart
from market.notifications.telling import Notice
from market.orders import Rail, State, WrongState, queries
from payments import (
    cancelling,
    collecting,
    fulfilling,
    refunding,
    remitting,
    returning,
    unsettled,
    vietqr,
)
from payments.models import BankLineState, PaymentState, RefundState, RemittanceState
from payments.remitting import NotInCustody
from tests import makers, people
from tests.databases import CUSTODY

DAY = timedelta(days=1)
TOTAL = 210_000  # a kilogram and its delivery


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, member=True)


def on_the_way(session, now, farmer, *, rail=Rail.CASH, phone="+84912345678"):
    """An order that its farmer has given to the courier."""
    berries = makers.strawberries(session, now, of=farmer)
    group = makers.bought(session, now, (berries, 1000), rail=rail, phone=phone)
    (order,) = queries.of_group(session, group_id=group.id)
    if rail is Rail.BANK_TRANSFER:
        (payment,) = collecting.of_group(session, group_id=group.id)
        makers.receive(session, now, makers.transfer(payment, now))
    orders.confirm(session, actor=farmer, order_id=order.id, now=now)
    fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)
    return order


def delivered(session, now, farmer, **more):
    order = on_the_way(session, now, farmer, **more)
    return fulfilling.deliver(session, actor=farmer, order=order, now=now)


def in_hand(session, holder_id):
    return ledger.balance(session, chart.cash(holder_id))


class TestAtTheDoor:
    def test_is_not_taken_when_the_courier_sets_off(self, session, now, farmer):
        order = on_the_way(session, now, farmer)

        assert in_hand(session, order.seller_id) == 0
        assert collecting.of_order(session, order_id=order.id).state == PaymentState.AWAITING

    def test_is_the_sellers_custody_from_the_delivery_on(self, session, now, farmer):
        order = delivered(session, now, farmer)

        assert in_hand(session, order.seller_id) == TOTAL
        assert ledger.balance(session, chart.held(order.id)) == TOTAL
        assert ledger.problems(session) == collecting.stuck(session) == []

    def test_counts_as_taken_by_the_seller_when_the_buyer_says_received(self, session, now, farmer):
        order = on_the_way(session, now, farmer)

        fulfilling.deliver(session, actor=makers.NOBODY, order=order, now=now)

        assert in_hand(session, order.seller_id) == TOTAL

    def test_is_the_cooperatives_where_its_people_say_that_their_driver_took_it(
        self, session, now, farmer
    ):
        manager, cooperative = people.cooperative_of(session, now, farmer)
        order = on_the_way(session, now, farmer)

        fulfilling.deliver(session, actor=manager, order=order, now=now)

        assert (in_hand(session, cooperative), in_hand(session, order.seller_id)) == (TOTAL, 0)
        assert ledger.problems(session) == []

    def test_is_taken_once(self, session, now, farmer):
        order = delivered(session, now, farmer)

        with pytest.raises(WrongState):
            fulfilling.deliver(session, actor=makers.NOBODY, order=order, now=now)
        assert in_hand(session, order.seller_id) == TOTAL

    def test_is_taken_at_the_counter_with_goods_that_are_picked_up(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH, pick_up=True)
        (order,) = queries.of_group(session, group_id=group.id)
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)

        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)

        assert (order.state, in_hand(session, order.seller_id)) == (State.DELIVERED, 180_000)


class TestRefusedAtTheDoor:
    def refuse(self, session, now, farmer, order):
        return fulfilling.refuse(
            session, actor=farmer, order_id=order.id, reason="dập hết", now=now
        )

    def test_no_cash_is_due_any_more(self, session, now, farmer):
        order = on_the_way(session, now, farmer)

        self.refuse(session, now, farmer, order)

        assert order.state == State.RETURNED
        assert collecting.of_order(session, order_id=order.id).state == PaymentState.CANCELLED
        assert in_hand(session, order.seller_id) == 0
        assert ledger.totals(session) == {}

    def test_what_was_paid_is_owed_back(self, session, now, farmer):
        order = on_the_way(session, now, farmer, rail=Rail.BANK_TRANSFER)

        self.refuse(session, now, farmer, order)

        assert ledger.balance(session, chart.refund(order.id)) == TOTAL
        (refund,) = unsettled.of_orders(session, order_ids=[order.id])[order.id]
        assert (refund.amount_minor, refund.state) == (TOTAL, RefundState.REQUESTED)
        assert collecting.stuck(session) == ledger.problems(session) == []

    def test_the_goods_are_not_on_the_shelf_again_by_themselves(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer, grams=1000)
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
        (order,) = queries.of_group(session, group_id=group.id)
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)

        self.refuse(session, now, farmer, order)

        with pytest.raises(inventory.OutOfStock):
            makers.bought(session, now, (berries, 500), phone="+84987654321")
        assert inventory.drift(session) == []

    def test_is_a_step_from_the_way_only(self, session, now, farmer):
        order = delivered(session, now, farmer)

        with pytest.raises(WrongState):
            self.refuse(session, now, farmer, order)
        with pytest.raises(WrongState):
            cancelling.cancel(
                session,
                actor=farmer,
                order=self.refuse(session, now, farmer, on_the_way(session, now, farmer)),
                by_buyer=False,
                reason="",
                now=now,
            )

    def test_is_nobody_elses_to_say(self, session, now, farmer):
        order = on_the_way(session, now, farmer)

        with pytest.raises(NotFound):
            self.refuse(session, now, makers.seller(session, now), order)


@pytest.fixture
def farm(session, now, farmer):
    """The farm with 210.000 ₫ in its hands."""
    return delivered(session, now, farmer).seller_id


def announce(session, now, actor, holder_id, amount=TOTAL):
    return remitting.announce(
        session, actor=actor, holder_id=holder_id, amount_minor=amount, now=now
    )


def transfer(session, now, remittance, amount=None, **changes):
    """The bank's line of cash handed in."""
    asked = vietqr.parse(remitting.payload(remittance, custody=makers.HOUSE.custody))
    facts = {
        "account": CUSTODY,
        "amount_minor": amount or asked.amount_minor,
        "text": asked.purpose,
    }
    line = makers.StatementLine(**{"reference": "", "booked_at": now, **facts, **changes})
    (received,) = makers.receive(session, now, line)
    session.refresh(remittance)
    return received.state


class TestHandingIn:
    def test_moves_the_cash_to_the_bank(self, session, now, farmer, farm):
        remittance = announce(session, now, farmer, farm)

        assert transfer(session, now, remittance) == BankLineState.REMITTED

        assert remittance.state == RemittanceState.RECEIVED
        assert in_hand(session, farm) == ledger.balance(session, chart.UNAPPLIED) == 0
        assert ledger.balance(session, chart.bank(CUSTODY)) == TOTAL
        assert reports.owed_to(session, actor=farmer, seller_id=farm).cash_minor == 0
        assert unsettled.lines(session, limit=9) == []
        assert ledger.problems(session) == []

    def test_is_seen_in_the_cooperatives_report(self, session, now, farmer):
        manager, cooperative = people.cooperative_of(session, now, farmer)
        farm = delivered(session, now, farmer).seller_id

        def cash():
            (row,) = reports.owed(session, actor=manager, cooperative_id=cooperative)
            return row.cash_minor

        assert cash() == TOTAL
        transfer(session, now, announce(session, now, farmer, farm, 200_000))
        assert cash() == 10_000

    def test_of_more_leaves_the_rest_unapplied(self, session, now, farmer, farm):
        remittance = announce(session, now, farmer, farm)

        assert transfer(session, now, remittance, TOTAL + 5) == BankLineState.REMITTED

        assert remittance.state == RemittanceState.RECEIVED
        assert ledger.balance(session, chart.UNAPPLIED) == 5
        assert len(unsettled.lines(session, limit=9)) == 1

    def test_twice_leaves_the_second_unapplied(self, session, now, farmer, farm):
        remittance = announce(session, now, farmer, farm)
        transfer(session, now, remittance)

        assert transfer(session, now, remittance, reference="FT2") == BankLineState.LATE

        assert remittance.received_minor == TOTAL
        assert ledger.balance(session, chart.UNAPPLIED) == TOTAL

    def test_to_another_account_hands_nothing_in(self, session, now, farmer, farm):
        remittance = announce(session, now, farmer, farm)

        assert transfer(session, now, remittance, account="999") == BankLineState.FOREIGN
        assert (remittance.state, in_hand(session, farm)) == (RemittanceState.ANNOUNCED, TOTAL)

    @pytest.mark.parametrize("amount", [TOTAL + 1, 10**12])
    def test_of_more_than_there_is_cannot_be_announced(self, session, now, farmer, farm, amount):
        with pytest.raises(NotInCustody):
            announce(session, now, farmer, farm, amount)

    @pytest.mark.parametrize("amount", [0, -1])
    def test_of_nothing_cannot_be_announced(self, session, now, farmer, farm, amount):
        with pytest.raises(FieldInvalid):
            announce(session, now, farmer, farm, amount)

    def test_cannot_be_announced_twice(self, session, now, farmer, farm):
        announce(session, now, farmer, farm, 200_000)

        with pytest.raises(NotInCustody) as refusal:
            announce(session, now, farmer, farm, 10_001)
        assert refusal.value.facts["most"].minor == 10_000

    def test_of_anothers_cash_is_not_found(self, session, now, farm):
        with pytest.raises(NotFound):
            announce(session, now, makers.seller(session, now), farm)

    def test_is_listed_to_its_custodian_and_to_who_oversees(self, session, now, farmer, farm):
        made = announce(session, now, farmer, farm)
        seen = {
            who: remitting.page(session, actor=actor, limit=9)
            for who, actor in (
                ("farmer", farmer),
                ("stranger", makers.seller(session, now)),
                ("moderator", people.moderator(session, now)),
            )
        }

        assert seen == {"farmer": [made], "stranger": [], "moderator": [made]}


class TestAShortage:
    @pytest.fixture
    def short(self, session, now, farmer, farm):
        """A remittance of which 150.000 ₫ came."""
        remittance = announce(session, now, farmer, farm)
        assert transfer(session, now, remittance, 150_000) == BankLineState.REMITTED
        return remittance

    def decide(self, session, now, approved):
        case = session.scalars(select(Case).where(Case.kind == CaseKind.MONEY)).one()
        return cases.decide(
            session,
            actor=people.moderator(session, now),
            case_id=case.id,
            approved=approved,
            reason="đã hỏi",
            now=now,
            consequences=CONSEQUENCES,
            checked=["looked_up"],
        )

    def test_stays_in_custody_and_opens_a_case(self, session, now, farm, short):
        assert (short.state, short.received_minor) == (RemittanceState.SHORT, 150_000)
        assert in_hand(session, farm) == 60_000
        case = session.scalars(select(Case).where(Case.kind == CaseKind.MONEY)).one()
        assert (case.subject_id, case.organisation_id) == (short.id, farm)
        assert list(case.checklist) == ["looked_up"]

    def test_once_confirmed_is_owed_by_the_custodian(self, session, now, farm, short):
        self.decide(session, now, approved=True)

        assert in_hand(session, farm) == 0
        assert ledger.balance(session, chart.receivable(farm)) == 60_000
        assert ledger.problems(session) == []

    def test_not_confirmed_stays_in_custody(self, session, now, farm, short):
        self.decide(session, now, approved=False)

        assert (in_hand(session, farm)) == 60_000

    def test_is_less_by_what_was_handed_in_meanwhile(self, session, now, farmer, farm, short):
        more = announce(session, now, farmer, farm, 40_000)
        self.decide(session, now, approved=True)
        assert ledger.balance(session, chart.receivable(farm)) == 20_000

        assert transfer(session, now, more) == BankLineState.REMITTED
        assert in_hand(session, farm) == 0


class TestGivenBackByACooperative:
    """Its driver took the cash and it was handed in: what it lays out is owed to it, no more."""

    @pytest.fixture
    def order(self, session, now, farmer):
        manager, cooperative = people.cooperative_of(session, now, farmer)
        order = on_the_way(session, now, farmer)
        fulfilling.deliver(session, actor=manager, order=order, now=now)
        transfer(session, now, announce(session, now, manager, cooperative))
        return order

    def give_back(self, session, now, farmer, order, amount):
        refund = refunding.request(
            session, actor=farmer, order=order, amount_minor=amount, reason="dập", now=now
        )
        returning.give_by_hand(session, actor=farmer, refund_id=refund.id, now=now)

    def has(self, session, order):
        """What the cooperative, the seller and the market have."""
        owners = order.cooperative_id, order.seller_id
        theirs = (ledger.balance(session, chart.payable(owner)) for owner in owners)
        return (*theirs, ledger.balance(session, chart.COMMISSION))

    def test_leaves_it_its_fee_of_what_stays(self, session, now, farmer, order):
        self.give_back(session, now, farmer, order, 70_000)
        makers.release(session, now)

        commission, fee = order.fees_of(140_000)
        assert self.has(session, order) == (70_000 + fee, 140_000 - commission - fee, commission)

    def test_in_parts_is_borne_by_each_in_his_part(self, session, now, farmer, order):
        makers.release(session, now)
        session.refresh(order)
        for amount in (60_000, 60_000):
            self.give_back(session, now, farmer, order, amount)

        commission, fee = order.fees_of(90_000)
        assert self.has(session, order) == (120_000 + fee, 90_000 - commission - fee, commission)

        self.give_back(session, now, farmer, order, 90_000)
        assert self.has(session, order) == (TOTAL, 0, 0)
        assert ledger.problems(session) == []


class TestLateCash:
    def test_is_told_by_its_oldest_part(self, session, now, farmer):
        farm = delivered(session, now, farmer).seller_id
        delivered(session, now + DAY, farmer, phone="+84912345679")

        assert remitting.overdue(session, now=now + DAY - timedelta(seconds=1)) == []
        (late,) = remitting.overdue(session, now=now + DAY)
        assert (late.holder_id, late.amount_minor, late.since) == (farm, 2 * TOTAL, now)

    def test_counts_from_what_was_not_handed_in(self, session, now, farmer):
        farm = delivered(session, now, farmer).seller_id
        delivered(session, now + DAY, farmer, phone="+84912345679")
        transfer(session, now + DAY, announce(session, now + DAY, farmer, farm, TOTAL))

        assert remitting.overdue(session, now=now + DAY) == []
        (late,) = remitting.overdue(session, now=now + 2 * DAY)
        assert (late.amount_minor, late.since) == (TOTAL, now + DAY)

    def test_comes_with_the_oldest_first(self, session, now, farmer):
        others = makers.seller(session, now, member=True)
        second = delivered(session, now + timedelta(hours=1), farmer).seller_id
        first = delivered(session, now, others, phone="+84912345679").seller_id

        found = remitting.overdue(session, now=now + 2 * DAY)
        assert [each.holder_id for each in found] == [first, second]

    def test_is_reminded_of_once_a_day(self, session, now, farmer):
        delivered(session, now, farmer)

        told = [
            remitting.remind_custodians(session, now=now + timedelta(hours=hours))
            for hours in (1, 24, 25, 48)
        ]

        assert told == [0, 1, 0, 1]
        notices = session.scalars(select(Notice).where(Notice.key == "notice.cash.overdue")).all()
        assert {notice.person_id for notice in notices} == {farmer.person_id}
        assert "210.000" in notices[0].params["amount"]
