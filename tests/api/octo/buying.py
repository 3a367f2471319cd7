"""What a reseller's program does to book: it looks for a start with room, and holds seats of it."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.api.octo.asking import well

JOHN = {
    "fullName": "John Doe",
    "firstName": "John",
    "lastName": "Doe",
    "emailAddress": "john.doe@example.com",
    "notes": "Window seat",
}


class World(NamedTuple):
    """The ids of two products by their starts and one by opening hours."""

    tour: str
    other: str
    garden: str


class Slot(NamedTuple):
    """What a request names: a start of an option of a product."""

    product: str
    option: str
    id: str

    def asked(self, **more):
        """The members of a request for it."""
        names = ("productId", "optionId", "availabilityId")
        return {**dict(zip(names, self, strict=True)), **more}


def month():
    """From today on by UTC, for thirty days, as a reseller elsewhere counts."""
    today = datetime.now(UTC).date()
    return {"localDateStart": str(today), "localDateEnd": str(today + timedelta(days=30))}


def starts(octo, product_id, **asked):
    """The starts of the default option of a product."""
    (option, *_) = octo.get(f"/products/{product_id}")["options"]
    its = {"productId": product_id, "optionId": option["id"]}
    return octo.post("/availability", its | (asked or month()))


def slots(octo, product_id, status=None):
    """Those of them that can be booked, or that have the status."""
    return [
        Slot(product_id, product_id, each["id"])
        for each in starts(octo, product_id)
        if (each["available"] if status is None else each["status"] == status)
    ]


def guests(count, unit="adult"):
    return [{"unitId": unit}] * count


def hold(octo, slot, count=2, **more):
    """Seats held."""
    return octo.post("/bookings", slot.asked(**{"unitItems": guests(count)} | more))


def confirm(octo, booking, **more):
    """A held booking, confirmed for John."""
    asked = {"contact": JOHN, **more}
    return octo.post(f"/bookings/{booking['uuid']}/confirm", asked)


def sold(octo, slot, count=2, **more):
    """Seats sold."""
    return confirm(octo, hold(octo, slot, count), **more)


def cancel(octo, booking, **more):
    return octo.post(f"/bookings/{booking['uuid']}/cancel", more)


def left(octo, slot):
    """How many more can be booked."""
    (start,) = well(
        octo(
            "POST",
            "/availability",
            {
                "productId": slot.product,
                "optionId": slot.option,
                "availabilityIds": [slot.id],
            },
        )
    )
    return start["vacancies"]
