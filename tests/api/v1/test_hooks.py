"""Stripe's notifications over HTTP: believed with a fresh signature, kept once, never a 5xx."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import stripe
from sqlalchemy import select

from api.app import create_app
from api.v1.hooks import BYTES_MAX
from market import clock
from market.outbox import OutboxEvent, restored
from payments import fake_psp, stripe_hooks
from payments.fake_psp import payer
from payments.hearing import ProviderTold
from payments.models import ProviderEvent
from payments.stripe_gateway import gateway_for
from tests.databases import settings_for
from tests.payments import desk
from tests.payments.test_stripe_gateway import charge

OLD, NEW, OTHER = "whsec_old", "whsec_new", "whsec_other"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def hooked(app):
    """The application with two secrets, as while one takes the place of the other."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, stripe_hook_secrets=(OLD, NEW))
    yield app.test_client()
    app.config["SETTINGS"] = before


def event(kind="payment_intent.succeeded", about=None, **facts):
    about = about or {"object": "payment_intent", "id": "pi_1"}
    facts = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}} | facts
    return json.dumps(facts, indent=2).encode()


def signed(body, at, *secrets, after=timedelta()):
    stamp = str(int((at + after).timestamp()))
    signatures = [stripe_hooks.signature(body, secret=each, stamp=stamp) for each in secrets]
    return ",".join([f"t={stamp}", *(f"v1={each}" for each in signatures)])


def post(client, body, header):
    headers = {} if header is None else {"Stripe-Signature": header}
    return client.post("/v1/hooks/stripe", data=body, headers=headers)


def inbox(session):
    return session.scalars(select(ProviderEvent).order_by(ProviderEvent.event_id)).all()


def told(session):
    rows = session.scalars(select(OutboxEvent).where(OutboxEvent.name == ProviderTold.name))
    return [restored(ProviderTold, row.payload) for row in rows]


class TestBelieved:
    @pytest.mark.parametrize("secrets", [[OLD], [NEW], [OTHER, NEW], [OLD, NEW]])
    def test_is_what_one_of_the_secrets_signed(self, hooked, session, at, secrets):
        answer = post(hooked, event(), signed(event(), at, *secrets))

        (kept,) = inbox(session)
        assert (answer.status_code, answer.data) == (200, b"")
        assert (kept.provider, kept.event_id, kept.reference) == ("stripe", "evt_1", "pi_1")
        assert told(session) == [ProviderTold(provider="stripe", reference="pi_1")]

    def test_is_what_the_library_itself_would_sign(self, hooked, at):
        header = stripe.WebhookSignature.generate_signature_header(
            event().decode(), NEW, int(at.timestamp())
        )

        assert post(hooked, event(), header).status_code == 200

    @pytest.mark.parametrize("seconds", [-290, 290])
    def test_is_what_was_signed_within_five_minutes(self, hooked, at, seconds):
        header = signed(event(), at, NEW, after=timedelta(seconds=seconds))

        assert post(hooked, event(), header).status_code == 200

    @pytest.mark.parametrize("kind", ["charge", "refund", "dispute"])
    def test_names_the_payment_that_a_thing_belongs_to(self, hooked, session, at, kind):
        body = event("anything", {"object": kind, "id": "x_1", "payment_intent": "pi_7"})

        post(hooked, body, signed(body, at, NEW))

        assert [each.reference for each in told(session)] == ["pi_7"]

    @pytest.mark.parametrize(
        "about", [{"object": "moon"}, {"payment_intent": {"id": 7}}, {"object": "payment_intent"}]
    )
    def test_is_kept_even_if_nobody_knows_its_kind(self, hooked, session, at, about):
        body = event("moon.risen", about)

        answer = post(hooked, body, signed(body, at, NEW))

        (kept,) = inbox(session)
        assert answer.status_code == 200
        assert (kept.kind, kept.reference, told(session)) == ("moon.risen", None, [])

    def test_twice_is_kept_and_told_once(self, hooked, session, at):
        for seconds in range(3):
            header = signed(event(), at, NEW, after=timedelta(seconds=seconds))
            assert post(hooked, event(), header).status_code == 200

        assert len(inbox(session)) == len(told(session)) == 1

    def test_needs_no_key_of_ours(self, hooked, session, at):
        header = signed(event(), at, NEW)
        headers = {"Stripe-Signature": header, "Idempotency-Key": "one"}
        other = event(id="evt_2")
        hooked.post("/v1/hooks/stripe", data=event(), headers=headers)

        headers["Stripe-Signature"] = signed(other, at, NEW)
        answer = hooked.post("/v1/hooks/stripe", data=other, headers=headers)

        assert answer.status_code == 200
        assert [each.event_id for each in inbox(session)] == ["evt_1", "evt_2"]


def forgeries(at):
    stamp = str(int(at.timestamp()))
    right = stripe_hooks.signature(event(), secret=NEW, stamp=stamp)
    bare = stripe_hooks.signature(event(), secret="", stamp=stamp)
    return {
        "no header": None,
        "an empty header": "",
        "no words": "hello",
        "a third secret": signed(event(), at, OTHER),
        "an empty secret": f"t={stamp},v1={bare}",
        "an old stamp": signed(event(), at, NEW, after=-timedelta(seconds=310)),
        "a future stamp": signed(event(), at, NEW, after=timedelta(seconds=310)),
        "a fresh stamp on an old signature": f"t={int(stamp) + 1},v1={right}",
        "no stamp": f"v1={right}",
        "two stamps": f"t={stamp},t={stamp},v1={right}",
        "a stamp that is no number": f"t=now,v1={right}",
        "a stamp of wide digits": f"t=１,v1={right}",
        "a stamp beyond all time": f"t={'9' * 400},v1={right}",
        "another scheme": f"t={stamp},v0={right}",
        "no signature": f"t={stamp}",
        "half a signature": f"t={stamp},v1={right[:-1]}",
        "a signature of letters that are none": f"t={stamp},v1=é",
    }


