"""What every page stands in: words, formats, who is reading, and how a form is answered."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, render_template, request
from jinja2 import Environment
from werkzeug.datastructures import FileStorage

from api import context, csrf, requests
from api.auth import allowed
from api.errors import Problem, words
from catalog import baskets, offers
from market import clock, notifications
from market.accounts import Actor, Role
from market.accounts.models import Person
from market.errors import MarketError, NotFound
from market.quantity import Quantity
from translations import formats, offered, text

BASKET_COOKIE = "basket"
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
    body = render_template(template, **{**_frame(), **facts})
    return Response(body, status=status, mimetype="text/html")


def again(
    template: str, refusal: MarketError | None = None, *, form: Mapping[str, str], **facts: Any
) -> Response:
    """The same form once more, with what was typed and what is wrong with it."""
    errors = dict(facts.pop("errors", {}))
    if refusal is not None:
        field = str(refusal.facts.get("field") or facts.pop("blame", "form"))
        errors[field] = sentence(refusal)
    facts.pop("blame", None)
    return render(template, status=422, values=dict(form), errors=errors, **facts)


def sentence(refusal: MarketError) -> str:
    """What a refusal says to a reader."""
    facts = dict(refusal.facts)
    code = str(facts.pop("reason", None) or refusal.code)
    return words(code, facts, fallback="invalid")[1]


def go(path: str) -> Response:
    """On to the next page after a form was taken (303, so that going back does not send twice)."""
    return Response(status=303, headers={"Location": path})


def form() -> dict[str, str]:
    """The fields of the form, each once, trimmed; files are apart."""
    return {
        name: value.strip()
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
        back = request.path if request.method == "GET" else "/"
        return go("/sign-in?" + urlencode({"next": back}))
    facts = {"status": problem.status, "title": problem.title, "detail": problem.detail}
    body = render_template("error.html", **{**_bare_frame(), **facts})
    headers = {**problem.headers, "Content-Type": "text/html; charset=utf-8"}
    return Response(body, status=problem.status, headers=headers)


def prepare(environment: Environment) -> None:
    """Teach the templates our formats."""
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        money=lambda minor: formats.money(minor, "VND", g.languages),
        money_short=lambda minor: short_money(minor, g.languages),
        measure=_measure,
        unit=lambda code: text(g.languages, f"unit.{code}"),
        day=_day,
        moment=lambda at: formats.moment(at, g.languages),
        clock=lambda at: at.astimezone(clock.VIETNAM).strftime("%H:%M"),
    )


def short_money(minor: int, languages: tuple[str, ...]) -> str:
    """Millions with one decimal once there are any, for figures that are glanced at."""
    if abs(minor) < 1_000_000:  # noqa: PLR2004
        return formats.money(minor, "VND", languages)
    tenths = round(minor / 100_000)
    return text(languages, "page.millions", figure=_tenths(tenths))


def _tenths(tenths: int) -> str:
    whole, rest = divmod(abs(tenths), 10)
    comma = "," if g.languages[0] == "vi" else "."
    grouped = formats.number(whole, g.languages)
    sign = "−" if tenths < 0 else ""
    return f"{sign}{grouped}{comma}{rest}" if rest else f"{sign}{grouped}"


def _measure(amount: Quantity | Mapping[str, Any]) -> str:
    if isinstance(amount, Quantity):
        return formats.measure(amount.value, amount.scale, amount.unit, g.languages)
    return formats.measure(amount["value"], amount["scale"], amount["unit"], g.languages)


def _day(day: date | datetime) -> str:
    if isinstance(day, datetime):
        day = clock.day_of(day)
    return formats.relative_day(day, clock.day_of(clock.now()), g.languages)


def _frame() -> dict[str, Any]:
    return {
        **_bare_frame(),
        "me": _me(g.actor),
        "basket_count": _basket_count(),
        "csrf_token": csrf.token(),
    }


def _bare_frame() -> dict[str, Any]:
    """The frame without a question to the database, which may be what went wrong."""
    return {
        "t": _words,
        "lang": context.known_languages()[0],
        "languages": _other_languages(),
        "me": None,
        "basket_count": 0,
        "csrf_token": "",
        "flashes": [],
        "values": {},
        "errors": {},
        "demo": context.settings().demo,
    }


def _words(key: str, **facts: Any) -> str:
    return text(context.known_languages(), key, **facts)


def _other_languages() -> list[dict[str, str]]:
    here = context.known_languages()[0]
    return [
        {
            "tag": language.tag,
            "name": language.autonym,
            "href": "/language?" + urlencode({"to": language.tag, "next": request.path}),
        }
        for language in offered()
        if language.tag != here
    ]


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
        "unread": notifications.unread(g.session, actor=actor),
    }


def _basket_count() -> int:
    secret = request.cookies.get(BASKET_COOKIE)
    if not secret:
        return 0
    try:
        basket = baskets.by_secret(g.session, secret=secret)
    except NotFound:
        return 0
    return len(baskets.lines(g.session, basket=basket))
