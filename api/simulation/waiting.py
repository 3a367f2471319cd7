"""What waits at the end of the story: an agent at work, and something on every desk."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.simulation.facts import CAST, COMPLAINT, NEW_FARM
from api.simulation.facts_prices import PRICES, SOURCE
from api.simulation.money import complain
from api.simulation.stage import Stage
from api.simulation.world import decide, hand_in_papers
from catalog import listings, reference_prices
from catalog.listings import Reason
from catalog.models import Listing
from market import accounts, cases, clock
from market.accounts import organisations
from market.accounts.models import OrganisationKind, Scope
from market.money import Money
from market.orders.models import Order, OrderGroup, State

HELPED, ASKED = "ka-hoa", "ong-tu"  # whom the agent sells for, and whom they would like to
LISTED = "strawberry-nz"
MANDATE = timedelta(days=180)


def leave_open(stage: Stage) -> None:
    """The agent has a mandate and waits for one; farm and buyer wait for the desk; prices stand."""
    _act(stage, _ask(stage, HELPED))
    _ask(stage, ASKED)
    _found(stage)
    _complain(stage)
    _price(stage)


def _ask(stage: Stage, farm: str) -> UUID:
    """The agent asks to sell for a farm; the case's subject."""
    asked: dict[str, Any] = {"organisation_id": stage.organisations[farm], "documents": []}
    asked |= {"scope": [Scope.LISTINGS, Scope.LOTS, Scope.ORDERS]}
    until = stage.now + MANDATE
    return stage.do(CAST["agent"], cases.ask_mandate, expires_at=until, **asked).id


def _act(stage: Stage, mandate_id: UUID) -> None:
    """The farmer allows it, and the agent puts more of her strawberries on the shelf."""
    decide(stage, mandate_id, by=CAST["farmer"])
    with stage.scene() as session:
        listing = session.get_one(Listing, stage.listings[LISTED])
        agent = stage.actor(session, CAST["agent"])
        actor = accounts.act_for(session, agent, listing.seller_id, stage.now)
        more: dict[str, Any] = {"change": 4 * listing.increment, "reason": Reason.ADDED}
        listings.restock(session, actor=actor, listing_id=listing.id, now=stage.now, **more)


def _found(stage: Stage) -> None:
    """A new farm shows its papers."""
    named = {"name": NEW_FARM.name, "unit_code": NEW_FARM.commune}
    farm = stage.do(NEW_FARM.owner, organisations.found, kind=OrganisationKind.FARM, **named)
    hand_in_papers(stage, NEW_FARM.owner, farm.id, statement=NEW_FARM.statement)


def _complain(stage: Stage) -> None:
    """The last buyer whose goods came, and not all of them well."""
    with stage.scene() as session:
        found = session.execute(
            select(Order, OrderGroup.buyer_id)
            .join(OrderGroup, OrderGroup.id == Order.group_id)
            .where(Order.state == State.DELIVERED, OrderGroup.buyer_id.is_not(None))
            .order_by(Order.id.desc())
            .limit(1)
        ).first()
        if found is None:
            return
        complain(stage, session, found[0], found[1], COMPLAINT)


def _price(stage: Stage) -> None:
    """The moderator keeps what products fetched yesterday and today."""
    today = clock.day_of(stage.now)
    entries = [
        reference_prices.Entry(
            category=code, price=Money(minor), day=today - timedelta(days=back), source=SOURCE
        )
        for code, told in PRICES.items()
        for back, minor in enumerate(told)
    ]
    with stage.scene() as session:
        moderator = stage.actor(session, CAST["moderator"])
        reference_prices.enter(session, actor=moderator, entries=entries, now=stage.now)
