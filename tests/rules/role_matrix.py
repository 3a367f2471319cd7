"""Who may do what, as a table to be read and reviewed: one line an operation, one column a role.

`python -m tests.rules.role_matrix --write` makes it anew from the marks on the views; the change
then shows in the review.
"""

import csv
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from api.app import create_app
from api.operations import Operation
from market.accounts import Role
from market.config import Settings

MATRIX = Path(__file__).with_name("role_matrix.csv")
MAY, SIGN_IN, MAY_NOT = "yes", "401", "403"
ROLES = [role.value for role in Role]
Row = Mapping[str, str]


def name_of(row: Row) -> str:
    """An operation as people speak of it."""
    return f"{row['method']} {row['route']}"


def of_the_marks(operations: Iterable[Operation]) -> list[Row]:
    """The matrix as the views are marked; static files are nobody's operation."""
    rows = [
        {"method": each.method, "route": each.route} | {role: _answer(each, role) for role in ROLES}
        for each in operations
        if "/static/" not in each.route
    ]
    return sorted(rows, key=lambda row: (row["route"], row["method"]))


def _answer(operation: Operation, role: str) -> str:
    if role == Role.NOBODY:
        return MAY if Role.NOBODY in operation.roles else SIGN_IN
    # Whoever signed in may buy, whatever else they are.
    return MAY if operation.roles & {Role.NOBODY, Role.BUYER, Role(role)} else MAY_NOT


def committed() -> list[Row]:
    """The matrix as it stands in the repository."""
    with MATRIX.open(newline="") as file:
        return list(csv.DictReader(file))


def write(rows: Iterable[Row]) -> None:
    """Put the matrix into the repository."""
    with MATRIX.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["method", "route", *ROLES], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str]) -> None:
    """Write the matrix with `--write`; without, say how to."""
    if arguments != ["--write"]:
        sys.exit("usage: python -m tests.rules.role_matrix --write")
    with tempfile.TemporaryDirectory() as folder:
        application = create_app(Settings(data=Path(folder)).completed())
        write(of_the_marks(application.operations.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
