"""What waits at the end of the story: an agent at work, and something on every desk."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from api.simulation.facts import CAST, COMPLAINT, NEW_FARM
from api.simulation.stage import Stage
from api.simulation.world import decide
from catalog import listings
from catalog.listings import Reason
from catalog.models import Listing
from market import accounts, cases, orders
from market.accounts import organisations
from market.accounts.models import OrganisationKind, Scope
from market.orders.models import Order, OrderGroup, State

HELPED, ASKED = "ka-hoa", "ong-tu"  # whom the agent sells for, and whom they would like to
LISTED = "strawberry-nz"
MANDATE = timedelta(days=180)


def leave_open(stage: Stage) -> None:
    """The agent has one mandate and waits for another; a farm and a buyer wait for the desk."""
    _act(stage, _ask(stage, HELPED))
    _ask(stage, ASKED)
    _found(stage)
    _complain(stage)


def _ask(stage: Stage, farm: str) -> UUID:
    """The agent asks to sell for a farm; the case's subject."""
    with stage.scene() as session:
        return cases.ask_mandate(
            session,
            actor=stage.actor(session, CAST["agent"]),
            organisation_id=stage.organisations[farm],
            scope=[Scope.LISTINGS, Scope.LOTS, Scope.ORDERS],
            expires_at=stage.now + MANDATE,
            documents=[],
            now=stage.now,
        ).id


def _act(stage: Stage, mandate_id: UUID) -> None:
    """The farmer allows it, and the agent puts more of her strawberries on the shelf."""
    decide(stage, mandate_id, by=CAST["farmer"])
    with stage.scene() as session:
        listing = session.get_one(Listing, stage.listings[LISTED])
        agent = accounts.act_for(
            session, stage.actor(session, CAST["agent"]), listing.seller_id, stage.now
        )
        listings.restock(
            session,
            actor=agent,
            listing_id=listing.id,
            change=4 * listing.increment,
            reason=Reason.ADDED,
            now=stage.now,
        )


def _found(stage: Stage) -> None:
    """A new farm shows its papers."""
    with stage.scene() as session:
        founder = stage.actor(session, NEW_FARM.owner)
        founded = organisations.found(
            session,
            actor=founder,
            kind=OrganisationKind.FARM,
            name=NEW_FARM.name,
            unit_code=NEW_FARM.commune,
            now=stage.now,
        )
        organisation_id = founded.id
    with stage.scene() as session:
        cases.ask_verification(
            session,
            actor=stage.actor(session, NEW_FARM.owner),
            organisation_id=organisation_id,
            statement=NEW_FARM.statement,
            documents=[],
            now=stage.now,
        )


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
        order, buyer_id = found
        orders.complain(
            session,
            actor=accounts.actor_of_person(session, UUID(str(buyer_id)), stage.now),
            order=order,
            statement=COMPLAINT,
            photos=[],
            files=stage.files,
            now=stage.now,
        )
