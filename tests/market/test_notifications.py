"""Notices: an inbox of one's own, and messages that go out once, in one's language."""

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from market import accounts, links, notifications
from market.accounts import memberships, organisations
from market.accounts.models import MembershipState, Post
from market.config import ConfigError
from market.errors import NotFound
from market.ids import new_code
from market.notifications import DemoOutbox, carriers
from market.notifications.carriers import HttpSms, SmtpMail, Undelivered
from market.notifications.telling import Notice
from market.outbox import OutboxEvent
from market.worker import Context, Wiring, drain
from tests import makers
from tests.databases import SECRET, settings_for
from tests.people import colleague, founder, somebody

PHONE = "+84912345678"
WIRING = Wiring(
    subscribers={
        memberships.MembershipRequested: [notifications.telling.membership_requested],
        memberships.MembershipDecided: [notifications.telling.membership_decided],
        organisations.BankAccountChanged: [notifications.telling.bank_account_changed],
    },
    tasks={
        notifications.NoticeMade: [notifications.deliver],
        accounts.SignInCodeAsked: [notifications.send_code],
    },
    jobs=[],
)


class Carrier:
    """Takes whatever is sent and keeps it; refuses as often as it is told to."""

    def __init__(self, refusals=0):
        self.sent, self.refusals = [], refusals

    def send(self, *, to, text, key):
        self._take(to, "", text, key)

    def post(self, *, to, subject, text, key):
        self._take(to, subject, text, key)

    def _take(self, to, subject, text, key):
        if self.refusals:
            self.refusals -= 1
            raise Undelivered("busy")
        self.sent.append((to, subject, text, key))


@pytest.fixture
def carrier():
    return Carrier()


@pytest.fixture
def settings(tmp_path):
    return settings_for("sqlite://", tmp_path)


@pytest.fixture
def context(database, settings, carrier):
    return Context(
        database=database,
        settings=settings,
        wiring=WIRING,
        ports={"sms": carrier, "email": carrier},
    )


def told(session, now, **more):
    return notifications.tell(
        session,
        key="notice.case.approved",
        params={"number": "0123456789", "reason": ""},
        now=now,
        **more,
    )


class TestAnInbox:
    def test_is_ones_own_newest_first_in_pages(self, session, now):
        actor, other = somebody(session, now), somebody(session, now)
        made = [
            told(session, now + timedelta(minutes=n), person_id=actor.person_id) for n in (0, 1, 1)
        ]
        told(session, now, person_id=other.person_id)
        first = notifications.inbox(session, actor=actor, limit=1)
        after = (first[0].created_at, first[0].id)
        rest = notifications.inbox(session, actor=actor, after=after)
        assert [each.id for each in first[:1] + rest] == [each.id for each in made[::-1]]

    def test_counts_what_was_not_seen(self, session, now):
        actor = somebody(session, now)
        for _ in range(3):
            last = told(session, now, person_id=actor.person_id)
        notifications.mark_read(session, actor=actor, notice_id=last.id, now=now)
        assert notifications.unread(session, actor=actor) == 2
        notifications.telling.mark_all_read(session, actor=actor, now=now)
        assert notifications.unread(session, actor=actor) == 0

    def test_counts_no_further_than_99(self, session, now):
        actor = somebody(session, now)
        for _ in range(101):
            told(session, now, person_id=actor.person_id)
        assert notifications.unread(session, actor=actor) == 99

    def test_remembers_when_it_was_first_read(self, session, now):
        actor = somebody(session, now)
        notice = told(session, now, person_id=actor.person_id)
        notifications.mark_read(session, actor=actor, notice_id=notice.id, now=now)
        later = now + timedelta(days=1)
        again = notifications.mark_read(session, actor=actor, notice_id=notice.id, now=later)
        assert again.read_at == now

    def test_of_somebody_else_is_not_found(self, session, now):
        notice = told(session, now, person_id=somebody(session, now).person_id)
        with pytest.raises(NotFound):
            notifications.mark_read(
                session, actor=somebody(session, now), notice_id=notice.id, now=now
            )


class TestTelling:
    def test_speaks_the_persons_language(self, session, now):
        person = makers.person(session, now)
        assert told(session, now, person_id=person.id).language == "vi"
        person.language = "en"
        session.flush()
        assert told(session, now, person_id=person.id).language == "en"
        assert told(session, now, person_id=person.id, language="vi").language == "vi"

    def test_puts_no_words_into_the_outbox(self, session, now):
        notice = told(session, now, destination=PHONE)
        payloads = session.scalars(select(OutboxEvent.payload)).all()
        assert payloads == [{"notice_id": str(notice.id)}]


