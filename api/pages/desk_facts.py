"""A cooperative's week as its desk draws it: figures, bars, members, and what is to be decided."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select

from api.pages import case_facts, typed
from api.pages.frame import Facts, acting, asking, g, request
from market import answering, cases, clock, cooperatives, ledger, reports
from market.accounts import Organisation
from market.cooperatives import CooperativeMember
from market.errors import existing
from market.ledger import chart
from market.orders import Order
from market.quantity import Quantity
from market.reports import MemberRow, SalesRow
from translations import text

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


def week() -> Week:
    """The week asked for by its last day, else the one that ends today."""
    until = typed.day(request.args.get("until")) or clock.day_of(clock.now())
    return Week(typed.day(request.args.get("since")) or until - WEEK + DAY, until)


def desk(here: Organisation, these: Week) -> Facts:
    """All that `desk.html` shows."""
    now = clock.now()
    sold, before = sales(here, these), _sum(sales(here, these.moved(-WEEK)))
    owed = reports.owed(**asking(), cooperative_id=here.id)
    waiting = unconfirmed(here)
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
        "joining": [each for each in memberships(here) if each[0].approved_at is None],
        "cases": case_facts.rows(cases.page(**asking(), limit=DECISIONS_MAX)[:DECISIONS_MAX], now),
        "answers": answering.answers(**asking(), cooperative_id=here.id, **these._asdict()),
        "own_cash": ledger.balance(g.session, chart.cash(here.id)),
    }


def sales(here: Organisation, these: Week) -> list[SalesRow]:
    """What the members sold in the week."""
    return reports.sales(**asking(), cooperative_id=here.id, since=these.since, until=these.until)


def unconfirmed(here: Organisation) -> list[Order]:
    """The members' orders that wait for a confirmation, the most urgent first."""
    return reports.unconfirmed(**acting(), cooperative_id=here.id, limit=ORDERS_MAX)


def memberships(here: Organisation) -> list[tuple[CooperativeMember, str]]:
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
