"""The shapes of options: units, seasons, refunds and schedules, of boats, guides and calendars."""

from typing import Any

from api import fields
from catalog.models import Availability, SeatUnit
from catalog.offering import BOUNDS, MANY
from catalog.scheduling import EXCEPT_MAX, RULES_MAX
from catalog.shelves.calendar import DAYS_MAX
from market.inventory.stocking import SHARED, TURNAROUND_MAX

LANGUAGE, NAME_MAX = r"[a-z]{2,3}(-[A-Za-z]{4})?", 120
_A_SEATS: Any = {"least": 1, "most": BOUNDS["seats"][1]}
_TOGETHER: Any = {"least": 1, "most": BOUNDS["most"][1]}


class Dong(fields.PriceField):
    """Money in đồng, loaded as their number."""

    def _deserialize(self, *given: Any, **options: Any) -> Any:
        return super()._deserialize(*given, **options).minor


class DayText(fields.DayField):
    """A day, kept as it is written."""

    def _deserialize(self, *given: Any, **options: Any) -> Any:
        return super()._deserialize(*given, **options).isoformat()

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value


class UnitSchema(fields.Schema):
    """A kind of guest, or a group or room as a whole, which takes `pax` seats."""

    type = fields.Choice(SeatUnit, required=True)
    price = Dong(required=True)
    pax = fields.Integer(load_default=1, **_A_SEATS)
    min_age = fields.Integer(most=BOUNDS["min_age"][1])
    max_age = fields.Integer(most=BOUNDS["max_age"][1])
    accompanied_by = fields.ListOf(fields.Choice(SeatUnit), most=MANY["units"])
    least = fields.Integer(**_TOGETHER)
    most = fields.Integer(**_TOGETHER)


class SeasonSchema(fields.Schema):
    """Other prices from a day to a day, both included, on all or some weekdays (Monday 0)."""

    opens = DayText(required=True, data_key="from", attribute="from")
    until = DayText(required=True)
    weekdays = fields.ListOf(fields.Integer(most=6), most=7)
    prices = fields.Dict(fields.Text(most=10), Dong(), required=True)


class TierSchema(fields.Schema):
    """How much is refunded to who cancels so many hours before the start, or sooner."""

    hours = fields.Integer(most=BOUNDS["hours"][1], required=True)
    percent = fields.Integer(most=100, required=True)


class RuleSchema(fields.Schema):
    """When there is a departure, in local time: once, or by an RRULE (RFC 5545) of whole days.

    With `until` guests come any time in opening hours. Days in `except` are left out.
    """

    starts = fields.Text(most=16, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d", required=True)
    rrule = fields.Text(most=500, allow_none=True, load_default=None)
    excepted = fields.ListOf(
        DayText(), most=EXCEPT_MAX, load_default=list, data_key="except", attribute="except"
    )
    until = fields.Text(most=5, pattern=r"\d\d:\d\d", allow_none=True, load_default=None)
    seats = fields.Integer(required=True, **_A_SEATS)


class ScheduleSchema(fields.Schema):
    """All the rules of an option."""

    rules = fields.ListOf(fields.Nested(RuleSchema), most=RULES_MAX, required=True)


class OptionPatch(fields.Schema):
    """What changes of an option; null takes a limit away."""

    names = fields.Dict(fields.Text(most=35, pattern=LANGUAGE), fields.Text(most=NAME_MAX))
    units = fields.ListOf(fields.Nested(UnitSchema), least=1, most=MANY["units"])
    seasons = fields.ListOf(fields.Nested(SeasonSchema), most=MANY["seasons"])
    tiers = fields.ListOf(fields.Nested(TierSchema), most=MANY["tiers"])
    asset_ids = fields.ListOf(fields.Identifier(), most=MANY["asset_ids"])
    rooms = fields.ListOf(fields.Text(most=60), most=MANY["rooms"])
    duration_minutes = fields.Integer(least=1, most=BOUNDS["duration_minutes"][1])
    cutoff_minutes = fields.Integer(most=BOUNDS["cutoff_minutes"][1])
    seats = fields.Integer(allow_none=True, **_A_SEATS)
    minimum_guests = fields.Integer(allow_none=True, **_A_SEATS)
    least_units = fields.Integer(allow_none=True, **_A_SEATS)
    most_units = fields.Integer(allow_none=True, **_A_SEATS)
    minimum_nights = fields.Integer(**_TOGETHER)
    arrival_days = fields.Integer(least=1, most=127)
    approves = fields.Flag()


class OptionOut(fields.Identified, OptionPatch, ScheduleSchema):
    """What of an experience is booked."""

    position = fields.Integer()
    availability = fields.Choice(Availability)


class OptionsOut(fields.Schema):
    """The options of an experience, the first first; their version is the experience's."""

    items = fields.ListOf(fields.Nested(OptionOut), most=100)


class BookedOut(fields.Identified):
    """A departure that stays because it is booked."""

    starts_at = fields.Instant()


class ScheduledOut(ScheduleSchema):
    """The rules, and what is booked although they do not have it."""

    kept = fields.ListOf(fields.Nested(BookedOut), most=10_000)


class AssetPatch(fields.Schema):
    """What changes of a boat or a guide; more or fewer places count for what is opened later."""

    name = fields.Text(most=NAME_MAX)
    places = fields.Integer(**_A_SEATS)
    turnaround_minutes = fields.Integer(most=TURNAROUND_MAX)


class AssetIn(AssetPatch):
    """A boat or a guide: serves one departure at a time, and rests in between."""

    seller_id = fields.Identifier(required=True, attribute="owner_id")
    kind = fields.Choice(SHARED, required=True)
    name = fields.Text(most=NAME_MAX, required=True)
    places = fields.Integer(required=True, **_A_SEATS)
    turnaround_minutes = fields.Integer(most=TURNAROUND_MAX, load_default=0)


class AssetOut(fields.Identified, AssetPatch):
    """A boat or a guide."""

    seller_id = fields.Identifier(attribute="owner_id")
    kind = fields.Choice(SHARED)


class CalendarQuery(fields.Query):
    """From which day on, today if none, and how many."""

    first = fields.DayField(load_default=None, data_key="from")
    days = fields.Integer(least=1, most=DAYS_MAX, load_default=31)


class DayOut(fields.Schema):
    """A day of an option: what is left of all its starts, and what a unit costs."""

    day = fields.DayField()
    status = fields.Choice(("available", "limited", "sold-out", "closed"))
    seats_left = fields.Integer()
    prices = fields.Dict(fields.Choice(SeatUnit), fields.MoneyField())


class OptionDaysOut(fields.Schema):
    """The days of an option."""

    option_id = fields.Identifier()
    days = fields.ListOf(fields.Nested(DayOut), most=DAYS_MAX)


class CalendarOut(fields.Schema):
    """The options of an experience day by day."""

    items = fields.ListOf(fields.Nested(OptionDaysOut), most=100)
