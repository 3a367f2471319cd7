"""Cases (hồ sơ): what waits for a decision, its papers, the decision; and mandates to act.

An agent acts for a farm, boat or host by sending `Acting-For` with its id.
"""

from flask import Response, g, url_for

from api import fields
from api.context import files as kept
from api.v1.resources import UUID, Created, Facts, Resources, Rows, Upload, acting, asking, created
from api.v1.roles import DECIDERS, SIGNED_IN, Role
from api.wiring import CONSEQUENCES
from market import cases, columns_of
from market.accounts.models import Mandate, MandateState, Scope
from market.cases import Case, CaseKind, CaseState, deciding
from payments import differences

blp = Resources("cases", __name__, description="What waits for a decision.")
agency = Resources("mandates", __name__, description="Acting for somebody else.")

STATEMENT_MAX, REASON_MAX = 2_000, 500


class CaseIn(fields.Schema):
    """A verification of one's own organisation; other cases open with what they are about."""

    kind = fields.Choice((CaseKind.SELLER_VERIFICATION,), required=True)
    subject_id = fields.Identifier(required=True)
    statement = fields.Text(most=STATEMENT_MAX, least=0, lines=True, load_default="")


class DecisionIn(fields.Schema):
    """Yes or no; a no needs its reason. `checked` are the ticked items of the checklist."""

    approved = fields.Flag(required=True)
    reason = fields.Text(most=REASON_MAX, least=0, lines=True, load_default="")
    checked = fields.ListOf(fields.Text(most=40, pattern="[a-z_]+"), most=20, load_default=list)


class PaperIn(fields.Schema):
    """A photo (JPEG, PNG) or a PDF."""

    file = Upload(required=True)


class CheckOut(fields.Schema):
    """One item of the checklist."""

    name = fields.String()
    done = fields.Flag()


class PaperOut(fields.Schema):
    """A paper and where to fetch it."""

    name = fields.String()
    href = fields.String()


class CaseOut(fields.Identified):
    """A case, due at the end of the second working day."""

    number = fields.String()
    kind = fields.Choice(CaseKind)
    state = fields.Choice(CaseState)
    applicant_id = fields.Identifier(allow_none=True)
    organisation_id = fields.Identifier(allow_none=True)
    subject_id = fields.Identifier()
    statement = fields.String()
    facts = fields.Dict(metadata={"description": "Of a change: values `before` and `after`."})
    opened_at = fields.Instant()
    due_at = fields.Instant()
    decided_at = fields.Instant(allow_none=True)
    reason = fields.String(allow_none=True)
    checklist = fields.ListOf(fields.Nested(CheckOut), most=20)
    documents = fields.ListOf(fields.Nested(PaperOut), most=deciding.PAPERS_MAX)


class CasesQuery(fields.PageQuery):
    """Which cases."""

    state = fields.Choice(CaseState, load_default=CaseState.OPEN)
    kind = fields.Choice(CaseKind, load_default=None)


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


class MandateIn(fields.Schema):
    """For whom, for which work and until when (at most a year)."""

    organisation_id = fields.Identifier(required=True)
    scope = fields.ListOf(fields.Choice(Scope), least=1, most=len(Scope), required=True)
    expires_at = fields.Instant(required=True)


class MandateOut(fields.Identified):
    """A mandate; it counts while `active` and before `expires_at`."""

    agent_id = fields.Identifier()
    organisation_id = fields.Identifier()
    scope = fields.ListOf(fields.Choice(Scope), most=len(Scope))
    state = fields.Choice(MandateState)
    created_at = fields.Instant()
    expires_at = fields.Instant()
    revoked_at = fields.Instant(allow_none=True)


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
