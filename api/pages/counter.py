"""For whom a seller works in this browser: a shop of their own, or one that gave them a mandate.

And what lies on the counter: its goods, orders and labels as their pages draw them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from api import context
from api.context import Facts, acting, asking
from api.orders_view import details
from api.pages import cards, where
from api.pages.frame import UUID, Any, g, request
from api.pictures.labels import LabelFacts
from catalog import categories, claiming, marks
from catalog.marks import Basis, Standing
from catalog.models import ListingState
from catalog.shelves import goods, visits
from market import accounts, by_id, cases, clock, geography, holidays, ledger, orders, reports
from market.accounts import Actor, Role, Scope
from market.accounts.models import MandateState, Organisation, OrganisationKind
from market.cases.deciding import visible_to
from market.cases.models import Case, CaseKind, CaseState
from market.errors import NotFound, existing
from market.ledger import chart
from market.orders import Fulfilment, Order, OrderGroup, Rail, State
from market.reports import sold_since
from market.traceability.models import Lot, Plot
from payments import reassigning
from translations import Measure, text

COOKIE = "shop"
KEEPERS = (Role.SELLER, Role.HOST, Role.AGENT)
WEEK = timedelta(days=7)
ORDERS_MAX = 200
# What the seller does next with goods, the usual step first; visits are let in at the gate.
NEXT = {
    State.PLACED: ("confirmation",),
    State.CONFIRMED: ("packing", "handover"),
    State.PACKED: ("handover",),
    State.HANDED_OVER: ("delivery",),
}
PROMISED = frozenset({State.CONFIRMED, State.PACKED, State.HANDED_OVER})
GIVEN = frozenset({State.HANDED_OVER, State.DELIVERED})
CANCELLABLE = frozenset({State.PLACED, State.CONFIRMED, State.PACKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The shop one stands behind, who one is there, and the other shops one could change to."""

    shop: Organisation
    shops: tuple[Organisation, ...]
    actor: Actor

    @property
    def only(self) -> Actor:
        """The same actor, for this shop and no other of theirs."""
        return replace(self.actor, seller_ids=frozenset({self.shop.id}))


def here() -> Counter | None:
    """The counter chosen last, else the first there is; None for who sells for nobody."""
    shops = _shops()
    if not shops:
        return None
    chosen = request.cookies.get(COOKIE, "")
    shop = next((each for each in shops if str(each.id) == chosen), shops[0])
    is_own = shop.id in g.actor.seller_ids
    actor = g.actor if is_own else accounts.act_for(g.session, g.actor, shop.id, clock.now())
    return Counter(shop=shop, shops=shops, actor=actor)


def needed(scope: Scope | None = None) -> Counter:
    """The same; raises NotFound for who sells for nobody, OutOfScope for a mandate without it."""
    found = existing(here(), "organisation")
    if scope is not None:
        accounts.require_scope(found.actor, scope)
    return found


def require(shop_id: str) -> None:
    """Refuse a shop that the reader does not work for; raises NotFound."""
    if shop_id not in {str(shop.id) for shop in _shops()}:
        raise NotFound(what="organisation")


def _shops() -> tuple[Organisation, ...]:
    """One's own first, then those under a mandate, each in the order they were founded."""
    own = g.actor.seller_ids
    ids = own | _principals()
    if not ids:
        return ()
    its = select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.id)
    found = g.session.scalars(its.where(Organisation.kind != OrganisationKind.COOPERATIVE))
    return tuple(sorted(found, key=lambda shop: shop.id not in own))


def _principals() -> frozenset[UUID]:
    if not g.actor.has(Role.AGENT) or g.actor.mandate_id is not None:
        return frozenset()
    now = clock.now()
    return frozenset(
        mandate.organisation_id
        for mandate in cases.mandates(**asking(), limit=100)
        if mandate.agent_id == g.actor.person_id
        and mandate.state == MandateState.ACTIVE
        and mandate.expires_at > now
    )


def shop_facts(here: Counter) -> Facts:
    """All that `sell.html` shows of a shop."""
    now, shop = clock.now(), here.shop
    asked: Facts = {"seller_id": shop.id, "lang": g.languages[0], "now": now}
    listed = goods.SHELF.of_seller(g.session.connection(), **asked)
    hosted = visits.SHELF.of_seller(g.session.connection(), **asked)
    drafts = [row.id for row in (*listed, *hosted) if row.state == ListingState.DRAFT]
    return {
        "shop": shop,
        "shops": here.shops,
        "acting_for": here.actor.mandate_id is not None,
        "to_confirm": len(_open_orders(here, (State.PLACED,), now)),
        "owed": reports.owed_to(g.session, actor=here.actor, seller_id=shop.id).owed_minor,
        "week": sold_since(g.session, actor=here.actor, seller_id=shop.id, since=now - WEEK),
        "offers": [*(("goods", row) for row in listed), *(("visits", row) for row in hosted)],
        "reasons": declined(here, drafts),
        "closed": holidays.coming(shop, now),
        "prices": cards.prices(*(row.category_code for row in (*listed, *hosted))),
    }


