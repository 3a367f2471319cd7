"""Cases as the desk draws them: a line each, and one with all that its decision needs."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from api.pages import cards
from api.pages.frame import UUID, Any, Facts, g
from catalog import media, reference_prices
from catalog.marks import MarkClaim
from catalog.models import AudioNote, Experience, Listing
from catalog.reviews import Review
from market import by_id, clock, columns_of, existing, newest_first
from market.accounts.models import Mandate, Organisation, Person
from market.cases.deciding import decided_within, visible_to
from market.cases.models import Case, CaseKind, CaseState
from market.ids import normal_code
from market.orders import Order, OrderGroup
from payments import differences, unsettled
from payments.models import Refund, Remittance
from translations import text


def rows(found: Sequence[Case], now: datetime) -> list[Facts]:
    """The lines of a list, in a few statements however many cases there are."""
    people = by_id(g.session, Person, (case.applicant_id for case in found))
    names = names_of(case.organisation_id for case in found)
    titles = cards.said((case.subject_id for case in found), "title")
    bought, paid = _bought(found), differences.checkouts(g.session, found)
    lines = []
    for case in found:
        order, name = bought.get(case.subject_id), names.get(case.organisation_id)
        title = titles.get(case.subject_id)
        line = {
            "title": title or _title(case, order, name, paid.get(case.id)),
            "applicant": _applicant(case, order or people.get(case.applicant_id), name),
            "late": case.state == CaseState.OPEN and case.due_at <= now,
        }
        lines.append(columns_of(case) | line)
    return lines


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


def page_facts(case: Case) -> Facts:
    """All that `case.html` shows around the values of its form."""
    now = clock.now()
    (row,) = rows([case], now)
    people = by_id(g.session, Person, [case.applicant_id, case.decided_by])
    decider = people.get(case.decided_by)
    reached = _bought([case]).get(case.subject_id) or people.get(case.applicant_id)
    is_change = case.kind == CaseKind.LISTING_CHANGE
    kind = CaseKind.LISTING_CHANGE if is_change else CaseKind.LISTING_REVIEW
    offer = _subject(case, kind, Listing, Experience)
    shop_id = offer.seller_id if is_change and offer else case.organisation_id
    is_goods, its = isinstance(offer, Listing), [case.subject_id] if offer else []
    about = cards.said(its, "description").get(case.subject_id, "")
    claim = _subject(case, CaseKind.CLAIM, MarkClaim)
    about_id = claim.subject_id if claim else case.subject_id
    prices = reference_prices.told(g.session, code=offer.category_code, now=now) if is_goods else []
    return {
        "case": {
            **row,
            "applicant_phone": reached and reached.phone,
            "statement": differences.statement(case, g.languages) or about,
            "decided_by": (decider and decider.name) or text(g.languages, "view.case.desk"),
        },
        "offer": offer,
        "offer_href": f"/{'g' if g.session.get(Listing, about_id) else 'x'}/{about_id}",
        "prices": prices,
        "photos": media.photos_of(g.session, subject_id=case.subject_id) if offer else [],
        "recording": g.session.get(AudioNote, case.subject_id) if offer else None,
        "shop": shop_id and g.session.get(Organisation, shop_id),
        "mandate": _subject(case, CaseKind.MANDATE, Mandate),
        "handed": _subject(case, CaseKind.MONEY, Remittance),
        "money": _money(case),
        "review": _subject(case, CaseKind.REVIEW, Review),
        "claim": claim,
        "may_decide": _may_decide(case),
    }


def names_of(ids: Iterable[UUID | None]) -> dict[Any, str]:
    """The names of organisations."""
    return {its_id: its.name for its_id, its in by_id(g.session, Organisation, ids).items()}


def _may_decide(case: Case) -> bool:
    if case.applicant_id is not None and case.applicant_id == g.actor.person_id:
        return False
    given = decided_within(case) and case.organisation_id in g.actor.managed_ids
    return given or bool(g.actor.oversees)


def _bought(found: Sequence[Case]) -> dict[UUID, Any]:
    """The orders that complaints are about, with who bought them."""
    ids = [case.subject_id for case in found if case.kind == CaseKind.COMPLAINT]
    its = select(Order.id, Order.code, OrderGroup.name, OrderGroup.phone).where(Order.id.in_(ids))
    rows = g.session.execute(its.join(OrderGroup, OrderGroup.id == Order.group_id))
    return {row.id: row for row in rows}


def _title(case: Case, order: Any, name: str | None, paid: OrderGroup | None) -> str:
    if order is not None:
        return text(g.languages, "view.case.order", code=order.code)
    if case.kind == CaseKind.MONEY:
        about = text(g.languages, "page.order.title", code=paid.code) if paid else name
        return " · ".join(filter(None, (differences.title(case, g.languages), about)))
    return name or case.number


def _applicant(case: Case, who: Any, name: str | None) -> str:
    if who is not None and who.name:
        return str(who.name)
    if case.kind == CaseKind.MONEY:
        return text(g.languages, "page.case.money.found")
    return name or text(g.languages, "role.nobody")


def _subject(case: Case, kind: CaseKind, *models: type[Any]) -> Any:
    """What a case of the kind is about."""
    if case.kind != kind:
        return None
    found = (g.session.get(model, case.subject_id) for model in models)
    return next(filter(None, found), None)


def _money(case: Case) -> Facts:
    """What `_case_money.html` shows; nothing of cases about anything else."""
    found: Facts = {"meaning": None, "refunds": [], "left": None}
    if case.kind == CaseKind.MONEY:
        refund = g.session.get(Refund, case.subject_id)
        about = "external" if refund is not None and refund.external else "other"
        found["meaning"] = text(g.languages, f"page.case.money.{about}")
    if case.kind == CaseKind.COMPLAINT:
        order = g.session.get_one(Order, case.subject_id)
        found["refunds"] = unsettled.of_orders(g.session, order_ids=[order.id])[order.id]
        if g.actor.oversees and case.state == CaseState.APPROVED:
            found["left"] = order.left_minor
    return found
