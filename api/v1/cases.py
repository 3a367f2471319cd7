"""Cases (hồ sơ): what waits for a decision, its papers, and the decision."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for

from api import context, paging
from api.fields import Choice, Flag, Identifier, Instant, ListOf, PageQuery, Schema, Text, page_of
from api.v1.people_shapes import DECIDERS, STAFF, refuses
from api.v1.resources import Blueprint, MethodView, Upload, acting, allowed, asking, ma
from api.wiring import CONSEQUENCES
from market import cases
from market.accounts import Role
from market.cases import CaseKind, CaseState
from market.cases.models import Case
from market.cases.papers import PAPERS_MAX
from market.db import columns_of
from payments import differences

blp = Blueprint("cases", __name__, description="What waits for a decision.")

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


class CaseOut(Schema):
    """A case, due at the end of the second working day."""

    id = ma.fields.UUID()
    number = ma.fields.String()
    kind = Choice(CaseKind)
    state = Choice(CaseState)
    applicant_id = ma.fields.UUID(allow_none=True)
    organisation_id = ma.fields.UUID(allow_none=True)
    subject_id = ma.fields.UUID()
    statement = ma.fields.String()
    opened_at = Instant()
    due_at = Instant()
    decided_at = Instant(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    checklist = ListOf(ma.fields.Nested(CheckOut), most=20)
    documents = ListOf(ma.fields.Nested(PaperOut), most=PAPERS_MAX)


class CasesQuery(PageQuery):
    """Which cases."""

    state = Choice(CaseState, load_default=CaseState.OPEN)
    kind = Choice(CaseKind, load_default=None)


@blp.route("/cases")
class Cases(MethodView):
    """Cases."""

    @allowed(Role.BUYER)
    @blp.arguments(CasesQuery, location="query")
    @blp.response(200, page_of(CaseOut, "cases", name="CasesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The cases one may see in one state, the one due first on top."""
        which = {name: query[name] for name in ("state", "kind", "limit")}
        found = cases.page(**asking(), after=query["cursor"], **which)
        rows = [shown(case) for case in found]
        return paging.answer(rows, query, "due_at", "id")

    @allowed(*DECIDERS, Role.AGENT)
    @blp.arguments(CaseIn)
    @refuses(blp, 404)
    @blp.response(201, CaseOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Have an organisation verified."""
        subject = {"organisation_id": body["subject_id"], "statement": body["statement"]}
        case = cases.ask_verification(**acting(), **subject, documents=())
        return created(case)


@blp.route("/cases/<uuid:case_id>")
class OneCase(MethodView):
    """A case."""

    @allowed(Role.BUYER)
    @blp.response(200, CaseOut)
    def get(self, case_id: UUID) -> dict[str, Any]:
        """The case with its papers."""
        return shown(cases.get(**asking(), case_id=case_id))


@blp.route("/cases/<uuid:case_id>/decision")
class Decision(MethodView):
    """The one decision."""

    @allowed(Role.SELLER, Role.HOST, *STAFF)
    @blp.arguments(DecisionIn)
    @blp.response(201, CaseOut)
    def post(self, body: dict[str, Any], case_id: UUID) -> Any:
        """Decide; a mandate is decided by the organisation that gives it."""
        case = cases.decide(**acting(), case_id=case_id, consequences=CONSEQUENCES, **body)
        return created(case)


@blp.route("/cases/<uuid:case_id>/documents")
class Papers(MethodView):
    """Its papers."""

    @allowed(Role.BUYER)
    @blp.arguments(PaperIn, location="files")
    @blp.response(201, CaseOut)
    def post(self, files: dict[str, Any], case_id: UUID) -> Any:
        """Add a paper while the case is open."""
        case = cases.attach(
            **acting(), case_id=case_id, content=files["file"].read(), files=context.files()
        )
        return created(case)


@blp.route("/cases/<uuid:case_id>/documents/<string:name>")
class OnePaper(MethodView):
    """A paper."""

    @allowed(Role.BUYER)
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
    def get(self, case_id: UUID, name: str) -> Response:
        """The paper as it was handed in, for whoever may see its case."""
        content, media_type = cases.read(
            **asking(), case_id=case_id, name=name, files=context.files()
        )
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, mimetype=media_type, headers=headers)


def created(case: Case) -> Any:
    """The case as the answer to what made or moved it."""
    return shown(case), 201, {"Location": url_for("cases.OneCase", case_id=case.id)}


def shown(case: Case) -> dict[str, Any]:
    """A case with its checklist and papers written out."""
    return columns_of(case) | {
        "statement": differences.statement(case, g.languages),
        "checklist": [{"name": name, "done": done} for name, done in case.checklist.items()],
        "documents": [
            {
                "name": paper["name"],
                "href": url_for("cases.OnePaper", case_id=case.id, name=paper["name"]),
            }
            for paper in case.documents
        ],
    }
