"""Me: my name and language, my devices, what I was told; the guides, and the demo's outbox."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context, paging
from api.context import acting, asking
from api.pages import typed
from api.pages.frame import Views, again, form, go, local_path, render
from market import notifications
from market.accounts import Role, devices, memberships, people
from market.accounts.models import Membership, MembershipState, Organisation, Person
from market.errors import FieldInvalid, NotFound, Stale
from market.notifications import DemoOutbox
from translations import offered

views = Views()

LANGUAGE_SECONDS = 365 * 24 * 3600
NAME_MAX = 100
PAGE = 20
DEVICES_MAX = 50
GUIDES = ("buyer", "tourist", "farmer", "host", "manager", "agent", "moderator")


@views.get("/account", Role.BUYER)
def account() -> Response:
    """Who one is here."""
    person = people.myself(**asking())
    values = {"name": person.name, "language": person.language or g.languages[0]}
    return render("account.html", values=values, **_account_facts(person))


@views.post("/account", Role.BUYER)
def change() -> Response:
    """Another name or language."""
    given = form()
    person = people.myself(**asking())
    try:
        name, language = typed.needed(given, "name", NAME_MAX), _language(given.get("language", ""))
        version = typed.count(given.get("version", ""), digits=9)
        people.edit_myself(
            **acting(), changes={"name": name, "language": language}, version=version
        )
    except (FieldInvalid, Stale) as refusal:
        return again("account.html", refusal, form=given, blame="name", **_account_facts(person))
    return _speaking(given["language"], go("/account", said="saved"))


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
    return render(
        "inbox.html",
        notices=page["items"],
        next=page["next"] and f"/inbox?cursor={page['next']}",
    )


@views.post("/inbox/reading", Role.BUYER)
def read_all() -> Response:
    """All of it was read."""
    notifications.mark_all_read(**acting())
    return go("/inbox")


@views.get("/outbox")
def outbox() -> Response:
    """The demo's messages, which went nowhere else."""
    if not context.settings().demo:
        raise NotFound(what="page")
    first = typed.count(request.args.get("from", ""), digits=5)
    found = DemoOutbox(context.settings().data).messages()
    more = f"/outbox?from={first + PAGE}" if first + PAGE < len(found) else None
    return render("outbox.html", messages=found[first : first + PAGE], next=more)


@views.get("/guide/<role>")
def guide(role: str) -> Response:
    """How somebody with this role goes about it."""
    if role not in GUIDES:
        raise NotFound(what="guide")
    return render("guide.html", role=role)


@views.get("/language")
def language() -> Response:
    """Read on in another language."""
    response = go(local_path(request.args.get("next")))
    wanted = request.args.get("to", "")
    return _speaking(wanted, response) if wanted in _tags() else response


def _account_facts(person: Person) -> dict[str, Any]:
    return {
        "person": person,
        "languages_all": [{"value": each.tag, "word": each.autonym} for each in offered()],
        "posts": _posts(),
        "devices": devices.page(**asking(), limit=DEVICES_MAX),
        "device_id": g.actor.device_id,
    }


def _posts() -> list[Any]:
    """One's posts with the names of where they are."""
    rows = g.session.execute(
        memberships.visible_to(g.actor)
        .add_columns(Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == g.actor.person_id)
        .where(Membership.state == MembershipState.ACTIVE)
        .order_by(Organisation.name, Membership.post)
    )
    return list(rows)


def _language(tag: str) -> str:
    if tag not in _tags():
        raise FieldInvalid(field="language", reason="field.not_allowed")
    return tag


def _tags() -> set[str]:
    return {each.tag for each in offered()}


def _speaking(tag: str, response: Response) -> Response:
    """The browser asks for this language from now on."""
    context.keep(response, context.LANGUAGE_COOKIE, tag, seconds=LANGUAGE_SECONDS)
    return response
