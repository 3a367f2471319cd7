"""The rules of rates: what counts and what did, a form for a new one, and the end of one."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g
from sqlalchemy import select

from api import context
from api.context import acting, asking
from api.pages import cards, typed
from api.pages.case_facts import names_of
from api.pages.frame import Views, again, form, go, render
from api.unit_of_work import refused
from api.v1.rates import CODES, GROUND_MOST, NOTE_MOST
from market import clock, rates
from market.accounts import Organisation, OrganisationKind, Person, Role
from market.db import by_id
from market.errors import FieldInvalid
from market.rates import Purpose, RateRule

views = Views()

RATES = "/desk/rates"
COOPERATIVES_MAX = 500
SELLERS = (OrganisationKind.FARM, OrganisationKind.BOAT, OrganisationKind.HOST)
_PERCENT = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?", re.ASCII)


@views.get(RATES, Role.ADMINISTRATOR)
def board() -> Response:
    """The rules with the form."""
    return render("rates.html", **_facts())


@views.post(RATES, Role.ADMINISTRATOR)
def enter() -> Response:
    """Enter a rule."""
    given = form()
    if refusal := refused(lambda: rates.enter(**acting(), rule=_read(given))):
        return again("rates.html", refusal, form=given, blame="position", **_facts())
    return go(RATES, said="saved")


@views.post("/desk/rates/<uuid:rule_id>/end", Role.ADMINISTRATOR)
def end(rule_id: UUID) -> Response:
    """Let a rule count no more from a day on."""
    given, field = form(), f"end-{rule_id}"
    its: dict[str, Any] = {**acting(), "rule_id": rule_id}
    if refusal := refused(lambda: rates.end(**its, valid_to=typed.day_of(given, field))):
        return again("rates.html", refusal, form=given, blame=field, **_facts())
    return go(RATES, said="saved")


def _read(given: Mapping[str, str]) -> RateRule:
    percent = given.get("rate", "")
    if not _PERCENT.fullmatch(percent):
        raise FieldInvalid(field="rate", reason="field.invalid")
    position, cooperative = typed.count(given.get("position", "")), given.get("cooperative")
    if position < 1:
        raise FieldInvalid(field="position", reason="field.invalid")
    return RateRule(
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


def _chosen(given: Mapping[str, str], field: str, choices: tuple[str, ...]) -> str | None:
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


def _facts() -> dict[str, Any]:
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


def _cooperatives() -> list[dict[str, Any]]:
    found = g.session.scalars(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .order_by(Organisation.name, Organisation.id)
        .limit(COOPERATIVES_MAX)
    )
    return [{"value": each.id, "word": each.name} for each in found]
