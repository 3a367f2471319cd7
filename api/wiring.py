"""Which event goes where, what a decision brings about, what comes round: one table."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from api import checking
from catalog import baskets, calendars, claiming, mark_watch, media, reviews, scheduling
from catalog.media.photos import PhotoRemoved
from catalog.reviewing import change_decided, review_decided
from catalog.rooms import assign_all
from catalog.search import mend
from catalog.stays import open_ahead
from market import accounts, cases, config, idempotency, inventory, limits, notifications, worker
from market.accounts import devices, memberships, organisations, people
from market.cases.models import CaseKind
from market.db import Database, in_batches
from market.fetching import Fetcher
from market.files import files_for
from market.guest_lists import forget_guests
from market.orders import OrderPlaced, moving, news
from market.outbox import Event
from market.worker import Context, Job, Subscriber, Task, Wiring
from payments import calling, cancelling, fulfilling, rails, reconciling, remitting, resold, waiting
from payments.bank_gateway import poll
from payments.capturing import take_lapsing
from payments.collecting import recheck
from payments.disputing import money_decided
from payments.disrupting import Applied, call_off_too_few, handle_all
from payments.fake_psp import payer
from payments.hearing import AttemptDecided, ProviderTold, RefundApproved
from payments.repromising import HarvestSlipped, work_off

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
log = logging.getLogger("market.audit")

CONSEQUENCES: Mapping[CaseKind, cases.deciding.Consequence] = {
    CaseKind.SELLER_VERIFICATION: cases.deciding.seller_verified,
    CaseKind.LISTING_REVIEW: review_decided,
    CaseKind.MANDATE: cases.mandating.mandate_decided,
    CaseKind.COMPLAINT: news.complaint_decided,
    CaseKind.MONEY: money_decided,
    CaseKind.LISTING_CHANGE: change_decided,
    CaseKind.REVIEW: reviews.report_decided,
    CaseKind.CLAIM: claiming.decided,
    CaseKind.CALENDAR: lambda *_, **__: None,  # what is to be done is done at the other place
}

SUBSCRIBERS: Mapping[type[Event], Sequence[Subscriber]] = {
    OrderPlaced: [news.tell_seller, news.tell_of_checkout],
    moving.OrderMoved: [news.tell_buyer, news.tell_seller, mark_watch.order_confirmed],
    memberships.MembershipRequested: [notifications.telling.membership_requested],
    memberships.MembershipDecided: [notifications.telling.membership_decided],
    organisations.BankAccountChanged: [notifications.telling.bank_account_changed],
}

TASKS: Mapping[type[Event], Sequence[Task]] = {
    notifications.NoticeMade: [notifications.deliver],
    accounts.SignInCodeAsked: [notifications.send_code],
    PhotoRemoved: [media.forget_files],
    AttemptDecided: [calling.carry_out],
    RefundApproved: [calling.send_refund],
    ProviderTold: [calling.hear_provider],
    HarvestSlipped: [work_off],
    calendars.SyncAsked: [calendars.syncing.sync_asked],
    calendars.RecheckDue: [recheck],
    Applied: [handle_all],
}


def _at_once(
    verb: Callable[..., object], *, batch: int | None = None, **more: Any
) -> Callable[[Context, datetime], None]:
    """A job that is one verb in one transaction, and in another while it did a whole batch."""

    def run(context: Context, now: datetime) -> None:
        goes_on = True
        while goes_on:
            with context.database.transaction() as session:
                done = verb(session, **more, now=now)
            goes_on = batch is not None and done == batch

    return run


def _deliver_of_fake_psp(context: Context, now: datetime) -> None:
    settings = context.settings
    payer.deliver(settings.data, public_url=settings.public_url, now=now)


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
    mended = mend(context.database)
    if mended:
        log.warning("search: %s offers were out of date", mended)


def _check_marks(context: Context, now: datetime) -> None:
    """What a mark is claimed for beyond its scope, its days or its harvest loses it at night."""
    mark_watch.sweep(context.database, now=now)
    mark_watch.balance(context.database, now=now)


def _open_departures(context: Context, now: datetime) -> None:
    """What schedules say of the days that have come within reach, an option at a time."""
    for options in in_batches(context.database, *scheduling.SCHEDULED, scheduling.BATCH):
        for (option_id,) in options:
            with context.database.transaction() as session:
                scheduling.extend(session, option_id=option_id, now=now)


def _offer_seats(context: Context, now: datetime) -> None:
    waiting.offer_due(context.database, now=now)


def _forget(context: Context, now: datetime) -> None:
    with context.database.transaction() as session:
        limits.forget(session, before=now - timedelta(days=2))
        idempotency.forget(session, now=now)
        baskets.forget(session, before=now - timedelta(days=60))
        people.forget_challenges(session, before=now - timedelta(days=2))
        devices.forget_expired(session, before=now)
        forget_guests(session, now=now)
        waiting.forget(session, now=now)
        resold.forget(session, now=now)


def wiring_for(settings: config.Settings) -> Wiring:
    """The whole table; the shipped bank and Stripe only have work in the demo."""
    often = timedelta(seconds=2) if settings.demo else None
    expire = _at_once(cancelling.expire_due, batch=cancelling.BATCH)
    wait = timedelta(hours=settings.release_hours)
    release = _at_once(fulfilling.release_due, batch=fulfilling.BATCH, wait=wait)
    jobs = [
        Job(name="expire orders", every=timedelta(seconds=30), run=expire),
        Job(name="remind sellers", every=10 * MINUTE, run=_at_once(news.remind)),
        Job(name="release orders", every=MINUTE, run=release),
        Job(name="take lapsing promises", every=HOUR, run=_at_once(take_lapsing)),
        Job(name="remind custodians", every=DAY, run=_at_once(remitting.remind_custodians)),
        Job(name="resolve payments", every=MINUTE, run=_outside(reconciling.resolve)),
        Job(name="compare with providers", every=HOUR, run=_outside(reconciling.compare)),
        Job(name="poll bank", every=often or 5 * MINUTE, run=_outside(poll)),
        Job(name="poll calendars", every=MINUTE, run=_outside(calendars.syncing.poll)),
        Job(name="offer seats", every=MINUTE, run=_offer_seats),
        Job(name="sweep holds", every=timedelta(seconds=30), run=_at_once(inventory.sweep)),
        Job(name="too few guests", every=10 * MINUTE, run=_at_once(call_off_too_few)),
        Job(name="open departures", every=DAY, run=_open_departures),
        Job(name="forget", every=timedelta(hours=6), run=_forget),
        Job(name="open nights", every=DAY, run=_at_once(open_ahead, batch=1)),
        Job(name="assign rooms", every=HOUR, run=_at_once(assign_all)),
        Job(name="check marks", every=DAY, run=_check_marks),
        Job(name="mend search", every=DAY, run=_mend_search),
        Job(name="audit", every=DAY, run=_audit),
    ]
    if often:
        jobs.append(Job(name="deliver of the fake Stripe", every=often, run=_deliver_of_fake_psp))
    return Wiring(subscribers=SUBSCRIBERS, tasks=TASKS, jobs=jobs)


def context_for(settings: config.Settings, database: Database, **more: Any) -> Context:
    """What the worker works with."""
    return Context(
        database=database,
        settings=settings,
        wiring=wiring_for(settings),
        ports={
            **notifications.carriers(settings),
            "fetcher": Fetcher(),
            "files": files_for(settings),
            "gateways": rails.gateways_for(settings, database),
            "bank": rails.bank_for(settings),
        },
        **more,
    )


def run_worker(settings: config.Settings) -> None:
    """Work until the process is told to stop."""
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    worker.run(context_for(settings, Database(settings)), stop=stop)
