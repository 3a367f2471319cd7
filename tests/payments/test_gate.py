"""Tickets at the gate: signed, scanned by phones without signal, sent late, twice or never."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from market import bookings, ledger, orders, ticket_tokens
from market.bookings import Scan, Ticket, TicketState
from market.errors import Busy
from market.ids import new_code, uuid7
from market.ledger import chart
from market.orders import Rail, State
from payments import cancelling, collecting, fulfilling
from payments.fulfilling import Outcome, Shown
from tests import makers
from tests.databases import SECRET

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def host(session, now):
    return makers.seller(session, now, name="Nhà Gió")


@pytest.fixture
def tickets(session, now, host):
    """Of two guests who have paid for tomorrow."""
    return booked(session, now, host)


def booked(session, now, host, *, seats=2, rail=Rail.BANK_TRANSFER):
    _, departure = makers.tour(session, now, of=host)
    group = makers.bought(session, now, (departure, seats), rail=rail)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    if rail is Rail.CASH:
        orders.confirm(session, actor=host, order_id=order.id, now=now)
    else:
        (payment,) = collecting.of_group(session, group_id=group.id)
        makers.receive(session, now, makers.transfer(payment, now))
    return bookings.of_orders(session, order_ids=[order.id])[order.id]


def scan(ticket, at, **more):
    shown = ticket if isinstance(ticket, str) else ticket.code
    return Shown(**({"id": uuid7(), "ticket": shown, "scanned_at": at} | more))


def received(session, host, now, *scans):
    return fulfilling.receive(session, actor=host, secret=SECRET, scans=scans, now=now)


def outcomes(*given):
    return [answer.outcome for answer in received(*given)]


def order_of(session, ticket):
    return session.get(orders.Order, ticket.order_id)


class TestTokens:
    def test_say_the_code_of_their_ticket(self, tickets):
        token = ticket_tokens.token_of(SECRET, tickets[0])

        for shown in (token, f"https://cho.example/t/secret#{token}"):
            assert ticket_tokens.shown_code(SECRET, shown) == (tickets[0].code, True)
        assert len(token) < 150

    def test_bear_the_signature_of_one_market(self, tickets):
        token = ticket_tokens.token_of(SECRET, tickets[0])
        other = tickets[0].code, tickets[1].code
        forged = (
            ticket_tokens.token_of("x" * 40, tickets[0]),
            token.replace(*other),
            token[:-4],
            f"{token}é",
            "LD1.",
            "LD1.....",
        )

        for each in forged:
            assert ticket_tokens.shown_code(SECRET, each) == (None, None)

    def test_are_not_needed_to_type_a_code(self, tickets):
        code = tickets[0].code

        typed = f" {code[:4].lower()}-{code[4:]} "

        assert ticket_tokens.shown_code(SECRET, typed) == (code, False)
        assert ticket_tokens.shown_code(SECRET, "nothing") == (None, False)


class TestScans:
    def test_let_in_by_token_and_by_code(self, session, now, host, tickets):
        one, two = tickets
        token = ticket_tokens.token_of(SECRET, one)

        answers = received(session, host, now, scan(token, now), scan(two, now))

        assert [each.outcome for each in answers] == [Outcome.REDEEMED] * 2
        assert [each.code for each in answers] == [one.code, two.code]
        assert order_of(session, one).state == State.DELIVERED

    def test_are_answered_as_before_when_sent_again(self, session, now, host, tickets):
        scans = [scan(tickets[0], now - MINUTE), scan(tickets[0], now)]

        first = received(session, host, now, *scans)

        assert [each.outcome for each in first] == [Outcome.REDEEMED, Outcome.ALREADY]
        assert received(session, host, now + DAY, *scans) == first
        assert received(session, host, now + DAY, *scans[::-1], *scans) == [*first[::-1], *first]
        assert session.scalar(select(func.count()).select_from(Scan)) == 2

    def test_of_one_id_are_of_one_ticket(self, session, now, host, tickets):
        one, two = tickets
        first = scan(one, now)
        other = scan(two, now, id=first.id)

        assert outcomes(session, host, now, first, other) == [Outcome.REDEEMED, Outcome.ID_TAKEN]
        assert outcomes(session, host, now, other) == [Outcome.ID_TAKEN]
        assert outcomes(session, host, now, scan(two, now)) == [Outcome.REDEEMED]

    def test_count_by_when_they_were_made(self, session, now, host, tickets):
        ticket, late = tickets[0], now + 60 * MINUTE
        here, there = scan(ticket, now + 10 * MINUTE), scan(ticket, now + 5 * MINUTE)

        assert outcomes(session, host, late, here) == [Outcome.REDEEMED]
        (earlier,) = received(session, host, late, there)
        (later,) = received(session, host, late, here)

        assert (earlier.outcome, earlier.redeemed_at) == (Outcome.REDEEMED, now + 5 * MINUTE)
        assert (later.outcome, later.redeemed_at) == (Outcome.REDEEMED, now + 5 * MINUTE)
        flagged = bookings.again(session, ticket_ids=[ticket.id])[ticket.id]
        assert [each.id for each in flagged] == [here.id]

    def test_come_after_a_button_that_was_pressed_at_the_gate(self, session, now, host, tickets):
        ticket = tickets[0]
        fulfilling.redeem(session, actor=host, code=ticket.code, now=now)

        earlier, later = (scan(ticket, now + turn * MINUTE) for turn in (-3, 3))

        ends = outcomes(session, host, now + 5 * MINUTE, later, earlier)
        assert ends == [Outcome.ALREADY, Outcome.REDEEMED]
        assert ticket.redeemed_at == now - 3 * MINUTE
        assert len(bookings.again(session, ticket_ids=[ticket.id])[ticket.id]) == 2

    def test_are_refused_where_the_clock_was_wrong(self, session, now, host, tickets):
        one, two = tickets
        wrong = [scan(one, now + turn) for turn in (6 * MINUTE, 9_000 * DAY, -8 * DAY)]
        a_little_fast = scan(two, now + 4 * MINUTE)

        assert outcomes(session, host, now, *wrong) == [Outcome.BAD_TIME] * 3
        assert received(session, host, now, a_little_fast)[0].redeemed_at == now
        assert outcomes(session, host, now, scan(one, now)) == [Outcome.REDEEMED]
        assert bookings.again(session, ticket_ids=[one.id]) == {one.id: []}

    def test_say_what_lets_nobody_in_and_let_the_others_in(self, session, now, host, tickets):
        stranger = makers.seller(session, now, name="Nhà Khác")
        (theirs,) = booked(session, now, stranger, seats=1)
        _, departure = makers.tour(session, now, of=host)
        group = makers.bought(session, now, (departure, 1), phone="+84987654321")
        (unpaid,) = orders.queries.of_group(session, group_id=group.id)
        (pending,) = bookings.of_orders(session, order_ids=[unpaid.id])[unpaid.id]
        its = {"departure_id": uuid7(), "unit": "adult", "seller_id": theirs.seller_id}
        gone = Ticket(code=new_code(), starts_at=now, **its)

        shown = {
            ticket_tokens.token_of("x" * 40, tickets[0]): Outcome.FORGED,
            ticket_tokens.token_of(SECRET, theirs): Outcome.FOREIGN,
            theirs.code: Outcome.UNKNOWN,
            new_code(): Outcome.UNKNOWN,
            ticket_tokens.token_of(SECRET, gone): Outcome.UNKNOWN,
            "xyz": Outcome.UNKNOWN,
            pending.code: Outcome.PENDING,
            tickets[0].code: Outcome.REDEEMED,
        }

        assert outcomes(session, host, now, *(scan(each, now) for each in shown)) == [
            *shown.values()
        ]
        assert theirs.state == TicketState.VALID

    def test_of_a_visit_that_was_called_off_let_nobody_in(self, session, now, host, tickets):
        token = ticket_tokens.token_of(SECRET, tickets[0])  # kept on the guest's phone
        order = order_of(session, tickets[0])
        its = {"order": order, "by_buyer": False, "reason": ""}
        cancelling.cancel(session, actor=host, **its, now=now)

        assert outcomes(session, host, now, scan(token, now)) == [Outcome.VOID]


class TestNobodyCame:
    def test_is_not_said_before_the_start(self, session, now, host, tickets):
        with pytest.raises(bookings.TooEarly):
            fulfilling.miss(session, actor=host, order_id=tickets[0].order_id, now=now)

    def test_earns_what_was_paid_and_still_lets_in_who_comes_late(
        self, session, now, host, tickets
    ):
        one, two = tickets
        late = now + DAY + MINUTE
        order = fulfilling.miss(session, actor=host, order_id=one.order_id, now=late)

        session.refresh(one)
        assert (order.state, one.state) == (State.DELIVERED, TicketState.NO_SHOW)
        with pytest.raises(orders.WrongState):
            fulfilling.miss(session, actor=host, order_id=one.order_id, now=late)

        assert outcomes(session, host, late, scan(two, late)) == [Outcome.REDEEMED]
        makers.release(session, late)
        assert ledger.balance(session, chart.held(order.id)) == 0

    def test_marks_who_is_missing_of_a_party(self, session, now, host, tickets):
        one, two = tickets
        late = now + DAY + MINUTE
        received(session, host, late, scan(one, late))

        fulfilling.miss(session, actor=host, order_id=one.order_id, now=late)

        session.refresh(two)
        assert (one.state, two.state) == (TicketState.REDEEMED, TicketState.NO_SHOW)

    def test_awaits_no_cash_any_more(self, session, now, host):
        (ticket,) = booked(session, now, host, seats=1, rail=Rail.CASH)
        late = now + DAY + MINUTE

        order = fulfilling.miss(session, actor=host, order_id=ticket.order_id, now=late)

        session.refresh(ticket)
        assert (order.state, ticket.state) == (State.CANCELLED, TicketState.NO_SHOW)
        assert ledger.balance(session, chart.cash(order.seller_id)) == 0
        assert outcomes(session, host, late, scan(ticket, late)) == [Outcome.VOID]


class TestPhonesThatSendAtOnce:
    @pytest.fixture
    def market(self, real_database, now):
        with real_database.transaction() as session:
            self.host = makers.seller(session, now)
            self.codes = [
                ticket.code
                for _ in range(4)
                for ticket in booked(session, now + DAY * random.randrange(300), self.host)
            ]
            session.expunge_all()
        return real_database

    def send(self, database, batches, late):
        start = Barrier(len(batches))

        def phone(scans):
            start.wait()
            while True:  # a phone that was told to wait sends the same again
                with suppress(Busy), database.transaction() as session:
                    return received(session, self.host, late, *scans)

        with ThreadPoolExecutor(len(batches)) as phones:
            return list(phones.map(phone, batches))

    def test_let_one_ticket_in_once_at_its_earliest_scan(self, market, now):
        late = now + 300 * DAY
        turns = random.sample(range(1, 100), 20)
        batches = [[scan(self.codes[0], late - turn * MINUTE)] for turn in turns]

        answers = self.send(market, batches, late)

        earliest = late - max(turns) * MINUTE
        won = {
            batch[0].scanned_at: answer.outcome
            for batch, (answer,) in zip(batches, answers, strict=True)
        }
        with market.reading() as session:
            ticket = bookings.by_code(session, code=self.codes[0])
            flagged = bookings.again(session, ticket_ids=[ticket.id])[ticket.id]
        assert ticket.redeemed_at == earliest
        assert won[earliest] == Outcome.REDEEMED
        assert set(won.values()) <= {Outcome.REDEEMED, Outcome.ALREADY}
        assert earliest not in {each.scanned_at for each in flagged}
        assert len(flagged) == len(turns) - 1

    def test_wait_for_each_other_but_never_crosswise(self, market, now):
        late = now + 300 * DAY
        batches = []
        for _ in range(4):
            codes = random.sample(self.codes, len(self.codes))
            batches.append([scan(code, late - random.randrange(90) * MINUTE) for code in codes])

        answers = self.send(market, [*batches, *batches], late)

        outcomes_of = [[each.outcome for each in answered] for answered in answers]
        assert outcomes_of[:4] == outcomes_of[4:]
        with market.reading() as session:
            assert session.scalar(select(func.count()).select_from(Scan)) == 4 * len(self.codes)
            states = session.scalars(select(Ticket.state)).all()
            assert set(states) == {TicketState.REDEEMED}
            assert ledger.problems(session) == []
