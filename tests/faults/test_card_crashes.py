"""The process goes down at every single line between what we mean and what the provider did."""

import shutil
import sys
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Any, Self

import pytest

from market.ledger import chart
from market.orders import State
from payments import attempting, calling, fake_psp, hearing, reconciling, returning
from payments.attempting import NotPayable, PaymentRefused, PaymentUnsure
from payments.models import Attempt, AttemptState, PaymentState, RefundState
from tests.databases import settings_for
from tests.payments.market import Market

WATCHED = {module.__file__ for module in (attempting, calling, hearing, reconciling, returning)}


pytestmark = pytest.mark.slow


class Crash(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


class Trap:
    """Springs at one line of the watched modules: the n-th that is run."""

    def __init__(self, at: int) -> None:
        self.left, self.passed = at, 0

    def __enter__(self) -> Self:
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in WATCHED else None

    def _line(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.passed += 1
            if self.passed == self.left:
                sys.settrace(None)
                raise Crash
        return self._line


@pytest.fixture
def market(database, tmp_path, now):
    return Market(database, settings_for("sqlite:///unused", tmp_path), now)


def crashed_at_every_line(market, deed):
    """The market after each crash of the deed and the recovery from it, one after the other."""
    market.at_stripe()  # its books are there
    books, kept = market.folder / fake_psp.FILE, market.folder / "kept.db"
    shutil.copy(books, kept)
    now, at = market.now, 0
    while True:
        at += 1
        before = market.database.bound.begin_nested()
        try:
            with Trap(at) as trap:
                deed(market)
        except Crash:
            pass
        market.pass_time(minutes=11)
        for _ in range(2):
            market.reconciles()
            market.hears()
        yield at
        before.rollback()
        shutil.copy(kept, books)
        market.now = now
        if trap.passed < at:
            return


def test_of_paying_charge_once_or_leave_the_way_free(market):
    (order_id,) = market.buys()

    def deed(market):
        with suppress(NotPayable, PaymentRefused, PaymentUnsure):
            market.starts(order_id)

    for at in crashed_at_every_line(market, deed):
        market.now -= timedelta(minutes=11)  # the checkout is open for a quarter of an hour
        market.pays(order_id)
        market.hears()
        assert market.order(order_id).state == State.PLACED, at
        live = [each for each in market.all(Attempt) if each.state == AttemptState.AUTHORIZED]
        assert len(live) == 1, at


def test_of_hearing_hear_again(market):
    (order_id,) = market.buys()
    market.pays(order_id)
    for at in crashed_at_every_line(market, Market.hears):
        assert market.payment(order_id).state == PaymentState.AUTHORIZED, at
        assert market.order(order_id).state == State.PLACED, at


def test_of_taking_take_once(market):
    (order_id,) = market.bought()
    market.hands_over(order_id)
    for at in crashed_at_every_line(market, Market.works):
        assert market.payment(order_id).state == PaymentState.PAID, at
        assert market.balance(chart.held(order_id)) == 180_000, at
        assert market.at_stripe() == market.balance(chart.clearing("stripe")), at


def test_of_giving_back_give_back_once(market):
    (order_id,) = market.bought()
    market.hands_over(order_id)
    market.works()
    refund_id = market.refunds(order_id, 80_000)
    for at in crashed_at_every_line(market, Market.works):
        assert market.refund(refund_id).state == RefundState.SUCCEEDED, at
        assert market.at_stripe() == market.balance(chart.clearing("stripe")), at
        assert market.at_stripe() == 180_000 - 6_120 - 80_000, at


def test_of_comparing_compare_again(market):
    (order_id,) = market.buys()
    market.pays(order_id, told=0)
    for at in crashed_at_every_line(market, Market.reconciles):
        assert market.payment(order_id).state == PaymentState.AUTHORIZED, at
