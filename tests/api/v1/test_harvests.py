"""Harvests to come over HTTP: told of, begun and ended, moved, and chosen about by a guest."""

from datetime import timedelta
from uuid import UUID

import pytest

from api import house
from market import clock, orders
from market.orders import Rail
from payments import repromising
from tests import makers


def day(days):
    return (clock.day_of(clock.now()) + timedelta(days=days)).isoformat()


@pytest.fixture
def listing(session, farmer):
    now = clock.now()
    grower = makers.seller(session, now)
    grower = type(grower)(
        person_id=grower.person_id,
        roles=grower.roles,
        seller_ids=frozenset({farmer.organisation_id}),
    )
    made = makers.strawberries(session, now, of=grower, grams=500)
    session.commit()
    return made


def coming(**changes):
    said = {"from": day(30), "until": day(60), "confidence": "likely"}
    return said | {"promised_day": day(40), "limit": 5_000} | changes


@pytest.fixture
def harvest(farmer, listing):
    answer = farmer.post(f"/listings/{listing.id}/harvests", coming())
    assert answer.status_code == 201, answer.text
    return answer.json


class TestAHarvest:
    def test_stands_in_the_listings_full_answer(self, nobody, listing, harvest):
        seen = nobody.get(f"/listings/{listing.id}").json["coming"]
        assert seen == {name: harvest[name] for name in seen}
        assert (seen["from"], seen["available"], seen["state"]) == (day(30), 5_000, "expected")

    def test_is_told_anew_by_the_last_word(self, farmer, listing, harvest):
        again = farmer.post(f"/listings/{listing.id}/harvests", coming(limit=2_000)).json
        assert (again["id"], again["available"]) == (harvest["id"], 2_000)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"until": day(29)}, "listing.window_backwards"),
            ({"promised_day": day(29)}, "harvest.promise_too_early"),
            ({"limit": 750}, "quantity.off_increment"),
            ({"limit": -500}, "field.range"),
            ({"confidence": "maybe"}, "field.not_allowed"),
        ],
    )
    def test_that_cannot_be_is_refused(self, farmer, listing, changes, code):
        refused = farmer.post(f"/listings/{listing.id}/harvests", coming(**changes))
        assert refused.status_code == 422
        assert code in refused.text

    def test_begins_and_ends_by_one_call(self, farmer, stranger, nobody, listing, harvest):
        path = f"/harvests/{harvest['id']}"
        assert stranger.post(f"{path}/opening").status_code == 404
        assert farmer.post(f"{path}/opening").json["state"] == "open"
        assert farmer.post(f"{path}/closing").json["state"] == "closed"
        assert farmer.post(f"{path}/closing").json["code"] == "harvest.over"
        assert nobody.get(f"/listings/{listing.id}").json["coming"] is None


class TestASlip:
    @pytest.fixture
    def order(self, session, listing, harvest):
        group = makers.bought(session, clock.now(), (listing, 1_000), rail=Rail.CASH)
        session.commit()
        (order,) = orders.queries.of_group(session, group_id=group.id)
        return group, order.id

    def secret(self, app, group):
        with app.app_context():
            return {"Order-Secret": house.secret_of(house.ORDER, group.code)}

    def test_is_chosen_about_by_a_guest(self, app, farmer, nobody, database, harvest, order):
        group, order_id = order
        path, slip = f"/orders/{order_id}/promise", {"to_day": day(50), "reason": "Mưa."}
        headers = self.secret(app, group)
        early = nobody.post(path, {"choice": "wait"}, headers=headers)
        assert early.json["code"] == "promise.nothing_to_choose"
        assert nobody.get(path, headers=headers).status_code == 404

        slipped = farmer.post(f"/harvests/{harvest['id']}/slip", slip)
        assert (slipped.json["promised_day"], slipped.json["orders"]) == (day(50), 1)
        event = repromising.HarvestSlipped(
            harvest_id=UUID(slipped.json["id"]), number=1, **slip | {"to_day": day(50)}
        )
        context = type("Context", (), {"database": database, "now": staticmethod(clock.now)})
        repromising.work_off(context, event)

        seen = nobody.get(path, headers=headers).json
        assert (seen["from_day"], seen["to_day"], seen["swaps"]) == (day(40), day(50), [])
        assert farmer.get(path).status_code == 404
        assert nobody.post(path, {"choice": "refund"}).status_code in {401, 404}
        assert farmer.post(path, {"choice": "refund"}).status_code == 404
        done = nobody.post(path, {"choice": "refund"}, headers=headers).json
        assert (done["state"], done["promised_day"]) == ("cancelled", day(50))

    @pytest.mark.parametrize("to_day", [day(40), day(-1)])
    def test_goes_later_only(self, farmer, harvest, to_day):
        slip = {"to_day": to_day, "reason": "Mưa."}
        refused = farmer.post(f"/harvests/{harvest['id']}/slip", slip)
        assert refused.json["code"] == "harvest.promise_too_early"
