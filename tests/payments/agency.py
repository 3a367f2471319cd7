"""A reseller in the market of trips: it holds, confirms, changes and cancels in its own name."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from catalog.models import Departure
from market import rates
from market.accounts import SYSTEM, keys
from market.ledger import chart
from market.orders import Order
from market.rates import Purpose, RateRule
from payments import reselling, resold
from payments.resold import ResellerBooking
from payments.seating import Said, Wanted
from tests import makers
from tests.payments.trips import Trips

SHARE = 2_000  # hundredths of a per cent of the price


class Agency(Trips):
    """The same market with a reseller, who keeps a fifth of the price."""

    def opens(self) -> None:
        super().opens()
        with self.database.transaction() as session:
            self.agent, token = makers.reseller(session, self.now)
            self.key = keys.actor_of_key(session, token)
            rule: Any = {"purpose": Purpose.RESELLER, "position": 1, "basis_points": SHARE}
            rule |= {"valid_from": self.now.date()}
            rates.enter(session, actor=SYSTEM, rule=RateRule(**rule), now=self.now)

    @property
    def owes(self) -> int:
        """What the reseller owes the market, in đồng."""
        agency_id = makers.only(self.key.managed_ids)
        return self.balance(chart.cash(agency_id)) - self.balance(chart.payable(agency_id))

    def holds(
        self,
        departure: Departure,
        guests: int = 2,
        *,
        items: list[Any] | None = None,
        said: Said | None = None,
        **given: Any,
    ) -> UUID:
        """The id under which the reseller knows it."""
        its = {"uuid": uuid4(), "body_hash": b"", "is_test": False} | given
        with self.database.transaction() as session:
            return reselling.hold(
                session,
                actor=self.key,
                wanted=self.wanted(departure, items or people(guests)),
                said=said or Said({"fullName": "Emma Lind"}),
                given=its,
                house=makers.HOUSE,
                now=self.now,
            ).uuid

    def sells(self, departure: Departure, guests: int = 2, **given: Any) -> UUID:
        uuid = self.holds(departure, guests, **given)
        self.does(reselling.confirm, uuid, said=Said())
        return uuid

    def changes_to(self, uuid: UUID, departure: Departure, items: list[Any]) -> None:
        its: Any = {"wanted": self.wanted(departure, items), "said": Said()}
        self.does(reselling.change, uuid, **its, house=makers.HOUSE)

    def gives_back(self, uuid: UUID) -> None:
        self.does(reselling.cancel, uuid, reason="ốm")

    def does(self, verb: Any, uuid: UUID, **more: Any) -> None:
        with self.database.transaction() as session:
            booking = reselling.take(session, actor=self.key, uuid=uuid)
            verb(session, actor=self.key, booking=booking, **more, now=self.now)

    def forgets(self) -> None:
        """The night's erasing of who came."""
        with self.database.transaction() as session:
            resold.forget(session, now=self.now)

    def wanted(self, departure: Departure, items: list[Any]) -> Wanted:
        return Wanted(self.tour.id, departure.option_id, departure.id, items)

    def booking(self, uuid: UUID) -> ResellerBooking:
        with self.database.reading() as session:
            found = session.scalars(select(ResellerBooking).filter_by(uuid=uuid)).one()
            session.expunge_all()
            return found

    def order_of(self, uuid: UUID) -> Order:
        return self.order(self.booking(uuid).order_id)


def people(count: int) -> list[dict[str, Any]]:
    guest = {"unit": "adult", "reference": None, "contact": {}}
    return [guest | {"uuid": str(uuid4())} for _ in range(count)]
