"""Ordering again: what is still sold goes into the basket, and the rest is told with its reason."""

from datetime import timedelta

import pytest

from catalog import baskets, listings, reviewing
from catalog.models import Listing
from market import orders
from market.accounts import NOBODY
from market.ids import secret
from tests import makers


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


def put_again(session, now, group):
    """What stands in the new basket by subject, and the codes of what was missed."""
    basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=now)
    ids = [order.id for order in orders.queries.of_group(session, group_id=group.id)]
    by_order = orders.queries.lines(session, order_ids=ids)
    lines = [line for its in by_order.values() for line in its]
    missed = baskets.put_again(session, basket=basket, lines=lines, now=now)
    there = baskets.lines(session, basket_id=basket.id)
    codes = [(each.line.title, each.put, each.why.code) for each in missed]
    return {line.subject_id: line.quantity for line in there}, codes


class TestOrderingAgain:
    def test_puts_all_of_it_in_the_basket(self, session, now, farmer, berries):
        _, departure = makers.tour(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1500), (departure, 2))

        there, missed = put_again(session, now, group)

        assert (there, missed) == ({berries.id: 1500, departure.id: 2}, [])

    def test_leaves_out_what_is_paused_or_sold_out(self, session, now, farmer, berries):
        beans = makers.strawberries(session, now, of=farmer, grams=1000)
        figs = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500), (beans, 1000), (figs, 500))
        reviewing.pause(session, actor=farmer, kind=Listing, offer_id=berries.id, now=now)

        there, missed = put_again(session, now, group)

        assert there == {figs.id: 500}
        assert [code for _, _, code in missed] == ["listing.not_for_sale", "stock.too_little"]

    def test_leaves_out_a_departure_that_takes_nobody_any_more(self, session, now, farmer):
        _, departure = makers.tour(session, now, of=farmer)
        group = makers.bought(session, now, (departure, 1))

        there, missed = put_again(session, now + timedelta(days=2), group)

        assert there == {}
        assert [code for _, _, code in missed] == ["listing.not_for_sale"]

    def test_puts_in_what_is_left_in_whole_increments(self, session, now, farmer, berries):
        group = makers.bought(session, now, (berries, 5000))
        which = {"listing_id": berries.id, "reason": listings.Reason.SPOILED}
        listings.restock(session, actor=farmer, change=-3000, **which, now=now)

        there, missed = put_again(session, now, group)

        assert there == {berries.id: 2000}
        assert missed == [("Dâu tây hái sáng", 2000, "stock.too_little")]
