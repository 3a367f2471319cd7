"""Mandates: an agent acts for a farm, boat or host (send `Acting-For` with its id)."""

from api.fields import Choice, Identifier, Instant, ListOf, Schema, page_of
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, ma
from api.v1.roles import SIGNED_IN
from market import cases
from market.accounts.models import Mandate, MandateState, Scope

blp = Resources("mandates", __name__, description="Acting for somebody else.")


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


MandatesOut = page_of(MandateOut, "mandates", name="MandatesOut", most=100)


@blp.pages("/mandates", SIGNED_IN, MandatesOut)
def page(query: Facts) -> Rows:
    """Those one has, and those given by organisations that one decides for."""
    return cases.mandates(**asking(), **query)


@blp.post("/mandates", SIGNED_IN, MandateOut, takes=MandateIn)
@blp.refuses(404)
def ask(body: Facts) -> Created:
    """Ask for one; a case waits for the consent of the organisation's people."""
    asked = cases.ask_mandate(**acting(), documents=(), **body)
    return created(asked, "mandates.one", mandate_id=asked.id)


@blp.get("/mandates/<uuid:mandate_id>", SIGNED_IN, MandateOut)
def one(mandate_id: UUID) -> Mandate:
    """The mandate, for its agent and those who gave it."""
    return cases.mandate(**asking(), mandate_id=mandate_id)


@blp.delete("/mandates/<uuid:mandate_id>", SIGNED_IN)
def end(mandate_id: UUID) -> None:
    """End it at once, from either side."""
    cases.end_mandate(**acting(), mandate_id=mandate_id)
