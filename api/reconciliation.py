"""`market reconcile`: everything compared now, and each difference that waits for a person."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from sqlalchemy import select

from api import checking, wiring
from market import Database, config, worker
from market.cases.models import Case, CaseKind, CaseState
from payments import bank_gateway, differences, gateway, reconciling

SPOKEN = ("en",)  # as all that the commands say
Say = Callable[[str], object]


def reconcile(settings: config.Settings, *, say: Say) -> list[str]:
    """Ask about what is open and compare what moved; what is left for a person, a line each."""
    with closing(Database(settings)) as database:
        context = wiring.context_for(settings, database)
        say(f"{reconciling.resolve(context)} open payments and refunds asked about")
        try:
            say(f"{reconciling.compare(context, say=say)} movements compared")
        except gateway.GatewayUnsure as error:
            say(f"cards: no answer ({error})")
        _poll(context, say)
        with database.reading() as session:
            waiting = select(Case).filter_by(kind=CaseKind.MONEY, state=CaseState.OPEN)
            found = session.scalars(waiting.order_by(Case.opened_at, Case.id))
            said = [f"case {it.number}: {differences.statement(it, SPOKEN)}" for it in found]
            return [*checking.of_the_books(session), *said]


def _poll(context: worker.Context, say: Say) -> None:
    """Ask the bank, and say how old what is known of it is."""
    try:
        bank_gateway.poll(context, say=say)
    except gateway.GatewayUnsure as error:
        say(f"bank: no answer ({error})")
    with context.database.reading() as session:
        until = bank_gateway.until(session)
    account = context.settings.custody_account
    if until is None:
        say(f"bank {account}: no bank truth, neither a bank's list nor a statement was ever read")
    else:
        age = (context.now() - until) // timedelta(hours=1)
        say(f"bank {account}: the bank's last line is of {until.isoformat()}, {age} hours ago")
