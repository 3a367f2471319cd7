"""Dated rules of rates: who enters them, which are refused, and which one counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import clock, rates
from market.accounts import NOBODY, SYSTEM, Actor, Role
from market.accounts.models import OrganisationKind
from market.audit import AuditEntry
from market.cooperatives import CooperativeMember
from market.errors import Forbidden, NotFound
from market.ids import uuid7
from market.orders.models import Order, OrderLine
from market.rates import Purpose, RateRule, Rule
from tests import makers

DAY = timedelta(days=1)
SHOP, OTHER_SHOP, COOPERATIVE = uuid7(), uuid7(), uuid7()
STRAWBERRY = ("produce", "produce.fruit", "produce.fruit.strawberry")


@pytest.fixture
def today(now) -> date:
    return clock.day_of(now)


@pytest.fixture
def enter(session, now, today):
    def enter(*, actor=SYSTEM, **changes) -> RateRule:
        usual = {"purpose": Purpose.COMMISSION, "position": 10, "basis_points": 200}
        rule = RateRule(**(usual | {"valid_from": today} | changes))
        return rates.enter(session, actor=actor, rule=rule, now=now)

    return enter


class TestEntering:
    def test_counts_from_its_day_until_before_its_end(self, session, enter, today):
        made = enter(valid_from=today + DAY, valid_to=today + 3 * DAY)

        days = [today + DAY * number for number in range(5)]
        counts = [made.id in {rule.id for rule in rates.in_force(session, on=d)} for d in days]
        assert counts == [False, True, True, False, False]

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
    def test_is_for_administrators_alone(self, enter, role):
        with pytest.raises(Forbidden):
            enter(actor=Actor(roles=frozenset({role})))

    def test_is_written_down(self, session, enter):
        made = enter()

        deed = session.query(AuditEntry).filter_by(subject_id=made.id).one()
        assert (deed.verb, deed.facts["basis_points"]) == ("rate.entered", 200)

    @pytest.mark.parametrize("basis_points", [-1, 5_001, 10**15])
    def test_refuses_a_rate_out_of_bounds(self, enter, basis_points):
        with pytest.raises(rates.RateOutOfBounds):
            enter(basis_points=basis_points)

    def test_refuses_to_change_what_was_agreed_for_the_past(self, enter, today):
        with pytest.raises(rates.RateTooEarly):
            enter(valid_from=today - DAY)

    def test_knows_laws_that_are_older_than_their_rows(self, enter, today):
        assert enter(purpose=Purpose.VAT, valid_from=today - 400 * DAY).id

    def test_refuses_to_end_before_it_begins(self, enter, today):
        with pytest.raises(rates.RateTooEarly):
            enter(valid_to=today)

    def test_refuses_a_stranger_that_there_is_not(self, enter):
        with pytest.raises(NotFound):
            enter(seller_id=uuid7())

    def test_refuses_two_of_one_scope_and_position_at_a_time(self, enter, today):
        enter(category_code="coffee", valid_to=today + 5 * DAY)

        with pytest.raises(rates.RateOverlaps):
            enter(category_code="coffee", valid_from=today + 4 * DAY)
        assert enter(category_code="coffee", valid_from=today + 5 * DAY)
        assert enter(category_code="coffee", position=11)
        assert enter(category_code=None)
        assert enter(category_code="coffee", seller_kind="boat")


class TestEnding:
    def test_leaves_today_as_it_was(self, session, enter, now, today):
        made = enter()

        with pytest.raises(rates.RateTooEarly):
            rates.end(session, actor=SYSTEM, rule_id=made.id, valid_to=today, now=now)
        rates.end(session, actor=SYSTEM, rule_id=made.id, valid_to=today + DAY, now=now)

        assert made.id in {rule.id for rule in rates.in_force(session, on=today)}
        assert made.id not in {rule.id for rule in rates.in_force(session, on=today + DAY)}

    def test_takes_a_later_rule_away_before_it_begins(self, session, enter, now, today):
        made = enter(valid_from=today + 9 * DAY)
        rates.end(session, actor=SYSTEM, rule_id=made.id, valid_to=today + 9 * DAY, now=now)

        assert enter(valid_from=today + 8 * DAY)

    def test_comes_nearer_and_never_farther(self, session, enter, now, today):
        made = enter(valid_to=today + 5 * DAY)
        rates.end(session, actor=SYSTEM, rule_id=made.id, valid_to=today + 3 * DAY, now=now)

        with pytest.raises(rates.RateEnded):
            rates.end(session, actor=SYSTEM, rule_id=made.id, valid_to=today + 4 * DAY, now=now)

    def test_is_for_administrators_alone(self, session, enter, now, today):
        made = enter()

        with pytest.raises(Forbidden):
            rates.end(session, actor=NOBODY, rule_id=made.id, valid_to=today + DAY, now=now)


def rule(position: int = 1, **scope) -> Rule:
    usual = dict.fromkeys(("category_code", "seller_kind", "seller_id", "cooperative_id"))
    given = usual | {"purpose": "commission", "basis_points": position} | scope
    return Rule(id=uuid7(), position=position, **given)


def match(*rules: Rule, purpose: Purpose = Purpose.COMMISSION, cooperative_id=COOPERATIVE):
    return rates.first_match(
        rules,
        purpose,
        category_codes=STRAWBERRY,
        seller_kind="farm",
        seller_id=SHOP,
        cooperative_id=cooperative_id,
    )


SCOPES = st.fixed_dictionaries(
    {
        "category_code": st.sampled_from([None, *STRAWBERRY, "coffee"]),
        "seller_kind": st.sampled_from([None, "farm", "boat"]),
        "seller_id": st.sampled_from([None, SHOP, OTHER_SHOP]),
        "cooperative_id": st.sampled_from([None, COOPERATIVE]),
        "purpose": st.sampled_from(["commission", "vat"]),
        "position": st.integers(1, 3),
    }
)


class TestFirstMatch:
    def test_is_none_where_nothing_fits(self):
        assert match() is None
        assert match(rule(category_code="coffee"), rule(purpose="vat")) is None

    def test_takes_the_lowest_position(self):
        first = rule(1, category_code="produce")

        assert match(rule(2, seller_id=SHOP), first, rule(3)) == first

    @pytest.mark.parametrize("code", STRAWBERRY)
    def test_fits_below_a_category(self, code):
        assert match(rule(category_code=code))

    def test_does_not_fit_by_the_beginning_of_a_word(self):
        assert match(rule(category_code="prod")) is None

    @pytest.mark.parametrize(
        "scope", [{"seller_kind": "boat"}, {"seller_id": OTHER_SHOP}, {"cooperative_id": uuid7()}]
    )
    def test_leaves_others_out(self, scope):
        assert match(rule(**scope)) is None

    def test_of_a_cooperative_leaves_those_out_who_are_in_none(self):
        assert match(rule(cooperative_id=COOPERATIVE), cooperative_id=None) is None

    @given(scopes=st.lists(SCOPES, max_size=8), chance=st.randoms())
    def test_is_the_same_in_whatever_order_the_rules_come(self, scopes, chance):
        rules = [rule(**scope) for scope in scopes]
        shuffled = chance.sample(rules, len(rules))

        found = match(*rules)

        assert match(*shuffled) == found
        fitting = [other.position for other in rules if match(other)]
        assert (found.position if found else None) == min(fitting, default=None)


class TestPackagedRates:
    def test_are_kept_once_and_stay_ended(self, session, now, today):
        assert rates.seed(session, now=now) == 6
        vat = session.query(RateRule).filter_by(purpose="vat", category_code=None).one()
        rates.end(session, actor=SYSTEM, rule_id=vat.id, valid_to=today + DAY, now=now)

        assert rates.seed(session, now=now) == 0
        assert vat.id not in {rule.id for rule in rates.in_force(session, on=today + DAY)}

    @pytest.mark.parametrize(
        ("code", "vat", "pit"),
        [("coffee.green", 100, 50), ("experience.farm", 500, 200), ("transport", 300, 150)],
    )
    def test_say_what_the_decree_says(self, session, now, today, code, vat, pit):
        rates.seed(session, now=now)
        rules = rates.in_force(session, on=today)
        scope = {"category_codes": {code, code.partition(".")[0]}, "seller_kind": "farm"}
        more = scope | {"seller_id": SHOP, "cooperative_id": None}

        found = [rates.first_match(rules, each, **more) for each in (Purpose.VAT, Purpose.PIT)]

        assert [each.basis_points for each in found] == [vat, pit]


class TestCommission:
    @pytest.fixture
    def listing(self, session, now):
        return makers.strawberries(session, now, of=makers.seller(session, now), price=180_003)

    def lines(self, session, now, listing):
        group = makers.bought(session, now, (listing, 500))
        order = session.query(Order).filter_by(group_id=group.id).one()
        return order, session.query(OrderLine).filter_by(order_id=order.id).one()

    def test_is_the_usual_one_where_no_rule_fits(self, session, now, enter, listing):
        enter(category_code="coffee")

        order, line = self.lines(session, now, listing)

        assert (order.commission_minor, line.commission_minor) == (2_700, 2_700)
        base = {"rule": None, "base": 90_002}
        assert line.snapshot["rates"] == {
            "commission": base | {"basis_points": 300},
            "cooperative": base | {"basis_points": 0},
        }

    def test_is_that_of_the_first_rule_that_fits(self, session, now, enter, listing):
        enter(position=20, basis_points=900)
        chosen = enter(position=10, category_code="produce.fruit", basis_points=150)

        order, line = self.lines(session, now, listing)

        assert (order.commission_minor, line.commission_minor) == (1_350, 1_350)
        frozen = {"rule": str(chosen.id), "basis_points": 150, "base": 90_002}
        assert line.snapshot["rates"]["commission"] == frozen

    def test_of_an_order_stays_when_the_rule_ends(self, session, now, today, enter, listing):
        chosen = enter(basis_points=150)
        order, _ = self.lines(session, now, listing)
        rates.end(session, actor=SYSTEM, rule_id=chosen.id, valid_to=today + DAY, now=now)

        later, _ = self.lines(session, now + DAY, listing)

        assert (order.commission_minor, later.commission_minor) == (1_350, 2_700)

    def test_of_two_rates_stays_one_order_of_one_seller(self, session, now, enter, listing):
        enter(category_code="produce", basis_points=100)
        enter(category_code="coffee", basis_points=50)
        shop = Actor(roles=frozenset({Role.SELLER}), seller_ids=frozenset({listing.seller_id}))
        other = makers.strawberries(session, now, of=shop)
        other.category_code = "coffee.green"
        session.flush()

        group = makers.bought(session, now, (listing, 500), (other, 500))

        order = session.query(Order).filter_by(group_id=group.id).one()
        assert order.commission_minor == 900 + 450

    def test_of_the_cooperative_is_by_rule_before_the_members_own(
        self, session, now, enter, listing
    ):
        cooperative = makers.organisation(session, now, kind=OrganisationKind.COOPERATIVE)
        membership = {"organisation_id": listing.seller_id, "cooperative_id": cooperative.id}
        stamps = {"requested_at": now, "approved_at": now, "fee_basis_points": 200}
        session.add(CooperativeMember(id=uuid7(), **membership, **stamps))
        session.flush()
        agreed, _ = self.lines(session, now, listing)

        enter(purpose=Purpose.COOPERATIVE, cooperative_id=cooperative.id, basis_points=100)
        ruled, line = self.lines(session, now, listing)

        assert (agreed.cooperative_minor, ruled.cooperative_minor) == (1_800, 900)
        assert line.snapshot["rates"]["cooperative"]["basis_points"] == 100
