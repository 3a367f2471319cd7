"""What every rail keeps to, whoever moves the money behind it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from market.money import Money
from payments.gateway import (
    BackStanding,
    GatewayRefused,
    GatewayUnsure,
    MovementKind,
    Standing,
)
from tests.payments.rails import RAILS

PRICE = Money(250_000)
PART = Money(90_000)


@pytest.fixture(params=RAILS, ids=lambda harness: harness.__name__)
def rail(request, tmp_path, database, now):
    return request.param(tmp_path, database, now)


def asked(rail, **facts):
    """A payment that its payer was asked for."""
    return rail.gateway.ask(rail.charges(PRICE)._replace(**facts)).reference


def paid(rail, **facts):
    """A payment that its payer has made."""
    reference = asked(rail, **facts)
    rail.pays(reference)
    return reference


def given(rail, reference, amount):
    """Money that went back and has arrived."""
    refund_id = rail.owes(reference, amount)
    rail.settles(rail.gateway.refund(reference, amount, refund_id=refund_id))
    return refund_id


def back_of(rail, reference, refund_id):
    (found,) = [
        each for each in rail.gateway.look(reference).refunds if each.refund_id == refund_id
    ]
    return found


class TestAsking:
    def test_waits_for_the_payer(self, rail):
        wanted = rail.charges(PRICE)

        asked = rail.gateway.ask(wanted)

        assert asked.standing is Standing.AWAITING_PAYER
        assert (asked.charge_id, asked.amount, asked.captured) == (wanted.id, PRICE, Money(0))

    def test_twice_is_the_same_payment(self, rail):
        wanted = rail.charges(PRICE)

        assert rail.gateway.ask(wanted).reference == rail.gateway.ask(wanted).reference

    def test_for_two_charges_is_two_payments(self, rail):
        assert asked(rail) != asked(rail)

    def test_again_for_another_amount_is_not_answered(self, rail):
        wanted = rail.charges(PRICE)
        reference = rail.gateway.ask(wanted).reference

        with pytest.raises((GatewayRefused, GatewayUnsure)):
            rail.gateway.ask(wanted._replace(amount=PART))
        assert rail.gateway.look(reference).amount == PRICE

    def test_in_two_steps_is_refused_where_the_rail_has_but_one(self, rail):
        if rail.captures_later:
            assert asked(rail, manual=True)
        else:
            with pytest.raises(GatewayRefused) as refused:
                asked(rail, manual=True)
            assert refused.value.code == "manual"


class TestLooking:
    def test_sees_nothing_new_before_the_payer_did_anything(self, rail):
        assert rail.gateway.look(asked(rail)).standing is Standing.AWAITING_PAYER

    def test_sees_the_money_that_came(self, rail):
        seen = rail.gateway.look(paid(rail))

        assert (seen.standing, seen.captured) == (Standing.CAPTURED, PRICE)
        assert (seen.refunds, seen.disputes) == ((), ())

    def test_sees_no_money_where_the_payer_tried_in_vain(self, rail):
        reference = asked(rail)

        rail.refuses(reference)

        seen = rail.gateway.look(reference)
        assert seen.standing in {Standing.AWAITING_PAYER, Standing.CANCELLED}
        assert seen.captured == Money(0)

    def test_for_a_payment_that_is_none_is_refused(self, rail):
        with pytest.raises(GatewayRefused):
            rail.gateway.look("nothing")


class TestFinding:
    def test_knows_the_payment_by_our_id(self, rail, now):
        wanted = rail.charges(PRICE)
        reference = rail.gateway.ask(wanted).reference
        asked(rail)

        assert rail.gateway.find(wanted.id, since=now).reference == reference

    def test_tells_that_it_never_arrived(self, rail, now):
        asked(rail)

        assert rail.gateway.find(uuid4(), since=now) is None


class TestCapturing:
    def test_takes_a_part_of_what_was_promised(self, rail):
        if not rail.captures_later:
            reference = paid(rail)
            with pytest.raises(GatewayRefused) as refused:
                rail.gateway.capture(reference, PART, key="once")
            assert refused.value.code == "manual"
            assert rail.gateway.look(reference).captured == PRICE
            return
        reference = paid(rail, manual=True)
        promised = rail.gateway.look(reference)

        taken = rail.gateway.capture(reference, PART, key="once")

        assert (promised.standing, promised.captured) == (Standing.AUTHORIZED, Money(0))
        assert promised.capturable_until is not None
        assert (taken.standing, taken.captured) == (Standing.CAPTURED, PART)

    def test_again_with_its_key_takes_nothing_more(self, rail):
        reference = paid(rail, manual=rail.captures_later)

        for _ in range(2):
            if rail.captures_later:
                assert rail.gateway.capture(reference, PART, key="once").captured == PART
            else:
                with pytest.raises(GatewayRefused):
                    rail.gateway.capture(reference, PART, key="once")

    def test_of_more_than_was_promised_is_refused(self, rail):
        reference = paid(rail, manual=rail.captures_later)

        with pytest.raises(GatewayRefused):
            rail.gateway.capture(reference, PRICE + Money(1), key="once")


class TestCancelling:
    def test_ends_the_waiting(self, rail):
        reference = asked(rail)
        rail.gives_up(reference)

        for _ in range(2):
            assert rail.gateway.cancel(reference, key="end").standing is Standing.CANCELLED
        assert rail.gateway.look(reference).standing is Standing.CANCELLED

    def test_is_refused_while_the_market_awaits_whom_nobody_can_stop(self, rail):
        reference = asked(rail)

        if rail.stops_payers:
            assert rail.gateway.cancel(reference, key="end").standing is Standing.CANCELLED
        else:
            with pytest.raises(GatewayRefused) as refused:
                rail.gateway.cancel(reference, key="end")
            assert refused.value.code == "not_cancellable"
            assert rail.gateway.look(reference).standing is Standing.AWAITING_PAYER

    def test_lets_go_what_was_promised(self, rail):
        if not rail.captures_later:
            with pytest.raises(GatewayRefused):  # nothing is, so there is nothing to let go
                paid(rail, manual=True)
            return
        reference = paid(rail, manual=True)

        let_go = rail.gateway.cancel(reference, key="end")

        assert (let_go.standing, let_go.captured) == (Standing.CANCELLED, Money(0))

    def test_of_money_that_came_is_refused(self, rail):
        reference = paid(rail)

        with pytest.raises(GatewayRefused):
            rail.gateway.cancel(reference, key="end")
        assert rail.gateway.look(reference).captured == PRICE


class TestRefunding:
    def test_gives_a_part_back(self, rail):
        reference = paid(rail)
        refund_id = rail.owes(reference, PART)

        back = rail.gateway.refund(reference, PART, refund_id=refund_id)

        at_once = BackStanding.SUCCEEDED if rail.refunds_at_once else BackStanding.PENDING
        assert (back.refund_id, back.amount, back.standing) == (refund_id, PART, at_once)

    def test_arrives_and_is_seen_under_our_id(self, rail):
        reference = paid(rail)

        refund_id = given(rail, reference, PART)

        seen = back_of(rail, reference, refund_id)
        assert (seen.amount, seen.standing) == (PART, BackStanding.SUCCEEDED)

    def test_twice_under_one_id_gives_once(self, rail):
        reference = paid(rail)
        refund_id = rail.owes(reference, PART)

        first = rail.gateway.refund(reference, PART, refund_id=refund_id)
        again = rail.gateway.refund(reference, PART, refund_id=refund_id)
        rail.settles(again)
        last = rail.gateway.refund(reference, PART, refund_id=refund_id)

        assert first.reference == again.reference == last.reference
        (seen,) = rail.gateway.look(reference).refunds
        assert seen.amount == PART

    def test_of_another_amount_under_one_id_gives_nothing_more(self, rail):
        reference = paid(rail)
        refund_id = given(rail, reference, PART)

        with pytest.raises((GatewayRefused, GatewayUnsure)):
            rail.gateway.refund(reference, PART + PART, refund_id=refund_id)
        assert back_of(rail, reference, refund_id).amount == PART

    def test_in_parts_gives_all_of_it_to_the_dong(self, rail):
        reference = paid(rail)

        for amount in (PART, PART, PRICE - PART - PART):
            given(rail, reference, amount)

        seen = [each.amount for each in rail.gateway.look(reference).refunds]
        assert sum(seen, Money(0)) == PRICE

    def test_of_more_than_is_left_is_refused(self, rail):
        reference = paid(rail)
        given(rail, reference, PART)

        with pytest.raises(GatewayRefused):
            rail.gateway.refund(reference, PRICE, refund_id=uuid4())
        assert len(rail.gateway.look(reference).refunds) == 1

    def test_of_what_never_came_is_refused(self, rail):
        reference = asked(rail)

        with pytest.raises(GatewayRefused):
            rail.gateway.refund(reference, PART, refund_id=uuid4())


class TestMovements:
    def test_add_up_to_what_came_less_what_went(self, rail, now):
        reference = paid(rail)
        given(rail, reference, PART)
        asked(rail)

        moved = list(rail.gateway.movements(since=now))

        assert sum((each.amount for each in moved), Money(0)) == PRICE - PART
        assert {each.kind for each in moved} == {MovementKind.PAYMENT, MovementKind.REFUND}
        assert len(moved) == 2
        assert {each.payment for each in moved} == {reference}

    def test_of_before_are_left_out(self, rail, now):
        paid(rail)

        assert list(rail.gateway.movements(since=now + timedelta(seconds=1))) == []