def order_lists(here: Counter) -> Facts:
    """All that `sell_orders.html` shows: the open orders, oldest first."""
    now = clock.now()
    shown = [
        order
        for order in drawn(_open_orders(here, tuple(NEXT), now), now)
        if order["state"] == State.PLACED or order["fulfilment"] != Fulfilment.VISIT
    ]
    return {
        "orders": shown,
        "offered": reassigning.offered(**acting(here.only)),
        "cash_held": ledger.balance(g.session, chart.cash(here.shop.id)),
    }


def label_facts(lot: Lot) -> LabelFacts:
    """What the label of a lot says, in the reader's language."""
    producer = g.session.get_one(Organisation, lot.producer_id)
    category = categories.get(lot.category_code)
    return LabelFacts(
        code=lot.code,
        url=f"{context.settings().public_url.rstrip('/')}/l/{lot.code}",
        title=text(g.languages, category.name_key),
        producer=producer.name,
        commune=geography.unit(lot.unit_code).name,
        day=text(g.languages, "view.label.day", day=lot.harvest_day),
        weight=text(g.languages, "view.label.lot", weight=Measure(lot.weight, lot.scale, lot.unit)),
        lines=(text(g.languages, "view.label.scan"),),
    )


def _open_orders(here: Counter, states: Sequence[State], now: datetime) -> list[Order]:
    which: Facts = {"selling": True, "states": states, "limit": ORDERS_MAX}
    newest = orders.queries.page(g.session, actor=here.only, **which)
    return [order for order in reversed(newest) if orders.state_at(order, now) != State.EXPIRED]


def declined(here: Counter, drafts: list[UUID]) -> dict[UUID, str]:
    """Why drafts came back, each with the last word said about it."""
    if not drafts:
        return {}
    said = visible_to(here.actor).with_only_columns(Case.subject_id, Case.reason)
    about = said.where(Case.kind == CaseKind.LISTING_REVIEW, Case.subject_id.in_(drafts))
    no = about.where(Case.state == CaseState.DECLINED, Case.reason.is_not(None))
    decided = g.session.execute(no.order_by(Case.decided_at, Case.id))
    return {row[0]: row[1] for row in decided}


def claims(offer: Any) -> Facts:
    """What is claimed of one's own offer, what could be, and the plots that its like grows on."""
    here = select(Plot).filter_by(producer_id=offer.seller_id, category_code=offer.category_code)
    found = claiming.of(g.session, [offer.id], *Standing)
    taken = {each.mark_code for each in found if each.state != Standing.ENDED}
    fitting = [
        mark
        for mark in marks.all().values()
        if mark.code not in taken
        and mark.outside(offer.category_code, offer.unit_code, None) in {None, "cultivar"}
    ]
    lang = g.languages[0]
    return {
        "claims": found,
        "claimable": [{"value": mark.code, "word": mark.name(lang)} for mark in fitting],
        "bases": cards.choices("mark.basis", reversed(Basis)),
        "plots": g.session.scalars(here).all(),
    }


def drawn(found: list[Order], now: datetime) -> list[Facts]:
    """Orders as their seller sees them."""
    groups = by_id(g.session, OrderGroup, (order.group_id for order in found))
    shown = details(g.session, found, now=now)
    return [order | {"group": groups[order["group_id"]]} | _to_do(order) for order in shown]


def _to_do(order: Facts) -> Facts:
    state = order["state"]
    to_collect = order["rail"] == Rail.CASH and state != State.DELIVERED
    address, promised = order["address"] or {}, state in PROMISED
    beside = sum(extra.left_minor for extra in order["supplements"] if extra.state in PROMISED)
    by_weight = any("weight" in line.snapshot for line in order["lines"])
    unweighed = state == State.CONFIRMED and by_weight
    told = address and (promised or "pickup" in address)  # before the promise only the commune
    return {
        "place": where.read_out(address) if told else str(address.get("unit_name", "")),
        "map": f"{address['line']}, {address['unit_name']}" if address and promised else None,
        "elsewhere": [one["unit_name"] for one in address.get("elsewhere", ()) if promised],
        "cash": order["total_minor"] + beside if to_collect else None,
        "unweighed": unweighed,
        "next": ("packing",) if unweighed else NEXT.get(state, ()),
        "may_cancel": state in CANCELLABLE,
        "may_give_back": state in GIVEN or order["rail"] == Rail.BANK_TRANSFER,
    }
