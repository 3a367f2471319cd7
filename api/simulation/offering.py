"""What is for sale in the story: sellers describe goods and visits, the moderator agrees."""

from datetime import date, datetime, timedelta

from api.simulation import drawings
from api.simulation.facts import GOODS, SELLERS, VISITS, GoodsFacts, VisitFacts
from api.simulation.facts_goods import GROWN, LIFE, MORNING
from api.simulation.stage import Stage
from api.simulation.world import decide
from catalog import experiences, listings, media, reviewing
from catalog.models import Experience, Listing
from market import clock, traceability
from market.money import Money
from market.quantity import Quantity

DEPARTURES_AHEAD = timedelta(days=10)


def offer(stage: Stage) -> None:
    """Put everything on the shelf."""
    for number, goods in enumerate(GOODS, start=1):
        stage.say(f"listing {number}/{len(GOODS)}: {goods.title.vi}")
        _list_goods(stage, goods)
    for number, visit in enumerate(VISITS, start=1):
        stage.say(f"visit {number}/{len(VISITS)}: {visit.title.vi}")
        _offer_visit(stage, visit)


def owner_of(seller: str) -> str:
    """The person who founded the farm, boat or house."""
    return next(each for each in SELLERS if each.key == seller).people[0]


def _list_goods(stage: Stage, facts: GoodsFacts) -> None:
    """The seller describes the goods and hands them in; the moderator puts them on the shelf."""
    today = clock.day_of(stage.now)
    picked = today - timedelta(days=stage.chance.randrange(0, 3))
    photo = _photo(facts.key, stage)
    with stage.scene() as session:
        seller = stage.actor(session, owner_of(facts.seller))
        goods = _goods(stage, facts, picked)
        listing = listings.draft(session, actor=seller, goods=goods, now=stage.now)
        stage.listings[facts.key] = listing.id
        media.attach(
            session,
            actor=seller,
            kind=Listing,
            offer_id=listing.id,
            photo=photo,
            files=stage.files,
            now=stage.now,
        )
        (lot,) = listings.lots_of(session, listing_id=listing.id, now=stage.now)
        stage.lots[facts.key] = lot.code
        grown = facts.category.partition(".")[0] in GROWN
        for step, after, told in LIFE if grown else LIFE[-2:]:
            at = clock.start_of(picked) + MORNING + after
            traceability.append(
                session,
                actor=seller,
                code=lot.code,
                step=step,
                occurred_at=at,
                facts=told,
                now=at,
            )
        reviewing.submit(session, actor=seller, kind=Listing, offer_id=listing.id, now=stage.now)
    decide(stage, stage.listings[facts.key])


def _goods(stage: Stage, facts: GoodsFacts, picked: date) -> listings.Goods:
    return listings.Goods(
        seller_id=stage.organisations[facts.seller],
        category_code=facts.category,
        unit_code=facts.communes[0],
        price=Money(stage.chance.randrange(facts.price_low, facts.price_high + 1, 1000)),
        texts=_texts(facts),
        unit=facts.unit,
        scale=facts.scale,
        increment=facts.increment,
        minimum=facts.minimum,
        quantity=Quantity(facts.lot_size, facts.scale, facts.unit),
        harvest_day=picked,
    )


def _offer_visit(stage: Stage, facts: VisitFacts) -> None:
    """The host describes the visit and opens its next departures; the moderator agrees."""
    photo = _photo(facts.key, stage)
    with stage.scene() as session:
        host = stage.actor(session, owner_of(facts.seller))
        visit = experiences.draft(
            session,
            actor=host,
            visit=experiences.Visit(
                seller_id=stage.organisations[facts.seller],
                category_code=facts.category,
                unit_code=facts.commune,
                duration_minutes=facts.duration_minutes,
                cutoff_minutes=facts.cutoff_minutes,
                adult=Money(facts.adult_price),
                child=None if facts.child_price is None else Money(facts.child_price),
                texts=_texts(facts),
            ),
            now=stage.now,
        )
        stage.experiences[facts.key] = visit.id
        media.attach(
            session,
            actor=host,
            kind=Experience,
            offer_id=visit.id,
            photo=photo,
            files=stage.files,
            now=stage.now,
        )
        experiences.open_departures(
            session,
            actor=host,
            experience_id=visit.id,
            starts=_starts(facts, stage.now),
            seats=facts.seats,
            now=stage.now,
        )
        reviewing.submit(session, actor=host, kind=Experience, offer_id=visit.id, now=stage.now)
    decide(stage, stage.experiences[facts.key])


def _starts(facts: VisitFacts, now: datetime) -> list[datetime]:
    """The departures of the days to come that one could still book."""
    soonest = now + timedelta(minutes=facts.cutoff_minutes + 5)
    days = [clock.day_of(now) + timedelta(days=ahead) for ahead in range(DEPARTURES_AHEAD.days)]
    starts = [
        datetime.combine(day, hour, clock.VIETNAM)
        for day in days
        for hour in facts.hours
        if day.weekday() in facts.weekdays
    ]
    return [start for start in starts if start > soonest]


def _texts(facts: GoodsFacts | VisitFacts) -> dict[str, dict[str, str]]:
    return {
        "vi": {"title": facts.title.vi, "description": facts.description.vi},
        "en": {"title": facts.title.en, "description": facts.description.en},
    }


def _photo(key: str, stage: Stage) -> media.CleanPhoto:
    drawn = drawings.draw(key, stage.chance.randrange(1_000_000))
    return media.clean(drawn, bytes_max=stage.settings.upload_bytes_max)
