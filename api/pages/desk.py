"""The desk: a cooperative's week with the rows behind each figure, and cases to decide."""

import mimetypes
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, g, request

from api import context, paging
from api.pages import cards, case_facts, desk_facts, typed
from api.pages.desk_facts import address
from api.pages.frame import UUID, Facts, acting, answered, asking, go, render, views
from api.wiring import CONSEQUENCES
from market import cases, clock, cooperatives, reports
from market.accounts import Role
from market.cases import CaseKind
from market.errors import FieldInvalid, NotFound

READERS = (Role.MANAGER, Role.ACCOUNTANT, Role.MODERATOR, Role.ADMINISTRATOR)
PAGE = 20
VERDICTS = {"approved": True, "declined": False}
CHECK = "check-"
REASON_MAX = 1_000


@views.get("/desk", *READERS)
def desk() -> Response:
    """Sold, owed, waiting; who looks after the whole market has the cases instead."""
    if not g.actor.cooperative_ids and "cooperative" not in request.args:
        return go("/desk/cases")
    return render("desk.html", **desk_facts.desk(desk_facts.cooperative(), desk_facts.week()))


@views.get("/desk/sales", *READERS)
def sales() -> Response:
    """The rows behind what was sold, of everybody or one member."""
    here, these = desk_facts.cooperative(), desk_facts.week()
    member = request.args.get("member", "")
    found = [row for row in desk_facts.sales(here, these) if member in {"", str(row.seller_id)}]
    return _rows("sales", found, back=address("/desk", here, until=these.until))


@views.get("/desk/owed", *READERS)
def owed() -> Response:
    """The rows behind what is owed, and behind the cash in members' hands."""
    here = desk_facts.cooperative()
    found = reports.owed(**asking(), cooperative_id=here.id)
    return _rows("owed", found, back=address("/desk", here))


@views.get("/desk/orders", *READERS)
def waiting() -> Response:
    """The members' orders that wait for a confirmation."""
    here = desk_facts.cooperative()
    found = desk_facts.unconfirmed(here)
    names = case_facts.names_of(order.seller_id for order in found)
    return _rows("orders", found, names=names, back=address("/desk", here))


@views.get("/desk/members", *READERS)
def members() -> Response:
    """Who belongs to the cooperative, and who asks to."""
    here = desk_facts.cooperative()
    managed = here.id in g.actor.managed_ids
    found = desk_facts.memberships(here)
    return _rows("members", found, managed=managed, back=address("/desk", here))


@views.post("/desk/members/<uuid:member_id>/<any(approval, refusal):step>", Role.MANAGER)
def answer(member_id: UUID, step: str) -> Response:
    """Take a seller in, or let one who asked know that it is no."""
    verb = cooperatives.approve if step == "approval" else cooperatives.leave
    member = verb(**acting(), member_id=member_id)
    return go(f"/desk/members?cooperative={member.cooperative_id}")


@views.get("/desk/cases", Role.BUYER)
def waiting_cases() -> Response:
    """The cases that the reader may see: at the desk all, elsewhere their own."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    kind = typed.one_of(CaseKind, request.args.get("kind"))
    after = paging.asked()
    if state == "closed":
        found = case_facts.closed(kind=kind, after=after, limit=PAGE)
    else:
        found = cases.page(**asking(), kind=kind, after=after, limit=PAGE)
    page = paging.page(found, limit=PAGE, key=lambda case: (case.due_at, case.id))
    return render(
        "desk_cases.html",
        values={"state": state, "kind": kind or ""},
        kinds=cards.choices("page.case.kind", CaseKind),
        cases=case_facts.rows(page["items"], clock.now()),
        next=paging.onward(page),
    )


@views.get("/desk/cases/<number>", Role.BUYER)
@views.post("/desk/cases/<number>/decision", Role.BUYER)
def case(number: str) -> Response:
    """One case, to say yes to, or no with the reason."""
    found = case_facts.by_number(number)

    def decide(given: dict[str, str]) -> None:
        if given.get("verdict") not in VERDICTS:
            raise FieldInvalid(field="verdict", reason="field.required")
        said: Facts = {"approved": VERDICTS[given["verdict"]], "consequences": CONSEQUENCES}
        said["checked"] = {name.removeprefix(CHECK) for name in given if name.startswith(CHECK)}
        reason = given.get("reason", "")[:REASON_MAX]
        cases.decide(**acting(), case_id=found.id, reason=reason, **said)

    facts, on = partial(case_facts.page_facts, found), {"to": "/desk/cases", "blame": "reason"}
    return answered("case.html", facts, decide, said=None, **on)


@views.get("/desk/cases/<number>/papers/<int:position>", Role.BUYER)
def paper(number: str, position: int) -> Response:
    """A paper that was handed in with a case, for those who may see the case."""
    documents = case_facts.by_number(number).documents
    name = documents[position].get("file") if position < len(documents) else None
    if not name:
        raise NotFound(what="file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(context.files().get(name), mimetype=kind)


def _rows(what: str, rows: Sequence[object], **facts: Any) -> Response:
    return render("desk_rows.html", what=what, rows=rows, **facts)
