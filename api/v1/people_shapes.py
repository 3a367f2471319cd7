"""Shapes that people, organisations and cases share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask_smorest import Blueprint

from api import errors
from api.documentation import ProblemSchema
from api.fields import Instant, Schema, Text
from api.operations import View
from market.accounts import Role

NAME_MAX = 120
STAFF = (Role.MODERATOR, Role.ADMINISTRATOR)
SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)
DECIDERS = (Role.SELLER, Role.HOST, Role.MANAGER, *STAFF)


class DestinationIn(Schema):
    """Where somebody is reached: a phone number or an e-mail address, exactly one of them."""

    phone = Text(most=40)
    email = Text(most=254)

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if ("phone" in data) == ("email" in data):
            raise ma.ValidationError(["field.one_of_two"], "phone")


class TokensOut(Schema):
    """What a device keeps; both tokens are secrets."""

    person_id = ma.fields.UUID()
    device_id = ma.fields.UUID()
    token_type = ma.fields.Constant("Bearer")
    access_token = ma.fields.String()
    access_expires_at = Instant()
    refresh_token = ma.fields.String()
    refresh_expires_at = Instant()


def refuses(blp: Blueprint, *statuses: int) -> Callable[[View], View]:
    """Document refusals that an operation's nature does not tell."""

    def documented(view: View) -> View:
        for status in statuses:
            words = {"description": errors.CODES[status], "content_type": errors.MEDIA_TYPE}
            view = blp.alt_response(status, schema=ProblemSchema, **words)(view)
        return view

    return documented


def last_id(query: dict[str, Any]) -> UUID | None:
    """The id after which a list that is sorted by ids goes on."""
    key = query["cursor"]
    return key[0] if key else None
