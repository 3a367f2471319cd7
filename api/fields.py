"""The strict shapes of requests and answers: numbers stay whole, texts clean, nothing extra."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import marshmallow as ma
from marshmallow.fields import Dict, Function, Nested, String

from api import paging
from market import MINOR_MAX, Money, clock, quantity

SAFE_INTEGER = 10**16 - 1  # what sixteen digits can say; far inside a database's 64 bits
SCALE_MAX = 6
PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one value was refused: a code of `field.*` and the numbers that belong to it."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def refusal(code: str, **params: Any) -> ma.ValidationError:
    """The error that a field or a schema's own rule raises to refuse a value with a code."""
    return ma.ValidationError([Reason(code, params)])


def _described(options: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """A field's options with its bounds as the description of the API shows them."""
    return options | {"metadata": shape | dict(options.get("metadata", {}))}


class Schema(ma.Schema):
    """A shape that refuses unknown members and speaks in codes instead of sentences."""

    makes: ClassVar[type[Any] | None] = None  # what it is loaded as, if not as a mapping
    reads_text: ClassVar[bool] = False  # whether numbers arrive written out, as in a query
    error_messages = {"unknown": "field.unknown", "type": "field.wrong_type"}  # noqa: RUF012

    class Meta:  # noqa: D106  marshmallow's own way to say it
        unknown = ma.RAISE

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field[Any]) -> None:  # noqa: ARG002
        """Turn the library's sentences into codes, down to the items of lists."""
        for each in (field_obj, getattr(field_obj, "inner", None)):
            if each is not None:
                said = each.error_messages
                each.error_messages = {key: _CODES.get(key, "field.wrong_type") for key in said}

    @ma.post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Any:
        return loaded if self.makes is None else self.makes(**loaded)


class Query(Schema):
    """The shape of a query string or a form, where every value arrives as text."""

    reads_text: ClassVar[bool] = True


class Text(ma.fields.String):
    """A line of text, NFC and trimmed; `lines` allows line breaks, `pattern` must match it all."""

    def __init__(
        self,
        *,
        most: int,
        least: int = 1,
        lines: bool = False,
        pattern: str | None = None,
        **options: Any,
    ) -> None:
        shape = {"minLength": least, "maxLength": most}
        super().__init__(**_described(options, shape | ({"pattern": pattern} if pattern else {})))
        self._least, self._most, self._lines = least, most, lines
        self._pattern = re.compile(pattern) if pattern else None

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if type(value) is not str:
            raise refusal("field.not_text")
        if len(value) > 4 * self._most + 100:  # not worth normalising
            raise refusal("field.too_long", max=self._most)
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\t", " ")).strip()
        if _UNWELCOME.search(text.replace("\n", " ") if self._lines else text):
            raise refusal("field.control_characters")
        if len(text) > self._most:
            raise refusal("field.too_long", max=self._most)
        if len(text) < self._least:
            raise refusal("field.too_short", min=self._least)
        if self._pattern and not self._pattern.fullmatch(text):
            raise refusal("field.invalid")
        return text


class Integer(ma.fields.Integer):
    """A whole number within its bounds; never a fraction, a truth value or (in JSON) a text."""

    def __init__(self, *, least: int = 0, most: int = SAFE_INTEGER, **options: Any) -> None:
        super().__init__(**_described(options, {"minimum": least, "maximum": most}))
        self._least, self._most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if type(value) is str and _reads_text(self) and _INTEGER.fullmatch(value):
            value = int(value)
        if type(value) is not int:
            raise refusal("field.not_integer")
        if not self._least <= value <= self._most:
            raise refusal("field.range", min=self._least, max=self._most)
        return value


class Flag(ma.fields.Boolean):
    """True or false and nothing that merely looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if type(value) is str and _reads_text(self):
            value = {"true": True, "false": False}.get(value)
        if type(value) is not bool:
            raise refusal("field.wrong_type")
        return value


class Choice(ma.fields.String):
    """One of the values of a `StrEnum` (loaded as its member) or of a tuple of words."""

    def __init__(self, choices: type[StrEnum] | tuple[str, ...], **options: Any) -> None:
        self._choices: dict[str, str] = {str(choice): choice for choice in choices}
        super().__init__(**_described(options, {"enum": list(self._choices)}))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if type(value) is not str or value not in self._choices:
            raise refusal("field.not_allowed", choices=list(self._choices))
        return self._choices[value]


class Identifier(ma.fields.UUID):
    """A UUID in its usual writing with four dashes."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> UUID:
        if type(value) is not str or not UUID_SHAPE.fullmatch(value):
            raise refusal("field.bad_uuid")
        return UUID(value)


