"""Cases (hồ sơ): what waits for a decision, its papers, the decision; and mandates to act.

An agent acts for a farm, boat or host by sending `Acting-For` with its id.
"""

import marshmallow as ma
from flask import Response, g, url_for

from api import fields
from api.context import files as kept
from api.fields import Choice, Flag, Identifier, Instant, ListOf, Nested, PageQuery, Schema, Text
from api.v1.resources import UUID, Created, Facts, Resources, Rows, Upload, acting, asking, created
from api.v1.roles import DECIDERS, SIGNED_IN, Role
from api.wiring import CONSEQUENCES
from market import cases
from market.accounts.models import Mandate, MandateState, Scope
from market.cases import CaseKind, CaseState
from market.cases.deciding import PAPERS_MAX
from market.cases.models import Case
from market.db import columns_of
from payments import differences

blp = Resources("cases", __name__, description="What waits for a decision.")
agency = Resources("mandates", __name__, description="Acting for somebody else.")

STATEMENT_MAX, REASON_MAX = 2_000, 500


class CaseIn(Schema):
    """A verification of one's own organisation; other cases open with what they are about."""

    kind = Choice((CaseKind.SELLER_VERIFICATION,), required=True)
    subject_id = Identifier(required=True)
    statement = Text(most=STATEMENT_MAX, least=0, lines=True, load_default="")


class DecisionIn(Schema):
    """Yes or no; a no needs its reason. `checked` are the ticked items of the checklist."""

    approved = Flag(required=True)
    reason = Text(most=REASON_MAX, least=0, lines=True, load_default="")
    checked = ListOf(Text(most=40, pattern="[a-z_]+"), most=20, load_default=list)


class PaperIn(Schema):
    """A photo (JPEG, PNG) or a PDF."""

    file = Upload(required=True)


class CheckOut(Schema):
    """One item of the checklist."""

    name = ma.fields.String()
    done = ma.fields.Boolean()


class PaperOut(Schema):
    """A paper and where to fetch it."""

    name = ma.fields.String()
    href = ma.fields.String()


class CaseOut(fields.Identified):
    """A case, due at the end of the second working day."""

    number = ma.fields.String()
    kind = Choice(CaseKind)
    state = Choice(CaseState)
    applicant_id = ma.fields.UUID(allow_none=True)
    organisation_id = ma.fields.UUID(allow_none=True)
    subject_id = ma.fields.UUID()
    statement = ma.fields.String()
    facts = ma.fields.Dict(metadata={"description": "Of a change: values `before` and `after`."})
    opened_at = Instant()
    due_at = Instant()
    decided_at = Instant(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    checklist = ListOf(Nested(CheckOut), most=20)
    documents = ListOf(Nested(PaperOut), most=PAPERS_MAX)


class CasesQuery(PageQuery):
    """Which cases."""

    state = Choice(CaseState, load_default=CaseState.OPEN)
    kind = Choice(CaseKind, load_default=None)


@blp.pages("/cases", SIGNED_IN, CaseOut, query=CasesQuery, key=("due_at", "id"))
def page(query: Facts) -> Rows:
    """The cases one may see in one state, the one due first on top."""
    return [shown(case) for case in cases.page(**asking(), **query)]


@blp.post("/cases", (*DECIDERS, Role.AGENT), CaseOut, takes=CaseIn)
@blp.refuses(404)
def open_case(body: Facts) -> Created:
    """Have an organisation verified."""
    subject = {"organisation_id": body["subject_id"], "statement": body["statement"]}
    return _answer(cases.ask_verification(**acting(), **subject, documents=()))


@blp.get("/cases/<uuid:case_id>", SIGNED_IN, CaseOut)
def one(case_id: UUID) -> Facts:
    """The case with its papers."""
    return shown(cases.get(**asking(), case_id=case_id))


@blp.post("/cases/<uuid:case_id>/decision", DECIDERS, CaseOut, takes=DecisionIn)
def decide(body: Facts, case_id: UUID) -> Created:
    """Decide; mandates and changes of offers are decided by the organisation that is asked."""
    return _answer(cases.decide(**acting(), case_id=case_id, consequences=CONSEQUENCES, **body))


@blp.post("/cases/<uuid:case_id>/documents", SIGNED_IN, CaseOut)
@blp.arguments(PaperIn, location="files")
def add_paper(files: Facts, case_id: UUID) -> Created:
    """Add a paper while the case is open."""
    content = files["file"].read()
    return _answer(cases.attach(**acting(), case_id=case_id, content=content, files=kept()))


@blp.get("/cases/<uuid:case_id>/documents/<string:name>", SIGNED_IN, "application/pdf")
def paper(case_id: UUID, name: str) -> Response:
    """The paper as it was handed in, for whoever may see its case."""
    content, media_type = cases.deciding.read(**asking(), case_id=case_id, name=name, files=kept())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=media_type, headers=headers)


def _answer(case: Case) -> Created:
    return created(shown(case), "cases.one", case_id=case.id)


def shown(case: Case) -> Facts:
    """A case with its checklist and papers written out."""
    names = [paper["name"] for paper in case.documents]
    return columns_of(case) | {
        "statement": differences.statement(case, g.languages),
        "checklist": [{"name": name, "done": done} for name, done in case.checklist.items()],
        "documents": [
            {"name": name, "href": url_for("cases.paper", case_id=case.id, name=name)}
            for name in names
        ],
    }


class MandateIn(Schema):
    """For whom, for which work and until when (at most a year)."""

    organisation_id = Identifier(required=True)
    scope = ListOf(Choice(Scope), least=1, most=len(Scope), required=True)
    expires_at = Instant(required=True)


class MandateOut(fields.Identified):
    """A mandate; it counts while `active` and before `expires_at`."""

    agent_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    scope = ListOf(Choice(Scope), most=len(Scope))
    state = Choice(MandateState)
    created_at = Instant()
    expires_at = Instant()
    revoked_at = Instant(allow_none=True)


@agency.pages("/mandates", SIGNED_IN, MandateOut)
def mandates(query: Facts) -> Rows:
    """Those one has, and those given by organisations that one decides for."""
    return cases.mandates(**asking(), **query)


@agency.post("/mandates", SIGNED_IN, MandateOut, takes=MandateIn)
@agency.refuses(404)
def ask_mandate(body: Facts) -> Created:
    """Ask for one; a case waits for the consent of the organisation's people."""
    asked = cases.ask_mandate(**acting(), asked=Mandate(**body), documents=())
    return created(asked, "mandates.mandate", mandate_id=asked.id)


@agency.get("/mandates/<uuid:mandate_id>", SIGNED_IN, MandateOut)
def mandate(mandate_id: UUID) -> Mandate:
    """The mandate, for its agent and those who gave it."""
    return cases.mandate(**asking(), mandate_id=mandate_id)


@agency.delete("/mandates/<uuid:mandate_id>", SIGNED_IN)
def end_mandate(mandate_id: UUID) -> None:
    """End it at once, from either side."""
    cases.end_mandate(**acting(), mandate_id=mandate_id)
