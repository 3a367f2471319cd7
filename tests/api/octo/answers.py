"""The shapes of bookings and refusals, and every answer of OCTO held against its own.

Written from the facts of the OCTO API Specification (octotravel/octo-types 2.0.4).
"""

import re

from tests.api.octo import schemas
from tests.api.octo.holding import (
    NO_TEXT,
    email,
    flag,
    hold,
    instant,
    like,
    maybe,
    null,
    require,
    require_unique,
    some,
    text,
    words,
)
from tests.api.octo.schemas import CONTENT, FORMATS, PRICING, PRICING_, REDEMPTION

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CONTACT_NAMES = (
    "fullName", "firstName", "lastName", "phoneNumber", "postalCode", "country", "notes",
)  # fmt: skip
CONTACT = {
    **dict.fromkeys(CONTACT_NAMES, NO_TEXT),
    "emailAddress": maybe(email),
    "locales": [text],
}
TICKET = {
    "redemptionMethod": REDEMPTION,
    "utcRedeemedAt": maybe(instant),
    "deliveryOptions": [{"deliveryFormat": FORMATS, "deliveryValue": text}],
}
CANCELLATION = {
    "refund": words("FULL PARTIAL NONE"),
    "reason": NO_TEXT,
    "utcCancelledAt": instant,
}

STAMPS = ("utcCreatedAt", "utcUpdatedAt")
WHEN = {  # status → of utcExpiresAt, utcRedeemedAt, utcConfirmedAt and cancellation
    "ON_HOLD": (instant, null, null, null),
    "CONFIRMED": (null, null, instant, null),
    "CANCELLED": (null, maybe(instant), maybe(instant), CANCELLATION),
    "EXPIRED": (instant, null, null, null),
    "REDEEMED": (null, maybe(instant), instant, null),
    "PENDING": (null, null, null, null),
    "REJECTED": (null, null, null, null),
}
BY_STATUS = ("utcExpiresAt", "utcRedeemedAt", "utcConfirmedAt", "cancellation")


def booking(value, asked):
    """A booking with what was booked, and with the nulls of its status."""
    shape = {
        **dict.fromkeys(("id", "productId", "optionId", "availabilityId"), text),
        "uuid": like(UUID),
        **dict.fromkeys(("testMode", "cancellable", "freesale"), flag),
        **dict.fromkeys(("resellerReference", "supplierReference", "notes"), NO_TEXT),
        "status": schemas.STATUSES,
        **dict.fromkeys(STAMPS, instant),
        **dict.fromkeys(BY_STATUS, lambda _: True),
        **dict.fromkeys(("product", "option", "availability"), lambda value: value is not None),
        "contact": CONTACT,
        "deliveryMethods": some(words("TICKET VOUCHER")),
        "voucher": maybe(TICKET),
        "unitItems": some(lambda _: True),
    }
    hold(value, shape | ({"pricing": PRICING_} if PRICING in asked else {}), "booking")
    for name, each in zip(BY_STATUS, WHEN[value["status"]], strict=True):
        hold(value[name], each, f"{value['status']} {name}")
    require(value["utcCreatedAt"] <= value["utcUpdatedAt"], "updated", value["utcUpdatedAt"])
    is_over = value["status"] not in {"ON_HOLD", "PENDING", "CONFIRMED"}
    require(not (is_over and value["cancellable"]), "cancellable", value["status"])
    require(value["supplierReference"] is not None, "supplierReference", None)
    _hold_what_was_booked(value, asked)
    for each in value["unitItems"]:
        unit_item(each, asked, value)
    require_unique(value["unitItems"], "unitItems", "uuid")
    if PRICING in asked:
        _hold_sums(value)


def _hold_what_was_booked(value, asked):
    schemas.product(value["product"], asked, booked=True)
    kind = value["product"]["availabilityType"]
    schemas.option(value["option"], asked, kind, booked=True)
    schemas.availability(value["availability"], asked)
    require(value["availability"]["allDay"] == (kind == "OPENING_HOURS"), "allDay", kind)
    for name in ("product", "option", "availability"):
        require(value[name]["id"] == value[f"{name}Id"], f"{name}Id", value[f"{name}Id"])
    methods = value["deliveryMethods"]
    require(methods == value["product"]["deliveryMethods"], "deliveryMethods", methods)
    require(("VOUCHER" in methods) == (value["voucher"] is not None), "voucher", methods)


