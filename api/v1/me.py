"""Oneself: name, language and devices."""

from api import caching
from api.fields import Choice, Instant, Integer, ListOf, Schema, Text, page_of
from api.v1.resources import UUID, Facts, Resources, Rows, acting, asking, g, ma
from api.v1.roles import SIGNED_IN
from market.accounts import Role, devices, people
from market.accounts.models import Device, Person
from market.db import columns_of
from translations import offered

blp = Resources("me", __name__, description="The person who asks, and their devices.")

NAME_MAX = 120
LANGUAGES = tuple(language.tag for language in offered())


class MeIn(Schema):
    """What one changes about oneself; what is left out stays."""

    name = Text(most=NAME_MAX, least=0)
    language = Choice(LANGUAGES, allow_none=True)


class MeOut(Schema):
    """Oneself, with the roles that one has now."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    phone = ma.fields.String(allow_none=True)
    email = ma.fields.String(allow_none=True)
    language = ma.fields.String(allow_none=True)
    roles = ListOf(Choice(Role), most=len(Role))
    version = Integer()


class DeviceOut(Schema):
    """A device that is signed in; `current` is the one that asks."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    created_at = Instant()
    seen_at = Instant()
    current = ma.fields.Boolean()


DevicesOut = page_of(DeviceOut, "devices", name="DevicesOut", most=100)


@blp.get("/me", SIGNED_IN, MeOut)
def myself() -> Facts:
    """Who one is here."""
    return _shown(people.myself(**asking()))


@blp.patch("/me", SIGNED_IN, MeOut, takes=MeIn)
def edit(body: Facts) -> Facts:
    """Change one's name or language."""
    person = people.myself(**asking())
    caching.expect_match(person.version)
    return _shown(people.edit_myself(**acting(), changes=body, version=person.version))


@blp.pages("/me/devices", SIGNED_IN, DevicesOut)
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


def _shown(person: Person) -> Facts:
    caching.versioned(person.version)
    return columns_of(person) | {"roles": sorted(g.actor.roles)}


def _device(device: Device) -> Facts:
    return columns_of(device) | {"current": device.id == g.actor.device_id}
