"""The desk: a cooperative's week with the rows behind each figure, and cases to decide."""

import mimetypes
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, g, request
from sqlalchemy import select

from api import context, house, paging
from api.context import Facts, acting, asking
from api.pages import cards, case_facts, typed
from api.pages.frame import UUID, answered, form, go, render, views
from api.wiring import CONSEQUENCES
from market import FieldInvalid, NotFound, cases, clock, cooperatives, existing, ledger, reports
from market.accounts import Organisation, Role, organisations
from market.cases import CaseKind
from market.cooperatives import CooperativeMember
from market.ledger import chart
from market.orders import Order
from market.quantity import Quantity
from market.reports import MemberRow, SalesRow
from translations import text

READERS = (Role.MANAGER, Role.ACCOUNTANT, Role.MODERATOR, Role.ADMINISTRATOR)
PAGE = 20
VERDICTS = {"approved": True, "declined": False}
CHECK = "check-"
REASON_MAX = 1_000
DAYS = 7
DAY, WEEK = timedelta(days=1), timedelta(days=7)
NEAR = timedelta(hours=3)
ORDERS_MAX = 200
DECISIONS_MAX = 10
WEIGHED = "KGM"


class Week(NamedTuple):
    """Seven days, both ends counted."""

    since: date
    until: date

    def moved(self, by: timedelta) -> "Week":
        """The seven days that much later."""
        return Week(self.since + by, self.until + by)


@views.get("/desk", *READERS)
def desk() -> Response:
    """Sold, owed, waiting; who looks after the whole market has the cases instead."""
    if not g.actor.cooperative_ids and "cooperative" not in request.args:
        return go("/desk/cases")
    return render("desk.html", **_week_facts(cooperative(), _week()))


@views.get("/desk/sales", *READERS)
def sales() -> Response:
    """The rows behind what was sold, of everybody or one member."""
    here, these = cooperative(), _week()
    member = request.args.get("member", "")
    found = [row for row in _sales(here, these) if member in {"", str(row.seller_id)}]
    return _rows("sales", found, back=address("/desk", here, until=these.until))


@views.get("/desk/owed", *READERS)
def owed() -> Response:
    """The rows behind what is owed, and behind the cash in members' hands."""
    here = cooperative()
    found = reports.owed(**asking(), cooperative_id=here.id)
    return _rows("owed", found, back=address("/desk", here))


@views.get("/desk/orders", *READERS)
def waiting() -> Response:
    """The members' orders that wait for a confirmation."""
    here = cooperative()
    found = _unconfirmed(here)
    names = case_facts.names_of(order.seller_id for order in found)
    return _rows("orders", found, names=names, back=address("/desk", here))


@views.get("/desk/members", *READERS)
def members() -> Response:
    """Who belongs to the cooperative, and who asks to."""
    here = cooperative()
    managed = here.id in g.actor.managed_ids
    found = _memberships(here)
    return _rows("members", found, managed=managed, back=address("/desk", here))


@views.post("/desk/members/<uuid:member_id>/<any(approval, refusal):step>", Role.MANAGER)
def answer(member_id: UUID, step: str) -> Response:
    """Take a seller in, or let one who asked know that it is no."""
    verb = cooperatives.approve if step == "approval" else cooperatives.leave
    member = verb(**acting(), member_id=member_id)
    return go(f"/desk/members?cooperative={member.cooperative_id}")


@views.post("/desk/changes", Role.MANAGER)
def approve_changes() -> Response:
    """From now on see members' changes of live offers first, or let them be made at once."""
    here, changes = cooperative(), {"approves_changes": "on" in form()}
    its: Facts = {"organisation_id": here.id, "version": here.version, "changes": changes}
    organisations.edit(**acting(), **its, custody_account=house.house().custody.account)
    return go(f"/desk?cooperative={here.id}", said="saved")


