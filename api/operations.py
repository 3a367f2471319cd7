"""Every operation of the application, read once at start-up from the marks on its views."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import marshmallow as ma
from flask import Flask
from flask.views import MethodView
from werkzeug.routing import Rule

from market.accounts import Role

API = "/v1/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_LOCATIONS = frozenset({"json", "form", "files"})
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
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
        for method, view in _views(app, rule):
            roles = _marked(view, "roles") or _roles_of_files(rule)
            if roles:
                found[rule.endpoint, method] = _operation(rule, method, view, roles)
            else:
                unmarked.append(f"{method} {rule.rule}")
    if unmarked:
        raise Unmarked(*sorted(unmarked))
    return found


def _views(app: Flask, rule: Rule) -> Iterator[tuple[str, Callable[..., Any]]]:
    view = app.view_functions[rule.endpoint]
    resource = getattr(view, "view_class", None)
    automatic = (
        {"HEAD", "OPTIONS"} if getattr(rule, "provide_automatic_options", False) else {"HEAD"}
    )
    for method in sorted((rule.methods or set()) - automatic):
        if resource is not None and issubclass(resource, MethodView):
            yield method, getattr(_instance_of(resource), method.lower())
        else:
            yield method, view


@cache
def _instance_of(resource: type[MethodView]) -> MethodView:
    """One for all requests: resources keep nothing between or within them."""
    if resource.decorators:
        raise TypeError(f"{resource.__name__}: decorate its methods, not the class")
    return resource()


def _roles_of_files(rule: Rule) -> frozenset[Role]:
    """Static files are for everybody; their views are Flask's own and carry no mark."""
    is_static = rule.endpoint.rpartition(".")[2] == "static"
    return frozenset({Role.NOBODY}) if is_static else frozenset()


def _operation(
    rule: Rule, method: str, view: Callable[..., Any], roles: frozenset[Role]
) -> Operation:
    taken = {place for place, _ in arguments_of(view)}
    return Operation(
        method=method,
        route=rule.rule,
        view=view,
        roles=roles,
        writes=method not in SAFE_METHODS,
        in_api=rule.rule.startswith(API),
        takes_body=not taken.isdisjoint(BODY_LOCATIONS) or bool(_marked(view, "raw_body")),
        raw_body=bool(_marked(view, "raw_body")),
        takes_query="query" in taken,
        own_transactions=bool(_marked(view, "own_transactions")),
        never_stored=bool(_marked(view, "never_stored")),
    )


def arguments_of(view: Callable[..., Any]) -> Iterator[tuple[str, ma.Schema]]:
    """Where a view's arguments come from and in which shape, as its decorators noted it."""
    documented = getattr(view, "_apidoc", {}).get("arguments", {})
    for parameter in documented.get("parameters", []):
        yield parameter["in"], parameter["schema"]


def _marked(view: Callable[..., Any], name: str) -> Any:
    return getattr(view, f"_market_{name}", None)
