"""Who is asking, and whether this operation is for them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from flask import Request, Response, g, request
from sqlalchemy.orm import Session

from api import context, csrf
from api.context import SESSION_COOKIE
from api.errors import Malformed
from api.fields import UUID_SHAPE
from api.operations import Operation, View, mark
from market import Forbidden, Kind, MarketError, accounts, clock
from market.accounts import NOBODY, Actor, Role, TokenInvalid, authenticating, keys
from market.accounts.devices import BROWSER

RESELLERS = "/octo"  # where alone their keys count


class Unauthenticated(MarketError, code="unauthenticated", kind=Kind.UNAUTHENTICATED):
    """Signing in is needed."""


class BadOrganisation(Malformed, code="acting_for.malformed"):
    """The `Acting-For` header holds no id of an organisation."""


def allowed(*roles: Role) -> Callable[[View], View]:
    """Mark a view with the roles that may use it; a view without a mark fails at start-up."""
    if not roles:
        raise ValueError("say who may; everybody is `public`")
    return lambda view: mark(view, "roles", frozenset(roles))


public = allowed(Role.NOBODY)


def require(operation: Operation) -> None:
    """Refuse whoever may not use the operation; raises Unauthenticated, Forbidden, CsrfMismatch."""
    by_bearer = "HTTP_AUTHORIZATION" in request.environ  # which no other site can have sent
    if operation.writes and not by_bearer and (not operation.in_api or _speaks_by_cookie(request)):
        csrf.require(request)
    if Role.NOBODY in operation.roles:
        return
    actor: Actor = g.actor
    if actor.roles <= NOBODY.roles:
        raise Unauthenticated
    if not actor.has(*operation.roles):
        raise Forbidden


def actor_of(request: Request) -> Actor:
    """The one that the request's token stands for; raises TokenInvalid where it stands for none.

    A browser whose session has ended is simply nobody again.
    """
    by_cookie = _speaks_by_cookie(request)
    token = context.cookie(SESSION_COOKIE) if by_cookie else _bearer(request)
    if not token:
        return NOBODY
    now = clock.now()
    with _asking() as session:
        try:
            if token.startswith(keys.PREFIX) and request.path.startswith(RESELLERS):
                return keys.actor_of_key(session, token)
            actor = authenticating.actor_of_token(session, token, now)
        except TokenInvalid:
            if by_cookie:
                return NOBODY
            raise
        principal = request.headers.get("Acting-For")
        if principal is None:
            return actor
        if not UUID_SHAPE.fullmatch(principal):
            raise BadOrganisation
        return accounts.act_for(session, actor, UUID(principal), now)


def remember(response: Response, token: str, *, seconds: int) -> None:
    """Let the browser speak for its person from now on."""
    context.keep(response, SESSION_COOKIE, token, seconds=seconds)


def forget(response: Response) -> None:
    """Let the browser speak for nobody from now on."""
    response.delete_cookie(SESSION_COOKIE, secure=context.is_https(), httponly=True, samesite="Lax")


def _speaks_by_cookie(request: Request) -> bool:
    given = "HTTP_AUTHORIZATION" not in request.environ and context.cookie(SESSION_COOKIE)
    return bool(given)


def _bearer(request: Request) -> str | None:
    header: str | None = request.environ.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    given = _BEARER.fullmatch(header)
    if given is None or given[1].startswith(BROWSER):
        raise Unauthenticated
    return given[1]


def _asking() -> AbstractContextManager[Session]:
    """The reading of the request itself, or a short one before its transaction begins."""
    operation: Operation | None = g.operation  # none where nothing is at that address
    if operation is None or operation.writes or operation.own_transactions:
        return context.database().reading()
    return nullcontext(g.session)


_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{8,512})")