@views.get("/desk/cases", Role.BUYER)
def waiting_cases() -> Response:
    """The cases that the reader may see: at the desk all, elsewhere their own."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    kind = typed.one_of(CaseKind, request.args.get("kind"))
    after = paging.asked()
    if state == "closed":
        found = case_facts.closed(kind=kind, after=after, limit=PAGE)
    else:
        found = cases.page(**asking(), kind=kind, after=after, limit=PAGE)
    page = paging.page(found, limit=PAGE, key=lambda case: (case.due_at, case.id))
    return render(
        "desk_cases.html",
        values={"state": state, "kind": kind or ""},
        kinds=cards.choices("page.case.kind", CaseKind),
        cases=case_facts.rows(page["items"], clock.now()),
        next=paging.onward(page),
    )


@views.get("/desk/cases/<number>", Role.BUYER)
@views.post("/desk/cases/<number>/decision", Role.BUYER)
def case(number: str) -> Response:
    """One case, to say yes to, or no with the reason."""
    found = case_facts.by_number(number)

    def decide(given: dict[str, str]) -> None:
        if given.get("verdict") not in VERDICTS:
            raise FieldInvalid(field="verdict", reason="field.required")
        said: Facts = {"approved": VERDICTS[given["verdict"]], "consequences": CONSEQUENCES}
        said["checked"] = {name.removeprefix(CHECK) for name in given if name.startswith(CHECK)}
        reason = given.get("reason", "")[:REASON_MAX]
        cases.decide(**acting(), case_id=found.id, reason=reason, **said)

    facts, on = partial(case_facts.page_facts, found), {"to": "/desk/cases", "blame": "reason"}
    return answered("case.html", facts, decide, said=None, **on)


@views.get("/desk/cases/<number>/papers/<int:position>", Role.BUYER)
def paper(number: str, position: int) -> Response:
    """A paper that was handed in with a case, for those who may see the case."""
    documents = case_facts.by_number(number).documents
    name = documents[position].get("file") if position < len(documents) else None
    if not name:
        raise NotFound(what="file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(context.files().get(name), mimetype=kind)


def cooperative() -> Organisation:
    """The cooperative asked for, else the reader's first; raises NotFound for a stranger's."""
    asked = request.args.get("cooperative")
    mine = _own_cooperatives()
    if asked is None and mine:
        return mine[0]
    found = next((each for each in mine if str(each.id) == asked), None)
    if found is None and asked and g.actor.oversees:
        found = g.session.get(Organisation, typed.identifier(asked))
    return existing(found, "cooperative")


def _week() -> Week:
    """The week asked for by its last day, else the one that ends today."""
    until = typed.day(request.args.get("until")) or clock.day_of(clock.now())
    return Week(typed.day(request.args.get("since")) or until - WEEK + DAY, until)


def _week_facts(here: Organisation, these: Week) -> Facts:
    """All that `desk.html` shows."""
    now = clock.now()
    sold, before = _sales(here, these), _sum(_sales(here, these.moved(-WEEK)))
    owed = reports.owed(**asking(), cooperative_id=here.id)
    waiting = _unconfirmed(here)
    return {
        "cooperative": here,
        "cooperatives": _own_cooperatives(),
        "week": these,
        "before": these.moved(-WEEK),
        "next": these.moved(WEEK) if these.until < clock.day_of(now) else None,
        "sold": _sum(sold),
        "change": round(100 * (_sum(sold) - before) / before) if before else None,
        "owed": sum(max(0, row.owed_minor) for row in owed),
        "cash": sum(row.cash_minor for row in owed),
        "waiting": len(waiting),
        "late": sum(1 for order in waiting if order.deadline and order.deadline - now <= NEAR),
        "bars": _bars(here, these, sold),
        "members": _members(sold, owed),
        "joining": [each for each in _memberships(here) if each[0].approved_at is None],
        "cases": case_facts.rows(cases.page(**asking(), limit=DECISIONS_MAX)[:DECISIONS_MAX], now),
        "answers": reports.answers(**asking(), cooperative_id=here.id, **these._asdict()),
        "own_cash": ledger.balance(g.session, chart.cash(here.id)),
    }


def _sales(here: Organisation, these: Week) -> list[SalesRow]:
    """What the members sold in the week."""
    return reports.sales(**asking(), cooperative_id=here.id, since=these.since, until=these.until)


def _unconfirmed(here: Organisation) -> list[Order]:
    """The members' orders that wait for a confirmation, the most urgent first."""
    return reports.unconfirmed(**acting(), cooperative_id=here.id, limit=ORDERS_MAX)


def _memberships(here: Organisation) -> list[tuple[CooperativeMember, str]]:
    """The members and those who ask to be, with their names, requests first."""
    found = cooperatives.page(**asking(), cooperative_id=here.id, limit=500)
    names = case_facts.names_of(member.organisation_id for member in found)
    named = [(member, names[member.organisation_id]) for member in found]
    return sorted(named, key=lambda each: (each[0].approved_at is not None, each[1]))


def address(path: str, here: Organisation, these: Week | None = None, **more: object) -> str:
    """The address of a page of this desk."""
    days = {} if these is None else {"since": these.since, "until": these.until}
    return f"{path}?" + urlencode({"cooperative": here.id, **days, **more})


def _own_cooperatives() -> list[Organisation]:
    found = select(Organisation).where(Organisation.id.in_(g.actor.cooperative_ids))
    return list(g.session.scalars(found.order_by(Organisation.name, Organisation.id)))


def _sum(rows: Iterable[SalesRow]) -> int:
    return sum(row.amount_minor for row in rows)


def _bars(here: Organisation, these: Week, sold: list[SalesRow]) -> list[Facts]:
    days = [these.until - DAY * back for back in reversed(range(DAYS))]
    return [
        {
            "word": text(g.languages, f"weekday.{day.isoweekday()}"),
            "amount": _sum(row for row in sold if row.day == day),
            "href": address("/desk/sales", here, Week(day, day)),
            "on": day == these.until,
        }
        for day in days
    ]


def _members(sold: list[SalesRow], owed: list[MemberRow]) -> list[Facts]:
    names = {row.seller_id: row.seller_name for row in owed}
    names |= {row.seller_id: row.seller_name for row in sold}
    due = {row.seller_id: row.owed_minor for row in owed}
    its = {seller_id: [row for row in sold if row.seller_id == seller_id] for seller_id in names}
    return [
        {
            "name": name,
            "id": seller_id,
            "weight": _weight(its[seller_id]),
            "sold": _sum(its[seller_id]),
            "owed": due.get(seller_id, 0),
        }
        for seller_id, name in sorted(names.items(), key=lambda each: each[1])
    ]


def _weight(rows: list[SalesRow]) -> Any:
    grams = sum(row.quantity for row in rows if (row.unit, row.scale) == (WEIGHED, 3))
    return Quantity(grams, 3, WEIGHED) if grams else None


def _rows(what: str, rows: Sequence[object], **facts: Any) -> Response:
    return render("desk_rows.html", what=what, rows=rows, **facts)
