"""The shapes of what OCTO tells of products and their starts, with what each capability adds.

Written from the facts of the OCTO API Specification (octotravel/octo-types 2.0.4). What a
capability adds is asked for with it, and refused without it.
"""

import re

from tests.api.octo.holding import (
    NO_TEXT,
    a_day,
    address,
    email,
    flag,
    hold,
    instant,
    integer,
    like,
    local,
    maybe,
    natural,
    number,
    positive,
    require,
    require_unique,
    some,
    text,
    words,
)

CONTENT, PRICING = "octo/content", "octo/pricing"
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
UNIT_TYPES = words("ADULT YOUTH CHILD INFANT FAMILY SENIOR STUDENT MILITARY OTHER")
CONTACT_FIELDS = words(
    "firstName lastName emailAddress phoneNumber country notes locales allowMarketing postalCode"
)
REDEMPTION = words("DIGITAL PRINT MANIFEST")
FORMATS = words("PDF_URL QRCODE CODE128 PKPASS_URL AZTECCODE")
STATUSES = words("ON_HOLD CONFIRMED EXPIRED CANCELLED REDEEMED PENDING REJECTED")
NAMED = "adjustments cart content mappings packages pickups pricing offers questions webhooks"
CAPABILITIES = frozenset(f"octo/{each}" for each in NAMED.split())

PRICING_ = {
    "original": natural,
    "retail": natural,
    "net": maybe(natural),
    "currency": like(re.compile("[A-Z]{3}")),
    "currencyPrecision": natural,
    "includedTaxes": [
        {"name": text, "retail": integer, "original": integer, "net": maybe(integer)}
    ],
}
PRICING_UNIT = {"unitId": text, **PRICING_}
FEATURE = {
    "shortDescription": NO_TEXT,
    "type": words(
        "INCLUSION EXCLUSION HIGHLIGHT PREBOOKING_INFORMATION PREARRIVAL_INFORMATION"
        " REDEMPTION_INSTRUCTION ACCESSIBILITY_INFORMATION ADDITIONAL_INFORMATION BOOKING_TERM"
        " CANCELLATION_TERM"
    ),
}
MEDIA = {
    "src": address,
    "type": words("image/jpeg image/png video/mp4 video/avi external/youtube external/vimeo"),
    "rel": words("LOGO COVER GALLERY"),
    **dict.fromkeys(("title", "caption", "copyright"), NO_TEXT),
}
POSTAL = (
    "streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry",
    "postOfficeBoxNumber",
)  # fmt: skip
PLACES = "googlePlace applePlace tripadvisorLocation yelpPlace facebookPlace foursquarePlace"
PLACE = {
    "latitude": number,
    "longitude": number,
    "postalAddress": dict.fromkeys(POSTAL, NO_TEXT),
    "identifiers": {f"{name}Id": NO_TEXT for name in [*PLACES.split(), "baiduPlace", "amapPlace"]},
    "sameAs": [text],
}
LOCATION = {
    "title": NO_TEXT,
    "shortDescription": NO_TEXT,
    "types": some(
        words("START ITINERARY_ITEM POINT_OF_INTEREST ADMISSION_INCLUDED END REDEMPTION")
    ),
    "minutesTo": maybe(integer),
    "minutesAt": maybe(integer),
    "place": PLACE,
}
LABELS = words(
    "multi-day city-cards adults-only animals audio-guide beaches bike-tours boat-tours classes"
    " day-trips family-friendly fast-track food guided-tours history hop-on-hop-off literature"
    " live-music museums nightlife outdoors private-tours romantic recurring-events self-guided"
    " small-group-tours sports theme-parks walking-tours wheelchair-accessible"
    " accommodation-included trip-difficulty-easy trip-difficulty-medium trip-difficulty-hard"
)
TOLD = {
    "title": text,
    "shortDescription": NO_TEXT,
    "description": NO_TEXT,
    "features": [FEATURE],
    "faqs": [{"question": text, "answer": text}],
    "media": [MEDIA],
    "locations": [LOCATION],
    "categoryLabels": [LABELS],
    "durationMinutesFrom": positive,
    "durationMinutesTo": maybe(positive),
    "commentary": [
        {"format": words("IN_PERSON RECORDED_AUDIO WRITTEN OTHER"), "language": like(TAG)}
    ],
}
CAPABILITY = {
    "id": CAPABILITIES,
    "revision": positive,
    "required": flag,
    "dependencies": [CAPABILITIES],
    "docs": NO_TEXT,
}
HOURS = {"from": like(HOUR), "to": like(HOUR)}
LEFT = {
    "available": flag,
    "status": words("AVAILABLE FREESALE SOLD_OUT LIMITED CLOSED"),
    "vacancies": maybe(natural),
    "capacity": maybe(natural),
    "openingHours": [HOURS],
}


def supplier(value, asked):
    added = {"shortDescription": NO_TEXT, "media": [MEDIA]} if CONTENT in asked else {}
    contact = dict.fromkeys(("website", "telephone", "address"), maybe(text))
    core = {"id": text, "name": text, "endpoint": address}
    hold(value, {**core, "contact": {**contact, "email": maybe(email)}, **added})
    require(not value["endpoint"].endswith("/"), "endpoint", value["endpoint"])


def capabilities(value, _):
    hold(value, some(CAPABILITY))


