"""A seller's statement of 100,000 entries, out of the ledger into a sheet: time and memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from sqlalchemy.orm import Session

from api.spreadsheets import csv_of
from api.v1 import reports as sheets
from market import clock, ledger
from market.accounts.models import Organisation
from market.config import Settings
from market.db import Database, insert_rows
from market.ids import new_code, uuid7
from market.ledger import chart
from market.ledger.models import Account, Entry, Posting
from market.orders.models import Fulfilment, Order, OrderGroup, Rail, State
from tests.benchmarks.report import Line
from tests.makers import COMMUNE

ENTRIES = 100_000
SECONDS_MOST, MEBIBYTES_MOST = 1, 150
ROUNDS = 3
SELLER = UUID(int=0xB00C)
MINUTE = timedelta(minutes=1)


def fill(session: Session, *, now: datetime) -> None:
    """One seller with a delivered order to every two entries, a minute after the other."""
    farm = {"kind": "farm", "name": "Vườn", "unit_code": COMMUNE, "created_at": now}
    session.add(Organisation(id=SELLER, **farm))
    group = {"id": uuid7(), "code": new_code(), "name": "", "language": "vi", "created_at": now}
    insert_rows(session, OrderGroup, [group | {"total_minor": 0, "currency": "VND"}])
    names = (chart.payable(SELLER), chart.receivable(SELLER), chart.bank("1"))
    session.add_all(
        Account(code=name.code, currency="VND", normal=name.normal, floor=name.floor)
        for name in names
    )
    session.flush()
    accounts = [session.query(Account.id).filter_by(code=name.code).scalar() for name in names]
    numbers = range(ENTRIES // 2)
    orders = [_order(group["id"], now) for _ in numbers]
    insert_rows(session, Order, orders)
    postings = [
        _posting(order["id"], now - MINUTE * n) for n, order in zip(numbers, orders, strict=True)
    ]
    insert_rows(
        session,
        Entry,
        (
            {"tx": posting["tx"], "account_id": account_id, "amount": amount}
            for n, posting in enumerate(postings)
            for account_id, amount in zip(accounts, (-90_000 - n, 3_000, 87_000 + n), strict=True)
        ),
    )
    for start in range(0, len(postings), 1_000):  # PostgreSQL keeps all that one account had
        insert_rows(session, Posting, postings[start : start + 1_000])


def lines(settings: Settings) -> Iterator[Line]:
    """The whole statement as CSV, in fresh processes."""
    rounds = [_round(settings.database_url) for _ in range(ROUNDS)]
    seconds, mebibytes = (median(figures) for figures in zip(*rounds, strict=True))
    what = f"statement of {ENTRIES:,} entries as CSV"
    yield Line(what, f"{seconds:.2f} s", f"< {SECONDS_MOST} s", seconds < SECONDS_MOST)
    met = mebibytes < MEBIBYTES_MOST
    yield Line("peak of its process", f"{mebibytes:.0f} MiB", f"< {MEBIBYTES_MOST}", met)


def _order(group_id: UUID, now: datetime) -> dict[str, object]:
    return {
        "id": uuid7(),
        "code": new_code(),
        "group_id": group_id,
        "seller_id": SELLER,
        "state": State.DELIVERED,
        "rail": Rail.CASH,
        "fulfilment": Fulfilment.PICK_UP,
        "goods_minor": 90_000,
        "delivery_minor": 0,
        "total_minor": 90_000,
        "currency": "VND",
        "commission_minor": 2_700,
        "cooperative_minor": 300,
        "created_at": now,
    }


def _posting(order_id: object, at: datetime) -> dict[str, object]:
    key = f"bench:{order_id}"
    stamps = {"effective_at": at, "recorded_at": at}
    return {"tx": uuid7(), "key": key, "kind": "order.earned", "order_id": order_id} | stamps


def _round(url: str) -> tuple[float, float]:
    child = [sys.executable, "-m", "tests.benchmarks.books", url]
    said = subprocess.run(child, check=True, capture_output=True, text=True).stdout
    seconds, mebibytes = map(float, said.split())
    return seconds, mebibytes


def main() -> None:
    """Write the sheet, and say how long it took and what the process needed at most."""
    sheets.account("payable", ("vi",))  # a server has its words read long before
    database = Database(Settings(data=Path(), database_url=sys.argv[1]))
    with database.reading() as session:
        began = time.perf_counter()
        statement = ledger.queries.statement(
            session,
            accounts=chart.of_seller(SELLER),
            since=datetime.fromisoformat("2000-01-01T00:00Z"),
            until=datetime.fromisoformat("2100-01-01T00:00Z"),
        )
        day = clock.day_of(clock.now())
        sheet = csv_of((), sheets.rows(statement, day, day, ("vi",)), comma=",")
        seconds = time.perf_counter() - began
    if sheet.count(b"\n") != ENTRIES + 3:
        raise SystemExit("lines are missing")
    sys.stdout.write(f"{seconds} {_peak_mebibytes()}\n")


def _peak_mebibytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
