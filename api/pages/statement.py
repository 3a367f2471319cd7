"""A month's statement, to read and to print: of one's own shop or of a cooperative's member."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, g, request

from api.pages import counter, typed
from api.pages.counter import KEEPERS
from api.pages.frame import Views, render
from api.v1 import statements
from api.v1.reports import READERS
from market import clock, reports
from market.accounts import Actor
from market.ledger import Statement
from translations import text

views = Views()

LINES_MAX = 2_000  # on a page; the sheet has them all
MONTHS = 24
DAY = timedelta(days=1)


@views.get("/sell/statement", *KEEPERS)
def own() -> Response:
    """The shop's own."""
    here = counter.needed()
    return _statement(here.actor, here.shop.id, back="/sell/money")


@views.get("/desk/members/<uuid:organisation_id>/statement", *READERS)
def of_member(organisation_id: UUID) -> Response:
    """A member's, for those who keep the cooperative's books."""
    return _statement(g.actor, organisation_id, back="/desk/owed")


def _statement(actor: Actor, organisation_id: UUID, *, back: str) -> Response:
    months = _months(clock.day_of(clock.now()))
    since = typed.day(f"{request.args.get('month', '')}-01") or months[0]
    until = _next(since) - DAY
    asked: dict[str, Any] = {"actor": actor, "organisation_id": organisation_id}
    found = reports.statement(g.session, **asked, since=since, until=until)
    if request.args.get("format") == "csv":
        return statements.as_csv(found, since, until)
    facts = _facts(found) | {
        "owner": reports.whose(g.session, **asked).name,
        "values": {"month": f"{since:%Y-%m}"},
        "months": [{"value": f"{each:%Y-%m}", "word": f"{each:%m/%Y}"} for each in months],
        "csv": f"{request.path}?month={since:%Y-%m}&format=csv",
    }
    return render("statement.html", since=since, until=until, back=back, **facts)


def _facts(found: Statement) -> dict[str, Any]:
    """The first lines, and sums of all of them, so that what is printed adds up."""
    shown: list[Any] = []
    come = gone = count = 0
    for line in found.lines:
        come += max(line.amount, 0)
        gone -= min(line.amount, 0)
        count += 1
        if count <= LINES_MAX:
            shown.append(line)
    more = text(g.languages, "statement.more", count=count - LINES_MAX)
    return {
        "opening": found.opening,
        "come": come,
        "gone": gone,
        "closing": found.opening + come - gone,
        "lines": shown,
        "why": partial(statements.why, languages=g.languages),
        "account": partial(statements.account, languages=g.languages),
        "more": more if count > LINES_MAX else None,
    }


def _months(today: date) -> list[date]:
    """The first days of this month and of those before it, the newest first."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - DAY).replace(day=1))
    return months


def _next(month: date) -> date:
    return (month.replace(day=28) + 4 * DAY).replace(day=1)