def unit_item(value, asked, its):
    shape = {
        "uuid": like(UUID),
        **dict.fromkeys(("resellerReference", "supplierReference"), NO_TEXT),
        "unitId": text,
        "unit?": lambda value: value is not None,
        "status": schemas.STATUSES,
        "utcRedeemedAt": maybe(instant),
        "contact": CONTACT,
        "ticket": TICKET if "TICKET" in its["deliveryMethods"] else null,
    }
    hold(value, shape | ({"pricing": PRICING_} if PRICING in asked else {}), "unitItem")
    if "unit" in value:
        schemas.unit(value["unit"], asked, booked=True)
        require(value["unit"]["id"] == value["unitId"], "unitId", value["unitId"])
    if value["ticket"] is not None:
        is_sold = value["status"] in {"CONFIRMED", "REDEEMED"}
        opens = [each["deliveryFormat"] for each in value["ticket"]["deliveryOptions"]]
        require(bool(opens) == is_sold or value["status"] == "CANCELLED", "delivery", opens)


def _hold_sums(value):
    for name in ("original", "retail", "net"):
        parts = [each["pricing"][name] for each in value["unitItems"]]
        require(value["pricing"][name] == sum(parts), f"pricing.{name}", parts)


def all_bookings(value, asked):
    hold(value, [lambda _: True])
    for each in value:
        booking(each, asked)


ERRORS = {  # code → status and the member that it adds
    "INVALID_PRODUCT_ID": (400, "productId"),
    "INVALID_OPTION_ID": (400, "optionId"),
    "INVALID_UNIT_ID": (400, "unitId"),
    "INVALID_AVAILABILITY_ID": (400, "availabilityId"),
    "INVALID_BOOKING_UUID": (400, "uuid"),
    "BAD_REQUEST": (400, None),
    "UNPROCESSABLE_ENTITY": (400, None),
    "UNAUTHORIZED": (401, None),
    "FORBIDDEN": (403, None),
}
SHAPES = {  # what answers 200 at which address
    "GET /supplier": schemas.supplier,
    "GET /capabilities": schemas.capabilities,
    "GET /products": schemas.all_products,
    "GET /products/{}": schemas.product,
    "POST /availability": schemas.all_starts,
    "POST /availability/calendar": schemas.all_days,
    "GET /bookings": all_bookings,
    "POST /bookings": booking,
    **dict.fromkeys([f"{method} /bookings/{{}}" for method in ("GET", "PATCH", "DELETE")], booking),
    **{f"POST /bookings/{{}}/{deed}": booking for deed in ("confirm", "extend", "cancel")},
}


def error(value, status):
    """A refusal, with the member of its code and no other."""
    hold(value.get("error"), frozenset(ERRORS), "error")
    expected, extra = ERRORS[value["error"]]
    hold(value, {"error": text, "errorMessage": text, **({extra: NO_TEXT} if extra else {})})
    require(status == expected, f"status of {value['error']}", status)


def answer(method, path, response, *, asked=(), party=False):
    """One answer of /octo: its status, its headers and its body."""
    _hold_headers(response.headers, asked)
    value = response.get_json(silent=True)
    if response.status_code != 200:
        require(isinstance(value, dict), f"body of {response.status_code}", response.data[:200])
        error(value, response.status_code)
        return
    parts = path.partition("?")[0].strip("/").split("/")
    if len(parts) > 1 and parts[0] in {"products", "bookings"}:
        parts[1] = "{}"
    view = SHAPES[f"{method} /{'/'.join(parts)}"]
    view(value, asked, **({"party": True} if party else {}))


def _hold_headers(headers, asked):
    require(headers["Content-Type"] == "application/json", "Content-Type", headers)
    applied = {each for each in headers["Octo-Capabilities"].split(", ") if each}
    require(applied == {CONTENT, PRICING} & set(asked), "Octo-Capabilities", applied)
    available = headers.get("Available-Languages")
    if CONTENT in asked:
        require({"vi", "en"} <= set(str(available).split(", ")), "Available-Languages", available)
        language = headers.get("Content-Language")
        require(language in available.split(", "), "Content-Language", language)
    else:
        require(available is None, "Available-Languages", available)
