"""Oneself: name, language and devices."""

from typing import Any
from uuid import UUID

from api import caching, paging
from api.fields import Choice, Instant, Integer, ListOf, PageQuery, Schema, Text, page_of
from api.v1.people_shapes import NAME_MAX, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, g, ma
from market.accounts import Role, devices, people
from market.accounts.models import Device, Person
from market.db import columns_of
from translations import offered

blp = Blueprint("me", __name__, description="The person who asks, and their devices.")

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


@blp.route("/me")
class Me(MethodView):
    """Oneself."""

    @allowed(Role.BUYER)
    @blp.response(200, MeOut)
    def get(self) -> dict[str, Any]:
        """Who one is here."""
        return _shown(people.myself(**asking()))

    @allowed(Role.BUYER)
    @blp.arguments(MeIn)
    @blp.response(200, MeOut)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change one's name or language."""
        person = people.myself(**asking())
        caching.expect_match(person.version)
        return _shown(people.edit_myself(**acting(), changes=body, version=person.version))


@blp.route("/me/devices")
class Devices(MethodView):
    """One's devices."""

    @allowed(Role.BUYER)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(DeviceOut, "devices", name="DevicesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The devices on which one is signed in, newest first."""
        found = devices.page(**asking(), after=last_id(query), limit=query["limit"])
        rows = [_device(device) for device in found]
        return paging.answer(rows, query, "id")


@blp.route("/me/devices/<uuid:device_id>")
class OneDevice(MethodView):
    """One of one's devices."""

    @allowed(Role.BUYER)
    @blp.response(200, DeviceOut)
    def get(self, device_id: UUID) -> dict[str, Any]:
        """The device."""
        return _device(devices.get(**asking(), device_id=device_id))

    @allowed(Role.BUYER)
    @blp.response(204)
    def delete(self, device_id: UUID) -> None:
        """Sign the device out, from its next request on."""
        devices.revoke(**acting(), device_id=device_id)


def _shown(person: Person) -> dict[str, Any]:
    caching.versioned(person.version)
    return columns_of(person) | {"roles": sorted(g.actor.roles)}


def _device(device: Device) -> dict[str, Any]:
    return columns_of(device) | {"current": device.id == g.actor.device_id}
