"""A checkout by card as its buyer's browser sees it, with the worker and the notifications."""

import re
from dataclasses import replace

from api import house
from api.wiring import context_for
from market import clock, orders, worker
from market.orders import Rail, State, queries
from payments import fake_psp, fulfilling
from tests import makers
from tests.api.pages.browsers import Browser
from tests.payments import desk


class Counter:
    """A guest's order of a kilogram for 180.000 ₫ from one seller, to be picked up."""

    def __init__(self, app, session, farmer, *, rail=Rail.CARD):
        self.app, self.session, self.farmer = app, session, farmer
        berries = makers.strawberries(session, clock.now(), of=farmer)
        group = makers.bought(session, clock.now(), (berries, 1000), rail=rail, pick_up=True)
        (self.order,) = queries.of_group(session, group_id=group.id)
        with app.app_context():
            self.path = self.at = "/o/" + house.secret_of(house.ORDER, group.code)
        self.folder = app.settings.data
        fake_psp.payer.lose(self.folder, now=clock.now())
        self.buyer = Browser(app, session)

    def page(self):
        """What the buyer reads who opens the order anew, with plain spaces."""
        self.at = self.path
        return self.buyer.get(self.path).text.replace("\u00a0", " ")

    def reads(self, at):
        """The page of the order where a deed led to it."""
        assert at.removesuffix("#pay").removesuffix("?asked=1") == self.path
        self.at = at.removesuffix("#pay")
        return self.buyer.get(at).text.replace("\u00a0", " ")

    def press(self, ending, **fields):
        """Send the form of the order's page whose address ends so; where that leads."""
        page = self.buyer.get(self.at).text
        (action,) = set(re.findall(rf'action="({self.path}/[^"]*{ending})"', page))
        return self.buyer.send(action, **fields).location

    def plays(self, *deeds):
        """Begin to pay by card and do this on the trial page; the page of the order then."""
        at = self.press(r"card/[^/\"]+")
        for deed in deeds:
            at = self.buyer.send(at.partition("?")[0] + "/trial", deed=deed).location
        if at.endswith("/return"):
            at = self.buyer.get(at).location
        return self.reads(at)

    def hears(self):
        """The shipped Stripe's notifications arrive; the answer to each."""
        answers = []
        for each in desk.deliveries(self.folder, now=clock.now()):
            client = self.app.test_client()
            hook = "/v1/hooks/stripe"
            answers.append(client.post(hook, data=each.body, headers=each.headers).status_code)
        self.works()
        return answers

    def works(self):
        context = context_for(self.app.settings, self.app.database)
        worker.drain(replace(context, wiring=replace(context.wiring, jobs=[])))
        self.session.expire_all()

    def hands_over(self):
        """The seller gives the goods to the buyer, and a card's promise is taken."""
        now, order = clock.now(), self.order
        doing = {"actor": self.farmer, "order_id": order.id, "now": now}
        self.session.refresh(order)
        if order.state == State.PLACED:
            orders.confirm(self.session, **doing)
        fulfilling.hand_over(self.session, **doing)
        self.session.commit()
        self.works()
