"""A seller's goods, orders and labels as their pages draw them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from api import context
from api.orders_view import details
from api.pages import cards, where
from api.pages.counter import Counter
from api.pages.frame import UUID, Any, Facts, acting, g
from api.pictures.labels import LabelFacts
from catalog import categories, claiming, marks
from catalog.marks import Basis, Standing
from catalog.models import ListingState
from catalog.shelves import own
from market import clock, geography, holidays, ledger, orders, reports
from market.accounts import Organisation
from market.cases.models import Case, CaseKind, CaseState
from market.cases.queries import visible_to
from market.db import by_id
from market.ledger import chart
from market.orders import Fulfilment, Order, OrderGroup, Rail, State
from market.reports import sold_since
from market.traceability.models import Lot, Plot
from payments import reassigning
from translations import Measure, text

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


def shop_facts(here: Counter) -> Facts:
    """All that `sell.html` shows of a shop."""
    now, shop = clock.now(), here.shop
    asked: Facts = {"seller_id": shop.id, "lang": g.languages[0], "now": now}
    goods = own.goods(g.session.connection(), **asked)
    visits = own.visits(g.session.connection(), **asked)
    drafts = [row.id for row in (*goods, *visits) if row.state == ListingState.DRAFT]
    return {
        "shop": shop,
        "shops": here.shops,
        "acting_for": here.actor.mandate_id is not None,
        "to_confirm": len(_open_orders(here, (State.PLACED,), now)),
        "owed": reports.owed_to(g.session, actor=here.actor, seller_id=shop.id).owed_minor,
        "week": sold_since(g.session, actor=here.actor, seller_id=shop.id, since=now - WEEK),
        "offers": [*(("goods", row) for row in goods), *(("visits", row) for row in visits)],
        "reasons": declined(here, drafts),
        "closed": holidays.coming(shop, now),
        "prices": cards.prices(*(row.category_code for row in (*goods, *visits))),
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
    decided = g.session.execute(
        visible_to(here.actor)
        .with_only_columns(Case.subject_id, Case.reason)
        .where(Case.kind == CaseKind.LISTING_REVIEW, Case.state == CaseState.DECLINED)
        .where(Case.subject_id.in_(drafts), Case.reason.is_not(None))
        .order_by(Case.decided_at, Case.id)
    )
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
