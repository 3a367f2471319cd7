"""Which event goes where, what a decision brings about, what comes round: one table."""

import logging
import signal
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from api import checking
from catalog import baskets, media, reviewing, search
from market import accounts, cases, idempotency, inventory, limits, notifications, worker
from market.accounts import signing_in, tokens
from market.accounts.memberships import MembershipDecided, MembershipRequested
from market.accounts.organisations import BankAccountChanged
from market.cases.models import CaseKind
from market.config import Settings
from market.db import Database
from market.files import files_for
from market.orders import OrderMoved, OrderPlaced, news
from market.outbox import Event
from market.schedule import Job
from market.worker import Context, Subscriber, Task, Wiring
from payments import cancelling, polling

log = logging.getLogger("market.audit")


CONSEQUENCES: Mapping[CaseKind, cases.Consequence] = {
    CaseKind.SELLER_VERIFICATION: cases.seller_verified,
    CaseKind.LISTING_REVIEW: reviewing.review_decided,
    CaseKind.MANDATE: cases.mandate_decided,
    CaseKind.COMPLAINT: news.complaint_decided,
}

SUBSCRIBERS: Mapping[type[Event], Sequence[Subscriber]] = {
    OrderPlaced: [news.tell_seller, news.tell_of_checkout],
    OrderMoved: [news.tell_buyer, news.tell_seller],
    MembershipRequested: [notifications.membership_requested],
    MembershipDecided: [notifications.membership_decided],
    BankAccountChanged: [notifications.bank_account_changed],
}

TASKS: Mapping[type[Event], Sequence[Task]] = {
    notifications.NoticeMade: [notifications.deliver],
    accounts.SignInCodeAsked: [notifications.send_code],
    media.PhotoRemoved: [media.forget_files],
}


def _expire_orders(context: Context, now: datetime) -> None:
    more = True
    while more:
        with context.database.transaction() as session:
            more = cancelling.expire_due(session, now=now) == cancelling.BATCH


def _sweep_holds(context: Context, now: datetime) -> None:
    with context.database.transaction() as session:
        inventory.sweep(session, now=now)


def _poll_bank(context: Context, now: datetime) -> None:
    with context.database.transaction() as session:
        polling.poll_fake_bank(
            session,
            folder=context.settings.data,
            custody_account=context.settings.custody_account,
            now=now,
        )


def _audit(context: Context, _now: datetime) -> None:
    """What `market check` would say of the books and the stock, in the log every night."""
    with context.database.reading() as session:
        for problem in checking.of_the_books(session):
            log.error("audit: %s", problem)


def _mend_search(context: Context, _now: datetime) -> None:
    """What was changed past the verbs, such as the name of a seller, is found by it tomorrow."""
    mended = search.mend(context.database)
    if mended:
        log.warning("search: %s offers were out of date", mended)


def _forget(context: Context, now: datetime) -> None:
    with context.database.transaction() as session:
        limits.forget(session, before=now - timedelta(days=2))
        idempotency.forget(session, now=now)
        baskets.forget(session, before=now - timedelta(days=60))
        signing_in.forget_challenges(session, before=now - timedelta(days=2))
        tokens.forget_expired(session, before=now)


def wiring_for(settings: Settings) -> Wiring:
    """The whole table; the shipped bank is only asked in the demo."""
    jobs = [
        Job(name="expire orders", every=timedelta(seconds=30), run=_expire_orders),
        Job(name="sweep holds", every=timedelta(seconds=30), run=_sweep_holds),
        Job(name="forget", every=timedelta(hours=6), run=_forget),
        Job(name="mend search", every=timedelta(days=1), run=_mend_search),
        Job(name="audit", every=timedelta(days=1), run=_audit),
    ]
    if settings.demo:
        jobs.append(Job(name="poll bank", every=timedelta(seconds=2), run=_poll_bank))
    return Wiring(subscribers=SUBSCRIBERS, tasks=TASKS, jobs=jobs)


def context_for(settings: Settings, database: Database, **more: Any) -> Context:
    """What the worker works with."""
    return Context(
        database=database,
        settings=settings,
        wiring=wiring_for(settings),
        ports={**notifications.carriers(settings), "files": files_for(settings)},
        **more,
    )


def run_worker(settings: Settings) -> None:
    """Work until the process is told to stop."""
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    worker.run(context_for(settings, Database(settings)), stop=stop)
