"""The market's money with what of it waits for a person, and its board of prices to be kept."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, g

from api import paging
from api.errors import Invalid, words
from api.pages import cards
from api.pages.case_facts import names_of
from api.pages.frame import Views, again, files, form, go, render
from api.v1 import prices
from catalog import reference_prices
from catalog.categories import Sold
from market import clock, ledger
from market.accounts import Role
from market.units import SCALES
from payments import unsettled
from payments.models import BankLine
from translations import formats, text

views = Views()

OVERSEERS = (Role.MODERATOR, Role.ADMINISTRATOR)
PRICES = "/desk/prices"
PAGE = 50
SUMS = ("bank", "cash", "held", "refund", "unapplied", "payable", "receivable", "commission")


@views.get("/desk/money", *OVERSEERS)
def money() -> Response:
    """The sums, what buyers are to get back, and the credits that fit nothing."""
    found = unsettled.lines(g.session, after=paging.asked(), limit=PAGE)
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


@views.get(PRICES, *OVERSEERS)
def price_board() -> Response:
    """The board with the forms."""
    return render("prices.html", **_board())


@views.post(PRICES, *OVERSEERS)
def keep_prices() -> Response:
    """Keep a price, or a table of them that was pasted or sent as a file."""
    given, sent = form(), files("file")
    table = sent[0].read() if sent else given.get("table", "").encode()
    try:
        read = prices.read_csv(table) if table else prices.read({"form": given})
    except (Invalid, prices.Unreadable) as refusal:
        errors = dict(map(_said, refusal.facts.get("errors", ())))
        unreadable = None if errors else refusal
        return again(
            "prices.html", unreadable, form=given, blame="table", errors=errors, **_board()
        )
    reference_prices.enter(g.session, actor=g.actor, entries=read, now=clock.now())
    return go(PRICES, said="saved")


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


def _board() -> dict[str, Any]:
    return {
        "prices": cards.prices(),
        "products": cards.kinds(Sold.GOODS),
        "units": [{"value": unit, "word": text(g.languages, f"unit.{unit}")} for unit in SCALES],
        "today": clock.day_of(clock.now()).isoformat(),
    }


def _said(error: dict[str, Any]) -> tuple[str, str]:
    """The field of the form, or the row of the table, and what is wrong there."""
    field = error["field"].removesuffix(".amount").removeprefix("form.")
    title, detail = words(error["code"], error["params"], fallback="invalid")
    if "." in field:
        _, row, name = field.split(".")
        column = text(g.languages, f"price.{name}")
        detail = text(g.languages, "price.line", row=row, column=column, what=title)
    return field, detail
