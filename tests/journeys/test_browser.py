"""The first sale once more, on the pages in Chromium, with script off and on."""

import io
import sys
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from catalog import reference_prices
from market import clock, inventory, ledger
from market.accounts import SYSTEM
from market.money import Money
from tests.journeys.browser import Person, Street, say
from tests.journeys.phones import Phone, Town, photo
from tests.journeys.test_first_sale import (
    decide_all,
    fill_and_order,
    found,
    join,
    list_strawberries,
    offer_tour,
)
from translations import Amount, formats

pytestmark = pytest.mark.browser

FARM, HOUSE, COOPERATIVE = "Vườn Ka Hòa", "Nhà Gió", "HTX Sương Mai"
PLACE = "P.8 Đà Lạt"  # the old ward, as people still write it
GOODS, VISIT = "Dâu tây hái sáng", "Sáng ở vườn dâu"
MODERATOR, FARMER, HOST, MANAGER = (f"+8490100000{digit}" for digit in range(1, 5))
EDGE_MAX = 1600  # pixels that sell.js leaves of a photo's longer side


def large_photo() -> bytes:
    """A photo as large as those of today's phones."""
    content = io.BytesIO()
    Image.effect_noise((2400, 1800), 90).convert("RGB").save(content, "JPEG", quality=85)
    return content.getvalue()


def money(amount: int) -> str:
    return formats.money(amount, "VND", ("vi",))


def describe_strawberries(farmer: Person, picture: bytes) -> None:
    farmer.take_photo("page.new.photo", picture)
    farmer.press("category.produce.fruit.strawberry")
    farmer.fill("page.new.title", GOODS)
    farmer.fill("page.new.price.label", "180.000")
    farmer.fill("page.new.how_much", "40")
    farmer.fill("view.new.farm", FARM)
    farmer.fill("page.commune", PLACE)


def put_on_sale(farmer: Person) -> None:
    farmer.press("page.new.go")
    farmer.arrives("**/sell")
    farmer.sees(say("page.offer.review"))


def approve(moderator: Person, *titles: str) -> None:
    for title in titles:
        moderator.press_on(title)
        moderator.sees(say("page.case.checklist"))
        for box in moderator.page.get_by_role("checkbox").all():
            box.check()
        moderator.press("page.case.approve")
        moderator.arrives("**/desk/cases")


def fill_basket(visitor: Person) -> None:
    for title in (GOODS, VISIT):
        visitor.open("/search")
        visitor.fill("page.search.word", "dau")
        visitor.press("page.search.go")
        visitor.sees(GOODS)
        visitor.sees(VISIT)
        visitor.press_on(title)
        if title == GOODS:
            visitor.fill("page.listing.how_much", "1.5")
            visitor.press("page.listing.add")
        else:
            visitor.press("page.seats_left", count=10)
            visitor.press("page.visit.add")
        visitor.sees(say("page.said.basket"))
    visitor.press("page.said.basket.go")
    visitor.sees(say("page.basket.total"))


def order_and_pay(visitor: Person) -> None:
    visitor.press("page.basket.checkout")
    visitor.fill("page.name", "Lan")
    visitor.fill("page.phone", "0987654321")
    visitor.fill("page.commune", PLACE)
    visitor.fill("page.address", "12 Trần Phú")
    visitor.press("page.checkout.order")
    visitor.sees(say("page.order.new"))
    visitor.sees(money(270_000 + 30_000 + 300_000))
    visitor.press("page.pay.demo")
    visitor.sees("Chợ đang hỏi ngân hàng")
    visitor.street.town.work()
    visitor.press("page.pay.look")
    visitor.sees(say("page.pay.state.paid"))


def sell(farmer: Person) -> None:
    farmer.go_to("page.nav.sell")
    farmer.press("page.sell.orders")
    for step in ("confirmation", "packing", "handover"):
        farmer.press(f"page.sell.do.{step}")
    farmer.sees(say("page.sell.do.delivery"))


def receive_and_look(visitor: Person) -> None:
    visitor.page.reload()
    visitor.press("page.order.received")
    visitor.sees(say("page.order.complain"))
    visitor.press("page.ticket.state.valid")
    visitor.sees(say("page.ticket.show"))
    visitor.press("page.ticket.order")
    visitor.press_on(say("page.order.lot") + " ", visitor.page.locator("main small"))
    visitor.sees(say("page.lot.story"))
    visitor.sees(FARM)


def see_the_sale(manager: Person) -> None:
    manager.open("/desk")
    manager.sign_in(MANAGER)
    manager.sees(COOPERATIVE)
    manager.press("page.desk.sold")
    manager.sees(FARM)
    manager.sees(money(270_000))


