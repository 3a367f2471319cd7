"""The market's money with what of it waits for a person; its board of prices and rules of rates."""

import re
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from flask import Response, g, request
from sqlalchemy import select

from api import context, paging
from api.context import Facts, acting, asking
from api.errors import Invalid, words
from api.pages import cards, typed
from api.pages.case_facts import names_of
from api.pages.frame import UUID, again, answered, files, form, go, render, views
from api.v1 import prices
from api.v1.rates import CODES, GROUND_MOST, NOTE_MOST
from catalog import reference_prices
from catalog.categories import Sold
from market import FieldInvalid, NotFound, by_id, clock, ledger, rates
from market.accounts import Organisation, OrganisationKind, Person, Role
from market.cases.models import Case
from market.orders import Order, OrderGroup
from market.quantity import SCALES
from market.rates import Purpose, RateRule
from payments import bank_transfer, disputing, refunding, remitting, unsettled, vietqr
from payments.models import BankLine, Dispute, Payment, ProviderCursor, Refund
from translations import text

OVERSEERS = (Role.MODERATOR, Role.ADMINISTRATOR)
PRICES = "/desk/prices"
PAGE = 50
SUMS = ("bank", "cash", "held", "refund", "unapplied", "payable", "receivable", "commission")
OTHER_SUMS = ("clearing", "disputed", "reserve", "in_payout", "suspense", "psp_fee", "tax", "loss")
COMPARED = ("bank", "stripe")
RATES = "/desk/rates"
SELLERS = (OrganisationKind.FARM, OrganisationKind.BOAT, OrganisationKind.HOST)
_PERCENT = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?", re.ASCII)


@views.get("/desk/money", *OVERSEERS)
def money() -> Response:
    """The sums, what buyers are to get back, cash that is late, and the lines that fit nothing."""
    return render("desk_money.html", **money_facts())


@views.post("/desk/money/lines/<uuid:line_id>/allocation", Role.ADMINISTRATOR)
def allocate(line_id: UUID) -> Response:
    """Let a credit that fitted nothing pay the payment whose memo is typed."""
    field = str(line_id)

    def deed(given: dict[str, str]) -> None:
        try:
            payment = bank_transfer.payment_named(g.session, typed=given.get("payment", ""))
        except NotFound:
            raise FieldInvalid(field=field, reason="payment.unknown") from None
        bank_transfer.allocate(**acting(), line_id=line_id, payment_id=payment.id)

    return answered("desk_money.html", money_facts, deed, blame=field, to="/desk/money")


@views.post("/desk/money/lines/<uuid:line_id>/refund", *OVERSEERS)
def give_back(line_id: UUID) -> Response:
    """Have what is nobody's of a credit sent back to its payer."""
    refunding.give_back_line(**acting(), line_id=line_id)
    return go("/desk/money#refunds", said="refunded")


@views.both(PRICES, *OVERSEERS)
def price_board() -> Response:
    """The board; and a price to keep, or a table of them that was pasted or sent as a file."""
    if request.method == "GET":
        return render("prices.html", **_board())
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


@views.both(RATES, Role.ADMINISTRATOR)
def rate_board() -> Response:
    """The rules, with the form that enters one."""
    return answered("rates.html", _rates, _enter, blame="position")


@views.post("/desk/rates/<uuid:rule_id>/end", Role.ADMINISTRATOR)
def end(rule_id: UUID) -> Response:
    """Let a rule count no more from a day on."""
    field = f"end-{rule_id}"

    def deed(given: dict[str, str]) -> None:
        rates.end(**acting(), rule_id=rule_id, valid_to=typed.day_of(given, field))

    return answered("rates.html", _rates, deed, blame=field, to=RATES)


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


def _enter(given: dict[str, str]) -> None:
    percent = given.get("rate", "")
    if not _PERCENT.fullmatch(percent):
        raise FieldInvalid(field="rate", reason="field.invalid")
    position, cooperative = typed.count(given.get("position", "")), given.get("cooperative")
    if position < 1:
        raise FieldInvalid(field="position", reason="field.invalid")
    rule = RateRule(
        purpose=Purpose(_chosen(given, "purpose", tuple(Purpose)) or Purpose.COMMISSION),
        position=position,
        category_code=_chosen(given, "category", CODES),
        seller_kind=_chosen(given, "kind", SELLERS),
        seller_id=_seller(given.get("seller", "")),
        cooperative_id=typed.identifier(cooperative) if cooperative else None,
        basis_points=typed.scaled(percent, 2),
        valid_from=typed.day_of(given, "from"),
        law=given.get("law", "")[:GROUND_MOST],
        article=given.get("article", "")[:GROUND_MOST],
        note=given.get("note", "")[:NOTE_MOST],
    )
    rates.enter(**acting(), rule=rule)


def _chosen(given: dict[str, str], field: str, choices: tuple[str, ...]) -> str | None:
    said = given.get(field) or None
    if said is not None and said not in choices:
        raise FieldInvalid(field=field, reason="field.invalid")
    return said


def _seller(name: str) -> UUID | None:
    """The one seller of this name, or this id; the field is refused where there is not just one."""
    if not name:
        return None
    named = Organisation.id == typed.id_of(name) if typed.id_of(name) else Organisation.name == name
    found: Sequence[UUID] = g.session.scalars(select(Organisation.id).where(named).limit(2)).all()
    if len(found) != 1:
        raise FieldInvalid(field="seller", reason="field.invalid")
    return found[0]


def _rates() -> Facts:
    today, found = clock.day_of(clock.now()), rates.told(**asking())
    return {
        "live": [rule for rule in found if (rule.valid_to or date.max) > today],
        "ended": [rule for rule in found if (rule.valid_to or date.max) <= today],
        "names": names_of(each for rule in found for each in (rule.seller_id, rule.cooperative_id)),
        "people": by_id(g.session, Person, (rule.entered_by for rule in found)),
        "sold_here": CODES,
        "purposes": cards.choices("rates.purpose", Purpose),
        "categories": cards.kinds(),
        "kinds": cards.choices("organisation.kind", SELLERS),
        "cooperatives": _cooperatives(),
        "default": context.settings().commission_basis_points,
    }


def _cooperatives() -> list[Facts]:
    its = select(Organisation).where(Organisation.kind == OrganisationKind.COOPERATIVE)
    found = g.session.scalars(its.order_by(Organisation.name, Organisation.id).limit(500))
    return [{"value": each.id, "word": each.name} for each in found]