class TestDelivery:
    def test_is_a_plain_sms_to_a_phone(self, session, now, context, carrier):
        notice = told(session, now, destination=PHONE, link="/o/abc")
        session.commit()
        drain(context)
        ((to, _, text, key),) = carrier.sent
        assert (to, key) == (PHONE, str(notice.id))
        assert text.isascii()
        assert text.endswith("http://127.0.0.1:8000/o/abc")

    def test_of_an_order_holds_the_link_that_opens_it(self, session, now, context, carrier):
        code = new_code()
        notice = told(session, now, destination=PHONE, link=f"/o/{code}")
        session.commit()
        drain(context)

        ((_, _, text, _),) = carrier.sent
        secret = text.rpartition("/o/")[2]
        assert notice.link == f"/o/{code}"
        assert links.opened(context.settings.secret_key, links.ORDER, secret) == code

    def test_is_a_letter_where_there_is_a_mailbox(self, session, now, context, carrier):
        person = makers.person(session, now, phone=PHONE)
        person.email = "lan@example.vn"
        session.flush()
        told(session, now, person_id=person.id)
        session.commit()
        drain(context)
        ((to, subject, text, _),) = carrier.sent
        assert to == "lan@example.vn"
        assert subject
        assert "\n" not in subject
        assert "0123456789" in text

    def test_happens_once(self, session, now, context, carrier):
        notice = told(session, now, destination=PHONE)
        session.commit()
        drain(context)
        event = notifications.NoticeMade(notice_id=notice.id)
        notifications.deliver(context, event)
        assert len(carrier.sent) == 1
        session.expire_all()
        assert session.get_one(Notice, notice.id).sent_at is not None

    def test_is_tried_again_when_the_carrier_is_busy(self, session, now, context, carrier):
        carrier.refusals = 1
        notice = told(session, now, destination=PHONE)
        session.commit()
        event = notifications.NoticeMade(notice_id=notice.id)
        with pytest.raises(Undelivered):
            notifications.deliver(context, event)
        notifications.deliver(context, event)
        assert len(carrier.sent) == 1

    def test_to_nowhere_is_nothing(self, session, now, context, carrier):
        told(session, now, person_id=makers.person(session, now).id)
        session.commit()
        drain(context)
        assert carrier.sent == []


class TestASignInCode:
    def asked(self, session, now, destination=PHONE, language="vi"):
        return accounts.ask_code(
            session,
            destination=destination,
            language=language,
            client_address="203.0.113.7",
            now=now,
        )

    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize("destination", [PHONE, "lan@example.vn"])
    def test_is_worked_out_when_it_is_sent(
        self, session, now, context, carrier, destination, language
    ):
        challenge = self.asked(session, now, destination, language)
        session.commit()
        notifications.send_code(
            replace(context, now=lambda: now), accounts.SignInCodeAsked(challenge_id=challenge.id)
        )
        ((to, _, text, _),) = carrier.sent
        code = next(word for word in text.replace(".", " ").split() if word.isdecimal())
        assert to == destination
        accounts.sign_in(
            session,
            challenge_id=challenge.id,
            code=code,
            device_name="",
            secret_key=SECRET,
            now=now,
        )

    def test_is_not_sent_when_it_is_too_late(self, session, now, context, carrier):
        challenge = self.asked(session, now)
        session.commit()
        notifications.send_code(
            replace(context, now=lambda: now + timedelta(minutes=5)),
            accounts.SignInCodeAsked(challenge_id=challenge.id),
        )
        assert carrier.sent == []


class TestNews:
    def keys(self, session, person_id):
        return session.scalars(select(Notice.key).where(Notice.person_id == person_id)).all()

    def test_of_a_request_reaches_those_who_decide(self, session, now, context):
        boss, farm = founder(session, now)
        memberships.request(
            session,
            actor=somebody(session, now, phone=PHONE),
            organisation_id=farm,
            post=Post.SELLER,
            now=now,
        )
        session.commit()
        drain(context)
        assert self.keys(session, boss.person_id) == ["notice.membership.requested"]

    @pytest.mark.parametrize("state", [MembershipState.ACTIVE, MembershipState.ENDED])
    def test_of_a_decision_reaches_whoever_asked(self, session, now, context, state):
        boss, farm = founder(session, now)
        actor = somebody(session, now)
        asked = memberships.request(
            session, actor=actor, organisation_id=farm, post=Post.SELLER, now=now
        )
        memberships.move(session, actor=boss, membership_id=asked.id, to=state, version=1, now=now)
        session.commit()
        drain(context)
        assert self.keys(session, actor.person_id) == [f"notice.membership.{state}"]

    def test_of_a_new_bank_account_reaches_everybody_who_decides(self, session, now, context):
        boss, farm = founder(session, now)
        helper = colleague(session, now, boss, farm, Post.SELLER)
        bank = {"bank_bin": "970436", "bank_account": "0123456789", "bank_holder": "LAN"}
        organisations.edit(
            session,
            actor=boss,
            organisation_id=farm,
            changes=bank,
            version=1,
            custody_account="0000000000",
            now=now,
        )
        session.commit()
        drain(context)
        for person_id in (boss.person_id, helper.person_id):
            assert "notice.organisation.bank_account_changed" in self.keys(session, person_id)


