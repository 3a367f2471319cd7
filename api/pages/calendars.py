"""Both directions on one page: our calendars for other sites, and theirs that we look into."""

from urllib.parse import urlsplit

from api import house
from api.context import acting, asking, settings
from api.pages import counter, typed
from api.pages.frame import UUID, Any, Facts, Response, answered, g, go, views
from catalog import calendars
from catalog.calendars.channels import IMPORTING
from market import clock
from market.accounts import Scope
from translations import text

PAGE = "/host/calendars"


@views.get("/ical/<secret>.ics")
def feed(secret: str) -> Response:
    """What is taken, for whoever has the link."""
    found = calendars.by_secret(g.session, key=settings().secret_key, secret=secret)
    host = urlsplit(settings().public_url).hostname or ""
    busy = text(g.languages, "calendar.busy")
    body = calendars.ics(g.session, resource=found, host=host, busy=busy, now=clock.now())
    return Response(body, mimetype="text/calendar")


@views.both(PAGE, *counter.KEEPERS)
def overview() -> Response:
    """What has a calendar, with its link; and calendars of other sites, to link one more."""
    return answered("host_calendars.html", _facts, _add, blame="url", said="calendar-asked")


@views.post(f"{PAGE}/<uuid:channel_id>/<any(sync, removal):step>", *counter.KEEPERS)
def change(channel_id: UUID, step: str) -> Response:
    """Look at a calendar now, or never again."""
    verb = calendars.ask_sync if step == "sync" else calendars.remove
    verb(**acting(_actor()), channel_id=channel_id)
    return go(PAGE, said="calendar-asked" if step == "sync" else "saved")


@views.post(f"{PAGE}/feeds/<uuid:resource_id>", *counter.KEEPERS)
def renew(resource_id: UUID) -> Response:
    """Another link in the place of the one before."""
    calendars.renew(**acting(_actor()), resource_id=resource_id)
    return go(PAGE, said="saved")


def _add(given: dict[str, str]) -> None:
    resource_id, url = typed.identifier(given.get("resource", "")), typed.needed(given, "url")
    name = typed.needed(given, "name", 60)
    calendars.add(**acting(_actor()), resource_id=resource_id, name=name, url=url)


def _actor() -> Any:
    return counter.needed(Scope.LISTINGS).only


def _facts() -> Facts:
    its = {**asking(), "actor": _actor()}
    found = calendars.resources(**its)
    names = calendars.names(g.session, ids=[each.id for each in found], languages=g.languages)
    channels = calendars.mine(**its, limit=100)
    return {
        "found": found,
        "names": names,
        "links": {each.id: house.feed_url(each) for each in found},
        "channels": channels,
        "choices": [{"value": it.id, "word": names[it.id]} for it in found if it.kind in IMPORTING],
    }