class Identified(Schema):
    """What is known by its id, which is the caller's own where the caller may make it."""

    id = Identifier()


class Instant(ma.fields.AwareDateTime):
    """A point in time, ISO 8601 with its offset; loaded and shown in UTC."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        with suppress(ValueError, OverflowError):  # 30 February, the hour before the year 1
            if type(value) is str and _INSTANT.fullmatch(value):
                moment = datetime.fromisoformat(value).astimezone(UTC)
                if moment.year in clock.YEARS:
                    return moment
        raise refusal("field.bad_time")

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat()


class DayField(ma.fields.Date):
    """A day of the calendar in Asia/Ho_Chi_Minh, `YYYY-MM-DD`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        with suppress(ValueError):  # the thirtieth of February
            if type(value) is str and _DAY.fullmatch(value):
                day = date.fromisoformat(value)
                if day.year in clock.YEARS:
                    return day
        raise refusal("field.bad_day")


class ListOf(ma.fields.List[Any]):
    """A list of at least `least` and at most `most` items of one field."""

    def __init__(
        self, item: ma.fields.Field[Any], *, most: int, least: int = 0, **options: Any
    ) -> None:
        super().__init__(item, **_described(options, {"minItems": least, "maxItems": most}))
        self._least, self._most = least, most

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> list[Any]:
        if type(value) is not list:
            raise refusal("field.wrong_type")
        if len(value) > self._most:
            raise refusal("field.too_many", max=self._most)
        if len(value) < self._least:
            raise refusal("field.too_few", min=self._least)
        return super()._deserialize(value, *place, **options)


class MoneySchema(Schema):
    """An amount in whole đồng."""

    makes = Money
    amount = Integer(least=-MINOR_MAX, most=MINOR_MAX, required=True, attribute="minor")
    currency = Choice(("VND",), required=True)


class QuantitySchema(Schema):
    """`value` × 10^-`scale` of a UN/CEFACT unit; {500, 3, KGM} is 500 g."""

    makes = quantity.Quantity
    value = Integer(least=1, most=quantity.QUANTITY_MAX, required=True)
    scale = Integer(most=SCALE_MAX, required=True)
    unit = Text(most=3, least=2, pattern="[A-Z0-9]+", required=True)


class MoneyField(ma.fields.Nested):
    """Money of at least `least` đồng, loaded as `Money`."""

    def __init__(self, *, least: int = 0, **options: Any) -> None:
        super().__init__(MoneySchema, **options)
        self._least = least

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Money:
        money: Money = super()._deserialize(value, *place, **options)
        if money.minor < self._least:
            bounds = {"min": self._least, "max": MINOR_MAX}
            raise ma.ValidationError({"amount": [Reason("field.range", bounds)]})
        return money


class PriceField(MoneyField):
    """A column of minor units as money, in the currency that stands beside it or in đồng."""

    def _serialize(self, *given: Any, **_: Any) -> Any:
        minor, _name, row = given
        currency = ma.utils.get_value(row, "currency", "VND")
        return None if minor is None else self.schema.dump(Money(minor, currency))


# A quantity, loaded as `Quantity`; whether it can be sold so is the listing's to say.
QuantityField = partial(ma.fields.Nested, QuantitySchema)


class CursorField(ma.fields.Field[paging.Key]):
    """The `next` of this list's page before, loaded as the sort key that it stands for."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> paging.Key:
        return paging.key_of(str(value))


class PageQuery(Query):
    """What every list takes: `limit` and the `cursor` that the page before gave."""

    limit = Integer(least=1, most=PAGE_MAX, load_default=20)
    cursor = CursorField(load_default=None, metadata={"type": "string"})


def page_of(
    item: type[Schema], what: str, *, name: str | None = None, most: int = PAGE_MAX
) -> type[Schema]:
    """The shape of a page of such items: the answer of a list."""
    members = {
        "items": ListOf(ma.fields.Nested(item), most=most),
        "next": ma.fields.String(allow_none=True),
        "__doc__": f"A page of {what}.",
    }
    return type(name or f"{item.__name__.removesuffix('Out')}Page", (Schema,), members)


def _reads_text(field: ma.fields.Field[Any]) -> bool:
    return bool(getattr(field.root, "reads_text", False))


_CODES = {
    "required": "field.required",
    "null": "field.null",
    "validator_failed": "field.invalid",
    "unknown": "field.not_allowed",
}
_INTEGER = re.compile(r"-?[0-9]{1,16}", re.ASCII)
UUID_SHAPE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
_INSTANT = re.compile(_DAY.pattern + _TIME)
# Control characters, and those that turn the direction of the text around them.
_UNWELCOME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
