"""Lots: opened with a code, told forward, weighed, and read by anybody."""

from datetime import timedelta

import pytest

from market import clock, inventory, traceability
from market.accounts import Actor, OutOfScope, Role
from market.accounts.models import Mandate, MandateState, Scope
from market.cooperatives import CooperativeMember
from market.errors import FieldInvalid, Forbidden, NotFound
from market.geography import UnknownPlace
from market.ids import normal_code, uuid7
from market.inventory import Want
from market.quantity import Quantity
from market.traceability import EventExists, EventInFuture, Step
from market.traceability.lots import HarvestTooFar
from market.traceability.models import Lot, LotEvent, Plot
from tests import makers

DAY = timedelta(days=1)


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def harvest(farmer, now):
    def make(**changes):
        facts = {
            "producer_id": makers.only(farmer.seller_ids),
            "category_code": "produce.fruit.strawberry",
            "unit_code": makers.COMMUNE,
            "harvest_day": clock.day_of(now),
        }
        quantity = changes.pop("quantity", Quantity(10_000, 3, "KGM"))
        return {"lot": Lot(**(facts | changes)), "quantity": quantity}

    return make


@pytest.fixture
def lot(session, now, farmer, harvest):
    return traceability.open_lot(session, actor=farmer, **harvest(), now=now)


@pytest.fixture
def tell(session, now, farmer, lot):
    def do(step, *, actor=farmer, at=now, event_id=None, **facts):
        return traceability.append(
            session,
            actor=actor,
            code=lot.code,
            event=LotEvent(id=event_id, step=step, occurred_at=at, facts=facts),
            now=now,
        )

    return do


def free(session, lot, now):
    key = (lot.id, 0)
    return inventory.free(session, cells=[key], now=now)[key]


class TestOpening:
    def test_prints_a_code_and_puts_the_quantity_in_stock(self, session, now, lot):
        assert lot.code == normal_code(lot.code)
        assert free(session, lot, now) == 10_000

    def test_is_for_ones_own_farm_only(self, session, now, farmer, harvest):
        other = makers.organisation(session, now)

        with pytest.raises(NotFound):
            traceability.open_lot(session, actor=farmer, **harvest(producer_id=other.id), now=now)

    def test_refuses_a_commune_that_is_none(self, session, now, farmer, harvest):
        with pytest.raises(UnknownPlace):
            traceability.open_lot(session, actor=farmer, **harvest(unit_code="1"), now=now)

    def test_refuses_a_harvest_of_the_year_after_next(self, session, now, farmer, harvest):
        late = clock.day_of(now) + 400 * DAY

        with pytest.raises(HarvestTooFar):
            traceability.open_lot(session, actor=farmer, **harvest(harvest_day=late), now=now)

    def test_takes_a_plot_of_the_same_farm(self, session, now, farmer, harvest):
        plot = register(session, now, farmer)

        lot = traceability.open_lot(session, actor=farmer, **harvest(plot_id=plot.id), now=now)

        assert lot.plot_id == plot.id

    def test_refuses_the_plot_of_another_farm(self, session, now, farmer, harvest):
        plot = register(session, now, makers.seller(session, now))

        with pytest.raises(NotFound):
            traceability.open_lot(session, actor=farmer, **harvest(plot_id=plot.id), now=now)


