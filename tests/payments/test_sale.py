"""A sale from basket to books: what every step does to goods, orders, tickets and money."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from catalog import baskets, listings
from catalog.baskets import BasketChanged, NotForSale
from catalog.models import ListingState
from catalog.prices import AddressMissing, EmptyBasket
from market import bookings, cooperatives, inventory, ledger, orders
from market.errors import NotFound
from market.inventory import OutOfStock
from market.ledger import chart
from market.orders import Fulfilment, Rail, State, WrongState, queries
from market.quantity import OffIncrement
from payments import asking, cancelling, collecting, fulfilling, weighing
from payments.cancelling import TooLateToCancel
from payments.checkout import TooManyHolds, place
from payments.models import BankLineState, PaymentState
from tests import makers, people

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def orders_of(session, group):
    return queries.of_group(session, group_id=group.id)


def payment_of(session, group):
    (payment,) = collecting.of_group(session, group_id=group.id)
    return payment


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def host(session, now):
    return makers.seller(session, now, name="Nhà Gió")


class TestCheckout:
    def test_makes_one_order_per_seller_and_one_payment(self, session, now, farmer, host):
        berries = makers.strawberries(session, now, of=farmer)
        _, departure = makers.tour(session, now, of=host)

        group = makers.bought(session, now, (berries, 1500), (departure, 2))

        goods, visit = orders_of(session, group)
        assert (goods.fulfilment, goods.goods_minor, goods.delivery_minor) == (
            Fulfilment.DELIVERY,
            270_000,
            30_000,
        )
        assert (visit.fulfilment, visit.total_minor) == (Fulfilment.VISIT, 300_000)
        assert payment_of(session, group).amount_minor == group.total_minor == 600_000
        assert len(bookings.of_orders(session, order_ids=[visit.id])[visit.id]) == 2

    def test_asks_for_cash_order_by_order(self, session, now, farmer, host):
        things = [(makers.strawberries(session, now, of=who), 500) for who in (farmer, host)]

        group = makers.bought(session, now, *things, rail=Rail.CASH)

        assert len(collecting.of_group(session, group_id=group.id)) == 2

    def test_gives_a_direct_seller_his_own_payment(self, session, now, farmer):
        direct = makers.seller(
            session,
            now,
            payment_mode="direct",
            bank_bin="970405",
            bank_account="55667788",
            bank_holder="VUON THU",
        )
        things = [(makers.strawberries(session, now, of=who), 500) for who in (farmer, direct)]

        group = makers.bought(session, now, *things)

        payments = collecting.of_group(session, group_id=group.id)
        assert {payment.bank_account for payment in payments} == {"0123456789", "55667788"}

    def test_waits_no_longer_for_money_than_the_tours_cut_off(self, session, now, host):
        _, departure = makers.tour(session, now, of=host, cutoff_minutes=23 * 60)

        group = makers.bought(session, now, (departure, 1))

        assert payment_of(session, group).expires_at == now + timedelta(hours=1)

    def test_lets_goods_paid_in_cash_wait_longer_than_the_tour(self, session, now, farmer, host):
        berries = makers.strawberries(session, now, of=farmer)
        _, departure = makers.tour(session, now, of=host, cutoff_minutes=23 * 60)

        group = makers.bought(session, now, (berries, 500), (departure, 1), rail=Rail.CASH)

        waits = [order.deadline - now for order in orders_of(session, group)]
        assert waits == [timedelta(hours=24), timedelta(hours=1)]

    def test_refuses_more_seats_than_are_left_and_says_how_many(self, session, now, host):
        _, departure = makers.tour(session, now, of=host, seats=3)

        with pytest.raises(OutOfStock) as refusal:
            makers.bought(session, now, (departure, 4))
        assert (refusal.value.facts["wanted"], refusal.value.facts["left"]) == (4, 3)

    def test_sells_two_listings_of_one_lot_from_what_the_other_leaves(self, session, now, farmer):
        big, small = (makers.strawberries(session, now, of=farmer, grams=1_000) for _ in range(2))
        (shared,) = listings.lots_of(session, listing_id=small.id, now=now)
        listings.add_lot(session, actor=farmer, listing_id=big.id, code=shared.code, now=now)

        group = makers.bought(session, now, (small, 1_000), (big, 1_000))

        assert group.total_minor == 2 * 180_000 + 30_000
        assert inventory.drift(session) == []

    def test_refuses_a_basket_that_changed_since_it_was_priced(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        basket = makers.basket_of(session, now, (berries, 500))
        ready = makers.prepared(session, now, basket.id)
        baskets.put_goods(session, basket=basket, listing_id=berries.id, quantity=1000, now=now)

        with pytest.raises(BasketChanged):
            place(session, prepared=ready, now=now)

    def test_orders_a_basket_once_however_often_it_was_priced(self, session, now, farmer):
        basket = makers.basket_of(session, now, (makers.strawberries(session, now, of=farmer), 500))
        first, second = (makers.prepared(session, now, basket.id) for _ in range(2))
        place(session, prepared=first, now=now)

        with pytest.raises(BasketChanged):
            place(session, prepared=second, now=now)

    def test_refuses_an_empty_basket(self, session, now):
        with pytest.raises(EmptyBasket):
            makers.bought(session, now)

    def test_refuses_a_listing_that_was_paused_meanwhile(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        basket = makers.basket_of(session, now, (berries, 500))
        berries.state = ListingState.PAUSED
        session.flush()

        with pytest.raises(NotForSale):
            makers.check_out(session, now, basket)

    def test_refuses_a_delivery_to_nowhere(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)

        with pytest.raises(AddressMissing):
            makers.check_out(
                session, now, makers.basket_of(session, now, (berries, 500)), address=None
            )

    def test_names_the_nearest_two_quantities_when_off_the_increment(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)

        with pytest.raises(OffIncrement) as refusal:
            makers.basket_of(session, now, (berries, 700))
        assert (refusal.value.facts["lower"], refusal.value.facts["upper"]) == (500, 1000)

    def test_holds_nothing_when_one_part_is_sold_out(self, session, now, farmer, host):
        berries = makers.strawberries(session, now, of=farmer)
        _, departure = makers.tour(session, now, of=host, seats=1)

        with pytest.raises(OutOfStock), session.begin_nested():
            makers.bought(session, now, (berries, 500), (departure, 2))
        assert inventory.drift(session) == []
        makers.bought(session, now, (berries, 10_000))

    def test_caps_the_open_holds_of_one_buyer(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        for _ in range(5):
            makers.bought(session, now, (berries, 500))

        with pytest.raises(TooManyHolds):
            makers.bought(session, now, (berries, 500))


class TestTransfer:
    def test_of_the_exact_sum_places_goods_and_confirms_visits(self, session, now, farmer, host):
        berries = makers.strawberries(session, now, of=farmer)
        _, departure = makers.tour(session, now, of=host)
        group = makers.bought(session, now, (berries, 500), (departure, 2))

        (line,) = makers.receive(session, now, makers.transfer(payment_of(session, group), now))

        assert line.state == BankLineState.MATCHED
        goods, visit = orders_of(session, group)
        assert (goods.state, visit.state) == (State.PLACED, State.CONFIRMED)
        tickets = bookings.of_orders(session, order_ids=[visit.id])[visit.id]
        assert {ticket.state for ticket in tickets} == {"valid"}
        assert ledger.balance(session, chart.held(goods.id)) == goods.total_minor
        assert inventory.drift(session) == ledger.problems(session) == []

    @pytest.mark.parametrize(
        ("change", "state", "paid", "unapplied"),
        [
            ({"amount_minor": 119_999}, BankLineState.PARTIAL, False, 119_999),
            ({"amount_minor": 120_005}, BankLineState.OVER, True, 5),
            ({"text": "TIEN DAU"}, BankLineState.UNMATCHED, False, 120_000),
        ],
    )
    def test_of_another_kind_is_kept_and_never_lost(
        self, session, now, farmer, change, state, paid, unapplied
    ):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500))
        payment = payment_of(session, group)

        (line,) = makers.receive(session, now, makers.transfer(payment, now, **change))

        assert line.state == state
        assert (payment.state == PaymentState.PAID) is paid
        assert ledger.balance(session, chart.UNAPPLIED) == unapplied
        assert ledger.problems(session) == []

    def test_to_another_account_pays_nothing(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500))
        line = makers.transfer(payment_of(session, group), now, account="999")

        (received,) = makers.receive(session, now, line)

        assert received.state == BankLineState.FOREIGN
        assert orders_of(session, group)[0].state == State.AWAITING_PAYMENT

    def test_told_twice_counts_once(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500))
        line = makers.transfer(payment_of(session, group), now)

        (first,), (again,) = (makers.receive(session, now, line) for _ in range(2))

        assert (first.duplicate, again.duplicate) == (False, True)
        assert ledger.balance(session, chart.bank("0123456789")) == line.amount_minor

    def test_made_twice_leaves_the_second_unapplied(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        payment = payment_of(session, makers.bought(session, now, (berries, 500)))

        makers.receive(session, now, makers.transfer(payment, now))
        (second,) = makers.receive(session, now, makers.transfer(payment, now))

        assert second.state == BankLineState.LATE
        assert ledger.balance(session, chart.UNAPPLIED) == payment.amount_minor

    def test_after_the_hold_ran_out_is_late_where_others_have_the_goods(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 10_000))
        payment = payment_of(session, group)
        later = now + DAY
        makers.bought(session, later, (berries, 10_000), phone="+84987654321")

        (line,) = makers.receive(session, later, makers.transfer(payment, later))

        assert line.state == BankLineState.LATE
        assert orders.state_at(orders_of(session, group)[0], later) == State.EXPIRED
        assert inventory.drift(session) == []


class TestFulfilling:
    def test_earns_the_seller_the_price_less_the_rates(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1000), pick_up=True)
        makers.receive(session, now, makers.transfer(payment_of(session, group), now))
        (order,) = orders_of(session, group)

        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        weighing.pack(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)

        assert order.state == State.DELIVERED
        assert ledger.balance(session, chart.held(order.id)) == 180_000
        makers.release(session, now)
        assert ledger.balance(session, chart.held(order.id)) == 0
        assert ledger.balance(session, chart.COMMISSION) == 5_400
        assert ledger.balance(session, chart.payable(order.seller_id)) == 174_600

    def test_takes_cash_into_the_sellers_custody(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
        (order,) = orders_of(session, group)
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        weighing.pack(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)

        assert ledger.balance(session, chart.cash(order.seller_id)) == 0
        fulfilling.deliver(session, actor=farmer, order=order, now=now)
        assert ledger.balance(session, chart.cash(order.seller_id)) == order.total_minor
        makers.release(session, now)
        assert ledger.balance(session, chart.payable(order.seller_id)) == order.total_minor - 5_400
        assert ledger.problems(session) == []

    def test_is_nobody_elses_business(self, session, now, farmer, host):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
        (order,) = orders_of(session, group)

        with pytest.raises(NotFound):
            orders.confirm(session, actor=host, order_id=order.id, now=now)

    def test_confirms_no_cash_order_after_its_day(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
        (order,) = orders_of(session, group)

        with pytest.raises(WrongState):
            orders.confirm(session, actor=farmer, order_id=order.id, now=now + DAY)

    def test_lets_a_guest_in_once(self, session, now, host):
        _, departure = makers.tour(session, now, of=host)
        group = makers.bought(session, now, (departure, 2))
        makers.receive(session, now, makers.transfer(payment_of(session, group), now))
        (order,) = orders_of(session, group)
        one, _ = bookings.of_orders(session, order_ids=[order.id])[order.id]

        fulfilling.redeem(session, actor=host, code=one.code, now=now)

        assert order.state == State.DELIVERED
        with pytest.raises(bookings.AlreadyRedeemed):
            fulfilling.redeem(session, actor=host, code=one.code, now=now)

    def test_takes_the_cash_of_a_visit_which_is_not_packed_before(self, session, now, host):
        _, departure = makers.tour(session, now, of=host)
        group = makers.bought(session, now, (departure, 1), rail=Rail.CASH)
        (order,) = orders_of(session, group)
        orders.confirm(session, actor=host, order_id=order.id, now=now)
        (ticket,) = bookings.of_orders(session, order_ids=[order.id])[order.id]

        with pytest.raises(WrongState):
            weighing.pack(session, actor=host, order_id=order.id, now=now)
        with pytest.raises(bookings.TooEarly):
            fulfilling.hand_over(session, actor=host, order_id=order.id, now=now - MINUTE)
        fulfilling.redeem(session, actor=host, code=ticket.code, now=now)

        assert order.state == State.DELIVERED
        assert ledger.balance(session, chart.cash(order.seller_id)) == order.total_minor

    def test_lets_nobody_in_on_an_unpaid_ticket(self, session, now, host):
        _, departure = makers.tour(session, now, of=host)
        (order,) = orders_of(session, makers.bought(session, now, (departure, 1)))
        (ticket,) = bookings.of_orders(session, order_ids=[order.id])[order.id]

        with pytest.raises(bookings.TicketVoid):
            fulfilling.redeem(session, actor=host, code=ticket.code, now=now)


class TestCancelling:
    def _cancel(self, session, now, actor, order, *, by_buyer):
        cancelling.cancel(
            session,
            actor=actor,
            order=order,
            by_buyer=by_buyer,
            reason="",
            now=now,
        )

    def test_frees_the_goods_and_owes_the_money_back(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 10_000))
        makers.receive(session, now, makers.transfer(payment_of(session, group), now))
        (order,) = orders_of(session, group)

        self._cancel(session, now, farmer, order, by_buyer=False)

        assert order.state == State.CANCELLED
        assert ledger.balance(session, chart.refund(order.id)) == order.total_minor
        assert ledger.balance(session, chart.held(order.id)) == 0
        makers.bought(session, now, (berries, 10_000), phone="+84987654321")
        assert inventory.drift(session) == []

    def test_that_left_money_behind_would_be_found(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        (order,) = orders_of(session, makers.bought(session, now, (berries, 500)))
        self._cancel(session, now, farmer, order, by_buyer=True)
        assert collecting.stuck(session) == []

        ledger.post(
            session,
            key="stray",
            kind="stray",
            amounts={chart.bank("0"): 5, chart.held(order.id): -5},
            order_id=order.id,
            actor=farmer,
            now=now,
        )

        (problem,) = collecting.stuck(session)
        assert order.code in problem

    def test_of_one_unpaid_order_asks_for_the_rest_anew(self, session, now, farmer, host):
        things = [(makers.strawberries(session, now, of=who), 500) for who in (farmer, host)]
        group = makers.bought(session, now, *things)
        first, second = orders_of(session, group)
        before = payment_of(session, group)

        self._cancel(session, now, farmer, first, by_buyer=True)

        left = payment_of(session, group)
        assert (left.amount_minor, left.memo != before.memo) == (second.total_minor, True)
        assert asking.account_of(left) == asking.account_of(before)

    def test_comes_too_late_for_the_buyer_once_confirmed(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        (order,) = orders_of(session, makers.bought(session, now, (berries, 500), rail=Rail.CASH))
        orders.confirm(session, actor=farmer, order_id=order.id, now=now)

        with pytest.raises(TooLateToCancel):
            self._cancel(session, now, farmer, order, by_buyer=True)

    def test_happens_by_itself_when_time_runs_out(self, session, now, farmer):
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500))

        assert cancelling.expire_due(session, now=now) == 0
        assert cancelling.expire_due(session, now=now + DAY) == 1

        assert orders_of(session, group)[0].state == State.EXPIRED
        assert inventory.drift(session) == []


class TestRacing:
    def test_forty_buyers_of_five_kilograms_make_exactly_five_orders(self, real_database, now):
        with real_database.transaction() as session:
            berries = makers.strawberries(session, now, of=makers.seller(session, now), grams=5_000)
            session.expunge(berries)

        def buy(number: int) -> bool:
            try:
                with real_database.transaction() as session:
                    makers.bought(
                        session, now, (berries, 1000), phone=f"+849{number:08}", rail=Rail.CASH
                    )
            except OutOfStock:
                return False
            return True

        with ThreadPoolExecutor(40) as pool:
            assert sum(pool.map(buy, range(40))) == 5
        with real_database.reading() as session:
            assert inventory.drift(session) == ledger.problems(session) == []


class TestSums:
    @pytest.mark.parametrize("price", [1, 7, 99_999, 180_007])
    @pytest.mark.parametrize("rail", [Rail.BANK_TRANSFER, Rail.CASH])
    def test_of_odd_prices_lose_and_make_no_dong(self, session, now, price, rail):
        sellers = [makers.seller(session, now) for _ in range(3)]
        things = [
            (makers.strawberries(session, now, of=seller, price=price * (number + 1)), 1500)
            for number, seller in enumerate(sellers)
        ]
        group = makers.bought(session, now, *things, rail=rail)
        its = orders_of(session, group)
        payments = collecting.of_group(session, group_id=group.id)

        assert sum(order.total_minor for order in its) == group.total_minor
        assert sum(payment.amount_minor for payment in payments) == group.total_minor
        shares = [collecting.shares(session, payment=payment) for payment in payments]
        assert {key: part for each in shares for key, part in each.items()} == {
            order.id: order.total_minor for order in its
        }
        if rail is Rail.BANK_TRANSFER:
            makers.receive(session, now, makers.transfer(payments[0], now))
        for order, seller in zip(its, sellers, strict=True):
            orders.confirm(session, actor=seller, order_id=order.id, now=now)
            fulfilling.hand_over(session, actor=seller, order_id=order.id, now=now)
            fulfilling.deliver(session, actor=seller, order=order, now=now)
        makers.release(session, now)
        earned = [chart.payable(order.seller_id) for order in its]
        split = ledger.balances(session, [*earned, chart.COMMISSION])
        assert sum(split.values()) == group.total_minor
        assert ledger.problems(session) == collecting.stuck(session) == []

    def test_keep_the_fee_that_was_agreed_when_it_was_ordered(self, session, now):
        farmer, farm = people.founder(session, now, verified=True)
        manager, cooperative = people.founder(session, now, people.COOPERATIVE, verified=True)

        def join(fee):
            asked = cooperatives.ask_to_join(
                session,
                actor=farmer,
                member=cooperatives.CooperativeMember(
                    organisation_id=farm, cooperative_id=cooperative, fee_basis_points=fee
                ),
                now=now,
            )
            return cooperatives.approve(session, actor=manager, member_id=asked.id, now=now)

        member = join(500)
        berries = makers.strawberries(session, now, of=farmer)
        (order,) = orders_of(session, makers.bought(session, now, (berries, 1000), rail=Rail.CASH))
        cooperatives.leave(session, actor=manager, member_id=member.id, now=now)
        join(900)

        orders.confirm(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)
        fulfilling.deliver(session, actor=farmer, order=order, now=now)
        makers.release(session, now)

        assert ledger.balance(session, chart.payable(cooperative)) == 9_000
        assert ledger.balance(session, chart.COMMISSION) == 5_400

    def test_of_two_listings_on_one_lot_take_from_the_same_stock(self, session, now, farmer):
        first = makers.strawberries(session, now, of=farmer, grams=3_000)
        second = makers.strawberries(session, now, of=farmer, grams=500)
        (lot,) = listings.lots_of(session, listing_id=first.id, now=now)
        listings.add_lot(session, actor=farmer, listing_id=second.id, code=lot.code, now=now)

        with pytest.raises(OutOfStock), session.begin_nested():
            makers.bought(session, now, (first, 2_000), (second, 2_000))
        makers.bought(session, now, (first, 1_500), (second, 1_500))

        with pytest.raises(OutOfStock), session.begin_nested():
            makers.bought(session, now, (first, 2_000), phone="+84987654321")
        assert inventory.drift(session) == []


class TestWhatWasAgreed:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE order_line SET amount_minor = 1",
            "DELETE FROM order_line",
            "UPDATE order_ SET goods_minor = 1, total_minor = 1 + delivery_minor",
            "UPDATE order_ SET commission_minor = 0",
            "DELETE FROM order_",
            "UPDATE bank_line SET state = 'late'",
            "DELETE FROM bank_line",
        ],
    )
    def test_is_kept_by_the_database_itself(self, session, now, farmer, change):
        group = makers.bought(session, now, (makers.strawberries(session, now, of=farmer), 500))
        makers.receive(session, now, makers.transfer(payment_of(session, group), now))

        with pytest.raises(DBAPIError, match="append_only"):
            session.execute(text(change))
