"""Oneself: signing in by a code (the answer is the same for the unknown), devices, notices."""

from api import caching, context, fields, idempotency
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, g, ma
from api.v1.roles import EVERYBODY, SIGNED_IN
from market import accounts, clock, columns_of, links, notifications
from market.accounts import Person, Role, destinations, devices, models, people
from translations import offered, text

codes = Resources("sign_in", __name__, description="Signing in by a code of six digits.")
blp = Resources("sessions", __name__, description="Tokens of a device.")
persons = Resources("me", __name__, description="The person who asks, and their devices.")
notices = Resources("notifications", __name__, description="What one was told.")

NAME_MAX = 120
LANGUAGES = tuple(language.tag for language in offered())


class DestinationIn(fields.Schema):
    """Where somebody is reached: a phone number or an e-mail address, exactly one of them."""

    phone = fields.Text(most=40)
    email = fields.Text(most=254)

    @ma.validates_schema
    def _one_of_two(self, data: Facts, **_: object) -> None:
        if ("phone" in data) == ("email" in data):
            raise ma.ValidationError(["field.one_of_two"], "phone")


class ChallengeOut(fields.Identified):
    """A code on its way; `id` is sent back with it."""

    channel = fields.Choice(destinations.Channel)
    expires_at = fields.Instant()


class SessionIn(fields.Schema):
    """The code that came, for the challenge it came with."""

    challenge_id = fields.Identifier(required=True)
    code = fields.Text(most=20, required=True)
    device_name = fields.Text(most=80, load_default="")


class RefreshIn(fields.Schema):
    """The refresh token of the last answer."""

    refresh_token = fields.Text(most=200, required=True)


class TokensOut(fields.Schema):
    """What a device keeps; both tokens are secrets."""

    person_id = ma.fields.UUID()
    device_id = ma.fields.UUID()
    token_type = ma.fields.Constant("Bearer")
    access_token = fields.String()
    access_expires_at = fields.Instant()
    refresh_token = fields.String()
    refresh_expires_at = fields.Instant()


def ask(destination: str) -> models.Challenge:
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
def ask_code(body: Facts) -> models.Challenge:
    """Have a code sent to a phone or a mailbox."""
    by_phone = "phone" in body
    return ask(accounts.phone(body["phone"]) if by_phone else accounts.email(body["email"]))


@blp.post("/sessions", EVERYBODY, TokensOut, takes=SessionIn)
@idempotency.never_stored
@blp.refuses(401, 403, 410)
def sign_in(body: Facts) -> Created:
    """Sign a device in; the first time makes the person."""
    body["code"] = "".join(body["code"].split())
    secret_key = context.settings().secret_key
    tokens = accounts.sign_in(g.session, secret_key=secret_key, now=clock.now(), **body)
    return created(tokens, "me.device", device_id=tokens.device_id)


@blp.post("/sessions/refresh", EVERYBODY, TokensOut, takes=RefreshIn, status=200)
@idempotency.never_stored
@blp.refuses(401)
def refresh(body: Facts) -> accounts.Tokens:
    """Exchange the refresh token for the next pair, or ask again for a lost answer."""
    token, secret_key = body["refresh_token"], context.settings().secret_key
    return accounts.refresh(g.session, token=token, secret_key=secret_key, now=clock.now())


@blp.delete("/sessions/current", SIGNED_IN)
def sign_out() -> None:
    """Sign this device out."""
    devices.revoke(**acting(), device_id=g.actor.device_id)


class MeIn(fields.Schema):
    """What one changes about oneself; what is left out stays."""

    name = fields.Text(most=NAME_MAX, least=0)
    language = fields.Choice(LANGUAGES, allow_none=True)


class MeOut(fields.Identified):
    """Oneself, with the roles that one has now."""

    name = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    roles = fields.ListOf(fields.Choice(Role), most=len(Role))
    version = fields.Integer()


class DeviceOut(fields.Identified):
    """A device that is signed in; `current` is the one that asks."""

    name = fields.String()
    created_at = fields.Instant()
    seen_at = fields.Instant()
    current = ma.fields.Boolean()


class NoticeOut(fields.Identified):
    """One notice; `link` is a page of the market."""

    text = fields.String()
    link = fields.String(allow_none=True)
    created_at = fields.Instant()
    read_at = fields.Instant(allow_none=True)


@persons.get("/me", SIGNED_IN, MeOut)
def myself() -> Facts:
    """Who one is here."""
    return _shown(people.myself(**asking()))


@persons.patch("/me", SIGNED_IN, MeOut, takes=MeIn)
def edit(body: Facts) -> Facts:
    """Change one's name or language."""
    person = people.myself(**asking())
    version = caching.expect_match(person)
    return _shown(people.edit_myself(**acting(), changes=body, version=version))


@persons.pages("/me/devices", SIGNED_IN, DeviceOut)
def own_devices(query: Facts) -> Rows:
    """The devices on which one is signed in, newest first."""
    return [_device(device) for device in devices.page(**asking(), **query)]


@persons.get("/me/devices/<uuid:device_id>", SIGNED_IN, DeviceOut)
def device(device_id: UUID) -> Facts:
    """The device."""
    return _device(devices.get(**asking(), device_id=device_id))


@persons.delete("/me/devices/<uuid:device_id>", SIGNED_IN)
def revoke(device_id: UUID) -> None:
    """Sign the device out, from its next request on."""
    devices.revoke(**acting(), device_id=device_id)


@notices.pages("/notifications", SIGNED_IN, NoticeOut, key=("created_at", "id"))
def inbox(query: Facts) -> Rows:
    """The newest first."""
    return [_said(notice) for notice in notifications.inbox(**asking(), **query)]


@notices.post("/notifications/<uuid:notice_id>/reading", SIGNED_IN, NoticeOut)
def mark_read(notice_id: UUID) -> Facts:
    """Say that one has read it."""
    return _said(notifications.mark_read(**acting(), notice_id=notice_id))


def _shown(person: Person) -> Facts:
    return columns_of(caching.versioned(person)) | {"roles": sorted(g.actor.roles)}


def _device(device: models.Device) -> Facts:
    return columns_of(device) | {"current": device.id == g.actor.device_id}


def _said(notice: notifications.telling.Notice) -> Facts:
    link = notice.link and links.for_reader(context.settings().secret_key, notice.link)
    words = text(g.languages, notice.key, **notice.params)
    return columns_of(notice) | {"link": link, "text": words}
