"""Signing in by a code; my name, language, devices and what I was told; guides and the outbox."""

from functools import partial

from flask import Response, g, request
from sqlalchemy import select

from api import auth, context, paging
from api.context import Facts, acting, asking
from api.pages import cards, typed
from api.pages.frame import UUID, Any, again, answered, form, go, local_path, render, views, work_of
from api.v1 import me
from market import FieldInvalid, accounts, clock, existing, notifications
from market.accounts import Role, destinations, devices, people
from market.accounts.devices import BROWSER_LIFETIME
from market.accounts.models import Challenge, Membership, MembershipState, Organisation, Person
from market.notifications import DemoOutbox
from translations import offered

LANGUAGE_SECONDS = 365 * 24 * 3600
NAME_MAX = 100
PAGE = 20
GUIDES = cards.table("guides")


@views.get("/sign-in")
def address() -> Response:
    """Ask where the code is to go."""
    return render("sign_in.html", stage="address", next=_onward(request.args))


@views.post("/sign-in")
def ask() -> Response:
    """Send a code; the answer is the same for known and unknown."""
    given = form()
    onward = _onward(given)
    try:
        challenge = me.ask(destinations.either(given.get("address", "")))
    except (FieldInvalid, accounts.ForeignPhone) as refusal:
        refusal.facts["field"] = "address"
        return again("sign_in.html", refusal, form=given, stage="address", next=onward)
    return render("sign_in.html", stage="code", next=onward, challenge=challenge)


@views.post("/sign-in/code")
def enter() -> Response:
    """Exchange the code for a session, or say what is wrong with it."""
    given = form()
    onward = _onward(given)
    challenge_id = typed.id_of(given.get("challenge_id", "")) or UUID(int=0)
    try:
        tokens = accounts.sign_in(
            g.session,
            challenge_id=challenge_id,
            code=given.get("code", "").replace(" ", ""),
            device_name=_browser(str(request.user_agent)),
            secret_key=context.settings().secret_key,
            now=clock.now(),
            browser=True,
        )
    except (accounts.CodeGone, accounts.WrongCode) as refusal:
        challenge = g.session.get(Challenge, challenge_id)
        stage = "address" if isinstance(refusal, accounts.CodeGone) else "code"
        refusal.facts["field"] = stage
        given |= {"address": challenge.destination if challenge else ""}
        facts = {"stage": stage, "next": onward, "challenge": challenge}
        return again("sign_in.html", refusal, form=given, **facts)
    actor = accounts.actor_of_person(g.session, tokens.person_id, clock.now())
    response = go(onward or work_of(actor)[0])
    auth.remember(response, tokens.access_token, seconds=int(BROWSER_LIFETIME.total_seconds()))
    return response


@views.post("/sign-out")
def leave() -> Response:
    """End this browser's session."""
    if g.actor.device_id is not None:
        accounts.sign_out(g.session, device_id=g.actor.device_id, now=clock.now())
    response = go("/")
    auth.forget(response)
    return response


@views.both("/account", Role.BUYER)
def account() -> Response:
    """Who one is here, and another name or language."""
    facts = partial(_account_facts, people.myself(**asking()))
    page = answered("account.html", facts, _change, blame="name")
    return _speaking(form()["language"], page) if page.location else page


@views.post("/account/devices/<uuid:device_id>/revocation", Role.BUYER)
def sign_out_device(device_id: UUID) -> Response:
    """Sign a lost phone out."""
    devices.revoke(**acting(), device_id=device_id)
    return go("/account", said="revoked")


@views.get("/inbox", Role.BUYER)
def inbox() -> Response:
    """What one was told, the newest first."""
    found = notifications.inbox(**asking(), after=paging.asked(), limit=PAGE)
    page = paging.page(found, limit=PAGE, key=lambda notice: (notice.created_at, notice.id))
    return render("inbox.html", notices=page["items"], next=paging.onward(page))


@views.post("/inbox/reading", Role.BUYER)
def read_all() -> Response:
    """All of it was read."""
    notifications.telling.mark_all_read(**acting())
    return go("/inbox")


@views.get("/outbox")
def outbox() -> Response:
    """The demo's messages, which went nowhere else."""
    existing(context.settings().demo or None, "page")
    first = typed.count(request.args.get("from", ""), digits=5)
    found = DemoOutbox(context.settings().data).messages()
    more = f"/outbox?from={first + PAGE}" if first + PAGE < len(found) else None
    return render("outbox.html", messages=found[first : first + PAGE], next=more)


@views.get("/guide/<role>")
def guide(role: str) -> Response:
    """How somebody with this role goes about it."""
    known = existing(role if role in GUIDES else None, "guide")
    return render("guide.html", role=known, guides=GUIDES)


@views.get("/language")
def language() -> Response:
    """Read on in another language."""
    response = go(local_path(request.args.get("next")))
    wanted = request.args.get("to", "")
    return _speaking(wanted, response) if wanted in _tags() else response


def _account_facts(person: Person) -> Facts:
    return {
        "person": person,
        "values": {"name": person.name, "language": person.language or g.languages[0]},
        "languages_all": [{"value": each.tag, "word": each.autonym} for each in offered()],
        "posts": _posts(),
        "devices": devices.page(**asking(), limit=50),
    }


def _posts() -> list[Any]:
    """One's posts with the names of where they are."""
    named = select(Membership, Organisation.name).join(Organisation)
    mine = named.where(Membership.person_id == g.actor.person_id)
    held = mine.where(Membership.state == MembershipState.ACTIVE)
    return list(g.session.execute(held.order_by(Organisation.name, Membership.post)))


def _change(given: dict[str, str]) -> None:
    changes = {"name": typed.needed(given, "name", NAME_MAX), "language": given.get("language")}
    if changes["language"] not in _tags():
        raise FieldInvalid(field="language", reason="field.not_allowed")
    version = typed.count(given.get("version", ""), digits=9)
    people.edit_myself(**acting(), changes=changes, version=version)


def _tags() -> set[str]:
    return {each.tag for each in offered()}


def _speaking(tag: str, response: Response) -> Response:
    """The browser asks for this language from now on."""
    context.keep(response, context.LANGUAGE_COOKIE, tag, seconds=LANGUAGE_SECONDS)
    return response


def _onward(given: dict[str, str]) -> str:
    """The page that was asked for before signing in, or none."""
    return local_path(given["next"]) if given.get("next") else ""


def _browser(agent: str) -> str:
    """A browser as its owner knows it: "Chrome · Android"."""
    named = [next((name for name in names if name in agent), "") for names in _NAMES]
    return " · ".join(filter(None, named)) or "web"


# Programs and systems; each names others after itself.
_NAMES = (("Firefox", "Chrome", "Safari"), ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux"))
