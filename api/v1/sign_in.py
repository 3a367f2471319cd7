"""Asking for a sign-in code; the answer is the same for the known and the unknown."""

from typing import Any

from api import context
from api.fields import Choice, Instant, Schema
from api.v1.people_shapes import DestinationIn
from api.v1.resources import Blueprint, MethodView, g, ma, public
from market import accounts, clock
from market.accounts.destinations import Channel
from market.accounts.models import Challenge

blp = Blueprint("sign_in", __name__, description="Signing in by a code of six digits.")


class ChallengeOut(Schema):
    """A code on its way; `id` is sent back with it."""

    id = ma.fields.UUID()
    channel = Choice(Channel)
    expires_at = Instant()


@blp.route("/sign-in/codes")
class Codes(MethodView):
    """Codes."""

    @public
    @blp.arguments(DestinationIn)
    @blp.response(202, ChallengeOut)
    def post(self, body: dict[str, str]) -> Challenge:
        """Have a code sent to a phone or a mailbox."""
        return accounts.ask_code(
            g.session,
            destination=destination_from(body),
            language=g.languages[0],
            client_address=context.client_address(),
            sms_foreign=context.settings().sms_foreign,
            now=clock.now(),
        )


def destination_from(body: dict[str, Any]) -> str:
    """The one spelling of whichever of the two was given."""
    if "phone" in body:
        return accounts.phone(body["phone"])
    return accounts.email(body["email"])
