"""Signing in: a code (the answer is the same for the unknown), tokens for it, and the way out."""

from api import context
from api.fields import Choice, Identified, Identifier, Instant, Schema, String, Text
from api.idempotency import never_stored
from api.v1.resources import EVERYBODY, SIGNED_IN, Created, Facts, Resources, acting, created, g, ma
from market import accounts, clock
from market.accounts import devices
from market.accounts.destinations import Channel
from market.accounts.models import Challenge

codes = Resources("sign_in", __name__, description="Signing in by a code of six digits.")
blp = Resources("sessions", __name__, description="Tokens of a device.")


class DestinationIn(Schema):
    """Where somebody is reached: a phone number or an e-mail address, exactly one of them."""

    phone = Text(most=40)
    email = Text(most=254)

    @ma.validates_schema
    def _one_of_two(self, data: Facts, **_: object) -> None:
        if ("phone" in data) == ("email" in data):
            raise ma.ValidationError(["field.one_of_two"], "phone")


class ChallengeOut(Identified):
    """A code on its way; `id` is sent back with it."""

    channel = Choice(Channel)
    expires_at = Instant()


class SessionIn(Schema):
    """The code that came, for the challenge it came with."""

    challenge_id = Identifier(required=True)
    code = Text(most=20, required=True)
    device_name = Text(most=80, load_default="")


class RefreshIn(Schema):
    """The refresh token of the last answer."""

    refresh_token = Text(most=200, required=True)


class TokensOut(Schema):
    """What a device keeps; both tokens are secrets."""

    person_id = ma.fields.UUID()
    device_id = ma.fields.UUID()
    token_type = ma.fields.Constant("Bearer")
    access_token = String()
    access_expires_at = Instant()
    refresh_token = String()
    refresh_expires_at = Instant()


def ask(destination: str) -> Challenge:
    """Have a code sent there, in the reader's language."""
    return accounts.ask_code(
        g.session,
        destination=destination,
        language=g.languages[0],
        client_address=context.client_address(),
        sms_foreign=context.settings().sms_foreign,
        now=clock.now(),
    )


@codes.post("/sign-in/codes", EVERYBODY, ChallengeOut, takes=DestinationIn, status=202)
def ask_code(body: Facts) -> Challenge:
    """Have a code sent to a phone or a mailbox."""
    by_phone = "phone" in body
    return ask(accounts.phone(body["phone"]) if by_phone else accounts.email(body["email"]))


@blp.post("/sessions", EVERYBODY, TokensOut, takes=SessionIn)
@never_stored
@blp.refuses(401, 403, 410)
def sign_in(body: Facts) -> Created:
    """Sign a device in; the first time makes the person."""
    body["code"] = "".join(body["code"].split())
    secret_key = context.settings().secret_key
    tokens = accounts.sign_in(g.session, secret_key=secret_key, now=clock.now(), **body)
    return created(tokens, "me.device", device_id=tokens.device_id)


@blp.post("/sessions/refresh", EVERYBODY, TokensOut, takes=RefreshIn, status=200)
@never_stored
@blp.refuses(401)
def refresh(body: Facts) -> accounts.Tokens:
    """Exchange the refresh token for the next pair, or ask again for a lost answer."""
    token, secret_key = body["refresh_token"], context.settings().secret_key
    return accounts.refresh(g.session, token=token, secret_key=secret_key, now=clock.now())


@blp.delete("/sessions/current", SIGNED_IN)
def sign_out() -> None:
    """Sign this device out."""
    devices.revoke(**acting(), device_id=g.actor.device_id)
