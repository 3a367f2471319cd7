"""What every page stands in: words, formats, who is reading, and how a form is answered."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import FileStorage

from api import context, csrf, requests
from api.auth import allowed
from api.errors import Problem, words
from api.unit_of_work import showing
from catalog import baskets, offers
from catalog.models import Basket
from market import notifications
from market.accounts import Actor, Person, Role
from market.errors import Kind, MarketError, NotFound
from translations import offered, spoken, text

SAID_COOKIE = "said"
SAID_SECONDS = 60
BASKET_COOKIE = "basket"
FRAMED = frozenset({403, 404, 409, 410, 412, 422})
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
SAID_LINKS = {"basket": "/basket"}  # where the word `page.said.<key>.go` of a message leads
View = Callable[..., Any]


class Views:
    """A module's page views, put on the blueprint when the application is made."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, str, View]] = []

    def get(self, rule: str, *roles: Role) -> Callable[[View], View]:
        """Show a page to whoever has one of the roles (everybody where none is named)."""
        return self._route("GET", rule, roles)

    def post(self, rule: str, *roles: Role) -> Callable[[View], View]:
        """Take a form from whoever has one of the roles (everybody where none is named)."""
        return self._route("POST", rule, roles)

    def register(self, blp: Blueprint) -> None:
        """Put the views on the blueprint."""
        for method, rule, view in self._routes:
            endpoint = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
            blp.add_url_rule(rule, endpoint, view, methods=[method])

    def _route(self, method: str, rule: str, roles: tuple[Role, ...]) -> Callable[[View], View]:
        def add(view: View) -> View:
            self._routes.append((method, rule, allowed(*(roles or (Role.NOBODY,)))(view)))
            return view

        return add


