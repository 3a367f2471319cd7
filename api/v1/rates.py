"""Dated rules of rates: commission, cooperatives' fees, and taxes, which nothing applies yet."""

from api.fields import Choice, DayField, Identifier, Instant, Integer, Schema, String, Text, page_of
from api.v1.resources import UUID, Created, Facts, Resources, acting, asking, created, ma
from catalog import categories
from market import rates
from market.accounts import OrganisationKind, Role

blp = Resources("rates", __name__, description="Dated rules of commission, fees and taxes.")

CODES = tuple(category.code for category in categories.all())
RULES_MOST = 10_000
GROUND_MOST, NOTE_MOST = 200, 500


class RateIn(Schema):
    """A rule; what is left out fits everything, of those that fit the lowest position counts.

    It counts from `valid_from` until before `valid_to`; a category means all below it too.
    """

    purpose = Choice(rates.Purpose, required=True)
    position = Integer(least=1, most=rates.POSITION_MOST, required=True)
    category_code: String = Choice(CODES, allow_none=True)
    seller_kind = Choice(OrganisationKind, allow_none=True)
    seller_id = Identifier(allow_none=True)
    cooperative_id = Identifier(allow_none=True)
    reseller_id = Identifier(allow_none=True)
    basis_points = Integer(most=rates.BASIS_POINTS_MOST, required=True)
    valid_from = DayField(required=True)
    valid_to = DayField(allow_none=True)
    law = Text(least=0, most=GROUND_MOST)
    article = Text(least=0, most=GROUND_MOST)
    note = Text(least=0, most=NOTE_MOST)


class RateOut(RateIn):
    """A rule as it was entered; the category of a law's rule may be one that is not sold here."""

    id = ma.fields.UUID()
    category_code = String(allow_none=True)
    entered_by = ma.fields.UUID(allow_none=True)
    entered_at = Instant()
    used_in = Choice(("order-lines", "none-yet"))


class RateEnd(Schema):
    """The first day on which the rule no longer counts: tomorrow at the earliest."""

    valid_to = DayField(required=True)


RatesOut = page_of(RateOut, "all rules there ever were", name="RatesOut", most=RULES_MOST)


@blp.get("/rates", (Role.ADMINISTRATOR,), RatesOut)
def rules() -> Facts:
    """All rules, those that have ended too, by purpose in the order of their positions."""
    return {"items": rates.told(**asking()), "next": None}


@blp.post("/rates", (Role.ADMINISTRATOR,), RateOut, takes=RateIn)
@blp.refuses(404)
def enter(body: Facts) -> Created:
    """Enter a rule; a rule is never changed, it ends and another begins."""
    return created(rates.enter(**acting(), rule=rates.RateRule(**body)), "rates.rules")


@blp.post("/rates/<uuid:rule_id>/end", (Role.ADMINISTRATOR,), RateOut, takes=RateEnd, status=200)
def end(body: Facts, rule_id: UUID) -> rates.RateRule:
    """Let the rule count no more from a day on; orders made until then keep it."""
    return rates.end(**acting(), rule_id=rule_id, **body)
