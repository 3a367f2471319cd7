"""Cash taken at the door on its way to the market: a cooperative's own page, and a shop's part."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g

from api import context, house
from api.context import acting
from api.pages import desk_facts, listing_form, order_facts, refund_facts
from api.pages.desk import READERS
from api.pages.frame import Views, again, form, go, render
from api.unit_of_work import refused
from market import clock, ledger
from market.accounts import Actor
from market.accounts.models import Organisation
from market.db import columns_of
from market.errors import MarketError
from market.ledger import chart
from market.orders.queries import BOOKKEEPERS
from payments import fake_bank, remitting
from payments.models import Remittance, RemittanceState

views = Views()

SHOWN = 6


@views.get("/desk/cash", *READERS)
def cash() -> Response:
    """What the cooperative's drivers took at the door, and its way to the market."""
    return render("desk_cash.html", **_desk(desk_facts.cooperative()))


@views.post("/desk/cash", *BOOKKEEPERS)
def hand_in() -> Response:
    """Announce a transfer of it; the next page shows its QR."""
    here, given = desk_facts.cooperative(), form()
    if refusal := take(g.actor, here.id, given):
        return again("desk_cash.html", refusal, form=given, blame="amount", **_desk(here))
    return go(desk_facts.address("/desk/cash", here) + "#hand-in")


def take(actor: Actor, holder_id: UUID, given: Mapping[str, str]) -> MarketError | None:
    """Announce what was typed, or why not; the demo's bank sends what was announced before."""
    if "demo" in given and context.settings().demo:
        _send(actor, holder_id, given["demo"])
        return None

    def announce() -> None:
        amount = listing_form.price_of(given.get("amount", ""), "amount").minor
        remitting.announce(**acting(actor), holder_id=holder_id, amount_minor=amount)

    return refused(announce)


def facts(actor: Actor, holder_id: UUID, *, action: str) -> dict[str, Any]:
    """All that `_hand_in.html` shows, its form going to the address."""
    found = remitting.page(g.session, actor=actor, holder_id=holder_id, limit=SHOWN)
    return {
        "action": action,
        "may_hand_in": holder_id in remitting.holders(actor),
        "cash": ledger.balance(g.session, chart.cash(holder_id)),
        "held": remitting.in_hand(g.session, holder_id=holder_id),
        "unannounced": remitting.unannounced(g.session, holder_id=holder_id),
        "remittances": [_remittance(each) for each in found[:SHOWN]],
    }


def _desk(here: Organisation) -> dict[str, Any]:
    action = desk_facts.address("/desk/cash", here)
    return {**facts(g.actor, here.id, action=action), "owner": here.name}


def _send(actor: Actor, holder_id: UUID, memo: str) -> None:
    custody, folder = house.house().custody, context.settings().data
    name = g.session.get_one(Organisation, holder_id).name
    for each in remitting.page(g.session, actor=actor, holder_id=holder_id, limit=SHOWN):
        if each.memo == memo:
            payload = remitting.payload(each, custody=custody)
            fake_bank.pay(folder, payload=payload, payer=name, now=clock.now())


def _remittance(remittance: Remittance) -> dict[str, Any]:
    custody = house.house().custody
    is_awaited = remittance.state == RemittanceState.ANNOUNCED
    payload = remitting.payload(remittance, custody=custody) if is_awaited else None
    return {
        **columns_of(remittance),
        "missing": remittance.amount_minor - remittance.received_minor,
        "at": remittance.settled_at or remittance.created_at,
        "qr": payload and order_facts.picture(payload, title=remittance.memo),
        "bank": refund_facts.bank_name(custody.bank_bin, full=True),
        "custody": custody,
    }
