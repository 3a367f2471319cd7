"""The checkout: who, where to, how it is paid; and paying: by transfer, card or the demo."""

from contextlib import suppress

from flask import Response, g

from api import card, context, house
from api.context import Facts, acting
from api.orders_view import group_of_secret
from api.pages import cards, typed, where
from api.pages.buying import needed
from api.pages.following import keep_order
from api.pages.frame import UUID, again, blamed, form, go, own_basket, render, sentence, views
from api.protection import CARD_POLICY
from api.unit_of_work import own_transactions, showing
from api.v1.checkouts import buyer_from, quoted
from catalog import baskets, delivering, prices
from catalog.models import Basket
from market import MarketError, by_id, clock, existing, orders, uuid7
from market.accounts import Organisation, people
from market.orders import Fulfilment, OrderGroup, Rail
from payments import asking, checkout, collecting, fake_bank, unsettled
from payments.attempting import NotPayable, PaymentRefused, PaymentUnsure
from payments.fake_psp import Refused, payer
from payments.gateway import PaidIn, Standing

NAME_MAX = 100
BLAMED = cards.table("blamed")["checkout"]
LAST_MAX = 10  # of the newest orders, to find where goods were delivered
# What the trial page offers; the card that is given if not a good one, and how often its
# notifications are sent if not once.
TRIALS = ("pay", "secure", "decline", "poor", "lose", "twice")
TRIAL_CARDS = {"secure": payer.SECURED, "decline": payer.DECLINED, "poor": payer.POOR}
TRIAL_TOLD = {"lose": 0, "twice": 2}
ANSWERS = {"pass": True, "fail": False}  # to 3-D Secure


@views.get("/checkout")
def checkout_form() -> Response:
    """Who, where to, how it is paid."""
    here = own_basket()
    if here is None or not baskets.lines(g.session, basket_id=here.id):
        return go("/basket")
    given = {"rail": Rail.BANK_TRANSFER.value, **_known()}
    return _shown(here, given)


@views.post("/checkout")
def order_all() -> Response:
    """Order the basket, or show what is in the way with everything still there."""
    here, given = needed(), form()
    if "recount" in given:
        return _shown(here, given)
    group_id = typed.identifier(given.get("group_id", ""))
    try:
        with g.session.begin_nested():
            group = _order(here, given, group_id)
    except MarketError as refusal:
        return _shown(here, given, refusal)
    opened = house.secret_of(house.ORDER, group.code)
    response = go(f"/o/{opened}?new=1")
    if g.actor.person_id is None:
        keep_order(response, opened)
    return response


@views.post("/o/<opened>/payments/<uuid:payment_id>/claim")
def claim(opened: str, payment_id: UUID) -> Response:
    """Say that the transfer was made; the bank's word still counts. The demo's bank can pay it."""
    group = group_of_secret(g.session, opened)
    now = clock.now()
    payment = collecting.claim(g.session, group_id=group.id, payment_id=payment_id, now=now)
    if "demo" in form() and context.settings().demo:
        came = unsettled.came(g.session, payments=[payment])[payment.id]
        payload = asking.payload(payment, came=came)
        folder = context.settings().data
        fake_bank.pay(folder, payload=payload, payer=group.name, now=now)
    return go(f"/o/{opened}")


@views.post("/o/<opened>/card/<uuid:payment_id>")
@own_transactions
def begin(opened: str, payment_id: UUID) -> Response:
    """Ask for the money by card, or go on where that was begun; the order tells what came of it."""
    with suppress(PaymentUnsure, PaymentRefused, NotPayable):
        told = card.start(_group(opened), payment_id)
        if told.standing is Standing.AWAITING_PAYER:
            return go(f"/o/{opened}/card/{payment_id}")
    return go(f"/o/{opened}#pay")


@views.get("/o/<opened>/card/<uuid:payment_id>")
@own_transactions
def pay(opened: str, payment_id: UUID) -> Response:
    """The page where the card is given; the order's own where nothing is awaited by it."""
    told = card.look(_group(opened), payment_id)
    if told is None or told.standing is not Standing.AWAITING_PAYER:
        return go(f"/o/{opened}#pay")
    with showing():
        return _page(opened, payment_id, told)


@views.get("/o/<opened>/card/<uuid:payment_id>/return")
@views.post("/o/<opened>/card/<uuid:payment_id>/look")
@own_transactions
def look(opened: str, payment_id: UUID) -> Response:
    """Ask how the payment stands: what became of it is asked, not believed.

    The payer's bank sends the payer back here, and the order's page leads here by itself as long
    as nobody knows.
    """
    told = card.look(_group(opened), payment_id)
    return go(f"/o/{opened}{'?asked=1' if told else ''}#pay")


@views.post("/o/<opened>/card/<uuid:payment_id>/trial")
@own_transactions
def play(opened: str, payment_id: UUID) -> Response:
    """Be the payer at the shipped Stripe; in the demo only."""
    existing(card.is_on_trial() or None, "page")
    told = existing(card.look(_group(opened), payment_id), "payment")
    deed, here = form().get("deed", ""), f"/o/{opened}/card/{payment_id}"
    with suppress(Refused):  # the page was open twice, and the other one was quicker
        if _do(deed, told.reference) == "requires_action":
            return go(f"{here}?secure=1")
    return go(f"/o/{opened}#pay" if deed == "lose" else f"{here}/return")


