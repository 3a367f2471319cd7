"""Two databases, one program: what differs between them stands in one place."""

import ast

import migrations
from market.db import Base
from tests.rules.source import calls, imports, modules, refuse

DIALECTS = ("market/portable/", "catalog/search/")
COMMITS = ("market/db.py", "migrations/__init__.py")

# Counting reads every row: each place says why that is little or rare.
COUNTS = {
    "catalog/search/matching.py": "of what is found at most a thousand, where a reader narrows it",
    "market/notifications/telling.py": "one person's unread notices, and no more than a hundred",
    "market/ledger/queries.py": "an auditor adds the whole ledger up, at night or by hand",
    "market/orders/queries.py": "one buyer's open holds, a handful under the limit itself",
    "market/reports.py": "a manager's desk: one cooperative's open orders",
}

# Verbs are handed the time; these begin something of their own, or note when it truly happened.
CLOCKS = {
    "market/clock.py": "it is the clock",
    "market/ledger/posting.py": "books say when a thing was written down, beside when it counts",
    "market/notifications/carriers.py": "a file of messages sent is the outside world",
    "market/notifications/telling.py": "a subscriber is told what happened, not when it runs",
    "market/orders/news.py": "a subscriber is told what happened, not when it runs",
    "market/outbox.py": "an event is stamped when it is recorded, whatever day its story plays on",
    "market/worker.py": "the worker begins work by itself; its Context carries the clock",
}


def test_only_the_portable_module_and_the_search_know_their_database():
    offenders = [
        module.at(node)
        for module in modules()
        if not module.path.startswith(DIALECTS)
        for node in [
            *(n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and _is_dialect(n)),
            *(n for n, name in imports(module) if name.startswith("sqlalchemy.dialects")),
        ]
    ]

    refuse(offenders)


def _is_dialect(node: ast.Attribute) -> bool:
    """`….dialect.name`, `engine.name` in other words, and the like."""
    return node.attr in {"dialect", "drivername"}


def test_pages_are_never_found_by_counting_from_the_start():
    offenders = [module.at(call) for module in modules() for call in calls(module, "offset")]

    refuse(offenders)


def test_rows_are_not_counted_where_many_readers_wait():
    offenders = [
        module.at(call)
        for module in modules("api", "catalog", "market", "payments")
        if module.path not in COUNTS
        for call in calls(module, "count")
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "func"
    ]

    refuse(offenders)


def test_no_moment_is_without_a_zone():
    naive = [
        module.at(call)
        for module in modules()
        for call in calls(module, "utcnow", "utcfromtimestamp")
    ]
    naive += [
        module.at(call)
        for module in modules()
        for call in calls(module, "now", "today")
        if not call.args
        and not call.keywords
        and getattr(call.func, "value", None) is not None
        and ast.unparse(call.func.value).split(".")[-1] in {"datetime", "date"}
    ]

    refuse(naive)


def test_verbs_are_told_the_time():
    offenders = [
        module.at(call)
        for module in modules("market", "catalog", "payments", "translations")
        if module.path not in CLOCKS
        for call in calls(module, "now")
        if ast.unparse(call.func) in {"clock.now", "datetime.now", "now"}
    ]

    refuse(offenders)


def test_a_callers_address_is_told_in_one_place():
    offenders = [
        module.at(node)
        for module in modules("api")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"remote_addr", "access_route"}
    ]

    refuse(offenders)


def test_verbs_leave_the_commit_to_the_edge():
    offenders = [
        module.at(call)
        for module in modules()
        if module.path not in COMMITS
        for call in calls(module, "commit")
    ]

    refuse(offenders)


def test_every_table_is_known_to_the_migrations():
    written = {
        node.name
        for module in modules("market", "catalog", "payments", "api")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and "Base" in map(ast.unparse, node.bases)
    }
    migrations.metadata()

    assert written == {mapper.class_.__name__ for mapper in Base.registry.mappers}