class TestTheDemoOutbox:
    def test_shows_the_last_messages_first(self, tmp_path):
        outbox = DemoOutbox(tmp_path / "not there yet")
        assert outbox.messages() == []
        outbox.send(to=PHONE, text="một", key="1")
        outbox.post(to="lan@example.vn", subject="hai", text="ba", key="2")
        letter, sms = outbox.messages()
        assert (sms["channel"], sms["to"], sms["text"]) == ("sms", PHONE, "một")
        assert (letter["channel"], letter["subject"]) == ("email", "hai")


class TestCarriers:
    def test_are_the_demos_where_none_is_set(self, settings):
        assert {type(port) for port in carriers(settings).values()} == {DemoOutbox}

    def test_are_the_real_ones_where_they_are_set(self, settings):
        real = replace(settings, sms_url="http://127.0.0.1/sms", smtp_url="smtp://127.0.0.1")
        ports = carriers(real)
        assert isinstance(ports["sms"], HttpSms)
        assert isinstance(ports["email"], SmtpMail)

    def test_have_to_be_set_on_a_public_address(self, settings):
        with pytest.raises(ConfigError) as error:
            carriers(replace(settings, public_url="https://cho.example.vn", demo=False))
        assert len(error.value.problems) == 2

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x"])
    def test_for_sms_speak_http(self, url):
        with pytest.raises(ConfigError):
            HttpSms(url, "token")

    @pytest.mark.parametrize("url", ["http://x", "smtp://", "x"])
    def test_for_letters_speak_smtp(self, url):
        with pytest.raises(ConfigError):
            SmtpMail(url, "cho@localhost")


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestTheGatewayForSms:
    @contextmanager
    def gateway(self, status):
        asked = []

        class Gateway(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()

            def log_message(self, *_):
                pass

        with serving(HTTPServer(("127.0.0.1", 0), Gateway)) as port:
            yield HttpSms(f"http://127.0.0.1:{port}/sms", "a-token"), asked

    def test_gets_the_text_and_the_token(self):
        with self.gateway(202) as (sms, asked):
            sms.send(to=PHONE, text="Ma: 123456", key="k1")
        ((headers, body),) = asked
        assert headers["Authorization"] == "Bearer a-token"
        assert body == {"to": PHONE, "text": "Ma: 123456", "reference": "k1"}

    @pytest.mark.parametrize("status", [302, 307, 400, 500])
    def test_that_does_not_say_yes_has_not_delivered(self, status):
        with self.gateway(status) as (sms, asked):
            with pytest.raises(Undelivered):
                sms.send(to=PHONE, text="x", key="k1")
            assert len(asked) == 1

    def test_that_is_away_has_not_delivered_and_nothing_is_told_of_the_text(self):
        with pytest.raises(Undelivered) as error:
            HttpSms("http://127.0.0.1:9/sms", "t").send(to=PHONE, text="123456", key="k")
        assert "123456" not in str(error.value)


class TestTheMailServer:
    @contextmanager
    def server(self, refuse=False):
        lines = []

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 here\r\n")
                in_letter = False
                for line in self.rfile:
                    lines.append(line.decode().rstrip("\r\n"))
                    word = line[:4].upper().strip()
                    if in_letter:
                        in_letter = line != b".\r\n"
                        if not in_letter:
                            self.wfile.write(b"250 taken\r\n")
                    elif word == b"DATA":
                        in_letter = True
                        self.wfile.write(b"354 go on\r\n")
                    elif word == b"RCPT" and refuse:
                        self.wfile.write(b"550 nobody here\r\n")
                    elif word == b"QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    else:
                        self.wfile.write(b"250 ok\r\n")

        with serving(socketserver.TCPServer(("127.0.0.1", 0), Session)) as port:
            yield SmtpMail(f"smtp://127.0.0.1:{port}", "cho@example.vn"), lines

    def test_gets_the_letter(self):
        with self.server() as (mail, lines):
            mail.post(to="lan@example.vn", subject="Mã", text="Mã: 123456", key="k1")
        assert "To: lan@example.vn" in lines
        assert "Message-ID: <k1@example.vn>" in lines

    def test_that_refuses_has_not_delivered(self):
        with self.server(refuse=True) as (mail, _), pytest.raises(Undelivered):
            mail.post(to="lan@example.vn", subject="x", text="x", key="k1")

    def test_never_sees_the_password_without_tls(self):
        with self.server() as (mail, lines):
            port = mail._server.port
            locked = SmtpMail(f"smtp://me:secret@127.0.0.1:{port}", "cho@example.vn")
            with pytest.raises(Undelivered):
                locked.post(to="lan@example.vn", subject="x", text="x", key="k1")
        assert not any("AUTH" in line for line in lines)

    def test_that_is_away_has_not_delivered(self):
        with pytest.raises(Undelivered):
            SmtpMail("smtp://127.0.0.1:9", "cho@localhost").post(
                to="lan@example.vn", subject="x", text="x", key="k1"
            )
