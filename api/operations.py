"""Every operation of the application, read once at start-up from the marks on its views."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from flask import Flask
from werkzeug.routing import Rule

from market.accounts import Role

API = "/v1/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MARKS = ("raw_body", "own_transactions", "never_stored")
BODY_LOCATIONS = frozenset({"json", "form", "files"})
View = TypeVar("View", bound=Callable[..., Any])


class Operation(NamedTuple):
    """One method on one route: who may, and how its request is to be treated."""

    method: str
    route: str
    view: Callable[..., Any]
    roles: frozenset[Role]
    writes: bool
    in_api: bool
    takes_body: bool
    raw_body: bool
    takes_query: bool
    own_transactions: bool
    never_stored: bool
    refuses: tuple[int, ...]  # statuses that its nature does not tell


class Unmarked(Exception):
    """Views that say neither who may use them nor that everybody may; `args` names them."""


def mark(view: View, name: str, value: object) -> View:
    """Note something on a view; the decorators around it carry it outwards."""
    setattr(view, f"_market_{name}", value)
    return view


def operations_of(app: Flask) -> Mapping[tuple[str, str], Operation]:
    """All operations by endpoint and method; raises Unmarked naming those without roles."""
    found: dict[tuple[str, str], Operation] = {}
    unmarked: list[str] = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        is_file = rule.endpoint.rpartition(".")[2] == "static"  # Flask's own view carries no mark
        roles = _marked(view, "roles") or frozenset({Role.NOBODY} if is_file else ())
        for method in _methods(rule):
            if roles:
                found[rule.endpoint, method] = _operation(rule, method, view, roles)
            else:
                unmarked.append(f"{method} {rule.rule}")
    if unmarked:
        raise Unmarked(*sorted(unmarked))
    return found


def _methods(rule: Rule) -> list[str]:
    """Those that the view itself answers; Flask answers others."""
    options = {"OPTIONS"} if getattr(rule, "provide_automatic_options", False) else set()
    return sorted((rule.methods or set()) - {"HEAD"} - options)


def _operation(
    rule: Rule, method: str, view: Callable[..., Any], roles: frozenset[Role]
) -> Operation:
    documented = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    taken = {parameter["in"] for parameter in documented}
    return Operation(
        method=method,
        route=rule.rule,
        view=view,
        roles=roles,
        writes=method not in SAFE_METHODS,
        in_api=rule.rule.startswith(API),
        takes_body=not taken.isdisjoint(BODY_LOCATIONS) or bool(_marked(view, "raw_body")),
        takes_query="query" in taken,
        refuses=_marked(view, "refuses") or (),
        **{name: bool(_marked(view, name)) for name in MARKS},
    )


def _marked(view: Callable[..., Any], name: str) -> Any:
    return getattr(view, f"_market_{name}", None)