def set_up(town: Town) -> tuple[Phone, str, str]:
    """A host's tour is offered and a cooperative is there; its manager, its id, the tour's."""
    moderator, host, manager = town.moderator(MODERATOR), town.phone(HOST), town.phone(MANAGER)
    cooperative = found(manager, "cooperative", COOPERATIVE)
    house = found(host, "host", HOUSE)
    decide_all(moderator)
    visit = offer_tour(host, house)
    decide_all(moderator)
    return manager, cooperative, visit


@pytest.mark.parametrize("script", [False, True], ids=["script-off", "script-on"])
def test_the_first_sale_on_the_pages(street: Street, script: bool, capsys) -> None:
    town = street.town
    manager_phone, cooperative, _ = set_up(town)
    farmer, visitor, manager, moderator = (
        street.person(name, script=script) for name in ("farmer", "visitor", "manager", "moderator")
    )
    farmer.open("/sell/new")
    farmer.sign_in(FARMER)
    describe_strawberries(farmer, large_photo())
    put_on_sale(farmer)

    moderator.open("/desk/cases")
    moderator.sign_in(MODERATOR)
    approve(moderator, FARM, GOODS)
    phone = town.phone(FARMER)
    (farm,) = phone.get("/v1/organisations?mine=true")["items"]
    join(phone, farm["id"], manager_phone, cooperative)

    fill_basket(visitor)
    order_and_pay(visitor)
    sell(farmer)
    receive_and_look(visitor)
    see_the_sale(manager)

    with town.database.reading() as session:
        assert inventory.drift(session) == ledger.problems(session) == []
    assert [each.complaints for each in (farmer, visitor, manager, moderator)] == [[]] * 4
    with capsys.disabled():
        for each in (farmer, visitor, manager):
            sys.stdout.write(f"\n{each.told()}")
        sys.stdout.write("\n")


