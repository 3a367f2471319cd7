"""The market's money with what of it waits for a person, and its board of prices to be kept."""

from urllib.parse import urlencode

from flask import Response, g
from sqlalchemy import select

from api import paging
from api.errors import Invalid, words
from api.pages import cards
from api.pages.case_facts import names_of
from api.pages.frame import UUID, Facts, acting, again, asking, files, form, go, render, views
from api.v1 import prices
from catalog import reference_prices
from catalog.categories import Sold
from market import clock, ledger
from market.accounts import Person, Role
from market.cases.models import Case
from market.db import by_id
from market.errors import FieldInvalid, MarketError
from market.orders import Order, OrderGroup
from market.quantity import SCALES
from payments import bank_transfer, disputing, refunding, remitting, unsettled, vietqr
from payments.models import BankLine, Dispute, Payment, ProviderCursor, Refund
from translations import text

OVERSEERS = (Role.MODERATOR, Role.ADMINISTRATOR)
PRICES = "/desk/prices"
PAGE = 50
SUMS = ("bank", "cash", "held", "refund", "unapplied", "payable", "receivable", "commission")
OTHER_SUMS = ("clearing", "disputed", "reserve", "in_payout", "suspense", "psp_fee", "tax", "loss")
COMPARED = ("bank", "stripe")


@views.get("/desk/money", *OVERSEERS)
def money() -> Response:
    """The sums, what buyers are to get back, cash that is late, and the lines that fit nothing."""
    return render("desk_money.html", **money_facts())


@views.post("/desk/money/lines/<uuid:line_id>/allocation", Role.ADMINISTRATOR)
def allocate(line_id: UUID) -> Response:
    """Let a credit that fitted nothing pay the payment whose memo is typed."""
    given = form()
    try:
        with g.session.begin_nested():
            payment = bank_transfer.payment_named(g.session, typed=given.get("payment", ""))
            bank_transfer.allocate(**acting(), line_id=line_id, payment_id=payment.id)
    except MarketError as refusal:
        is_typed_wrong = refusal.facts.get("what") == "payment"
        told = FieldInvalid(field=str(line_id), reason="payment.unknown")
        refusal = told if is_typed_wrong else refusal
        return again("desk_money.html", refusal, form=given, blame=str(line_id), **money_facts())
    return go("/desk/money", said="saved")


@views.post("/desk/money/lines/<uuid:line_id>/refund", *OVERSEERS)
def give_back(line_id: UUID) -> Response:
    """Have what is nobody's of a credit sent back to its payer."""
    refunding.give_back_line(**acting(), line_id=line_id)
    return go("/desk/money#refunds", said="refunded")


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
        whole = None if errors else refusal
        return again("prices.html", whole, form=given, blame="table", errors=errors, **_board())
    reference_prices.enter(g.session, actor=g.actor, entries=read, now=clock.now())
    return go(PRICES, said="saved")


def money_facts() -> Facts:
    """All that `desk_money.html` shows, until when providers were compared among it."""
    now, held = clock.now(), ledger.totals(g.session)
    found = unsettled.lines(g.session, after=paging.asked(), limit=PAGE)
    page = paging.page(found, limit=PAGE, key=lambda line: (line.recorded_at, line.id))
    told = ProviderCursor.provider.in_(COMPARED)
    compared = select(ProviderCursor).where(told).order_by(ProviderCursor.provider)
    overdue = remitting.overdue(g.session, now=now)
    remittances = remitting.page(**asking(), limit=PAGE)[:PAGE]
    custodians = [*(each.holder_id for each in overdue), *(each.holder_id for each in remittances)]
    return {
        "sums": [(name, held.get(name, 0)) for name in SUMS]
        + [(name, held[name]) for name in OTHER_SUMS if held.get(name)],
        "refunds": _refunds(),
        "disputes": _disputes(),
        "compared": list(g.session.scalars(compared)),
        "is_admin": g.actor.has(Role.ADMINISTRATOR),
        "overdue": overdue,
        "remittances": remittances,
        "names": names_of(custodians),
        "lines": page["items"],
        "next": page["next"] and "/desk/money?" + urlencode({"cursor": page["next"]}),
    }


def _board() -> Facts:
    return {
        "prices": cards.prices(),
        "products": cards.kinds(Sold.GOODS),
        "units": cards.choices("unit", SCALES),
        "today": clock.day_of(clock.now()).isoformat(),
    }


def _said(error: Facts) -> tuple[str, str]:
    """The field of the form, or the row of the table, and what is wrong there."""
    field = error["field"].removesuffix(".amount").removeprefix("form.")
    title, detail = words(error["code"], error["params"], fallback="invalid")
    if "." in field:
        _, row, name = field.split(".")
        column = text(g.languages, f"price.{name}")
        detail = text(g.languages, "price.line", row=row, column=column, what=title)
    return field, detail


def _refunds() -> list[Facts]:
    """What is to go back, each as `row` with its `order`, `group`, `line`, who asked and the QR."""
    found = unsettled.refunds(g.session, now=clock.now())
    orders = by_id(g.session, Order, (refund.order_id for refund in found))
    payments = by_id(g.session, Payment, (refund.payment_id for refund in found))
    groups = by_id(g.session, OrderGroup, (each.group_id for each in payments.values()))
    people = by_id(g.session, Person, (refund.requested_by for refund in found))
    lines = by_id(g.session, BankLine, (refund.line_id for refund in found))
    return [
        {
            "row": refund,
            "order": orders.get(refund.order_id),
            "group": refund.payment_id and groups[payments[refund.payment_id].group_id],
            "line": lines.get(refund.line_id),
            "asker": people.get(refund.requested_by),
            "payload": _payload(refund),
        }
        for refund in found
    ]


def _payload(refund: Refund) -> str | None:
    """What the QR of a transfer still to be sent holds."""
    is_complete = refund.bank_bin and refund.bank_account
    if refund.memo is None or refund.state not in unsettled.TO_SEND or not is_complete:
        return None
    to: Facts = {"bank_bin": refund.bank_bin, "account": refund.bank_account}
    return vietqr.Transfer(**to, amount_minor=refund.amount_minor, purpose=refund.memo).payload()


def _disputes() -> list[tuple[Dispute, str | None]]:
    """The open ones, each with the number of its case."""
    open_ones = select(Dispute).where(Dispute.state.in_(disputing.OPEN))
    first = open_ones.order_by(Dispute.due_at, Dispute.id).limit(100)
    found = list(g.session.scalars(first))
    ids = [each.id for each in found]
    about = select(Case.subject_id, Case.number).where(Case.subject_id.in_(ids))
    cases = {row[0]: row[1] for row in g.session.execute(about)}
    return [(each, cases.get(each.id)) for each in found]
