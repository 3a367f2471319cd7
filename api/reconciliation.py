"""`market reconcile`: everything compared now, and each difference that waits for a person."""

from collections.abc import Callable
from contextlib import closing

from sqlalchemy import select

from api import checking
from api.wiring import context_for
from market.cases.models import Case, CaseKind, CaseState
from market.config import Settings
from market.db import Database
from payments import polling, reconciling

Say = Callable[[str], object]


def reconcile(settings: Settings, *, say: Say) -> list[str]:
    """Ask about what is open and compare what moved; what is left for a person, a line each."""
    with closing(Database(settings)) as database:
        context = context_for(settings, database)
        say(f"{reconciling.resolve(context)} open payments and refunds asked about")
        say(f"{reconciling.compare(context, say=say)} movements compared")
        say(f"{polling.compare_bank(context)} bank lines were new")
        with database.reading() as session:
            waiting = session.execute(
                select(Case.number, Case.statement)
                .where(Case.kind == CaseKind.MONEY, Case.state == CaseState.OPEN)
                .order_by(Case.opened_at, Case.id)
            ).all()
            cases = [f"case {number}: {statement}" for number, statement in waiting]
            return [*checking.of_the_books(session), *cases]
