"""What every resource is written with: operations that say where they are, for whom, and what."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias
from uuid import UUID

import marshmallow as ma
from flask import Response, g, request, url_for
from flask_smorest import Blueprint
from flask_smorest.fields import Upload

from api import paging
from api.auth import allowed
from api.context import Facts, acting, asking
from api.fields import PageQuery, Schema, page_of
from api.operations import View, mark
from api.v1.roles import DECIDERS, EVERYBODY, GUESTS_TOO, SELLERS, SIGNED_IN, STAFF
from market.accounts import Role

Rows: TypeAlias = Sequence[Any]
Created: TypeAlias = tuple[Any, int, dict[str, str]]
Roles: TypeAlias = tuple[Role, ...]


class Resources(Blueprint):
    """Operations of one kind, each for the roles `by`; it `takes` one shape and `gives` another.

    A view is a function of what it takes and of the names in its `rule`.
    """

    def get(self, rule: str, by: Roles, gives: Any, *, query: Any = None) -> Callable[[View], View]:
        """Reading; the `query` is what is taken, and a media type stands for a file of it."""
        return self._declared("GET", rule, by, gives, query, 200)

    def post(
        self, rule: str, by: Roles, gives: Any = None, *, takes: Any = None, status: int = 201
    ) -> Callable[[View], View]:
        """Doing something."""
        return self._declared("POST", rule, by, gives, takes, status)

    def patch(self, rule: str, by: Roles, gives: Any, *, takes: Any) -> Callable[[View], View]:
        """Changing the version that `If-Match` names."""
        return self._declared("PATCH", rule, by, gives, takes, 200)

    def put(self, rule: str, by: Roles, gives: Any = None, *, takes: Any) -> Callable[[View], View]:
        """Having it so, whatever was before; mostly nothing is to be shown."""
        return self._declared("PUT", rule, by, gives, takes, 200 if gives else 204)

    def delete(self, rule: str, by: Roles, gives: Any = None) -> Callable[[View], View]:
        """Ending something; mostly nothing is left to show."""
        return self._declared("DELETE", rule, by, gives, None, 200 if gives else 204)

    def pages(
        self,
        rule: str,
        by: Roles,
        item: type[Schema],
        *,
        name: str = "",
        query: type[ma.Schema] = PageQuery,
        key: tuple[str, ...] = ("id",),
    ) -> Callable[[View], View]:
        """Reading a list of such items that is sorted by a `key`, of one member or more.

        The view takes the query, whose `after` is the key of the last row shown, and gives up to
        one row more than the `limit`.
        """
        name = name or f"{item.__name__.removesuffix('Out')}sOut"
        shape = page_of(item, rule, name=name)

        def declared(view: View) -> View:
            @wraps(view)
            def page(asked: Facts, **place: Any) -> Facts:
                last = asked["cursor"]
                rest = {name: value for name, value in asked.items() if name != "cursor"}
                rest["after"] = last[0] if last and len(key) == 1 else last
                return paging.answer(view(rest, **place), asked, *key)

            self.get(rule, by, shape, query=query)(page)
            return view

        return declared

    def refuses(self, *statuses: int) -> Callable[[View], View]:
        """Refusals that the nature of an operation does not tell."""
        return lambda view: mark(view, "refuses", statuses)

    def _declared(
        self, method: str, rule: str, by: Roles, gives: Any, takes: Any, status: int
    ) -> Callable[[View], View]:
        media = gives if isinstance(gives, str) else None
        shape = {"type": "string", "format": "binary"} if media else gives

        def declared(view: View) -> View:
            shown = self.response(status, shape, content_type=media)(view)
            if takes is not None:
                where = "query" if method == "GET" else "json"
                shown = self.arguments(takes, location=where)(shown)
            self.route(rule, methods=[method])(allowed(*by)(shown))
            return view

        return declared


def created(shown: Any, endpoint: str, **names: Any) -> Created:
    """The answer to what made something, with the address at which it stands from now on."""
    return shown, 201, {"Location": url_for(endpoint, **names)}