def render(template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page in the reader's language."""
    headers = {"Content-Language": spoken(g.languages)}
    body = _drawn(template, {**_frame(), **facts})
    response = Response(body, status=status, headers=headers, mimetype="text/html")
    if SAID_COOKIE in request.cookies:
        response.delete_cookie(SAID_COOKIE)
    return response


def _drawn(template: str, facts: Mapping[str, Any]) -> str:
    """The page, its macros as `m`: they read the same facts."""
    macros = current_app.jinja_env.get_template("macros.html").make_module(dict(facts))
    return render_template(template, m=macros, **facts)


def again(
    template: str, refusal: MarketError | None = None, *, form: Mapping[str, str], **facts: Any
) -> Response:
    """The same form once more, with what was typed and what is wrong with it."""
    errors = dict(facts.pop("errors", {}))
    if refusal is not None:
        field = str(refusal.facts.get("field") or facts.pop("blame", "form"))
        errors[field] = sentence(refusal)
    facts.pop("blame", None)
    is_away = refusal is not None and refusal.kind is Kind.UNAVAILABLE
    page = render(
        template, status=503 if is_away else 422, values=dict(form), errors=errors, **facts
    )
    if refusal is not None and "retry_after_seconds" in refusal.facts:
        page.headers["Retry-After"] = str(refusal.facts["retry_after_seconds"])
    return page


def sentence(refusal: MarketError) -> str:
    """What a refusal says to a reader."""
    facts = dict(refusal.facts)
    code = str(facts.pop("reason", None) or refusal.code)
    return words(code, facts, fallback="invalid")[1]


def go(path: str, *, said: str | None = None) -> Response:
    """On to the next page after a form was taken (303, so that going back does not send twice).

    That page says `page.said.<said>` at its top, once.
    """
    response = Response(status=303, headers={"Location": path})
    if said is not None:
        context.keep(response, SAID_COOKIE, said, seconds=SAID_SECONDS)
    return response


def form() -> dict[str, str]:
    """The fields of the form, each once, trimmed; files are apart.

    Marks that nobody sees, such as those that turn what stands behind them, are dropped.
    """
    return {
        name: _UNSEEN.sub("", value).strip()
        for name, value in requests.form_of(request)
        if name != csrf.FIELD and isinstance(value, str)
    }


def files(name: str) -> list[FileStorage]:
    """The files of one field that were really chosen."""
    return [file for file in request.files.getlist(name) if file.filename]


def local_path(path: str | None) -> str:
    """A path of ours to go on to, whatever was asked for."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")):
        return path
    return "/"


def error_page(problem: Problem) -> Response:
    """A refusal as a page."""
    if problem.status == 401:  # noqa: PLR2004  the one status that a page answers with another
        back = request.path if request.method == "GET" else came_from() or "/"
        return go("/sign-in?" + urlencode({"next": back}))
    facts = {
        "status": problem.status,
        "title": problem.title,
        "detail": problem.detail,
        "back": came_from(),
        "lot_asked": request.path.startswith("/l/"),
    }
    body = _drawn("error.html", {**_frame_after(problem), **facts})
    headers = {**problem.headers, "Content-Type": "text/html; charset=utf-8"}
    return Response(body, status=problem.status, headers=headers)


def came_from() -> str | None:
    """The page of ours with the link or form that led here, if it is another one."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host or page.path == request.path:
        return None
    return local_path(page.path + (f"?{page.query}" if page.query else ""))


def first_page(actor: Actor) -> str:
    """Where somebody's work begins."""
    return _work(actor)[0]


def own_basket() -> Basket | None:
    """The browser's basket, if it has one."""
    secret = context.cookie(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=secret) if secret else None
    except NotFound:
        return None


def _frame() -> dict[str, Any]:
    basket = own_basket()
    return {
        **_bare_frame(),
        "me": _me(g.actor),
        "basket_count": len(baskets.lines(g.session, basket_id=basket.id)) if basket else 0,
        "csrf_token": csrf.token(),
    }


def _frame_after(problem: Problem) -> dict[str, Any]:
    """The reader's own frame, where asking the database for it costs less than the refusal saves.

    The request's own transaction has ended with the refusal.
    """
    if problem.status not in FRAMED:
        return _bare_frame()
    try:
        with showing():
            return _frame()
    except (MarketError, SQLAlchemyError):
        return _bare_frame()


def _bare_frame() -> dict[str, Any]:
    """The frame without a question to the database, which may be what went wrong."""
    return {
        "t": _words,
        "lang": spoken(context.known_languages()),
        "languages": offered(),
        "me": None,
        "basket_count": 0,
        "csrf_token": "",
        "flashes": _said(),
        "values": {},
        "errors": {},
        "demo": context.settings().demo,
    }


def _said() -> list[dict[str, Any]]:
    key = request.cookies.get(SAID_COOKIE, "")
    if not re.fullmatch(r"[a-z-]{1,40}", key):
        return []
    said = context.words(f"page.said.{key}")
    if said is None:
        return []
    href = SAID_LINKS.get(key)
    word = _words(f"page.said.{key}.go") if href else None
    return [{"tone": "ok", "text": said, "href": href, "word": word}]


def _words(key: str, **facts: Any) -> str:
    return text(context.known_languages(), key, **facts)


def _me(actor: Actor) -> dict[str, Any] | None:
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


def _work(actor: Actor) -> tuple[str, str]:
    """The page where somebody's work begins, and the guide that tells how it is done."""
    return next((its for roles, its in _WORK.items() if actor.has(*roles)), ("/", "buyer"))


_WORK: Mapping[tuple[Role, ...], tuple[str, str]] = {
    (Role.MODERATOR, Role.ADMINISTRATOR): ("/desk/cases", "moderator"),
    (Role.MANAGER, Role.ACCOUNTANT): ("/desk", "manager"),
    (Role.SELLER,): ("/sell", "farmer"),
    (Role.HOST,): ("/host/today", "host"),
    (Role.AGENT,): ("/sell", "agent"),
}