class TestTelling:
    def test_appends_in_the_order_of_the_events_not_of_their_arrival(self, session, now, lot, tell):
        tell(Step.HARVESTED)
        tell(Step.SOWN, at=now - 90 * DAY, variety="Mỹ Hương")

        told = traceability.trace(session, code=lot.code)

        assert [(event.step, event.facts) for event in told.events] == [
            ("sown", {"variety": "Mỹ Hương"}),
            ("harvested", {}),
        ]

    def test_lets_a_phones_clock_be_a_day_ahead_and_no_more(self, now, tell):
        tell(Step.HARVESTED, at=now + DAY)

        with pytest.raises(EventInFuture):
            tell(Step.HARVESTED, at=now + DAY + timedelta(seconds=1))

    def test_records_an_event_of_one_id_once(self, tell):
        name = uuid7()
        tell(Step.HARVESTED, event_id=name)

        with pytest.raises(EventExists):
            tell(Step.HARVESTED, event_id=name)

    @pytest.mark.parametrize(
        ("step", "facts", "field", "reason"),
        [
            (Step.TREATED, {"agent": "Neem"}, "facts.isolation_days", "field.required"),
            (Step.TREATED, {"isolation_days": 7}, "facts.agent", "field.required"),
            (
                Step.TREATED,
                {"agent": "Neem", "isolation_days": -1},
                "facts.isolation_days",
                "field.too_small",
            ),
            (
                Step.TREATED,
                {"agent": "Neem", "isolation_days": 366},
                "facts.isolation_days",
                "field.too_large",
            ),
            (
                Step.TREATED,
                {"agent": "Neem", "isolation_days": True},
                "facts.isolation_days",
                "field.not_an_integer",
            ),
            (Step.TREATED, {"agent": " ", "isolation_days": 1}, "facts.agent", "field.too_short"),
            (Step.TREATED, {"agent": 5, "isolation_days": 1}, "facts.agent", "field.wrong_type"),
            (
                Step.TREATED,
                {"agent": "a\x00b", "isolation_days": 1},
                "facts.agent",
                "field.bad_character",
            ),
            (Step.SOWN, {"variety": "x" * 121}, "facts.variety", "field.too_long"),
            (Step.HARVESTED, {"moon": "full"}, "facts.moon", "field.unknown"),
            (Step.WEIGHED, {}, "facts.value", "field.required"),
        ],
    )
    def test_refuses_facts_that_are_wrong(self, tell, step, facts, field, reason):
        with pytest.raises(FieldInvalid) as refusal:
            tell(step, **facts)

        assert (refusal.value.facts["field"], refusal.value.facts["reason"]) == (field, reason)

    def test_is_not_for_strangers(self, session, now, tell):
        with pytest.raises(NotFound):
            tell(Step.HARVESTED, actor=makers.seller(session, now))

    def test_is_not_for_a_moderator_who_was_not_there(self, tell):
        with pytest.raises(Forbidden):
            tell(Step.HARVESTED, actor=Actor(roles=frozenset({Role.MODERATOR})))

    def test_says_when_an_agent_spoke_on_the_farms_word(self, session, now, farmer, tell):
        agent = agent_of(session, now, farmer)

        event = tell(Step.HARVESTED, actor=agent)

        assert (event.voice, event.mandate_id) == ("agent", agent.mandate_id)

    def test_is_not_for_an_agent_whose_mandate_is_for_other_work(self, session, now, farmer, tell):
        with pytest.raises(OutOfScope):
            tell(Step.HARVESTED, actor=agent_of(session, now, farmer, scope=[Scope.ORDERS]))


class TestWeighing:
    def test_makes_the_stock_what_the_scale_said(self, session, now, lot, tell):
        tell(Step.WEIGHED, value=9_200)

        session.refresh(lot)
        assert (lot.accepted, free(session, lot, now)) == (9_200, 9_200)

    def test_counts_from_the_weighing_before(self, session, now, lot, tell):
        tell(Step.WEIGHED, value=9_000)
        session.refresh(lot)
        tell(Step.WEIGHED, value=9_500)

        assert free(session, lot, now) == 9_500

    def test_never_takes_what_is_promised(self, session, now, lot, tell):
        makers.hold(
            session,
            owner_id=uuid7(),
            wants=[Want(resource_id=lot.id, qty=8_000)],
            expires_at=now + DAY,
            now=now,
        )

        tell(Step.WEIGHED, value=5_000)

        session.refresh(lot)
        assert (lot.accepted, free(session, lot, now)) == (5_000, 0)

    def test_is_open_to_the_cooperatives_weigh_master(self, session, now, farmer, lot, tell):
        master = weigh_master(session, now, of=farmer)

        assert tell(Step.WEIGHED, actor=master, value=9_000).voice == "weigh-master"

    def test_is_all_that_a_weigh_master_tells(self, session, now, farmer, tell):
        master = weigh_master(session, now, of=farmer)

        with pytest.raises(Forbidden):
            tell(Step.HARVESTED, actor=master)

    def test_is_not_for_the_weigh_master_of_another_cooperative(self, session, now, tell):
        master = weigh_master(session, now, of=makers.seller(session, now))

        with pytest.raises(NotFound):
            tell(Step.WEIGHED, actor=master, value=9_000)


