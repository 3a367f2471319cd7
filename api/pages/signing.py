"""Signing in by a code, and out again."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, g, request

from api import auth, context
from api.pages import typed
from api.pages.frame import Views, again, form, go, local_path, render
from api.pages.reader import first_page
from market import accounts, clock
from market.accounts import destinations
from market.accounts.models import Challenge
from market.accounts.tokens import BROWSER_LIFETIME
from market.errors import FieldInvalid

views = Views()


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
        challenge = accounts.ask_code(
            g.session,
            destination=destinations.either(given.get("address", "")),
            language=g.languages[0],
            client_address=context.client_address(),
            now=clock.now(),
            sms_foreign=context.settings().sms_foreign,
        )
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
    except accounts.CodeGone as refusal:
        challenge = g.session.get(Challenge, challenge_id)
        address = challenge.destination if challenge else ""
        given, refusal.facts["field"] = {"address": address}, "address"
        return again("sign_in.html", refusal, form=given, stage="address", next=onward)
    except accounts.WrongCode as refusal:
        challenge = g.session.get_one(Challenge, challenge_id)
        refusal.facts["field"] = "code"
        facts = {"stage": "code", "next": onward, "challenge": challenge}
        return again("sign_in.html", refusal, form=given, **facts)
    actor = accounts.actor_of_person(g.session, tokens.person_id, clock.now())
    response = go(onward or first_page(actor))
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


def _onward(given: Mapping[str, str]) -> str:
    """The page that was asked for before signing in, or none."""
    return local_path(given["next"]) if given.get("next") else ""


def _browser(agent: str) -> str:
    """A browser as its owner knows it: "Chrome · Android"."""
    named = [next((name for name in names if name in agent), "") for names in _NAMES]
    return " · ".join(filter(None, named)) or "web"


# Programs and systems; each names others after itself.
_NAMES = (("Firefox", "Chrome", "Safari"), ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux"))
