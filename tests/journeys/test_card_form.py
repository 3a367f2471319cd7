"""Stripe's own form on our page, in Chromium: what stands for Stripe's script here is a stub."""

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Route

from api import house
from market import clock
from market.orders import Rail
from tests import makers
from tests.journeys.browser import Person, Street, say

pytestmark = pytest.mark.browser

STRIPE = """
window.Stripe = (key) => ({
  elements: ({ clientSecret }) => ({ create: () => ({
    on: (name, done) => name === "ready" && setTimeout(done),
    mount: (place) => { place.textContent = `${key} ${clientSecret}`; },
  }) }),
  confirmPayment: async ({ confirmParams }) => {
    if (!window.tried) return { error: { message: (window.tried = "Card declined") } };
    location.assign(confirmParams.return_url);
    return {};
  },
});
"""


@pytest.fixture
def path(street: Street) -> str:
    """The page of an order by card, in a market with a key of Stripe."""
    town, now = street.town, clock.now()
    real: dict[str, Any] = {"stripe_key": "sk_test_1", "stripe_publishable_key": "pk_test_1"}
    town.app.config["SETTINGS"] = replace(
        town.settings, demo=False, public_url=street.address, **real
    )
    with town.database.transaction() as session:
        berries = makers.strawberries(session, now, of=makers.seller(session, now))
        group = makers.bought(session, now, (berries, 1000), rail=Rail.CARD, pick_up=True)
        code = group.code
    with town.app.app_context():
        return "/o/" + house.secret_of(house.ORDER, code)


def at_the_form(street: Street, path: str, *, stripe: str | None, script: bool = True) -> Person:
    """Somebody who has pressed "pay by card"; without `stripe` its script does not come."""
    buyer = street.person("buyer", script=script)

    def answer(route: Route) -> None:
        if stripe is None:
            route.abort()
        else:
            route.fulfill(body=stripe, content_type="text/javascript")

    buyer.context.route("https://js.stripe.com/**", answer)
    buyer.open(path)
    buyer.press("page.card.now")
    buyer.arrives(f"**{path}/card/*")
    return buyer


class TestTheForm:
    def test_confirms_and_comes_back_to_the_order(self, street, path):
        buyer = at_the_form(street, path, stripe=STRIPE)
        assert re.search(r"pk_test_1 pi_\w+_secret_", buyer.page.inner_text("[data-card]"))

        buyer.press("page.card.pay")
        buyer.sees("Card declined")
        buyer.press("page.card.pay")

        buyer.arrives(f"**{path}?asked=1#pay")
        buyer.sees(say("page.card.now"))
        assert buyer.complaints == []

    def test_says_so_where_it_cannot_be_opened(self, street, path):
        buyer = at_the_form(street, path, stripe=None)

        buyer.sees(say("page.card.no_form"))
        assert not buyer.page.get_by_role("button", name=say("page.card.pay")).is_visible()

    def test_says_what_to_do_without_script(self, street, path):
        buyer = at_the_form(street, path, stripe=STRIPE, script=False)

        buyer.sees(say("page.card.no_script"))