class TestForged:
    @pytest.mark.parametrize("forgery", forgeries(clock.now()))
    def test_is_refused_and_leaves_nothing(self, hooked, session, at, forgery):
        answer = post(hooked, event(), forgeries(at)[forgery])

        assert (answer.status_code, answer.json["code"]) == (422, "hook.signature_wrong")
        assert answer.json["title"] != answer.json["code"]
        assert (inbox(session), told(session)) == ([], [])

    @pytest.mark.parametrize(
        "change",
        [
            lambda body: json.dumps(json.loads(body)).encode(),
            lambda body: body + b"\n",
            lambda body: body.replace(b"pi_1", b"pi_2"),
            lambda _: b"",
        ],
        ids=["written anew", "with a line more", "with another payment", "emptied"],
    )
    def test_is_every_other_body_under_a_true_signature(self, hooked, session, at, change):
        answer = post(hooked, change(event()), signed(event(), at, NEW))

        assert (answer.status_code, inbox(session)) == (422, [])

    @pytest.mark.parametrize("secret", ["", " "])
    def test_is_what_was_signed_with_a_secret_that_is_none(self, at, secret):
        with pytest.raises(stripe_hooks.SignatureWrong):
            stripe_hooks.heard(event(), signed(event(), at, secret), secrets=(secret,), now=at)

    def test_is_what_a_market_without_stripe_is_sent(self, app, at):
        before = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(before, demo=False)
        answer = post(app.test_client(), event(), signed(event(), at, stripe_hooks.DEMO_SECRET))
        app.config["SETTINGS"] = before

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


class TestUnreadable:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"hello",
            b"[]",
            b"null",
            b"{}",
            b"\xff",
            b"[" * 100_000,
            event(object="v2.core.event"),
            event(id=7),
            event(id=""),
            event(id="evt_\x00"),
            event(id="e" * 300),
            event(type=None),
            event(data=None),
            event(data={"object": "pi_1"}),
            event(about={"object": "charge", "payment_intent": "pi_\ud800"}),
        ],
    )
    def test_is_refused_though_it_is_signed(self, hooked, session, at, body):
        answer = post(hooked, body, signed(body, at, NEW))

        assert (answer.status_code, answer.json["code"]) == (422, "hook.no_event")
        assert inbox(session) == []

    def test_is_refused_where_it_is_too_long(self, hooked, at):
        body = event(padding="x" * BYTES_MAX)

        answer = post(hooked, body, signed(body, at, NEW))

        assert (answer.status_code, answer.json["code"]) == (413, "too_large")

    def test_is_taken_up_to_its_own_limit(self, app, hooked, at):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], body_bytes_max=1024)
        body = event(padding="x" * (BYTES_MAX - 400))

        assert post(hooked, body, signed(body, at, NEW)).status_code == 200


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Tests read nothing of it."""


class TestDelivering:
    """The shipped Stripe tells the market by HTTP, as the real one does."""

    @pytest.fixture
    def market(self, real_url, tmp_path):
        with make_server("127.0.0.1", 0, lambda *_: [], handler_class=Quiet) as server:
            address = f"http://127.0.0.1:{server.server_port}"
            application = create_app(settings_for(real_url, tmp_path, public_url=address))
            server.set_app(application)
            Thread(target=server.serve_forever, daemon=True).start()
            yield application
            server.shutdown()
            application.database.close()

    def test_reaches_the_inbox_once_however_often_it_is_told(self, market, at):
        settings, gateway = market.config["SETTINGS"], gateway_for(market.config["SETTINGS"])
        asked = gateway.ask(charge())
        payer.pay(settings.data, asked.reference, told=3, now=at)

        url = settings.public_url
        taken = payer.deliver(settings.data, public_url=url, now=clock.now())

        with market.database.reading() as session:
            assert len(inbox(session)) == 3
            assert {each.reference for each in told(session)} == {asked.reference}
            assert len(told(session)) == 3
        assert taken == 1 + 2 * 3

    def test_at_once_from_many_sides_is_kept_and_told_once(self, market, at):
        header = signed(event(), at, stripe_hooks.DEMO_SECRET)

        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(post, market.test_client(), event(), header) for _ in range(16)]

        assert {each.result().status_code for each in sent} == {200}
        with market.database.reading() as session:
            assert len(inbox(session)) == len(told(session)) == 1

    def test_comes_again_where_nobody_took_it(self, tmp_path, at):
        desk.pay_out(tmp_path, charge().amount, now=at)
        away = {"public_url": "http://127.0.0.1:9"}

        assert payer.deliver(tmp_path, **away, now=at) == 0

        assert desk.deliveries(tmp_path, now=at) == []
        assert len(desk.deliveries(tmp_path, now=at + payer.RETRY)) == 1
        assert (tmp_path / fake_psp.FILE).exists()
