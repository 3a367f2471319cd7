"""What others tell by themselves: Stripe, looked into afterwards, payOS of transfers, and SMS."""

from api import context, fields, idempotency, requests
from api.v1.resources import EVERYBODY, Facts, Resources, Response, acting, g, request
from market import SYSTEM, clock, existing
from payments import bank_transfer, feeds, hearing, replying, stripe_hooks

STRIPE_SIGNATURE = {"in": "header", "name": "Stripe-Signature", "schema": {"type": "string"}}
SMS_SIGNATURE = STRIPE_SIGNATURE | {"name": "X-Signature"}
EVENT: Facts = {"content": {"application/json": {"schema": {"type": "object"}}}}
BYTES_MAX = 128 * 1024  # the longest events of Stripe are a quarter of that

blp = Resources("hooks", __name__, description="Notifications of payment providers.")
banks = Resources("bank-hooks", __name__, description="Credits as banks' messengers tell them.")
people = Resources("sms-hooks", __name__, description="What people write back by SMS.")


@blp.post("/hooks/stripe", EVERYBODY, status=200)
@requests.raw_body
@idempotency.never_stored
@blp.doc(parameters=[STRIPE_SIGNATURE], requestBody=EVENT)
def hear_stripe() -> Response:
    """Take a signed event in; one that came before changes nothing."""
    secrets = existing(stripe_hooks.secrets_for(context.settings()) or None, "hook")
    request.max_content_length = BYTES_MAX + 1
    now, header = clock.now(), request.headers.get("Stripe-Signature")
    told = stripe_hooks.heard(requests.body_of(), header, secrets=secrets, now=now)
    hearing.keep(g.session, provider="stripe", told=told, now=now)
    return Response(mimetype="text/plain")


class TakenOut(fields.Schema):
    """The messenger need not come again."""

    success = fields.Flag()


@banks.post("/hooks/payos", EVERYBODY, TakenOut, status=200)
@requests.raw_body
@banks.doc(requestBody=EVENT)
@banks.refuses(403, 404)
def hear_payos() -> Facts:
    """Take a credit in, once however often it is told; a trial is answered and forgotten."""
    settings = context.settings()
    key = existing(settings.payos_checksum_key or None, "page")
    line = feeds.read_payos(requests.body_of(), checksum_key=key)
    if line is not None:
        teller = bank_transfer.Teller(None, settings.custody_account)
        bank_transfer.receive(**acting(SYSTEM), lines=[line], teller=teller)
    return {"success": True}


@people.post("/hooks/sms", EVERYBODY, TakenOut, status=200)
@requests.raw_body
@idempotency.never_stored
@people.doc(parameters=[SMS_SIGNATURE], requestBody=EVENT)
@people.refuses(404)
def hear_sms() -> Facts:
    """Take an SMS in as `{id, from, text, at}`, once; `1` accepts the order that waits."""
    secret = existing(context.settings().sms_hook_secret or None, "hook")
    now, signature = clock.now(), request.headers.get("X-Signature")
    reply = replying.heard(requests.body_of(), signature, secret=secret, now=now)
    replying.take(g.session, reply=reply, now=now)
    return {"success": True}
