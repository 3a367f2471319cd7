"""Oneself: name, language, devices, and what one was told, in the language that one reads."""

from api import caching, context
from api.fields import Choice, Identified, Instant, Integer, ListOf, Schema, String, Text
from api.v1.resources import SIGNED_IN, UUID, Facts, Resources, Rows, acting, asking, g, ma
from market import links, notifications
from market.accounts import Role, devices, people
from market.accounts.models import Device, Person
from market.db import columns_of
from market.notifications.telling import Notice
from translations import offered, text

blp = Resources("me", __name__, description="The person who asks, and their devices.")
notices = Resources("notifications", __name__, description="What one was told.")

NAME_MAX = 120
LANGUAGES = tuple(language.tag for language in offered())


class MeIn(Schema):
    """What one changes about oneself; what is left out stays."""

    name = Text(most=NAME_MAX, least=0)
    language = Choice(LANGUAGES, allow_none=True)


class MeOut(Identified):
    """Oneself, with the roles that one has now."""

    name = String()
    phone = String(allow_none=True)
    email = String(allow_none=True)
    language = String(allow_none=True)
    roles = ListOf(Choice(Role), most=len(Role))
    version = Integer()


class DeviceOut(Identified):
    """A device that is signed in; `current` is the one that asks."""

    name = String()
    created_at = Instant()
    seen_at = Instant()
    current = ma.fields.Boolean()


class NoticeOut(Identified):
    """One notice; `link` is a page of the market."""

    text = String()
    link = String(allow_none=True)
    created_at = Instant()
    read_at = Instant(allow_none=True)


@blp.get("/me", SIGNED_IN, MeOut)
def myself() -> Facts:
    """Who one is here."""
    return _shown(people.myself(**asking()))


@blp.patch("/me", SIGNED_IN, MeOut, takes=MeIn)
def edit(body: Facts) -> Facts:
    """Change one's name or language."""
    person = people.myself(**asking())
    version = caching.expect_match(person)
    return _shown(people.edit_myself(**acting(), changes=body, version=version))


@blp.pages("/me/devices", SIGNED_IN, DeviceOut)
def own_devices(query: Facts) -> Rows:
    """The devices on which one is signed in, newest first."""
    return [_device(device) for device in devices.page(**asking(), **query)]


@blp.get("/me/devices/<uuid:device_id>", SIGNED_IN, DeviceOut)
def device(device_id: UUID) -> Facts:
    """The device."""
    return _device(devices.get(**asking(), device_id=device_id))


@blp.delete("/me/devices/<uuid:device_id>", SIGNED_IN)
def revoke(device_id: UUID) -> None:
    """Sign the device out, from its next request on."""
    devices.revoke(**acting(), device_id=device_id)


@notices.pages("/notifications", SIGNED_IN, NoticeOut, key=("created_at", "id"))
def inbox(query: Facts) -> Rows:
    """The newest first."""
    return [_said(notice) for notice in notifications.inbox(**asking(), **query)]


@notices.post("/notifications/<uuid:notice_id>/reading", SIGNED_IN, NoticeOut)
def mark_read(notice_id: UUID) -> Facts:
    """Say that one has read it."""
    return _said(notifications.mark_read(**acting(), notice_id=notice_id))


def _shown(person: Person) -> Facts:
    return columns_of(caching.versioned(person)) | {"roles": sorted(g.actor.roles)}


def _device(device: Device) -> Facts:
    return columns_of(device) | {"current": device.id == g.actor.device_id}


def _said(notice: Notice) -> Facts:
    link = notice.link and links.for_reader(context.settings().secret_key, notice.link)
    words = text(g.languages, notice.key, **notice.params)
    return columns_of(notice) | {"link": link, "text": words}
