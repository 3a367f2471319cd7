"""Cases as the desk draws them: a line each, and one with all that its decision needs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select

from api import house
from api.pages import cards, refund_facts
from catalog import categories, media, reference_prices
from catalog.models import AudioNote, Experience, Listing
from market import clock, geography, texts
from market.accounts.models import Mandate, Organisation, Person
from market.cases.models import Case, CaseKind, CaseState
from market.cases.queries import visible_to
from market.db import by_id, columns_of, newest_first
from market.errors import existing
from market.ids import normal_code
from market.orders.models import Order, OrderGroup
from payments import differences
from payments.models import Remittance
from translations import UnknownMessage, formats, text

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
    (row,) = rows([case], clock.now())
    people = by_id(g.session, Person, [case.applicant_id, case.decided_by])
    applicant = people.get(case.applicant_id) if case.applicant_id else None
    decider = people.get(case.decided_by) if case.decided_by else None
    offer = _offer(case)
    return {
        "case": {
            **row,
            "applicant_phone": _phone(case, applicant),
            "statement": differences.statement(case, g.languages) or _about(offer),
            "decided_by": (decider and decider.name) or text(g.languages, "view.case.desk"),
        },
        "subject": _subject(case, offer),
        "facts": [
            *_offer_facts(offer),
            *_organisation_facts(case),
            *_mandate_facts(case),
            *_cash_facts(case),
        ],
        "documents": [*_papers(case), *_photos(offer)],
        "checklist": [
            {"name": name, "word": _check(name), "done": done}
            for name, done in case.checklist.items()
        ],
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


def _phone(case: Case, applicant: Person | None) -> str | None:
    reached = _bought([case]).get(case.subject_id) or applicant
    return reached.phone if reached else None


def _offer(case: Case) -> Listing | Experience | None:
    if case.kind != CaseKind.LISTING_REVIEW:
        return None
    goods: Listing | None = g.session.get(Listing, case.subject_id)
    visit: Experience | None = g.session.get(Experience, case.subject_id)
    return goods or visit


def _subject(case: Case, offer: Listing | Experience | None) -> Fact | None:
    if paid := differences.checkouts(g.session, [case]).get(case.id):
        word = text(g.languages, "page.order.title", code=paid.code)
        return {"word": word, "href": f"/o/{house.secret_of(house.ORDER, paid.code)}"}
    if offer is None:
        return None
    shelf = "g" if isinstance(offer, Listing) else "x"
    return {"word": text(g.languages, "view.case.see"), "href": f"/{shelf}/{case.subject_id}"}


def _offer_facts(offer: Listing | Experience | None) -> list[Fact]:
    if offer is None:
        return []
    if isinstance(offer, Listing):
        price, unit = offer.price_minor, f"unit.{offer.unit}"
    else:
        price, unit = offer.adult_minor, "page.unit.guest"
    per = text(g.languages, unit)
    return [
        _fact("kind", text(g.languages, categories.get(offer.category_code).name_key)),
        _fact("price", f"{formats.money(price, offer.currency, g.languages)}/{per}"),
        *(_reference(offer.category_code) if isinstance(offer, Listing) else ()),
        _fact("place", geography.unit(offer.unit_code).name),
    ]


def _reference(code: str) -> list[Fact]:
    """What the product fetches, beside what is asked for it."""
    now = clock.now()
    found = reference_prices.told(g.session, code=code, now=now)
    return [{"word": text(g.languages, "price.board"), "value": _told(one, now)} for one in found]


def _told(one: dict[str, Any], now: datetime) -> str:
    price = formats.money(one["price"].minor, one["price"].currency, g.languages)
    day = formats.relative_day(one["day"], clock.day_of(now), g.languages)
    return f"{price}/{text(g.languages, 'unit.' + one['unit'])} · {day} · {one['source']}"


def _about(offer: Listing | Experience | None) -> str:
    if offer is None:
        return ""
    said = texts.read(g.session, subject_ids=[offer.id], languages=g.languages).get(offer.id, {})
    return said["description"].body if "description" in said else ""


def _organisation_facts(case: Case) -> list[Fact]:
    shop = g.session.get(Organisation, case.organisation_id) if case.organisation_id else None
    if shop is None:
        return []
    verified = "page.seller.verified" if shop.verified_at else "view.case.unverified"
    facts = [_fact("shop", f"{shop.name} · {text(g.languages, verified)}")]
    if case.kind == CaseKind.SELLER_VERIFICATION:
        facts.append(_fact("place", geography.unit(shop.unit_code).name))
    return facts


def _mandate_facts(case: Case) -> list[Fact]:
    mandate = g.session.get(Mandate, case.subject_id) if case.kind == CaseKind.MANDATE else None
    if mandate is None:
        return []
    scope = ", ".join(text(g.languages, f"view.scope.{each}") for each in mandate.scope)
    until = formats.day(clock.day_of(mandate.expires_at), g.languages)
    return [_fact("scope", scope), _fact("until", until)]


def _cash_facts(case: Case) -> list[Fact]:
    """Cash that fell short: what was announced, what came, what is missing."""
    handed = g.session.get(Remittance, case.subject_id) if case.kind == CaseKind.MONEY else None
    if handed is None:
        return []
    missing = handed.amount_minor - handed.received_minor
    sums = {"asked": handed.amount_minor, "came": handed.received_minor, "missing": missing}
    return [
        _fact("memo", handed.memo),
        *(_fact(name, formats.money(sum_, "VND", g.languages)) for name, sum_ in sums.items()),
    ]


def _fact(name: str, value: str) -> Fact:
    return {"word": text(g.languages, f"view.case.fact.{name}"), "value": value}


def _papers(case: Case) -> list[Fact]:
    return [
        {
            "word": str(paper.get("name", number + 1)),
            "href": f"/desk/cases/{case.number}/papers/{number}",
            "picture": None,
        }
        for number, paper in enumerate(case.documents)
    ]


def _photos(offer: Listing | Experience | None) -> list[Fact]:
    shown = media.photos_of(g.session, subject_id=offer.id) if offer else []
    drawn = [cards.photo(photo.id) for photo in shown]
    facts: list[Fact] = [
        {"word": "", "href": photo["large"], "picture": photo["small"]} for photo in drawn if photo
    ]
    if note := offer and g.session.get(AudioNote, offer.id):
        heard = cards.audio(note.id, note.ending)
        facts.append({"word": text(g.languages, "media.audio"), "href": heard, "picture": None})
    return facts


def _check(name: str) -> str:
    try:
        return text(g.languages, f"case.check.{name}")
    except UnknownMessage:
        return name
