"""The seller's pages: goods put on sale in one form, orders taken step by step, labels."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from api import house
from api.wiring import CONSEQUENCES
from catalog import media
from catalog.models import Listing, ListingState
from market import bookings, cases, clock, orders
from market.accounts.models import Mandate, MandateState, Organisation, OrganisationKind, Scope
from market.bookings import TicketState
from market.cases.models import Case, CaseKind, CaseState
from market.ids import uuid7
from market.orders import Rail, State, queries
from market.orders.models import Order
from market.traceability.models import Lot
from tests import makers, people


def order_in(session, now, listing, **more):
    group = makers.bought(session, now, (listing, 1500), rail=Rail.CASH, **more)
    (order,) = queries.of_group(session, group_id=group.id)
    return order


def typed(**more):
    return {
        "form_id": str(uuid7()),
        "category_code": "produce.fruit.strawberry",
        "title": "Dâu tây hái sáng",
        "unit": "KGM",
        "price": "180.000",
        "quantity": "12,5",
        "harvested": clock.day_of(clock.now()).isoformat(),
        "unit_code": makers.COMMUNE,
    } | more


def photo():
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "#c33").save(picture, "JPEG")
    picture.seek(0)
    return (picture, "dau.jpg")


def listings_of(session):
    return session.scalars(select(Listing).execution_options(populate_existing=True)).all()


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def stranger(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


class TestTheShop:
    def test_shows_goods_with_their_state_and_stock(self, browser, farmer, berries):
        page = browser(farmer).get("/sell")

        assert page.status_code == 200
        assert "Dâu tây hái sáng" in page.text
        assert "Đang bán" in page.text
        assert "Còn 10\u00a0kg" in page.text or "Còn 10 kg" in page.text

    def test_tells_everybody_else_how_to_begin(self, browser, session, now):
        for reader in (None, people.somebody(session, now)):
            page = browser(reader).get("/sell")
            assert (page.status_code, "/guide/farmer" in page.text) == (200, True)

    def test_goods_are_paused_and_resumed(self, browser, session, farmer, berries):
        here = browser(farmer)

        answer = here.send(f"/sell/goods/{berries.id}/pause")
        session.refresh(berries)
        assert (answer.status_code, answer.location) == (303, "/sell")
        assert berries.state == ListingState.PAUSED

        here.send(f"/sell/goods/{berries.id}/resume")
        session.refresh(berries)
        assert berries.state == ListingState.LIVE

    def test_a_step_from_the_wrong_state_is_said_on_the_page(self, browser, farmer, berries):
        page = browser(farmer).send(f"/sell/goods/{berries.id}/resume")

        assert page.status_code == 422
        assert "Dâu tây hái sáng" in page.text

    def test_a_strangers_goods_are_not_found(self, browser, stranger, berries):
        assert browser(stranger).send(f"/sell/goods/{berries.id}/pause").status_code == 404

    def test_an_unknown_step_is_not_found(self, browser, farmer, berries):
        assert browser(farmer).send(f"/sell/goods/{berries.id}/burning").status_code == 404

    def test_a_form_from_elsewhere_is_refused(self, browser, session, farmer, berries):
        assert browser(farmer).bare(f"/sell/goods/{berries.id}/pause").status_code == 403
        session.refresh(berries)
        assert berries.state == ListingState.LIVE


class TestChanging:
    def form(self, **more):
        return {
            "title": "Dâu tây chín cây",
            "price": "173.000",
            "quantity": "36",
            "was": "10",
        } | more

    def test_a_price_a_title_and_more_stock_in_one_form(self, browser, session, farmer, berries):
        here = browser(farmer)
        assert 'value="180.000"' in here.get(f"/sell/goods/{berries.id}").text

        answer = here.send(f"/sell/goods/{berries.id}", **self.form(photos=photo()))

        (listing,) = listings_of(session)
        page = here.get("/sell").text
        assert (answer.status_code, listing.price_minor) == (303, 173_000)
        assert "Dâu tây chín cây" in page
        assert "Còn 36 kg" in page.replace("\u00a0", " ")
        assert len(media.photos_of(session, subject_id=listing.id)) == 1

    def test_what_was_sold_meanwhile_stays_sold(self, browser, session, now, farmer, berries):
        order_in(session, now, berries)

        browser(farmer).send(f"/sell/goods/{berries.id}", **self.form(quantity="10"))

        assert "Còn 8,5 kg" in browser(farmer).get("/sell").text.replace("\u00a0", " ")

    def test_a_wrong_number_is_said_beside_its_field(self, browser, farmer, berries):
        here = browser(farmer)

        for field, value in (("price", "x"), ("quantity", "nhiều"), ("title", "d" * 121)):
            page = here.send(f"/sell/goods/{berries.id}", **self.form(**{field: value}))
            assert (page.status_code, f'id="e-{field}"' in page.text) == (422, True)

    def test_a_new_harvest_is_a_new_lot(self, browser, session, farmer, berries):
        day = clock.day_of(clock.now()).isoformat()

        browser(farmer).send(f"/sell/goods/{berries.id}/harvest", more="2,5", harvested=day)

        assert sorted(session.scalars(select(Lot.declared))) == [2_500, 10_000]

    def test_a_photo_is_taken_away(self, browser, session, farmer, berries):
        here = browser(farmer)
        here.send(f"/sell/goods/{berries.id}", **self.form(photos=photo()))
        (shown,) = media.photos_of(session, subject_id=berries.id)

        here.send(f"/sell/goods/{berries.id}", **self.form(was="36") | {f"drop-{shown.id}": "on"})

        assert media.photos_of(session, subject_id=berries.id) == []

    def test_a_strangers_goods_are_not_found(self, browser, stranger, berries):
        here, path = browser(stranger), f"/sell/goods/{berries.id}"

        assert here.get(path).status_code == 404
        assert here.send(path, **self.form()).status_code == 404
        assert here.send(f"{path}/harvest", more="1").status_code == 404

    def test_a_visit_has_its_price_and_departures(self, browser, session, now, farmer):
        visit, departure = makers.tour(session, now, of=farmer)
        here, path = browser(farmer), f"/sell/visits/{visit.id}"
        day = (clock.day_of(now) + timedelta(days=3)).isoformat()

        here.send(f"{path}/departures", day=day, time="08:30", seats="12", weeks="2")
        here.send(f"{path}/departures/{departure.id}/closing")
        here.send(path, title="Sáng ở vườn", price="160.000", child="90.000")

        session.refresh(visit)
        page = here.get(path).text
        assert (visit.adult_minor, visit.child_minor) == (160_000, 90_000)
        assert page.count("0/12") == 2
        assert "Đã ngưng" in page
        for bad in ({"day": day, "time": "x"}, {"day": "0001-01-01", "time": "00:00"}):
            assert here.send(f"{path}/departures", **bad, seats="1").status_code == 422
        last = {"day": "9999-12-31", "time": "08:00", "weeks": "12"}
        assert here.send(f"{path}/departures", **last, seats="1").status_code == 422


class TestPuttingOnSale:
    def test_needs_somebody_signed_in(self, browser):
        page = browser().get("/sell/new")

        assert (page.status_code, page.location) == (303, "/sign-in?next=%2Fsell%2Fnew")

    def test_drafts_shows_and_hands_in_at_once(self, browser, session, farmer):
        answer = browser(farmer).send("/sell/new", **typed(photos=photo(), about="Ngọt."))

        (listing,) = listings_of(session)
        assert (answer.status_code, answer.location) == (303, "/sell")
        assert (listing.state, listing.price_minor) == (ListingState.REVIEW, 180_000)
        assert len(media.photos_of(session, subject_id=listing.id)) == 1
        lot = session.scalars(select(Lot)).one()
        assert (lot.declared, lot.scale, lot.unit) == (12_500, 3, "KGM")

    @pytest.mark.parametrize("price", ["180000", "180.000", "180,000", "180 000 ₫", "180.000đ"])
    def test_reads_prices_as_people_write_them(self, browser, session, farmer, price):
        browser(farmer).send("/sell/new", **typed(price=price))

        (listing,) = listings_of(session)
        assert listing.price_minor == 180_000

    @pytest.mark.parametrize(
        ("quantity", "grams"), [("1,5", 1500), ("1.5", 1500), ("12", 12_000), ("1.500", 1_500_000)]
    )
    def test_reads_weights_as_people_write_them(self, browser, session, farmer, quantity, grams):
        browser(farmer).send("/sell/new", **typed(quantity=quantity))

        assert session.scalars(select(Lot.declared)).one() == grams

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("price", ""),
            ("price", "một trăm"),
            ("price", "18.00"),
            ("price", "0"),
            ("quantity", "nhiều"),
            ("quantity", "0,1"),
            ("quantity", ""),
            ("title", ""),
            ("title", "d" * 121),
            ("category_code", ""),
            ("category_code", "produce.stone"),
            ("unit_code", ""),
            ("unit_code", "00000"),
            ("unit", "ABC"),
            ("harvested", "hôm nọ"),
            ("harvested", "2999-01-01"),
        ],
    )
    def test_shows_the_form_again_with_what_was_typed(self, browser, session, farmer, field, value):
        page = browser(farmer).send("/sell/new", **typed(about="Ngọt lắm.") | {field: value})

        assert page.status_code == 422
        assert "Ngọt lắm." in page.text
        assert f'id="e-{field}"' in page.text
        assert not listings_of(session)

    def test_refuses_what_is_no_photo_beside_the_photos(self, browser, session, farmer):
        page = browser(farmer).send("/sell/new", **typed(photos=(io.BytesIO(b"x"), "x.jpg")))

        assert (page.status_code, 'id="e-photos"' in page.text) == (422, True)
        assert not listings_of(session)

    def test_sent_twice_lists_once(self, browser, session, farmer):
        here, form = browser(farmer), typed()

        answers = [here.send("/sell/new", **form) for _ in range(2)]

        assert [(each.status_code, each.location) for each in answers] == [(303, "/sell")] * 2
        assert len(listings_of(session)) == 1

    def test_takes_another_kind_and_another_day(self, browser, session, farmer):
        tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
        browser(farmer).send(
            "/sell/new",
            **typed(
                category_code="other",
                other_category="flowers.rose",
                unit="H87",
                quantity="50",
                harvested="other",
                other_day=tomorrow.isoformat(),
            ),
        )

        lot = session.scalars(select(Lot)).one()
        assert (lot.category_code, lot.harvest_day) == ("flowers.rose", tomorrow)

    def test_founds_the_farm_of_who_sells_for_the_first_time(self, browser, session, now):
        here = browser(people.somebody(session, now))
        assert 'name="farm"' in here.get("/sell/new").text

        answer = here.send("/sell/new", **typed(farm="Vườn nhà Lan"))

        farm = session.scalars(select(Organisation)).one()
        (listing,) = listings_of(session)
        asked = session.scalars(select(Case.kind)).all()
        assert answer.status_code == 303
        assert (farm.name, farm.kind) == ("Vườn nhà Lan", OrganisationKind.FARM)
        assert listing.seller_id == farm.id
        assert {*asked} == {CaseKind.SELLER_VERIFICATION, CaseKind.LISTING_REVIEW}
        assert "Vườn nhà Lan" in here.get("/sell").text

    def test_founds_nothing_for_goods_that_are_refused(self, browser, session, now):
        here = browser(people.somebody(session, now))

        assert here.send("/sell/new", **typed(farm="Vườn", price="0")).status_code == 422
        assert here.send("/sell/new", **typed()).status_code == 422
        assert session.scalars(select(Organisation)).all() == []


class TestOrders:
    def test_are_listed_by_what_is_to_be_done(self, browser, session, now, farmer, berries):
        order = order_in(session, now, berries)

        page = browser(farmer).get("/sell/orders")

        assert page.status_code == 200
        assert order.code in page.text
        assert f"/sell/orders/{order.id}/confirmation" in page.text

    def test_go_from_confirmed_to_delivered(self, browser, session, now, farmer, berries):
        order, here = order_in(session, now, berries), browser(farmer)

        for step, state in (
            ("confirmation", State.CONFIRMED),
            ("packing", State.PACKED),
            ("handover", State.HANDED_OVER),
            ("delivery", State.DELIVERED),
        ):
            answer = here.send(f"/sell/orders/{order.id}/{step}")
            session.refresh(order)
            assert (answer.status_code, order.state) == (303, state)

    def test_say_where_to_bring_it_once_promised(self, browser, session, now, farmer, berries):
        order, here = order_in(session, now, berries), browser(farmer)
        assert "12 Trần Phú" not in here.get("/sell/orders").text

        here.send(f"/sell/orders/{order.id}/confirmation")

        page = here.get("/sell/orders").text
        assert "12 Trần Phú, " in page
        assert ">+84912345678</a>" in page.replace("\n", "") or "+84912345678" in page

    def test_a_step_taken_twice_is_said_on_the_page(self, browser, session, now, farmer, berries):
        order, here = order_in(session, now, berries), browser(farmer)
        here.send(f"/sell/orders/{order.id}/confirmation")

        page = here.send(f"/sell/orders/{order.id}/confirmation")

        assert (page.status_code, order.code in page.text) == (422, True)

    def test_show_what_they_bring_when_they_are_done(self, browser, session, now, farmer, berries):
        order, here = order_in(session, now, berries), browser(farmer)
        for step in ("confirmation", "packing", "handover", "delivery"):
            here.send(f"/sell/orders/{order.id}/{step}")

        page = here.get("/sell/money").text.replace("\u00a0", " ")

        taken = order.commission_minor + order.cooperative_minor
        assert order.code in page
        assert f"{order.total_minor - taken:,} ₫".replace(",", ".") in page
        assert "Bạn còn nợ chợ" in page  # the cash is in the farmer's own hands
        assert 'href="/sell/money"' in here.get("/sell").text

    def test_are_called_off_with_a_reason(self, browser, session, now, farmer, berries):
        order, here = order_in(session, now, berries), browser(farmer)

        assert here.send(f"/sell/orders/{order.id}/cancellation").status_code == 422
        assert here.send(f"/sell/orders/{order.id}/cancellation", reason="Mưa").status_code == 303
        session.refresh(order)
        assert order.state == State.CANCELLED

    def test_of_others_are_not_found(self, browser, session, now, stranger, berries):
        order, here = order_in(session, now, berries), browser(stranger)

        for step in ("confirmation", "delivery", "cancellation"):
            assert here.send(f"/sell/orders/{order.id}/{step}", reason="x").status_code == 404
        assert order.code not in here.get("/sell/orders").text

    def test_are_not_for_buyers(self, browser, session, now):
        assert browser(people.somebody(session, now)).get("/sell/orders").status_code == 403


class TestLabels:
    def test_are_printed_by_who_grew_it(self, browser, session, farmer, berries):
        code, here = session.scalars(select(Lot.code)).one(), browser(farmer)

        pdf, svg = (here.get(f"/sell/lots/{code.lower()}/label.{kind}") for kind in ("pdf", "svg"))

        assert (pdf.status_code, pdf.mimetype, pdf.data[:4]) == (200, "application/pdf", b"%PDF")
        assert (svg.status_code, svg.mimetype) == (200, "image/svg+xml")
        assert "Dâu tây" in svg.text

    def test_are_not_found_by_others(self, browser, session, stranger, berries):
        code, here = session.scalars(select(Lot.code)).one(), browser(stranger)

        assert here.get(f"/sell/lots/{code}/label.pdf").status_code == 404
        assert here.get("/sell/lots/nonsense/label.pdf").status_code == 404


class TestUnderAMandate:
    @pytest.fixture
    def agent(self, session, now, farmer):
        return self.agent_of(session, now, farmer, [Scope.LISTINGS, Scope.ORDERS])

    def agent_of(self, session, now, principal, scope):
        person = makers.person(session, now)
        session.add(
            Mandate(
                id=uuid7(),
                agent_id=person.id,
                organisation_id=makers.only(principal.seller_ids),
                scope=scope,
                state=MandateState.ACTIVE,
                created_at=now,
                expires_at=now + timedelta(days=30),
            )
        )
        session.flush()
        return people.again(session, person.id, now)

    def test_an_agent_sells_for_the_farm(self, browser, session, agent, berries):
        here = browser(agent)

        assert "Dâu tây hái sáng" in here.get("/sell").text
        assert here.send(f"/sell/goods/{berries.id}/pause").status_code == 303
        session.refresh(berries)
        assert berries.state == ListingState.PAUSED

    def test_only_within_its_scope(self, browser, session, now, farmer, berries):
        order = order_in(session, now, berries)
        here = browser(self.agent_of(session, now, farmer, [Scope.LISTINGS]))

        assert here.send(f"/sell/orders/{order.id}/confirmation").status_code == 403

    def test_one_chooses_for_whom(self, browser, session, now, stranger, berries, farmer):
        person_id = stranger.person_id
        session.add(
            Mandate(
                id=uuid7(),
                agent_id=person_id,
                organisation_id=makers.only(farmer.seller_ids),
                scope=[Scope.LISTINGS],
                state=MandateState.ACTIVE,
                created_at=now,
                expires_at=now + timedelta(days=30),
            )
        )
        session.flush()
        here = browser(stranger)
        assert "Dâu tây hái sáng" not in here.get("/sell").text

        chosen = here.send("/sell/shop", id=str(makers.only(farmer.seller_ids)))

        assert (chosen.status_code, chosen.location) == (303, "/sell")
        assert "Dâu tây hái sáng" in here.get("/sell").text
        assert here.send("/sell/shop", id=str(uuid7())).status_code == 404


class TestDraftsThatCameBack:
    def test_are_read_in_full_at_the_desk_before(self, browser, session, now, farmer):
        browser(farmer).send("/sell/new", **typed(about="Ngọt lắm."))
        number = session.scalars(select(Case.number)).one()

        page = browser(people.moderator(session, now)).get(f"/desk/cases/{number}")

        assert "Ngọt lắm." in page.text

    def test_say_why(self, browser, session, now, farmer):
        here = browser(farmer)
        here.send("/sell/new", **typed())
        case = session.scalars(select(Case)).one()
        cases.decide(
            session,
            actor=people.moderator(session, now),
            case_id=case.id,
            approved=False,
            reason="Ảnh mờ quá",
            now=now,
            consequences=CONSEQUENCES,
        )
        session.commit()

        assert case.state == CaseState.DECLINED
        assert "Ảnh mờ quá" in here.get("/sell").text

        (listing,) = listings_of(session)
        here.send(f"/sell/goods/{listing.id}", title="Dâu tây", price="180.000", photos=photo())
        (listing,) = listings_of(session)
        assert listing.state == ListingState.REVIEW


class TestHosting:
    @pytest.fixture
    def host(self, session, now):
        return people.founder(session, now, OrganisationKind.HOST, verified=True)[0]

    @pytest.fixture
    def ticket(self, session, now, host):
        """Two seats on a departure of the coming hour, paid at the gate, and confirmed."""
        _, departure = makers.tour(session, now - timedelta(hours=23), of=host, cutoff_minutes=30)
        group = makers.bought(session, now, (departure, 2), rail=Rail.CASH)
        (order,) = queries.of_group(session, group_id=group.id)
        orders.confirm(session, actor=host, order_id=order.id, now=now)
        return bookings.of_orders(session, order_ids=[order.id])[order.id][0]

    def test_lets_a_guest_in_once(self, browser, session, host, ticket):
        here = browser(host)

        answer = here.send("/host/redemption", code=ticket.code.lower())
        session.refresh(ticket)
        assert answer.status_code == 303
        assert ticket.state == TicketState.REDEEMED
        assert "Mời khách vào" in here.get(answer.location).text

        again = here.send("/host/redemption", code=ticket.code)
        assert (again.status_code, "Vé này đã qua cổng" in again.text) == (422, True)
        assert session.get(Order, ticket.order_id).state == State.DELIVERED

    def test_says_what_is_no_ticket_of_theirs(self, browser, stranger, ticket):
        here = browser(stranger)

        for code in (ticket.code, "xyz", ""):
            page = here.send("/host/redemption", code=code)
            assert (page.status_code, 'id="e-code"' in page.text) == (422, True)

    def test_lets_all_of_an_order_in_at_once(self, browser, session, host, ticket):
        tickets = bookings.of_orders(session, order_ids=[ticket.order_id])[ticket.order_id]

        browser(host).send("/host/redemption", codes=" ".join(each.code for each in tickets))

        for each in tickets:
            session.refresh(each)
        assert {each.state for each in tickets} == {TicketState.REDEEMED}

    def test_the_scanned_ticket_has_the_button_for_its_host(self, browser, app, host, ticket):
        with app.app_context():
            path = f"/t/{house.secret_of(house.TICKET, ticket.code)}"

        assert 'action="/host/redemption"' in browser(host).get(path).text
        assert 'action="/host/redemption"' not in browser().get(path).text

    def test_a_farm_with_a_visit_has_the_page_of_its_guests(self, browser, session, now, farmer):
        assert "/host/today" not in browser(farmer).get("/sell").text
        makers.tour(session, now, of=farmer)

        assert "Sáng ở vườn dâu" in browser(farmer).get("/host/today").text
        assert 'href="/host/today"' in browser(farmer).get("/sell").text

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon"])
    def test_a_day_that_nobody_books_is_today(self, browser, host, day):
        assert browser(host).get(f"/host/today?day={day}").status_code == 200

    def test_shows_who_comes(self, browser, host, ticket):
        day = clock.day_of(ticket.starts_at)
        page = browser(host).get("/host/today")

        assert page.status_code == 200
        assert "Sáng ở vườn dâu" in page.text
        assert "Lan" in page.text
        assert (ticket.code in page.text) == (day == clock.day_of(clock.now()))
