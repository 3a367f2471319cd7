"""Harvests to come of the small market's farmer, and what happens to them."""

from datetime import timedelta

from catalog import seasons
from catalog.harvests import Confidence
from market import clock, inventory
from market.orders.models import Order
from payments import repromising
from tests import makers


def day(now, days):
    """So many days from now, as days are counted here."""
    return clock.day_of(now + timedelta(days=days))


def expected(now, *, limit=20_000, **changes):
    """A likely harvest in a month, promised for its tenth day."""
    said = {
        "opens": day(now, 30),
        "closes": day(now, 60),
        "confidence": Confidence.LIKELY,
        "promised_day": day(now, 40),
        "limit": limit,
    }
    return seasons.Expected(**(said | changes))


class Season:
    """A listing of the farmer whose lots are empty, and the harvest that it expects."""

    def __init__(self, market, *, limit=20_000, grams=500):
        self.market = market
        with market.database.transaction() as session:
            self.listing = makers.strawberries(session, market.now, of=market.farmer, grams=grams)
            self.harvest_id = seasons.expect(
                session,
                actor=market.farmer,
                listing_id=self.listing.id,
                expected=expected(market.now, limit=limit),
                now=market.now,
            ).id
            session.expunge_all()

    def slips(self, days=None, *, works=True, reason="Mưa nhiều."):
        """Later by so many days from now, or released."""
        market = self.market
        to_day = days and day(market.now, days)
        with market.database.transaction() as session:
            harvest = repromising.slip(
                session,
                actor=market.farmer,
                harvest_id=self.harvest_id,
                to_day=to_day,
                reason=reason,
                now=market.now,
            )
            number = harvest.slips
        if works:
            market.works()
        said = {"number": number, "to_day": to_day and str(to_day), "reason": reason}
        return repromising.HarvestSlipped(harvest_id=self.harvest_id, **said)

    def chooses(self, order_id, choice, **more):
        market = self.market
        with market.database.transaction() as session:
            repromising.choose(
                session,
                actor=makers.NOBODY,
                order=session.get_one(Order, order_id),
                choice=repromising.Choice(choice),
                now=market.now,
                **more,
            )

    def left(self):
        """How much may still be ordered ahead."""
        with self.market.database.reading() as session:
            cell = (self.harvest_id, 0)
            return inventory.free(session, cells=[cell], now=self.market.now)[cell]
