"""A boat from Phan Thiết to Phú Quý, a homestay and a stall there, and guests who book a trip."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from catalog import baskets, experiences
from catalog.booking_models import ExperienceOption
from catalog.models import ListingState, SeatUnit
from market import clock, inventory, orders
from market.accounts import NOBODY
from market.bookings import Ticket
from market.ids import secret
from market.money import Money
from market.orders import Rail
from market.orders.models import Order
from payments import disrupting, remedying
from payments.disruptions import Cause, Disruption, Remedy
from tests import makers, people

HARBOUR, ISLAND = "22945", "23272"


class Island:
    """Boats leave in one, two and ten days; the house has two rooms for twenty nights."""

    def __init__(self, market, *, seats=100):
        self.market, now = market, market.now
        with market.database.transaction() as session:
            self.overseer = people.moderator(session, now)
            self.skipper = makers.seller(session, now, name="Tàu Phú Quý", commune=HARBOUR)
            self.host = makers.seller(session, now, name="Nhà Biển", commune=ISLAND)
            self.stall = makers.seller(session, now, name="Sạp Hải Sản", commune=ISLAND)
            self.boat = self._visit(
                session, self.skipper, "experience.boat.island", Money(350_000), HARBOUR
            )
            days = [timedelta(days=day) for day in (1, 2, 10)]
            self.departures = experiences.open_departures(
                session,
                actor=self.skipper,
                experience_id=self.boat.id,
                starts=[now + day for day in days],
                seats=seats,
                now=now,
            )
            self.house = self._visit(session, self.host, "stay.homestay", Money(400_000))
            first = clock.day_of(now).toordinal()
            for bucket in range(first, first + 20):
                inventory.change(
                    session,
                    resource_id=self.house.resource_id,
                    bucket=bucket,
                    delta=seats,
                    reason="opened",
                    actor=self.host,
                    now=now,
                )
            self.squid = makers.strawberries(session, now, of=self.stall, grams=10**7)
            self.tour, self.walk = makers.tour(session, now, of=market.farmer, seats=seats)
            session.expunge_all()

    def _visit(self, session, host, category, price, meets=None):
        made = experiences.draft(
            session,
            actor=host,
            visit=experiences.Visit(
                seller_id=makers.only(host.seller_ids),
                category_code=category,
                unit_code=ISLAND,
                duration_minutes=180,
                cutoff_minutes=60,
                adult=price,
                texts={"vi": {"title": "Ra đảo Phú Quý"}},
                meeting_unit_code=meets,
            ),
            now=self.market.now,
        )
        made.state, made.listed_at = ListingState.LIVE, self.market.now
        session.flush()
        return made

    def books(
        self, *, boat=0, guests=2, arrival=None, squid=0, walk=0, phone="+84912345678",
        rail=Rail.BANK_TRANSFER, pays=True,
    ):  # fmt: skip
        """A trip in one basket; its orders by what they are of."""
        market, now = self.market, self.market.now
        with market.database.transaction() as session:
            basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=now)
            its = {"basket": basket, "now": now}
            for departure, count in ((boat is not None and self.departures[boat], guests),
                                     (self.walk, walk)):  # fmt: skip
                if departure and count:
                    baskets.put_seats(
                        session,
                        **its,
                        departure_id=departure.id,
                        unit=SeatUnit.ADULT,
                        quantity=count,
                    )
            if arrival is not None:
                nights = self.nights(arrival)
                baskets.put_nights(
                    session, **its, option_id=self.house.id, nights=nights, quantity=1
                )
            if squid:
                baskets.put_goods(session, **its, listing_id=self.squid.id, quantity=squid)
            sellers = self.stall.seller_ids if squid else frozenset()
            group = makers.check_out(session, now, basket, rail=rail, phone=phone, pick_up=sellers)
            found = orders.queries.of_group(session, group_id=group.id)
            lines = orders.queries.lines(session, order_ids=[order.id for order in found])
            subjects = {
                self.boat.id: "boat",
                self.house.id: "house",
                self.squid.id: "squid",
                self.tour.id: "walk",
            }
            ids = {subjects[lines[order.id][0].listing_id]: order.id for order in found}
        if pays and rail is Rail.BANK_TRANSFER:
            market.transfers(next(iter(ids.values())))
            market.bank_tells()
            market.works()
            if squid:
                self.confirms(self.stall, ids["squid"])
        return ids

    def confirms(self, seller, order_id):
        with self.market.database.transaction() as session:
            orders.confirm(session, actor=seller, order_id=order_id, now=self.market.now)

    def nights(self, days, count=2):
        first = clock.day_of(self.market.now) + timedelta(days=days)
        return f"{first}/{first + timedelta(days=count)}"

    def declares(self, *, actor=None, hours=(12, 36), units=(HARBOUR,), **changes) -> UUID:
        """The sea closes from tomorrow on, for a day, off Phan Thiết."""
        now = self.market.now
        said = {
            "cause": Cause.SEA,
            "source": "Cảng vụ Bình Thuận, thông báo 12/2026",
            "unit_codes": list(units),
            "from_at": now + timedelta(hours=hours[0]),
            "until_at": now + timedelta(hours=hours[1]),
        }
        with self.market.database.transaction() as session:
            new = Disruption(**(said | changes))
            who = actor or self.overseer
            return disrupting.declare(session, actor=who, new=new, now=now).id

    def closes(self, *, works=True, **changes) -> UUID:
        """Declared and applied; guests are told."""
        its_id = self.declares(**changes)
        with self.market.database.transaction() as session:
            who = changes.get("actor") or self.overseer
            disrupting.apply(session, actor=who, disruption_id=its_id, now=self.market.now)
        if works:
            self.market.works()
        return its_id

    def chooses(self, order_id, choice, to=None):
        with self.market.database.transaction() as session:
            remedying.choose(
                session,
                actor=NOBODY,
                order=session.get_one(Order, order_id),
                choice=Remedy(choice),
                to=to,
                now=self.market.now,
            )

    def tickets(self, order_id):
        with self.market.database.reading() as session:
            its = select(Ticket.state, Ticket.departure_id).filter_by(order_id=order_id)
            return [tuple(row) for row in session.execute(its)]

    def left(self, which=0):
        """Seats that may be booked on a departure."""
        departure = self.departures[which]
        with self.market.database.reading() as session:
            cell = (departure.resource_id, departure.bucket)
            return inventory.free(session, cells=[cell], now=self.market.now)[cell]

    def option(self, **changes):
        with self.market.database.transaction() as session:
            for name, value in changes.items():
                setattr(session.get_one(ExperienceOption, self.boat.id), name, value)
