"""A harvest that slips under 500 orders ahead: every buyer promised anew and told, or released."""

import time
from collections.abc import Iterator
from datetime import timedelta

from api.wiring import context_for
from catalog import seasons
from catalog.harvests import Confidence
from market import clock
from market.config import Settings
from market.db import Database
from market.orders import Rail
from payments import repromising
from tests import makers
from tests.benchmarks.report import Line

ORDERS, SECONDS_MOST = 500, 20


def lines(settings: Settings) -> Iterator[Line]:
    """Moved once, then released."""
    database = Database(settings)
    context, now = context_for(settings, database), clock.now()
    today = clock.day_of(now)
    with database.transaction() as session:
        farmer = makers.seller(session, now)
        listing = makers.strawberries(session, now, of=farmer, grams=500)
        harvest = seasons.expect(
            session,
            actor=farmer,
            listing_id=listing.id,
            expected=seasons.Expected(
                opens=today + timedelta(days=30),
                closes=today + timedelta(days=60),
                confidence=Confidence.LIKELY,
                promised_day=today + timedelta(days=40),
                limit=ORDERS * 1_000,
            ),
            now=now,
        )
        harvest_id = harvest.id
        for number in range(ORDERS):
            phone = f"+8491{number:07}"
            makers.bought(session, now, (listing, 1_000), rail=Rail.CASH, phone=phone)
    for what, days in (("promised anew", 50), ("released", None)):
        to_day = today + timedelta(days=days) if days else None
        began = time.perf_counter()
        with database.transaction() as session:
            who = {"actor": farmer, "harvest_id": harvest_id, "now": now}
            slipped = repromising.slip(session, **who, to_day=to_day, reason="Mưa.")
            number = slipped.slips
        said = {"number": number, "to_day": to_day and str(to_day), "reason": "Mưa."}
        event = repromising.HarvestSlipped(harvest_id=harvest_id, **said)
        repromising.work_off(context, event)
        seconds = time.perf_counter() - began
        aim = {"aim": f"< {SECONDS_MOST} s", "met": seconds < SECONDS_MOST}
        yield Line(f"a slip, {ORDERS} orders {what}", f"{seconds:.1f} s", **aim)
    database.close()
