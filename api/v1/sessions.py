"""Sessions: a code for tokens, a token for the next ones, and the way out."""

from typing import Any

from api import context
from api.fields import Identifier, Schema, Text
from api.idempotency import never_stored
from api.v1.people_shapes import TokensOut, refuses
from api.v1.resources import Blueprint, MethodView, acting, allowed, g, public, url_for
from market import accounts, clock
from market.accounts import Role, devices

blp = Blueprint("sessions", __name__, description="Tokens of a device.")


class SessionIn(Schema):
    """The code that came, for the challenge it came with."""

    challenge_id = Identifier(required=True)
    code = Text(most=20, required=True)
    device_name = Text(most=80, load_default="")


class RefreshIn(Schema):
    """The refresh token of the last answer."""

    refresh_token = Text(most=200, required=True)


@blp.route("/sessions")
class Sessions(MethodView):
    """Signing in."""

    @public
    @never_stored
    @blp.arguments(SessionIn)
    @refuses(blp, 401, 403, 410)
    @blp.response(201, TokensOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Sign a device in; the first time makes the person."""
        tokens = accounts.sign_in(
            g.session,
            challenge_id=body["challenge_id"],
            code="".join(body["code"].split()),
            device_name=body["device_name"],
            secret_key=context.settings().secret_key,
            now=clock.now(),
        )
        location = url_for("me.OneDevice", device_id=tokens.device_id)
        return tokens, 201, {"Location": location}


@blp.route("/sessions/refresh")
class Refresh(MethodView):
    """Going on."""

    @public
    @never_stored
    @blp.arguments(RefreshIn)
    @refuses(blp, 401)
    @blp.response(200, TokensOut)
    def post(self, body: dict[str, Any]) -> accounts.Tokens:
        """Exchange the refresh token for the next pair, or ask again for a lost answer."""
        return accounts.refresh(
            g.session,
            token=body["refresh_token"],
            secret_key=context.settings().secret_key,
            now=clock.now(),
        )


@blp.route("/sessions/current")
class Current(MethodView):
    """Signing out."""

    @allowed(Role.BUYER)
    @blp.response(204)
    def delete(self) -> None:
        """Sign this device out."""
        devices.revoke(**acting(), device_id=g.actor.device_id)
