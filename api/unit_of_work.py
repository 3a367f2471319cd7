"""One transaction a request: begun when the view first asks for it, ended when it has answered."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

from flask import g
from sqlalchemy.orm import Session

from api import context, operations
from market import Database, Kind, MarketError

Answer = TypeVar("Answer")
PASSED_ON = frozenset({Kind.NOT_FOUND, Kind.FORBIDDEN})  # beside no form: pages of their own


def own_transactions(view: operations.View) -> operations.View:
    """Mark a view that opens its own transactions, to call the outside world between them."""
    return operations.mark(view, "own_transactions", True)


def refused(
    deed: Callable[..., object], *brought: AbstractContextManager[object]
) -> MarketError | None:
    """Do what a form asks for, or let nothing of it stay and tell why, to be said on the form.

    What the form brought is read before the database is asked for anything, and kept if it is
    done. What stands beside no form, a page of its own, is raised.
    """
    try:
        with ExitStack() as kept:
            read = [kept.enter_context(each) for each in brought]
            kept.enter_context(g.session.begin_nested())
            deed(*read)
    except MarketError as refusal:
        if refusal.kind in PASSED_ON:
            raise
        g.session.expire_all()  # what the deed had changed already is as it was
        return refusal
    return None


class Unit(ExitStack):
    """The one session of a request; a request that never touches it costs no database anything.

    So what a view does before (reading a form, decoding a photo) happens outside of the write
    lock. `opened` is called with a session just begun. Leaving commits; a refusal undoes all,
    unless its class `keeps` what was done.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Session]]) -> None:
        super().__init__()
        self.opened: Callable[[Session], None] | None = None
        self._begin = begin
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The request's session, begun now if it was not yet."""
        if self._session is None:
            self._session = self.enter_context(self._begin())
            if self.opened is not None:
                self.opened(self._session)
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether anything was asked of the database."""
        return self._session is not None


def unit_for(database: Database, operation: operations.Operation) -> Unit:
    """A transaction for what writes, a reading for what asks, neither for a view with its own."""
    if operation.own_transactions:
        return Unit(_none)
    return Unit(database.transaction if operation.writes else database.reading)


def before_writing(question: Callable[[Session], Answer]) -> Answer:
    """What a view that writes asks before its turn to write, so that nobody waits meanwhile.

    Where that is refused the transaction is begun all the same: a request that is only sent again
    is answered as before, though its question has another answer by now.
    """
    try:
        with context.database().reading() as session:
            return question(session)
    except MarketError:
        _ = g.session
        raise


@contextmanager
def showing() -> Iterator[None]:
    """A reading for what is shown when the request has no session of its own (any more)."""
    with Unit(context.database().reading) as unit:
        g.unit = unit
        yield


def _none() -> AbstractContextManager[Session]:
    raise RuntimeError("this view opens its own transactions")
