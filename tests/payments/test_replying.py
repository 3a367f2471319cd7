"""A farmer accepts an order by answering an SMS with "1"."""

import hashlib
import hmac
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from market import orders
from market.accounts.models import Mandate, MandateState, Scope
from market.audit import AuditEntry
from market.ids import uuid7
from market.notifications.telling import Notice
from market.orders import Rail, State
from payments import replying, stripe_hooks
from tests import makers, people

PHONE, SECRET = "+84901000002", "a secret of the gateway and of us"
DAY = timedelta(days=1)


@pytest.fixture
def farmer(session, now):
    farmer, _ = people.founder(session, now, phone=PHONE)
    return farmer


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def order(session, now, berries):
    return ordered(session, now, berries)


@pytest.fixture
def write(session, now):
    """Somebody writes from the phone; the keys of what was written back to it."""

    def sms(text, *, phone=PHONE, sms_id=None, later=timedelta()):
        before = len(answers(session, PHONE))
        reply = replying.Reply(sms_id or uuid7().hex, phone, text)
        replying.take(session, reply=reply, now=now + later)
        session.expire_all()
        return [notice.key for notice in answers(session, PHONE)[before:]]

    return sms


def answers(session, phone):
    its = select(Notice).where(Notice.destination == phone, Notice.key.startswith("notice.sms"))
    return session.scalars(its.order_by(Notice.id)).all()


def ordered(session, now, thing, number=0):
    terms = {"rail": Rail.CASH, "phone": f"+8491234567{number}"}
    group = makers.bought(session, now, (thing, 500), **terms)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    return order


class TestOne:
    @pytest.mark.parametrize("text", ["1", " 1 ", "1.", "l"])
    def test_accepts_the_only_order_that_waits(self, order, write, text):
        assert write(text) == ["notice.sms.accepted"]
        assert order.state == State.CONFIRMED

    @pytest.mark.parametrize("name", [lambda code: code, lambda code: code[-4:].lower()])
    def test_with_a_code_accepts_that_one(self, session, now, berries, write, name):
        first, second = (ordered(session, now, berries, each) for each in range(2))

        assert write("1") == ["notice.sms.which"]
        assert write(f"1 {name(second.code)}") == ["notice.sms.accepted"]
        assert (first.state, second.state) == (State.PLACED, State.CONFIRMED)

    def test_is_done_once(self, session, now, berries, order, write):
        write("1", sms_id="a")
        other = ordered(session, now, berries, 1)

        assert write("1", sms_id="a") == []
        assert other.state == State.PLACED

    def test_finds_nothing_where_nothing_waits(self, farmer, write):
        assert write("1") == ["notice.sms.none"]

    def test_is_too_late_after_the_deadline(self, order, write):
        assert write("1", later=DAY) == ["notice.sms.none"]
        assert order.state == State.PLACED


class TestAnythingElse:
    @pytest.mark.parametrize("text", ["2", "", "ok", "11", "1 ABC", "1 ZZZZ", "1" * 400, "１０"])
    def test_is_told_what_to_send(self, order, write, text):
        assert write(text) == ["notice.sms.which"]
        assert order.state == State.PLACED

    @pytest.mark.parametrize("phone", ["+84901000009", "", "Viettel", "+840"])
    def test_from_nobodys_phone_is_forgotten(self, order, write, phone):
        assert write("1", phone=phone) == []
        assert order.state == State.PLACED

    def test_of_somebody_elses_order_does_nothing(self, session, now, order, write):
        people.founder(session, now, phone="+84901000003")

        write(f"1 {order.code}", phone="0901 000 003")
        assert order.state == State.PLACED


class TestADelegate:
    @pytest.fixture
    def agent(self, session, now, farmer):
        agent = people.somebody(session, now, phone="+84901000004")

        def given(*scope):
            mandate = Mandate(
                id=uuid7(),
                agent_id=agent.person_id,
                organisation_id=makers.only(farmer.seller_ids),
                scope=list(scope),
                state=MandateState.ACTIVE,
                created_at=now,
                expires_at=now + DAY * 30,
            )
            session.add(mandate)
            session.flush()
            return mandate

        return given

    def test_accepts_for_the_farmer_and_both_names_stand(
        self, session, farmer, agent, order, write
    ):
        mandate = agent(Scope.ORDERS)
        write("1", phone="+84901000004")

        assert order.state == State.CONFIRMED
        deed = session.scalars(select(AuditEntry).where(AuditEntry.verb == "order.confirmed")).one()
        assert (deed.mandate_id, deed.actor_id) == (mandate.id, mandate.agent_id)
        assert deed.acted_for_id == makers.only(farmer.seller_ids)

    def test_of_other_work_does_not(self, agent, order, write):
        agent(Scope.LOTS)
        write("1", phone="+84901000004")

        assert order.state == State.PLACED


class TestWhatTheGatewayTells:
    @pytest.fixture
    def told(self, now):
        def sms(**changes):
            facts = {"id": "x", "from": PHONE, "text": "1", "at": now.isoformat()}
            return orjson.dumps(facts | changes)

        return sms

    def sign(self, body, secret=SECRET):
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def test_is_believed_with_its_signature(self, now, told):
        body = told()
        heard = replying.heard(body, self.sign(body), secret=SECRET, now=now)

        assert heard == ("x", PHONE, "1")

    def test_is_not_believed_with_another(self, now, told):
        for signature in (self.sign(told(), "other"), self.sign(told(text="2")), "", None, "é"):
            with pytest.raises(stripe_hooks.SignatureWrong):
                replying.heard(told(), signature, secret=SECRET, now=now)

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_is_fresh(self, now, told, seconds):
        body = told()
        with pytest.raises(stripe_hooks.SignatureWrong):
            replying.heard(
                body, self.sign(body), secret=SECRET, now=now + timedelta(seconds=seconds)
            )

    @pytest.mark.parametrize(
        "changes",
        [{"at": "yesterday"}, {"at": "2026-11-24T05:00:00"}, {"text": 1}, {"id": "x" * 256}],
    )
    def test_is_an_sms(self, now, told, changes):
        body = told(**changes)
        with pytest.raises(stripe_hooks.NoEvent):
            replying.heard(body, self.sign(body), secret=SECRET, now=now)

    def test_is_an_object(self, now):
        with pytest.raises(stripe_hooks.NoEvent):
            replying.heard(b"[]", self.sign(b"[]"), secret=SECRET, now=now)
