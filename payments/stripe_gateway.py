"""Cards by Stripe: PaymentIntents that the payer confirms with Stripe.js or a mobile SDK."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from market.config import Settings
from market.money import Money
from payments import fake_psp, stripe_facts
from payments.gateway import Charge, GatewayRefused, GatewayUnsure, Movement, PaidBack, PaidIn

RETRIES = 2  # by the library, with the same key; StripeClient's own default is none
TIMEOUT_SECONDS = (5, 20)  # to connect, to answer
PAGE = 100
SKEW_SECONDS = 300  # how far Stripe's clock may be from ours
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)  # another API than this version's


@contextmanager
def _plainly() -> Iterator[None]:
    """Stripe's errors as ours; only a plain no to what was asked is a refusal.

    A key of ours that Stripe knows with other parameters, or is still working on, says that
    something was done under it; a key of the account that is refused says nothing of the money.
    """
    import stripe

    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        if error.code == "balance_insufficient":  # today; a refund is sent when there is enough
            raise GatewayUnsure(error.code) from error
        raise GatewayRefused(error.code or "refused") from error
    except stripe.StripeError as error:
        raise GatewayUnsure(type(error).__name__) from error
    except UNREADABLE as error:
        raise GatewayUnsure("unreadable") from error


class StripeGateway:
    """The rail of cards; `http_client` makes the library's way out, if not by the network."""

    provider = "stripe"

    def __init__(self, key: str, *, http_client: Callable[[], Any] | None = None) -> None:
        self._key, self._http_client = key, http_client

    @cached_property
    def _client(self) -> Any:
        import stripe

        way_out = self._http_client or partial(stripe.RequestsClient, timeout=TIMEOUT_SECONDS)
        return stripe.StripeClient(self._key, max_network_retries=RETRIES, http_client=way_out())

    @_plainly()
    def ask(self, charge: Charge) -> PaidIn:
        """Make the PaymentIntent; where the payer returns to is told by who confirms it."""
        asked = {
            "amount": charge.amount.minor,
            "currency": charge.amount.currency.lower(),
            "capture_method": "manual" if charge.manual else "automatic",
            "allowed_payment_method_types": ["card"],
            "transfer_group": charge.group,
            "metadata": {"charge": str(charge.id)},
        }
        made = self._client.v1.payment_intents.create(asked, _key(charge.id))
        return stripe_facts.paid_in(_just(charge.amount, made))

    @_plainly()
    def look(self, reference: str) -> PaidIn:
        """The PaymentIntent with its refunds and disputes."""
        asked = {"expand": ["latest_charge"]}
        intent = self._client.v1.payment_intents.retrieve(reference, asked).to_dict()
        refunds, disputes = [], []
        if intent["status"] == "succeeded":
            refunds = list(self._listed("refunds", payment_intent=reference))
        if (intent["latest_charge"] or {}).get("disputed"):
            disputes = list(self._listed("disputes", payment_intent=reference))
        return stripe_facts.paid_in(intent, refunds, disputes)

    @_plainly()
    def find(self, charge_id: UUID, *, since: datetime) -> PaidIn | None:
        """The PaymentIntent with our id, by a list: Stripe's search lags behind what it did."""
        for intent in self._listed("payment_intents", created=_since(since)):
            if intent["metadata"].get("charge") == str(charge_id):
                return self.look(intent["id"])
        return None

    @_plainly()
    def capture(self, reference: str, amount: Money, *, key: str) -> PaidIn:
        """Take that much of an authorisation."""
        asked = {"amount_to_capture": amount.minor, "expand": ["latest_charge"]}
        taken = self._client.v1.payment_intents.capture(reference, asked, _key(key))
        return stripe_facts.paid_in(_just(amount, taken, "amount_received"))

    @_plainly()
    def cancel(self, reference: str, *, key: str) -> PaidIn:
        """Cancel the PaymentIntent."""
        cancelled = self._client.v1.payment_intents.cancel(reference, {}, _key(key)).to_dict()
        return stripe_facts.paid_in(cancelled)

    @_plainly()
    def refund(
        self, reference: str, amount: Money, *, refund_id: UUID, key: str | None = None
    ) -> PaidBack:
        """Give that much of the payment back."""
        asked: Any = {"payment_intent": reference, "metadata": {"refund": str(refund_id)}}
        asked["amount"] = amount.minor
        made = self._client.v1.refunds.create(asked, _key(key or refund_id))
        return stripe_facts.paid_back(_just(amount, made))

    @_plainly()
    def movements(self, *, since: datetime) -> Iterator[Movement]:
        """The balance transactions; Stripe lists them the newest first."""
        asked = {"created": _since(since, skew=0), "expand": ["data.source"]}
        listed = self._listed("balance_transactions", **asked)
        return reversed([stripe_facts.movement(each) for each in listed])

    def _listed(self, things: str, **asked: Any) -> Iterator[stripe_facts.Facts]:
        """All pages, as plain values: the library's objects would take four times as long."""
        more = True
        while more:
            page = self._client.raw_request("get", f"/v1/{things}", **asked, limit=PAGE).data
            yield from page["data"]
            more = page["has_more"]
            asked["starting_after"] = page["data"][-1]["id"] if more else None


def gateway_for(settings: Settings) -> StripeGateway | None:
    """Stripe where a key is set, the shipped one in the demo, else none."""
    if settings.stripe_key:
        return StripeGateway(settings.stripe_key)
    if settings.demo:
        return StripeGateway(fake_psp.KEY, http_client=partial(fake_psp.http_client, settings.data))
    return None


def _key(key: UUID | str) -> stripe_facts.Facts:
    return {"idempotency_key": f"{key}"}


def _since(moment: datetime, *, skew: int = SKEW_SECONDS) -> stripe_facts.Facts:
    return {"gte": int(moment.timestamp()) - skew}


def _just(amount: Money, moved: Any, name: str = "amount") -> stripe_facts.Facts:
    """What was done, as plain values; it has to be of that amount."""
    facts: stripe_facts.Facts = moved.to_dict()
    if amount != stripe_facts.money(facts, facts[name]):
        raise GatewayUnsure("amount_differs")  # something moved: only asking tells what
    return facts
