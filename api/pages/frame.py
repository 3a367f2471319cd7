"""What every page stands in: words, formats, who is reading, and how a form is answered."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import Blueprint, Response, current_app, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import FileStorage

from api import context, csrf, requests
from api.auth import allowed
from api.context import Acting, Facts, acting, asking
from api.errors import Problem, words
from api.unit_of_work import refused, showing
from catalog import baskets, offers
from catalog.models import Basket
from market import Kind, MarketError, NotFound, clock, notifications
from market.accounts import Actor, Person, Role
from translations import offered, spoken, text

SAID_COOKIE = "said"
SAID_SECONDS = 60
BASKET_COOKIE = "basket"
FRAMED = frozenset({403, 404, 409, 410, 412, 422})
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
View = Callable[..., Any]
# The field beside which a refusal is shown; or the fields by how its code begins.
Blame = str | Mapping[str, str]


class Views:
    """The pages' views, put on the blueprint when the application is made."""

    _routes: ClassVar[list[tuple[str, str, View]]] = []

    def get(self, rule: str, *roles: Role) -> Callable[[View], View]:
        """Show a page to whoever has one of the roles (everybody where none is named)."""
        return self._route("GET", rule, roles)

    def post(self, rule: str, *roles: Role) -> Callable[[View], View]:
        """Take a form from whoever has one of the roles (everybody where none is named)."""
        return self._route("POST", rule, roles)

    def both(self, rule: str, *roles: Role) -> Callable[[View], View]:
        """Show a page, and take the form on it (see `answered`), at the same address."""
        return lambda view: self.get(rule, *roles)(self.post(rule, *roles)(view))

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


views = Views()


def render(template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page in the reader's language."""
    headers = {"Content-Language": spoken(g.languages)}
    body = _drawn(template, {**_frame(), **facts})
    response = Response(body, status=status, headers=headers, mimetype="text/html")
    if SAID_COOKIE in request.cookies:
        response.delete_cookie(SAID_COOKIE)
    return response


def _drawn(template: str, facts: Mapping[str, Any]) -> str:
    """The page in the frame of all of them, its macros as `m`: they read the same facts."""
    jinja = current_app.jinja_env
    macros = jinja.get_template("macros.html").make_module(dict(facts))
    page = jinja.get_template(template).make_module({"m": macros, **facts})
    return render_template("base.html", m=macros, page=page, **facts)


def again(
    template: str, refusal: MarketError | None = None, *, form: Mapping[str, str], **facts: Any
) -> Response:
    """The same form once more, with what was typed and what is wrong with it.

    What another form on the page holds (its `values`) is as it was.
    """
    errors, blame = dict(facts.pop("errors", {})), facts.pop("blame", "form")
    values = {**facts.pop("values", {}), **form}
    if refusal is not None:
        errors[blamed(refusal, blame)] = sentence(refusal)
    away = refusal is not None and refusal.kind is Kind.UNAVAILABLE
    page = render(template, status=503 if away else 422, values=values, errors=errors, **facts)
    if refusal is not None and "retry_after_seconds" in refusal.facts:
        page.headers["Retry-After"] = str(refusal.facts["retry_after_seconds"])
    return page


def answered(
    template: str,
    facts: Callable[[], Facts],
    deed: Callable[[dict[str, str]], object],
    *,
    blame: Blame = "form",
    to: str | Callable[[Any], str] = "",
    said: str | None = "saved",
) -> Response:
    """A page, and what a form on it asks for: done, and on from there; or again with what is wrong.

    It goes on to the page itself or to another address, which what was done may tell. A refusal
    without a field stands beside the one to blame.
    """
    if request.method == "GET":
        return render(template, **facts())
    given, done = form(), []
    if refusal := refused(lambda: done.append(deed(given))):
        return again(template, refusal, form=given, blame=blame, **facts())
    return go(to(*done) if callable(to) else to or request.path, said=said)


def blamed(refusal: MarketError, blame: Blame) -> str:
    """The field that a refusal is about."""
    fields = {"": blame} if isinstance(blame, str) else blame
    usual = next(field for start, field in fields.items() if refusal.code.startswith(start))
    return str(refusal.facts.get("field") or usual)


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
    facts = {"problem": problem, "back": came_from()}
    body = _drawn("error.html", {**_frame_after(problem), **facts})
    headers = {**problem.headers, "Content-Type": "text/html; charset=utf-8"}
    return Response(body, status=problem.status, headers=headers)


def came_from() -> str | None:
    """The page of ours with the link or form that led here, if it is another one."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host or page.path == request.path:
        return None
    return local_path(page.path + (f"?{page.query}" if page.query else ""))


def own_basket() -> Basket | None:
    """The browser's basket, if it has one."""
    secret = context.cookie(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=secret) if secret else None
    except NotFound:
        return None


def _frame() -> Facts:
    """What every page is given, beside what the page itself lists.

    - `t(key, **facts)`: words in the reader's language
    - `lang`: the BCP-47 tag of the page, such as "vi"
    - `languages`: all that are offered: [{tag, autonym}]
    - `me`: None, or {name, sells, hosts, desk, desk_href, guide, unread} (three yes/no, two links,
      a count)
    - `basket_count`: lines in the basket
    - `csrf_token`: for csrf(); "" when there is nothing to protect
    - `flash`: None, or the end of the key of what is said once at the top
    - `demo`: True when messages are shown at /outbox instead of being sent
    - `values`, `errors`: {field: text as typed}, {field: sentence}; empty where there is no form
    - `today`: the day
    """
    basket = own_basket()
    return {
        **_bare_frame(),
        "me": _me(g.actor),
        "basket_count": len(baskets.lines(g.session, basket_id=basket.id)) if basket else 0,
        "csrf_token": csrf.token(),
    }


def _frame_after(problem: Problem) -> Facts:
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


def _bare_frame() -> Facts:
    """The frame without a question to the database, which may be what went wrong."""
    return {
        "t": partial(text, context.known_languages()),
        "lang": spoken(context.known_languages()),
        "languages": offered(),
        "me": None,
        "basket_count": 0,
        "csrf_token": "",
        "flash": _said(),
        "values": {},
        "errors": {},
        "demo": context.settings().demo,
        "today": clock.day_of(clock.now()),
    }


def _said() -> str | None:
    key = request.cookies.get(SAID_COOKIE, "")
    is_known = re.fullmatch(r"[a-z-]{1,40}", key) and context.words(f"page.said.{key}")
    return key if is_known else None


def _me(actor: Actor) -> Facts | None:
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
        "guide": "/guide/" + work_of(actor)[1],
        "unread": notifications.unread(g.session, actor=actor),
    }


def work_of(actor: Actor) -> tuple[str, str]:
    """The page where somebody's work begins, and the guide that tells how it is done."""
    return next((its for roles, its in _WORK.items() if actor.has(*roles)), ("/", "buyer"))


_WORK: Mapping[tuple[Role, ...], tuple[str, str]] = {
    (Role.MODERATOR, Role.ADMINISTRATOR): ("/desk/cases", "moderator"),
    (Role.MANAGER, Role.ACCOUNTANT): ("/desk", "manager"),
    (Role.SELLER,): ("/sell", "farmer"),
    (Role.HOST,): ("/host/today", "host"),
    (Role.AGENT,): ("/sell", "agent"),
}
