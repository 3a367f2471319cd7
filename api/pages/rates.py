"""The rules of rates: what counts and what did, a form for a new one, and the end of one."""

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from api import context
from api.pages import cards, typed
from api.pages.case_facts import names_of
from api.pages.frame import UUID, Facts, Response, acting, answered, asking, g, views
from api.v1.rates import CODES, GROUND_MOST, NOTE_MOST
from market import clock, rates
from market.accounts import Organisation, OrganisationKind, Person, Role
from market.db import by_id
from market.errors import FieldInvalid
from market.rates import Purpose, RateRule

RATES = "/desk/rates"
SELLERS = (OrganisationKind.FARM, OrganisationKind.BOAT, OrganisationKind.HOST)
_PERCENT = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?", re.ASCII)


@views.both(RATES, Role.ADMINISTRATOR)
def board() -> Response:
    """The rules, with the form that enters one."""
    return answered("rates.html", _facts, _enter, blame="position")


@views.post("/desk/rates/<uuid:rule_id>/end", Role.ADMINISTRATOR)
def end(rule_id: UUID) -> Response:
    """Let a rule count no more from a day on."""
    field = f"end-{rule_id}"

    def deed(given: dict[str, str]) -> None:
        rates.end(**acting(), rule_id=rule_id, valid_to=typed.day_of(given, field))

    return answered("rates.html", _facts, deed, blame=field, to=RATES)


def _enter(given: dict[str, str]) -> None:
    percent = given.get("rate", "")
    if not _PERCENT.fullmatch(percent):
        raise FieldInvalid(field="rate", reason="field.invalid")
    position, cooperative = typed.count(given.get("position", "")), given.get("cooperative")
    if position < 1:
        raise FieldInvalid(field="position", reason="field.invalid")
    rule = RateRule(
        purpose=Purpose(_chosen(given, "purpose", tuple(Purpose)) or Purpose.COMMISSION),
        position=position,
        category_code=_chosen(given, "category", CODES),
        seller_kind=_chosen(given, "kind", SELLERS),
        seller_id=_seller(given.get("seller", "")),
        cooperative_id=typed.identifier(cooperative) if cooperative else None,
        basis_points=typed.scaled(percent, 2),
        valid_from=typed.day_of(given, "from"),
        law=given.get("law", "")[:GROUND_MOST],
        article=given.get("article", "")[:GROUND_MOST],
        note=given.get("note", "")[:NOTE_MOST],
    )
    rates.enter(**acting(), rule=rule)


def _chosen(given: dict[str, str], field: str, choices: tuple[str, ...]) -> str | None:
    said = given.get(field) or None
    if said is not None and said not in choices:
        raise FieldInvalid(field=field, reason="field.invalid")
    return said


def _seller(name: str) -> UUID | None:
    """The one seller of this name, or this id; the field is refused where there is not just one."""
    if not name:
        return None
    named = Organisation.id == typed.id_of(name) if typed.id_of(name) else Organisation.name == name
    found: Sequence[UUID] = g.session.scalars(select(Organisation.id).where(named).limit(2)).all()
    if len(found) != 1:
        raise FieldInvalid(field="seller", reason="field.invalid")
    return found[0]


def _facts() -> Facts:
    today, found = clock.day_of(clock.now()), rates.told(**asking())
    return {
        "live": [rule for rule in found if (rule.valid_to or date.max) > today],
        "ended": [rule for rule in found if (rule.valid_to or date.max) <= today],
        "names": names_of(each for rule in found for each in (rule.seller_id, rule.cooperative_id)),
        "people": by_id(g.session, Person, (rule.entered_by for rule in found)),
        "sold_here": CODES,
        "purposes": cards.choices("rates.purpose", Purpose),
        "categories": cards.kinds(),
        "kinds": cards.choices("organisation.kind", SELLERS),
        "cooperatives": _cooperatives(),
        "today": today.isoformat(),
        "default": context.settings().commission_basis_points,
    }


def _cooperatives() -> list[Facts]:
    found = g.session.scalars(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .order_by(Organisation.name, Organisation.id)
        .limit(500)
    )
    return [{"value": each.id, "word": each.name} for each in found]
