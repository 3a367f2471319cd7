"""Quantities are whole increments, and a line of them is rounded once."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from market.errors import Kind
from market.money import Money
from market.quantity import QUANTITY_MAX, OffIncrement, Quantity, cost, require_step


def kilograms(value):
    return Quantity(value, 3, "KGM")


class TestCost:
    def test_is_the_price_of_a_whole_unit_times_the_quantity(self):
        assert cost(Money(45_000), kilograms(1_500)) == Money(67_500)

    def test_is_rounded_half_up(self):
        assert cost(Money(33_333), kilograms(500)) == Money(16_667)
        assert cost(Money(1), kilograms(499)) == Money(0)

    def test_of_pieces_needs_no_rounding(self):
        assert cost(Money(12_000), Quantity(3, 0, "C62")) == Money(36_000)


class TestSteps:
    @pytest.mark.parametrize("value", [500, 750, 10_000])
    def test_accept_whole_increments_from_the_minimum_on(self, value):
        require_step(kilograms(value), minimum=500, increment=250)

    @pytest.mark.parametrize(
        ("value", "lower", "upper"),
        [
            (600, 500, 750),
            (1, 500, 500),
            (0, 500, 500),
            (-250, 500, 500),
            (250, 500, 500),
            (QUANTITY_MAX + 250, QUANTITY_MAX, QUANTITY_MAX),
        ],
    )
    def test_name_the_nearest_two_that_are_sold(self, value, lower, upper):
        with pytest.raises(OffIncrement) as refusal:
            require_step(kilograms(value), minimum=500, increment=250)

        assert refusal.value.code == "quantity.off_increment"
        assert refusal.value.kind is Kind.INVALID
        assert refusal.value.facts == {
            "asked": value,
            "lower": lower,
            "upper": upper,
            "scale": 3,
            "unit": "KGM",
        }

    @given(
        value=integers(-10, 2 * QUANTITY_MAX),
        minimum=integers(1, 10_000),
        increment=integers(1, 10_000),
    )
    def test_only_ever_name_what_is_then_accepted(self, value, minimum, increment):
        try:
            require_step(kilograms(value), minimum=minimum, increment=increment)
        except OffIncrement as refusal:
            for named in (refusal.facts["lower"], refusal.facts["upper"]):
                require_step(kilograms(named), minimum=minimum, increment=increment)
