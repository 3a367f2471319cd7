"""Which event goes where, what a decision brings about, what comes round: one table."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
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
from market.worker import Context, Job, Subscriber, Task, Wiring
from payments import (
    calling,
    cancelling,
    capturing,
    deciding,
    fake_psp,
    polling,
    rails,
    reconciling,
    releasing,
    remitting,
)
from payments.events import AttemptDecided, RefundApproved
from payments.hearing import ProviderTold

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
log = logging.getLogger("market.audit")

CONSEQUENCES: Mapping[CaseKind, cases.Consequence] = {
    CaseKind.SELLER_VERIFICATION: cases.seller_verified,
    CaseKind.LISTING_REVIEW: reviewing.review_decided,
    CaseKind.MANDATE: cases.mandate_decided,
    CaseKind.COMPLAINT: news.complaint_decided,
    CaseKind.MONEY: deciding.money_decided,
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
    AttemptDecided: [calling.carry_out],
    RefundApproved: [calling.send_refund],
    ProviderTold: [calling.hear_provider],
}


def _expire_orders(context: Context, now: datetime) -> None:
    more = True
    while more:
        with context.database.transaction() as session:
            more = cancelling.expire_due(session, now=now) == cancelling.BATCH


def _at_once(verb: Callable[..., object]) -> Callable[[Context, datetime], None]:
    """A job that is one verb in one transaction."""

    def run(context: Context, now: datetime) -> None:
        with context.database.transaction() as session:
            verb(session, now=now)

    return run


def _deliver_of_fake_psp(context: Context, now: datetime) -> None:
    settings = context.settings
    fake_psp.delivering.deliver(settings.data, public_url=settings.public_url, now=now)


def _release_orders(context: Context, now: datetime) -> None:
    wait, more = timedelta(hours=context.settings.release_hours), True
    while more:
        with context.database.transaction() as session:
            more = releasing.release_due(session, wait=wait, now=now) == releasing.BATCH


def _outside(verb: Callable[[Context], object]) -> Callable[[Context, datetime], Any]:
    """A job that asks others, in transactions of its own."""
    return lambda context, _now: verb(context)


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
    """The whole table; the shipped bank and Stripe only have work in the demo."""
    often = timedelta(seconds=2) if settings.demo else None
    jobs = [
        Job(name="expire orders", every=timedelta(seconds=30), run=_expire_orders),
        Job(name="remind sellers", every=10 * MINUTE, run=_at_once(news.remind)),
        Job(name="release orders", every=MINUTE, run=_release_orders),
        Job(name="take lapsing promises", every=HOUR, run=_at_once(capturing.take_lapsing)),
        Job(name="remind custodians", every=DAY, run=_at_once(remitting.remind_custodians)),
        Job(name="resolve payments", every=MINUTE, run=_outside(reconciling.resolve)),
        Job(name="compare with providers", every=HOUR, run=_outside(reconciling.compare)),
        Job(name="poll bank", every=often or 5 * MINUTE, run=_outside(polling.poll)),
        Job(name="sweep holds", every=timedelta(seconds=30), run=_at_once(inventory.sweep)),
        Job(name="forget", every=timedelta(hours=6), run=_forget),
        Job(name="mend search", every=DAY, run=_mend_search),
        Job(name="audit", every=DAY, run=_audit),
    ]
    if often:
        jobs.append(Job(name="deliver of the fake Stripe", every=often, run=_deliver_of_fake_psp))
    return Wiring(subscribers=SUBSCRIBERS, tasks=TASKS, jobs=jobs)


def context_for(settings: Settings, database: Database, **more: Any) -> Context:
    """What the worker works with."""
    return Context(
        database=database,
        settings=settings,
        wiring=wiring_for(settings),
        ports={
            **notifications.carriers(settings),
            "files": files_for(settings),
            "gateways": rails.gateways_for(settings, database),
            "bank": rails.bank_for(settings),
        },
        **more,
    )


def run_worker(settings: Settings) -> None:
    """Work until the process is told to stop."""
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    worker.run(context_for(settings, Database(settings)), stop=stop)
