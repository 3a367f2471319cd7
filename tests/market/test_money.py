"""Money neither appears nor vanishes, and never mixes currencies."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from market.money import Money, half_up

amounts = integers(-(10**12), 10**12)
weights = lists(integers(0, 1000), min_size=1, max_size=9).filter(any)


class TestSplitting:
    @given(amount=amounts, weights=weights)
    def test_never_loses_a_dong(self, amount, weights):
        assert amount == sum(share.minor for share in Money(amount).split(*weights))

    @given(amount=amounts, weights=weights)
    def test_gives_each_its_part_within_a_dong(self, amount, weights):
        for share, weight in zip(Money(amount).split(*weights), weights, strict=True):
            assert abs(share.minor * sum(weights) - amount * weight) < sum(weights)

    def test_keeps_the_currency(self):
        assert Money(10, "USD").split(1, 1) == [Money(5, "USD"), Money(5, "USD")]

    def test_gives_nothing_for_no_weight(self):
        assert Money(7).split(0, 1, 0) == [Money(0), Money(7), Money(0)]

    @pytest.mark.parametrize("weights", [(), (0,), (0, 0), (-1, 2), (1, -2)])
    def test_refuses_weights_that_are_no_counts(self, weights):
        with pytest.raises(ValueError, match="weights are counts"):
            Money(10).split(*weights)


class TestArithmetic:
    def test_adds_subtracts_negates_and_multiplies(self):
        assert Money(5) + Money(3) - Money(1) == Money(7)
        assert -Money(7) == Money(-7)
        assert Money(7) * 3 == Money(21)

    def test_compares_amounts_of_one_currency(self):
        assert Money(5) < Money(7) <= Money(7) < Money(8)
        assert max(Money(5), Money(9)) == Money(9)

    def test_is_true_unless_it_is_nothing(self):
        assert Money(1)
        assert not Money(0)

    @pytest.mark.parametrize(
        "mix",
        [
            lambda dong, dollar: dong + dollar,
            lambda dong, dollar: dong - dollar,
            lambda dong, dollar: dong < dollar,
            lambda dong, dollar: dong >= dollar,
        ],
    )
    def test_refuses_to_mix_currencies(self, mix):
        with pytest.raises(ValueError, match="two currencies"):
            mix(Money(1), Money(1, "USD"))

    @pytest.mark.parametrize("minor", [1.0, "1", True, None])
    def test_is_made_of_whole_numbers_only(self, minor):
        with pytest.raises(TypeError):
            Money(minor)

    def test_does_not_multiply_by_a_fraction(self):
        with pytest.raises(TypeError):
            Money(3) * 0.5


class TestRounding:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "rounded"),
        [(1, 2, 1), (3, 2, 2), (-1, 2, -1), (5, 10, 1), (4, 10, 0), (-14, 10, -1), (0, 7, 0)],
    )
    def test_takes_halves_away_from_zero(self, numerator, denominator, rounded):
        assert half_up(numerator, denominator) == rounded

    def test_takes_a_part_in_basis_points(self):
        assert Money(150_000).part(300) == Money(4_500)
        assert Money(50).part(100) == Money(1)
        assert Money(49).part(100) == Money(0)
