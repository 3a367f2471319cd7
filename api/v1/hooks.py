"""What providers tell by themselves: kept at once, whatever it is, and looked into afterwards."""

from typing import Any

from api import context
from api.idempotency import never_stored
from api.requests import body_of, raw_body
from api.v1.resources import Blueprint, MethodView, Response, g, public, request
from market import clock
from market.errors import existing
from payments import hearing, stripe_hooks

SIGNATURE = {"in": "header", "name": "Stripe-Signature", "schema": {"type": "string"}}
EVENT = {"content": {"application/json": {"schema": {"type": "object"}}}}
BYTES_MAX = 128 * 1024  # the longest events of Stripe are a quarter of that

blp = Blueprint("hooks", __name__, description="Notifications of payment providers.")


@blp.route("/hooks/stripe")
class StripeHook(MethodView):
    """Stripe's notifications."""

    @public
    @raw_body
    @never_stored
    @blp.doc(parameters=[SIGNATURE], requestBody=EVENT)
    @blp.response(200)
    def post(self) -> Response:
        """Take a signed event in; one that came before changes nothing."""
        secrets = stripe_hooks.secrets_for(context.settings())
        existing(secrets or None, "hook")
        request.max_content_length = BYTES_MAX + 1
        now, header = clock.now(), request.headers.get("Stripe-Signature")
        told = stripe_hooks.heard(body_of(), header, secrets=secrets, now=now)
        event: dict[str, Any] = {"event_id": told.event_id, "kind": told.kind}
        hearing.keep(g.session, provider="stripe", reference=told.reference, **event, now=now)
        return Response(mimetype="text/plain")
