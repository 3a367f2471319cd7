"""Mandates: an agent acts for a farm, boat or host (send `Acting-For` with its id)."""

from typing import Any
from uuid import UUID

from api import paging
from api.fields import Choice, Identifier, Instant, ListOf, PageQuery, Schema, page_of
from api.v1.people_shapes import last_id, refuses
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, ma, url_for
from market import cases
from market.accounts import Role
from market.accounts.models import Mandate, MandateState, Scope

blp = Blueprint("mandates", __name__, description="Acting for somebody else.")


class MandateIn(Schema):
    """For whom, for which work and until when (at most a year)."""

    organisation_id = Identifier(required=True)
    scope = ListOf(Choice(Scope), least=1, most=len(Scope), required=True)
    expires_at = Instant(required=True)


class MandateOut(Schema):
    """A mandate; it counts while `active` and before `expires_at`."""

    id = ma.fields.UUID()
    agent_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    scope = ListOf(Choice(Scope), most=len(Scope))
    state = Choice(MandateState)
    created_at = Instant()
    expires_at = Instant()
    revoked_at = Instant(allow_none=True)


@blp.route("/mandates")
class Mandates(MethodView):
    """Mandates."""

    @allowed(Role.BUYER)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(MandateOut, "mandates", name="MandatesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Those one has, and those given by organisations that one decides for."""
        found = cases.mandates(**asking(), after=last_id(query), limit=query["limit"])
        return paging.answer(found, query, "id")

    @allowed(Role.BUYER)
    @blp.arguments(MandateIn)
    @refuses(blp, 404)
    @blp.response(201, MandateOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Ask for one; a case waits for the consent of the organisation's people."""
        asked = cases.ask_mandate(**acting(), documents=(), **body)
        location = url_for("mandates.OneMandate", mandate_id=asked.id)
        return asked, 201, {"Location": location}


@blp.route("/mandates/<uuid:mandate_id>")
class OneMandate(MethodView):
    """A mandate."""

    @allowed(Role.BUYER)
    @blp.response(200, MandateOut)
    def get(self, mandate_id: UUID) -> Mandate:
        """The mandate, for its agent and those who gave it."""
        return cases.mandate(**asking(), mandate_id=mandate_id)

    @allowed(Role.BUYER)
    @blp.response(204)
    def delete(self, mandate_id: UUID) -> None:
        """End it at once, from either side."""
        cases.end_mandate(**acting(), mandate_id=mandate_id)
