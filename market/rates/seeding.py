"""The packaged rates of the law, kept as rules; nothing applies those of taxes yet."""

import csv
from datetime import date, datetime
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy.orm import Session

from market import portable
from market.rates.models import RateRule

DATA = Path(__file__).with_name("data")


def seed(session: Session, *, now: datetime) -> int:
    """Keep the packaged rows that are not kept yet (ended ones stay ended); how many there were."""
    return sum(_keep(session, path, now) for path in sorted(DATA.glob("*.csv")))


def _keep(session: Session, path: Path, now: datetime) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return sum(
        portable.insert_new(
            session,
            RateRule,
            id=uuid5(NAMESPACE_OID, f"{path.stem} {row['purpose']} {row['category_code']}"),
            purpose=row["purpose"],
            position=int(row["position"]),
            category_code=row["category_code"] or None,
            basis_points=int(row["basis_points"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            law=row["law"],
            article=row["article"],
            note=row["note"],
            entered_at=now,
        )
        for row in rows
    )
