"""The market's money as its ledger has it, and what of it waits for a person: /desk/money."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, g, request

from api import paging
from api.pages.desk_facts import names_of
from api.pages.frame import Views, render
from market import clock, ledger
from market.accounts import Role
from payments import unsettled
from payments.models import BankLine
from translations import formats, text

views = Views()

PAGE = 50
SUMS = ("bank", "cash", "held", "refund", "unapplied", "payable", "receivable", "commission")


@views.get("/desk/money", Role.MODERATOR, Role.ADMINISTRATOR)
def money() -> Response:
    """The sums, what buyers are to get back, and the credits that fit nothing."""
    cursor = request.args.get("cursor")
    after: Any = paging.key_of(cursor) if cursor else None
    found = unsettled.lines(g.session, after=after, limit=PAGE)
    page = paging.page(found, limit=PAGE, key=lambda line: (line.recorded_at, line.id))
    sums = ledger.totals(g.session)
    return render(
        "desk_money.html",
        sums=[
            {"word": text(g.languages, f"view.money.{name}"), "amount": sums.get(name, 0)}
            for name in SUMS
        ],
        refunds=_refunds(),
        lines=[_line(line) for line in page["items"]],
        next=page["next"] and "/desk/money?" + urlencode({"cursor": page["next"]}),
    )


def _refunds() -> list[dict[str, Any]]:
    found = unsettled.refunds(g.session)
    sellers = names_of(order.seller_id for order, _, _ in found)
    return [
        {
            "code": order.code,
            "buyer": group.name,
            "contact": group.phone or group.email or "–",
            "seller": sellers[order.seller_id],
            "since": order.closed_at,
            "amount": amount,
        }
        for order, group, amount in found
    ]


def _line(line: BankLine) -> dict[str, Any]:
    return {
        "day": formats.day_short(clock.day_of(line.booked_at), g.languages),
        "state": text(g.languages, f"view.money.{line.state}"),
        "account": line.account,
        "reference": line.reference,
        "text": line.text,
        "amount": line.amount_minor,
        "left": line.amount_minor - line.applied_minor,
    }