def _shown(here: Basket, given: dict[str, str], refusal: MarketError | None = None) -> Response:
    """The form; or the basket, where one sees which of its lines cannot be sold so."""
    try:
        facts, cannot = _checkout_facts(here, given)
    except MarketError:
        return go("/basket")
    if refusal is None:
        errors = {blamed(cannot, BLAMED): sentence(cannot)} if cannot else {}
        return render("checkout.html", values=given, errors=errors, **facts)
    return again("checkout.html", refusal, form=given, blame=BLAMED, **facts)


def _known() -> dict[str, str]:
    """What is known of somebody signed in: their name, and where the last order went."""
    if g.actor.person_id is None:
        return {}
    person = people.myself(g.session, actor=g.actor)
    known = {"name": person.name, "phone": person.phone, "email": person.email}
    last = orders.queries.page(g.session, actor=g.actor, selling=False, limit=LAST_MAX)
    carried = (order.address for order in last if order.fulfilment == Fulfilment.DELIVERY)
    if address := next(filter(None, carried), None):
        known |= {"unit_code": address["unit_code"], "address": address["line"]}
    return {name: value for name, value in known.items() if value}


def _order(here: Basket, given: dict[str, str], group_id: UUID) -> OrderGroup:
    given, doing = where.chosen(given, "unit_code", line=given.get("address", "")), acting()
    wish = checkout.Wish(
        buyer=buyer_from({**given, "name": typed.needed(given, "name")[:NAME_MAX]}),
        delivery=_delivery(given),
        rail=typed.one_of(Rail, given.get("rail")) or Rail.BANK_TRANSFER,
        group_id=group_id,
    )
    prepared = checkout.prepare(**doing, basket_id=here.id, wish=wish, house=house.house())
    return checkout.place(g.session, prepared=prepared, now=doing["now"])


def _checkout_facts(here: Basket, given: dict[str, str]) -> tuple[Facts, MarketError | None]:
    """What the page shows, and what keeps the basket from the commune that was written."""
    wanted, unit, cannot = _delivery(given)._replace(address=None, unit_code=None), None, None
    try:
        unit = where.chosen(given, "unit_code", line=given.get("address", ""))["unit_code"] or None
        parts = quoted(here, wanted._replace(unit_code=unit))
    except MarketError as refusal:
        unit, cannot = None, refusal
        parts = quoted(here, wanted._replace(points=frozenset()))
    sellers = by_id(g.session, Organisation, (part.seller_id for part in parts))
    return {
        "parts": parts,
        "sellers": sellers,
        "points": delivering.points_of(g.session, seller_ids=list(sellers)),
        "least": unit is None and any(seller.zoned for seller in sellers.values()),
        "rails": [rail.value for rail in house.house().rails],
        "group_id": given.get("group_id") or uuid7(),
    }, cannot


def _delivery(given: dict[str, str]) -> prices.Delivery:
    """What was chosen of each seller: delivery, picking up at the farm, or the id of a point."""
    said = given.items()
    ways = {name.removeprefix("way-"): way for name, way in said if name.startswith("way-") and way}
    fetched = [seller for seller, way in ways.items() if way == Fulfilment.PICK_UP]
    return prices.Delivery(
        unit_code=given.get("unit_code") or None,
        address=(given.get("address") or "")[: prices.ADDRESS_LINE_MAX] or None,
        place=given.get("unit_code_text", "")[: prices.ADDRESS_LINE_MAX] or None,
        pick_up=frozenset(map(typed.identifier, fetched)),
        points=frozenset(map(typed.identifier, {*ways.values()} - {*Fulfilment})),
        fee=house.delivery_fee(),
    )


def _do(deed: str, reference: str) -> str:
    """What the payer does; how the payment stands at the shipped Stripe then."""
    folder, now = context.settings().data, clock.now()
    if deed in ANSWERS:
        return payer.authenticate(folder, reference, passed=ANSWERS[deed], now=now)
    existing(deed if deed in TRIALS else None, "page")
    given, told = TRIAL_CARDS.get(deed, payer.GOOD), TRIAL_TOLD.get(deed, 1)
    return payer.pay(folder, reference, card=given, told=told, now=now)


def _page(opened: str, payment_id: UUID, told: PaidIn) -> Response:
    is_on_trial, public_url = card.is_on_trial(), context.settings().public_url.rstrip("/")
    page = render(
        "card.html",
        order=f"/o/{opened}",
        action=f"/o/{opened}/card/{payment_id}",
        amount=told.amount.minor,
        trials=TRIALS if is_on_trial else (),
        client_secret=told.client_secret,
        publishable_key=context.settings().stripe_publishable_key,
        back=f"{public_url}/o/{opened}/card/{payment_id}/return",
    )
    if not is_on_trial:
        page.headers["Content-Security-Policy"] = CARD_POLICY
    return page


def _group(opened: str) -> UUID:
    with context.database().reading() as session:
        return group_of_secret(session, opened).id
