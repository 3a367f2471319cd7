"""Who is reading: their name and posts, where their work begins, what waits in their basket."""

from collections.abc import Mapping
from typing import Any

from flask import g

from api import context
from catalog import baskets, offers
from catalog.models import Basket
from market import notifications
from market.accounts import Actor, Role
from market.accounts.models import Person
from market.errors import NotFound
from translations import text

BASKET_COOKIE = "basket"


def me(actor: Actor) -> dict[str, Any] | None:
    """What the frame shows of the one who reads."""
    if actor.person_id is None:
        return None
    person = g.session.get(Person, actor.person_id)
    runs = actor.has(Role.MANAGER, Role.ACCOUNTANT)
    return {
        "name": person.name or text(g.languages, "page.me"),
        "sells": actor.has(Role.SELLER, Role.AGENT),
        "hosts": actor.has(Role.HOST) or offers.has_visits(g.session, actor=actor),
        "desk": runs or actor.oversees,
        "desk_href": "/desk" if runs else "/desk/cases",
        "guide": "/guide/" + _work(actor)[1],
        "unread": notifications.unread(g.session, actor=actor),
    }


def first_page(actor: Actor) -> str:
    """Where somebody's work begins."""
    return _work(actor)[0]


def _work(actor: Actor) -> tuple[str, str]:
    """The page where it begins, and the guide that tells how it is done."""
    return next((its for roles, its in _WORK.items() if actor.has(*roles)), ("/", "buyer"))


_WORK: Mapping[tuple[Role, ...], tuple[str, str]] = {
    (Role.MODERATOR, Role.ADMINISTRATOR): ("/desk/cases", "moderator"),
    (Role.MANAGER, Role.ACCOUNTANT): ("/desk", "manager"),
    (Role.SELLER,): ("/sell", "farmer"),
    (Role.HOST,): ("/host/today", "host"),
    (Role.AGENT,): ("/sell", "agent"),
}


def basket() -> Basket | None:
    """The browser's basket, if it has one."""
    secret = context.cookie(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=secret) if secret else None
    except NotFound:
        return None


def basket_count() -> int:
    """How many lines wait in it."""
    here = basket()
    return len(baskets.lines(g.session, basket_id=here.id)) if here else 0
