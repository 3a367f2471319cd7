"""Cases as the desk draws them: a line each, and one with all that its decision needs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select

from api.pages import refund_facts
from catalog import media, reference_prices
from catalog.models import AudioNote, Experience, Listing
from market import clock, texts
from market.accounts.models import Mandate, Organisation, Person
from market.cases.models import Case, CaseKind, CaseState
from market.cases.queries import visible_to
from market.db import by_id, columns_of, newest_first
from market.errors import existing
from market.ids import normal_code
from market.orders.models import Order, OrderGroup
from payments import differences
from payments.models import Remittance
from translations import text

Fact = dict[str, Any]


def rows(found: Sequence[Case], now: datetime) -> list[dict[str, Any]]:
    """The lines of a list, in a few statements however many cases there are."""
    people = by_id(g.session, Person, (case.applicant_id for case in found))
    names = names_of(case.organisation_id for case in found)
    titles = texts.read(
        g.session, subject_ids=[case.subject_id for case in found], languages=g.languages
    )
    bought, paid = _bought(found), differences.checkouts(g.session, found)
    return [
        {
            **columns_of(case),
            "href": f"/desk/cases/{case.number}",
            "title": _title(case, names, titles, bought, paid.get(case.id)),
            "applicant": _applicant(case, people, names, bought),
            "late": case.state == CaseState.OPEN and case.due_at <= now,
        }
        for case in found
    ]


def closed(*, kind: CaseKind | None, after: Any, limit: int) -> list[Case]:
    """The decided cases that the reader may see, the newest first, one more than the limit."""
    statement = visible_to(g.actor).where(Case.state != CaseState.OPEN)
    if kind is not None:
        statement = statement.where(Case.kind == kind)
    return newest_first(g.session, statement, Case.due_at, Case.id, after=after, limit=limit)


def by_number(typed: str) -> Case:
    """The case with this number, if the reader may see it."""
    wanted = visible_to(g.actor).where(Case.number == (normal_code(typed) or ""))
    case: Case | None = g.session.scalar(wanted)
    return existing(case, "case")


def page_facts(case: Case) -> dict[str, Any]:
    """All that `case.html` shows around the values of its form."""
    now = clock.now()
    (row,) = rows([case], now)
    people = by_id(g.session, Person, [case.applicant_id, case.decided_by])
    decider = people.get(case.decided_by) if case.decided_by else None
    offer = _subject(case, CaseKind.LISTING_REVIEW, Listing, Experience)
    is_goods, its = isinstance(offer, Listing), [case.subject_id]
    said = texts.read(g.session, subject_ids=its, languages=g.languages) if offer else {}
    about = said.get(case.subject_id, {}).get("description")
    return {
        "case": {
            **row,
            "applicant_phone": _phone(case, people),
            "statement": differences.statement(case, g.languages) or (about.body if about else ""),
            "decided_by": (decider and decider.name) or text(g.languages, "view.case.desk"),
        },
        "offer": offer,
        "offer_href": f"/{'g' if is_goods else 'x'}/{case.subject_id}",
        "prices": reference_prices.told(g.session, code=offer.category_code, now=now)
        if is_goods
        else [],
        "photos": media.photos_of(g.session, subject_id=case.subject_id) if offer else [],
        "recording": g.session.get(AudioNote, case.subject_id) if offer else None,
        "shop": case.organisation_id and g.session.get(Organisation, case.organisation_id),
        "mandate": _subject(case, CaseKind.MANDATE, Mandate),
        "handed": _subject(case, CaseKind.MONEY, Remittance),
        "money": refund_facts.of_case(case),
        "may_decide": _may_decide(case),
    }


def names_of(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of organisations."""
    return {its_id: its.name for its_id, its in by_id(g.session, Organisation, ids).items()}


def _may_decide(case: Case) -> bool:
    if case.applicant_id is not None and case.applicant_id == g.actor.person_id:
        return False
    given = case.kind == CaseKind.MANDATE and case.organisation_id in g.actor.managed_ids
    return given or bool(g.actor.oversees)


def _bought(found: Sequence[Case]) -> dict[UUID, Any]:
    """The orders that complaints are about, with who bought them."""
    ids = [case.subject_id for case in found if case.kind == CaseKind.COMPLAINT]
    rows = g.session.execute(
        select(Order.id, Order.code, OrderGroup.name, OrderGroup.phone)
        .join(OrderGroup, OrderGroup.id == Order.group_id)
        .where(Order.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _title(
    case: Case,
    names: dict[UUID, str],
    titles: dict[UUID, dict[str, texts.Passage]],
    bought: dict[UUID, Any],
    paid: OrderGroup | None,
) -> str:
    passage = titles.get(case.subject_id, {}).get("title")
    if passage is not None:
        return passage.body
    if case.subject_id in bought:
        return text(g.languages, "view.case.order", code=bought[case.subject_id].code)
    name = names.get(case.organisation_id) if case.organisation_id else None
    if case.kind == CaseKind.MONEY:
        about = text(g.languages, "page.order.title", code=paid.code) if paid else name
        return " · ".join(filter(None, (differences.title(case, g.languages), about)))
    return name or case.number


def _applicant(
    case: Case, people: dict[UUID, Person], names: dict[UUID, str], bought: dict[UUID, Any]
) -> str:
    if case.subject_id in bought:
        return str(bought[case.subject_id].name)
    person = people.get(case.applicant_id) if case.applicant_id else None
    if person is not None and person.name:
        return person.name
    if case.kind == CaseKind.MONEY:
        return text(g.languages, "page.case.money.found")
    name = names.get(case.organisation_id) if case.organisation_id else None
    return name or text(g.languages, "role.nobody")


def _phone(case: Case, people: dict[UUID, Person]) -> str | None:
    applicant = people.get(case.applicant_id) if case.applicant_id else None
    reached = _bought([case]).get(case.subject_id) or applicant
    return reached.phone if reached else None


def _subject(case: Case, kind: CaseKind, *models: type[Any]) -> Any:
    """What a case of the kind is about."""
    if case.kind != kind:
        return None
    found = (g.session.get(model, case.subject_id) for model in models)
    return next(filter(None, found), None)
