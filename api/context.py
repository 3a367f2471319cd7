"""What every part of a request may ask for: the settings, the database, the reader's languages."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypedDict, cast

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from api.throttling import address_of
from market import Actor, Database, clock, config
from market.files import Files
from market.orders import Rail
from payments.gateway import Gateway
from translations import MissingParameter, UnknownMessage, chain, text

LANGUAGE_COOKIE = "lang"
SESSION_COOKIE = "session"
HEADER_CHARACTERS_MAX = 200  # what a phone sends is far shorter; a longer one only fills the cache
CARDS_KEPT = 8192  # about five megabytes

Cards = dict[tuple[Any, ...], bytes]
Facts: TypeAlias = dict[str, Any]  # what is said by name: of a request, to a verb, on a page


class Asking(TypedDict):
    """What every question of the domain takes: the request's transaction, and who asks."""

    session: Session
    actor: Actor


class Acting(Asking):
    """What every verb of the domain takes: the same, and the moment."""

    now: datetime


def asking() -> Asking:
    """The request's transaction and its actor, to be handed on as `**asking()`."""
    return {"session": g.session, "actor": g.actor}


def acting(actor: Actor | None = None) -> Acting:
    """The same with this moment, as `**acting()`; for a seller at a counter, as that actor."""
    return {"session": g.session, "actor": actor or g.actor, "now": clock.now()}


def settings() -> config.Settings:
    """The settings of the running application."""
    return cast("config.Settings", current_app.config["SETTINGS"])


def database() -> Database:
    """The database of the running application."""
    return cast("Database", current_app.config["DATABASE"])


def cards(lang: str) -> Cards:
    """What this application remembers of its database's cards in the language, by version."""
    known = cast("dict[str, Cards]", current_app.extensions["cards"])
    if sum(map(len, known.values())) >= CARDS_KEPT:
        known.clear()
    return known[lang]


def is_https() -> bool:
    """Whether readers reach the market over TLS."""
    return settings().public_url.startswith("https:")


def client_address() -> str:
    """The caller's address, as far as it can be believed."""
    return address_of(request.environ, local=settings().local)


def files() -> Files:
    """Where photos and papers are kept."""
    return cast("Files", current_app.config["FILES"])


def gateways() -> Mapping[Rail, Gateway]:
    """Who moves the money, by rail."""
    return cast("Mapping[Rail, Gateway]", current_app.config["GATEWAYS"])


def wished_language() -> str | None:
    """The language that the address or the reader's cookie asks for."""
    asked = _LANG.search(request.environ.get("QUERY_STRING", ""))
    return asked[1] if asked else cookie(LANGUAGE_COOKIE)


def cookie(name: str) -> str | None:
    """A cookie of the request; phones send none at all."""
    return request.cookies.get(name) if "HTTP_COOKIE" in request.environ else None


def keep(response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Have the browser send this to us, and to nobody else, for so long or until it is closed."""
    response.set_cookie(name, value, seconds, httponly=True, samesite="Lax", secure=is_https())


def languages_for(wished: str | None, preferred: str | None) -> tuple[str, ...]:
    """The languages to try: the one wished for, else the one preferred, else the browser's."""
    accept: str | None = request.environ.get("HTTP_ACCEPT_LANGUAGE")
    return _chain(explicit=_short(wished), preferred=_short(preferred), accept=_short(accept))


def known_languages() -> tuple[str, ...]:
    """The reader's languages as far as they are known without asking the database."""
    known = g.__dict__.get("languages") if g else None
    if known is not None:
        return cast("tuple[str, ...]", known)
    actor = g.__dict__.get("actor")
    return languages_for(wished_language(), actor.language if actor else None)


def words(key: str, languages: tuple[str, ...] | None = None, /, **facts: Any) -> str | None:
    """What a message says to the reader; None where nothing is said under this key."""
    try:
        return text(languages or known_languages(), key, **facts)
    except (UnknownMessage, MissingParameter, TypeError):
        return None  # fewer words are shown rather than a fault of ours


def _short(text: str | None) -> str | None:
    return text and text[:HEADER_CHARACTERS_MAX]


_chain = lru_cache(maxsize=1024)(chain)
# Looked for in the raw query: a refusal of a query that cannot be read still speaks a language.
_LANG = re.compile(r"(?:^|&)lang=([A-Za-z0-9-]+)(?:&|$)")
