"""A reseller in the story: verified, with a key and a net price, and one visit sold out by it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from api import house
from api.simulation.facts import CAST, RESELLER, RESOLD, RESOLD_SEATS
from api.simulation.world import Stage, decide, hand_in_papers
from catalog.models import Departure, SeatUnit
from market import clock, rates
from market.accounts import Organisation, OrganisationKind, keys, organisations
from market.rates import Purpose, RateRule
from payments import reselling
from payments.seating import Said, Wanted

NET_BASIS_POINTS = 1_500  # of the price are the reseller's


def resell(stage: Stage) -> None:
    """An agency sells all seats of one departure to its own customers."""
    owner, name, commune = RESELLER
    agency = Organisation(kind=OrganisationKind.RESELLER, name=name, unit_code=commune)
    agency = stage.do(owner, organisations.found, organisation=agency)
    hand_in_papers(stage, owner, agency.id)
    decide(stage, agency.id)
    its: dict[str, Any] = {"purpose": Purpose.RESELLER, "basis_points": NET_BASIS_POINTS}
    rule = RateRule(**its, position=100, valid_from=clock.day_of(stage.now))
    stage.do(CAST["administrator"], rates.enter, rule=rule)
    its = {"organisation_id": agency.id, "name": "OCTO"}
    _, stage.keys["octo"] = stage.do(owner, keys.make, **its)
    _sell_out(stage, name)


def _sell_out(stage: Stage, name: str) -> None:
    visit_id = stage.experiences[RESOLD]
    later = Departure.starts_at > stage.now + timedelta(days=7)
    coming = select(Departure).where(Departure.option_id == visit_id, later)
    guest: dict[str, Any] = {"unit": SeatUnit.ADULT, "reference": None, "contact": {}}
    guests = [guest | {"uuid": str(uuid4())} for _ in range(RESOLD_SEATS)]
    given: dict[str, Any] = {"uuid": uuid4(), "body_hash": b"", "is_test": False}
    with stage.scene() as session:
        start_id = session.scalars(coming.order_by(Departure.starts_at).limit(1)).one().id
        doing: Any = {"actor": keys.actor_of_key(session, stage.keys["octo"]), "now": stage.now}
        doing["said"] = Said({"fullName": name}, reference="MAY-1")
        terms: Any = {"given": given, "house": house.terms_of(stage.settings)}
        wanted = Wanted(visit_id, visit_id, start_id, guests)
        booking = reselling.hold(session, wanted=wanted, **terms, **doing)
        reselling.confirm(session, **doing, booking=booking)
