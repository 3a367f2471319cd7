"""Oneself: name, language and devices."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint

from api import caching, paging
from api.auth import allowed
from api.fields import Choice, Instant, Integer, ListOf, PageQuery, Schema, Text
from api.v1.people_shapes import NAME_MAX, last_id
from market import clock
from market.accounts import Role, devices, people
from market.accounts.models import Device, Person
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


class DevicesOut(Schema):
    """A page of devices."""

    items = ListOf(ma.fields.Nested(DeviceOut), most=100)
    next = ma.fields.String(allow_none=True)


@blp.route("/me")
class Me(MethodView):
    """Oneself."""

    @allowed(Role.BUYER)
    @blp.response(200, MeOut)
    def get(self) -> dict[str, Any]:
        """Who one is here."""
        return _shown(people.myself(g.session, actor=g.actor))

    @allowed(Role.BUYER)
    @blp.arguments(MeIn)
    @blp.response(200, MeOut)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change one's name or language."""
        person = people.myself(g.session, actor=g.actor)
        caching.expect_match(person.version)
        return _shown(
            people.edit_myself(
                g.session,
                actor=g.actor,
                changes=body,
                version=person.version,
                now=clock.now(),
            )
        )


@blp.route("/me/devices")
class Devices(MethodView):
    """One's devices."""

    @allowed(Role.BUYER)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, DevicesOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The devices on which one is signed in, newest first."""
        found = devices.page(g.session, actor=g.actor, after=last_id(query), limit=query["limit"])
        rows = [_device(device) for device in found]
        return paging.page(rows, limit=query["limit"], key=lambda row: (row["id"],))


@blp.route("/me/devices/<uuid:device_id>")
class OneDevice(MethodView):
    """One of one's devices."""

    @allowed(Role.BUYER)
    @blp.response(200, DeviceOut)
    def get(self, device_id: UUID) -> dict[str, Any]:
        """The device."""
        return _device(devices.get(g.session, actor=g.actor, device_id=device_id))

    @allowed(Role.BUYER)
    @blp.response(204)
    def delete(self, device_id: UUID) -> None:
        """Sign the device out, from its next request on."""
        devices.revoke(g.session, actor=g.actor, device_id=device_id, now=clock.now())


def _shown(person: Person) -> dict[str, Any]:
    caching.versioned(person.version)
    roles = sorted(g.actor.roles)
    fields = ("id", "name", "phone", "email", "language", "version")
    return {name: getattr(person, name) for name in fields} | {"roles": roles}


def _device(device: Device) -> dict[str, Any]:
    fields = ("id", "name", "created_at", "seen_at")
    shown = {name: getattr(device, name) for name in fields}
    return shown | {"current": device.id == g.actor.device_id}