def test_a_photo_is_shrunk_on_the_phone(street: Street) -> None:
    farmer = street.person("farmer")
    farmer.open("/sell/new")
    farmer.sign_in(FARMER)
    original = large_photo()
    farmer.take_photo("page.new.photo", original)
    farmer.sees(say("page.draft.shrunk"))

    width, height, size = farmer.page.evaluate(
        """async () => {
          const [file] = document.querySelector("[name=photos]").files;
          const image = await createImageBitmap(file);
          return [image.width, image.height, file.size];
        }"""
    )
    assert (width, height) == (EDGE_MAX, EDGE_MAX * 3 // 4)
    assert size < len(original)
    assert farmer.complaints == []


def test_what_could_not_be_sent_waits_on_the_phone(street: Street) -> None:
    farmer = street.person("farmer")
    farmer.open("/sell/new")
    farmer.sign_in(FARMER)
    describe_strawberries(farmer, photo())
    farmer.context.set_offline(True)
    farmer.press("page.new.go")
    farmer.sees(say("page.draft.waiting"))

    farmer.context.set_offline(False)
    farmer.page.reload()
    sees_the_draft(farmer)
    put_on_sale(farmer)
    farmer.open("/sell/new")
    expect(farmer.page.get_by_label(say("page.new.title"), exact=True)).to_have_value("")


@pytest.mark.parametrize("script", [False, True], ids=["script-off", "script-on"])
def test_a_price_far_below_is_questioned_and_nothing_is_lost(street: Street, script: bool) -> None:
    set_price(street.town, 300_001)
    farmer = street.person("farmer", script=script)
    farmer.open("/sell/new")
    farmer.sign_in(FARMER)
    describe_strawberries(farmer, photo())
    if script:
        farmer.sees(money(300_001))  # the line of the chosen kind, before anything is sent
    farmer.press("page.new.go")
    farmer.sees(say("error.price.far_below.detail", **questioned(300_001)))
    expect(farmer.page.get_by_label(say("page.new.title"), exact=True)).to_have_value(GOODS)

    farmer.page.get_by_label(say("price.meant")).check()
    put_on_sale(farmer)


def set_price(town: Town, amount: int) -> None:
    now = clock.now()
    price = reference_prices.Entry(
        category="produce.fruit.strawberry",
        price=Money(amount),
        day=clock.day_of(now),
        source="HTX",
    )
    with town.database.transaction() as session:
        reference_prices.enter(session, actor=SYSTEM, entries=[price], now=now)


def questioned(reference: int) -> dict[str, Any]:
    day = clock.day_of(clock.now())
    given, usual = Amount(180_000), Amount(reference)
    return {"given": given, "reference": usual, "source": "HTX", "day": day}


def test_what_was_typed_outlives_being_signed_out(street: Street) -> None:
    farmer = street.person("farmer")
    farmer.open("/sell/new")
    farmer.sign_in(FARMER)
    describe_strawberries(farmer, photo())
    sign_out_elsewhere(street.town.phone(FARMER))
    farmer.press("page.new.go")
    farmer.arrives("**/sign-in?*")

    farmer.sign_in(FARMER)
    farmer.open("/sell/new")
    sees_the_draft(farmer)


def sign_out_elsewhere(phone: Phone) -> None:
    for device in phone.get("/v1/me/devices")["items"]:
        if not device["current"]:
            phone.client.delete(f"/v1/me/devices/{device['id']}", headers=phone.headers)


def sees_the_draft(farmer: Person) -> None:
    farmer.sees(say("page.draft.restored"))
    for key, value in (("page.new.title", GOODS), ("view.new.farm", FARM)):
        expect(farmer.page.get_by_label(say(key), exact=True)).to_have_value(value)


PUBLIC = (
    "/",
    "/prices",
    "/search",
    "/search?q=dau",
    "/search?kind=visit",
    "/sign-in",
    "/outbox",
    "/orders",
)
GUIDES = tuple(f"/guide/{role}" for role in ("buyer", "tourist", "farmer", "host", "manager"))
SELLER = ("/sell", "/sell/new", "/sell/orders", "/account", "/inbox", "/orders")
DESK = ("/desk", *(f"/desk/{rows}" for rows in ("sales", "owed", "orders", "members", "cases")))


def trade(town: Town) -> tuple[str, ...]:
    """Goods and a tour on sale, both ordered, and one case open: the pages that show them."""
    manager, cooperative, visit = set_up(town)
    moderator, farmer, visitor = town.moderator(MODERATOR), town.phone(FARMER), town.phone()
    farm = found(farmer, "farm", FARM)
    decide_all(moderator)
    join(farmer, farm, manager, cooperative)
    listing = list_strawberries(farmer, farm)
    decide_all(moderator)
    group = fill_and_order(visitor, {farm: listing}, visit, "bank-transfer")
    order = f"/o/{group['secret']}"
    (lot,) = next(
        order["lines"][0]["lots"] for order in group["orders"] if order["lines"][0]["lots"]
    )
    found(farmer, "boat", "Ghe Bảy Thu")
    return (f"/g/{listing}", f"/x/{visit}", order, f"/l/{lot}")


def test_a_place_is_offered_while_it_is_written(street: Street) -> None:
    listing, *_ = trade(street.town)
    visitor = street.person("visitor")
    visitor.open(listing)
    visitor.press("page.listing.add")
    visitor.sees(say("page.said.basket"))
    visitor.open("/checkout")
    visitor.fill("page.name", "Lan")
    visitor.fill("page.phone", "0987654321")
    visitor.fill("page.address", "12 Trần Phú")
    visitor.fill("page.commune", "phuong 1")
    visitor.sees("Phường 1 Bảo Lộc")
    visitor.press_on("Phường Xuân Hương - Đà Lạt")
    visitor.press("page.checkout.order")

    visitor.sees(say("page.order.new"))
    visitor.sees(
        "12 Trần Phú, Phường Xuân Hương - Đà Lạt (trước 1/7/2025: Phường 1, Thành phố Đà Lạt"
    )
    assert visitor.complaints == []


def wide(person: Person) -> list[str]:
    """What stands out of the screen to the side."""
    return person.page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth)
            .map((one) => one.outerHTML.slice(0, 100))"""
    )


def look_at(person: Person, *paths: str) -> dict[str, Any]:
    """What is wrong with the pages: what is too wide, and what the browser complains of."""
    found = {}
    for path in paths:
        person.open(path)
        assert "/sign-in" not in person.page.url or path == "/sign-in"
        if too_wide := wide(person):
            found[path] = too_wide
    return found | {"complaints": person.complaints} if person.complaints else found


def test_pages_fit_a_narrow_phone_and_are_as_their_policy_says(street: Street) -> None:
    things = trade(street.town)
    set_price(street.town, 180_000)
    visitor, farmer, host, manager, moderator = (
        street.person(name, width=320)
        for name in ("visitor", "farmer", "host", "manager", "moderator")
    )
    assert look_at(visitor, *PUBLIC, *GUIDES, *things) == {}
    visitor.open(things[0])
    visitor.press("page.listing.add")
    visitor.sees(say("page.said.basket"))
    assert look_at(visitor, "/basket", "/checkout") == {}

    pages = (
        (farmer, FARMER, SELLER),
        (host, HOST, ("/host/today", "/sell")),
        (manager, MANAGER, DESK),
    )
    for person, number, paths in pages:
        person.open("/sign-in")
        person.sign_in(number)
        assert look_at(person, *paths) == {}
    moderator.open("/sign-in")
    moderator.sign_in(MODERATOR)
    moderator.open("/desk/cases")
    moderator.press_on("Ghe Bảy Thu")
    moderator.sees(say("page.case.checklist"))
    assert look_at(moderator, "/desk/cases", "/desk/prices", moderator.page.url) == {}