def product(value, asked, *, booked=False):
    """A product with all its options; `booked`, as a booking shows it."""
    flags = ["allowFreesale", "instantConfirmation", "instantDelivery", "availabilityRequired"]
    shape = {
        **dict.fromkeys(("id", "internalName", "timeZone"), text),
        "reference": NO_TEXT,
        "locale": like(TAG),
        **dict.fromkeys(flags, flag),
        "availabilityType": words("START_TIME OPENING_HOURS"),
        "deliveryFormats": some(FORMATS),
        "deliveryMethods": some(words("TICKET VOUCHER")),
        "redemptionMethod": REDEMPTION,
        "options": some(lambda _: True),
    }
    if PRICING in asked:
        currency = PRICING_["currency"]
        shape |= {"defaultCurrency": currency, "availableCurrencies": some(currency)}
        shape["pricingPer"] = words("UNIT BOOKING")
    hold(value, shape | (TOLD if CONTENT in asked else {}), "product")
    for each in value["options"]:
        option(each, asked, value["availabilityType"], booked=booked)
    its = [each["default"] for each in value["options"]]
    require(its == [True] + [False] * (len(its) - 1), "default first", its)
    require_unique(value["options"], "options")


def option(value, asked, kind, *, booked=False):
    texts = dict.fromkeys(("id", "internalName", "cancellationCutoff"), text)
    shape = {
        **texts,
        "default": flag,
        "reference": NO_TEXT,
        "availabilityLocalStartTimes": [like(HOUR)],
        "cancellationCutoffAmount": natural,
        "cancellationCutoffUnit": words("minute hour day"),
        "requiredContactFields": [CONTACT_FIELDS],
        "restrictions": {"minUnits": natural, "maxUnits": maybe(positive)},
        "units": some(lambda _: True),
    }
    hold(value, shape | (TOLD if CONTENT in asked else {}), "option")
    times = value["availabilityLocalStartTimes"]
    is_by_start = kind == "START_TIME"
    require(bool(times) == is_by_start, f"start times of {kind}", times)
    require(times == sorted(set(times)), "start times", times)
    for each in value["units"]:
        unit(each, asked, booked=booked)
    require_unique(value["units"], "units")
    known = {each["id"] for each in value["units"]}
    others = {who for each in value["units"] for who in each["restrictions"]["accompaniedBy"]}
    require(others <= known, "accompaniedBy", others)


def unit(value, asked, *, booked=False):
    limits = {"minQuantity": maybe(natural), "maxQuantity": maybe(positive)}
    limits |= {"minAge": natural, "maxAge": natural, "idRequired": flag}
    shape = {
        **dict.fromkeys(("id", "internalName"), text),
        "reference": NO_TEXT,
        "type": UNIT_TYPES,
        "restrictions": limits | {"paxCount": positive, "accompaniedBy": [text]},
        "requiredContactFields": [CONTACT_FIELDS],
    }
    if PRICING in asked:
        shape["pricing" if booked else "pricingFrom"] = some(PRICING_)
    if CONTENT in asked:
        shape |= {"title": NO_TEXT, "shortDescription?": text, "features": [FEATURE]}
    hold(value, shape, "unit")


def all_products(value, asked):
    hold(value, [lambda _: True])
    for each in value:
        product(each, asked)
    require_unique(value, "products")


def availability(value, asked, *, party=False, at="availability"):
    """One start or day; of a `party`, with what it pays together."""
    shape = {"id": text, "localDateTimeStart": local, "localDateTimeEnd": local}
    shape |= {"utcCutoffAt": instant, "allDay": flag, "maxUnits": maybe(positive), **LEFT}
    if CONTENT in asked:
        shape |= {"title?": NO_TEXT, "shortDescription?": text}
    hold(value, shape | _prices(asked, "unitPricing", "pricing", party=party), at)
    begins, ends = value["localDateTimeStart"], value["localDateTimeEnd"]
    require(begins < ends, "an end after its start", (begins, ends))
    require(bool(value["openingHours"]) == value["allDay"], "hours", value["openingHours"])
    _require_sense(value)


def calendar_day(value, asked, *, party=False):
    shape = {"localDate": a_day, **LEFT}
    hold(value, shape | _prices(asked, "unitPricingFrom", "pricingFrom", party=party), "day")
    _require_sense(value)


def _prices(asked, each, whole, *, party):
    """One of the two is to be there, as the official validator wants it."""
    if PRICING not in asked:
        return {}
    return {each: some(PRICING_UNIT), **({whole: PRICING_} if party else {})}


def _require_sense(value):
    status, is_free = value["status"], value["available"]
    require(is_free == (status in {"AVAILABLE", "LIMITED", "FREESALE"}), "available", status)
    if status != "FREESALE":
        left, whole = value["vacancies"], value["capacity"]
        require(left is not None and left <= whole, "vacancies", (left, whole))


def all_starts(value, asked, *, party=False):
    hold(value, [lambda _: True])
    for each in value:
        availability(each, asked, party=party)
    starts = [each["localDateTimeStart"] for each in value]
    require(starts == sorted(starts), "starts in their order", starts)
    require_unique(value, "starts")


def all_days(value, asked, *, party=False):
    hold(value, [lambda _: True])
    for each in value:
        calendar_day(each, asked, party=party)
    days = [each["localDate"] for each in value]
    require(days == sorted(set(days)), "days in their order", days)
    by_hours = [bool(each["openingHours"]) for each in value]
    require(len(set(by_hours)) <= 1, "opening hours on every day or on none", by_hours)