class TestTracing:
    @pytest.mark.parametrize("spoil", [str.lower, lambda code: f" {code[:5]}-{code[5:]} "])
    def test_finds_the_code_however_it_was_typed(self, session, lot, spoil):
        assert traceability.trace(session, code=spoil(lot.code)).lot.id == lot.id

    @pytest.mark.parametrize("code", ["", "0000000000", "ZZZZZZZZZZ", "đ" * 10])
    def test_refuses_what_is_no_code(self, session, lot, code):
        with pytest.raises(NotFound):
            traceability.trace(session, code=code)

    def test_names_the_grower_and_nobody_else(self, session, lot, tell):
        tell(Step.HARVESTED)

        told = traceability.trace(session, code=lot.code)

        assert (told.producer.name, told.producer.verified) == ("Vườn Thử", True)
        assert told.events[0].voice == "producer"

    def test_counts_the_isolation_days_from_the_last_treatment(self, session, now, lot, tell):
        tell(Step.TREATED, at=now - 10 * DAY, agent="Neem", isolation_days=14)
        tell(Step.TREATED, at=now - 9 * DAY, agent="Bordeaux", isolation_days=3)

        isolation = traceability.trace(session, code=lot.code).isolation

        assert isolation.until == clock.day_of(now + 4 * DAY)
        assert isolation.kept is False

    def test_shows_that_the_isolation_was_kept(self, session, now, lot, tell):
        tell(Step.TREATED, at=now - 10 * DAY, agent="Neem", isolation_days=7)
        tell(Step.HARVESTED, at=now)

        assert traceability.trace(session, code=lot.code).isolation.kept is True

    def test_says_nothing_of_isolation_where_nothing_was_treated(self, session, lot):
        assert traceability.trace(session, code=lot.code).isolation is None


class TestListing:
    def test_shows_ones_own_lots_newest_first_in_pages(self, session, now, farmer, harvest):
        made = [
            traceability.open_lot(session, actor=farmer, **harvest(), now=now).id for _ in range(3)
        ]
        makers.seller(session, now)

        first = traceability.lots(session, actor=farmer, limit=1)
        rest = traceability.lots(session, actor=farmer, after=first[0].id, limit=5)

        assert [lot.id for lot in [first[0], *rest]] == made[::-1]

    def test_shows_nobody_elses_plots(self, session, now, farmer):
        mine = register(session, now, farmer)
        register(session, now, makers.seller(session, now))

        assert [plot.id for plot in traceability.plots(session, actor=farmer)] == [mine.id]

    def test_lets_nobody_register_a_plot_for_another(self, session, now, farmer):
        with pytest.raises(NotFound):
            register(session, now, farmer, producer_id=uuid7())


def register(session, now, farmer, **changes):
    facts = {
        "producer_id": makers.only(farmer.seller_ids),
        "name": "Đồi sau nhà",
        "unit_code": makers.COMMUNE,
        "category_code": "produce.fruit.strawberry",
        "area_m2": 2_000,
    }
    plot = Plot(**(facts | changes))
    return traceability.register_plot(session, actor=farmer, plot=plot, now=now)


def agent_of(session, now, farmer, scope=(Scope.LOTS,)):
    farm_id = makers.only(farmer.seller_ids)
    mandate = Mandate(
        id=uuid7(),
        agent_id=makers.person(session, now).id,
        organisation_id=farm_id,
        scope=list(scope),
        state=MandateState.ACTIVE,
        created_at=now,
        expires_at=now + DAY,
    )
    session.add(mandate)
    session.flush()
    return Actor(
        person_id=mandate.agent_id,
        roles=frozenset({Role.AGENT}),
        seller_ids=frozenset({farm_id}),
        mandate_id=mandate.id,
        scope=frozenset(scope),
    )


def weigh_master(session, now, *, of):
    cooperative = makers.organisation(session, now, kind="cooperative")
    session.add(
        CooperativeMember(
            id=uuid7(),
            cooperative_id=cooperative.id,
            organisation_id=makers.only(of.seller_ids),
            fee_basis_points=0,
            requested_at=now,
            approved_at=now,
        )
    )
    session.flush()
    return Actor(
        person_id=makers.person(session, now).id,
        roles=frozenset({Role.WEIGH_MASTER}),
        cooperative_ids=frozenset({cooperative.id}),
    )
