"""Cards by Stripe: PaymentIntents that the payer confirms with Stripe.js or a mobile SDK.

What Stripe says comes as our own plain values; words that we do not know raise KeyError. Stripe
counts in the smallest unit of a currency, which for the đồng is the đồng itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from market import Money, tables
from market.config import Settings
from payments import fake_psp
from payments import gateway as port
from payments.models import DisputeState

Facts = dict[str, Any]

# Stripe's words for how things stand, and its reporting categories
# (https://docs.stripe.com/reports/reporting-categories), each with ours.
_WORDS = tables.words("payments", "stripe.json")
STANDINGS = {its: port.Standing(ours) for its, ours in _WORDS["standings"].items()}
BACK_STANDINGS = {its: port.BackStanding(ours) for its, ours in _WORDS["refunds"].items()}
# An inquiry (`warning_…`) takes no money; it is a dispute from when it becomes one.
CONTESTED = {its: DisputeState(ours) for its, ours in _WORDS["disputes"].items()}
KINDS = {its: port.MovementKind(ours) for its, ours in _WORDS["movements"].items()}
# Of https://docs.stripe.com/declines/codes; that a card is lost or stolen is nobody's to hear.
TOLD_TO_PAYERS = frozenset({"insufficient_funds"})


def money(facts: Facts, minor: int) -> Money:
    """An amount in the currency of what it stands in."""
    return Money(minor, facts["currency"].upper())


def paid_in(
    intent: Facts, refunds: Sequence[Facts] = (), disputes: Sequence[Facts] = ()
) -> port.PaidIn:
    """A PaymentIntent, with all that came of it."""
    charge = intent["latest_charge"]
    card = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    return port.PaidIn(
        reference=intent["id"],
        charge_id=_our_id(intent, "charge"),
        standing=STANDINGS[intent["status"]],
        amount=money(intent, intent["amount"]),
        captured=money(intent, intent["amount_received"]),
        capturable_until=_moment((card.get("card") or {}).get("capture_before")),
        error=_refusal(intent["last_payment_error"] or {}),
        client_secret=intent["client_secret"],
        refunds=tuple(map(paid_back, refunds)),
        disputes=tuple(_contested(each) for each in disputes if each["status"] in CONTESTED),
    )


def _refusal(error: Facts) -> str | None:
    """Why a card was refused; of what only its bank knows, no more than Stripe lets be said."""
    code, why = error.get("code"), error.get("decline_code")
    return why if code == "card_declined" and why in TOLD_TO_PAYERS else code


def paid_back(refund: Facts) -> port.PaidBack:
    """A refund, ours or not."""
    its = refund["id"], _our_id(refund, "refund"), money(refund, refund["amount"])
    return port.PaidBack(*its, BACK_STANDINGS[refund["status"]], refund.get("failure_reason"))


def _contested(dispute: Facts) -> port.Contested:
    its = dispute["id"], money(dispute, dispute["amount"]), CONTESTED[dispute["status"]]
    return port.Contested(*its, due_at=_moment(dispute["evidence_details"].get("due_by")))


def movement(moved: Facts) -> port.Movement:
    """A balance transaction, its source expanded."""
    source = moved["source"]
    behind: Mapping[str, Any] = source if isinstance(source, dict) else {"id": source}
    kind = KINDS.get(moved["reporting_category"], port.MovementKind.OTHER)
    its = moved["id"], kind, money(moved, moved["amount"]), behind["id"] or moved["type"]
    payment, at = behind.get("payment_intent"), datetime.fromtimestamp(moved["created"], UTC)
    return port.Movement(*its, payment, at, fee=money(moved, moved["fee"]))


def _our_id(facts: Facts, name: str) -> UUID | None:
    """The id that we gave it; what was made elsewhere has none."""
    with suppress(KeyError, TypeError, ValueError):
        return UUID(facts["metadata"][name])
    return None


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


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
            raise port.GatewayUnsure(error.code) from error
        raise port.GatewayRefused(error.code or "refused") from error
    except stripe.StripeError as error:
        raise port.GatewayUnsure(type(error).__name__) from error
    except UNREADABLE as error:
        raise port.GatewayUnsure("unreadable") from error


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
    def ask(self, charge: port.Charge) -> port.PaidIn:
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
        return paid_in(_just(charge.amount, made))

    @_plainly()
    def look(self, reference: str) -> port.PaidIn:
        """The PaymentIntent with its refunds and disputes."""
        asked = {"expand": ["latest_charge"]}
        intent = self._client.v1.payment_intents.retrieve(reference, asked).to_dict()
        refunds, disputes = [], []
        if intent["status"] == "succeeded":
            refunds = list(self._listed("refunds", payment_intent=reference))
        if (intent["latest_charge"] or {}).get("disputed"):
            disputes = list(self._listed("disputes", payment_intent=reference))
        return paid_in(intent, refunds, disputes)

    @_plainly()
    def find(self, charge_id: UUID, *, since: datetime) -> port.PaidIn | None:
        """The PaymentIntent with our id, by a list: Stripe's search lags behind what it did."""
        for intent in self._listed("payment_intents", created=_since(since)):
            if intent["metadata"].get("charge") == str(charge_id):
                return self.look(intent["id"])
        return None

    @_plainly()
    def capture(self, reference: str, amount: Money, *, key: str) -> port.PaidIn:
        """Take that much of an authorisation."""
        asked = {"amount_to_capture": amount.minor, "expand": ["latest_charge"]}
        taken = self._client.v1.payment_intents.capture(reference, asked, _key(key))
        return paid_in(_just(amount, taken, "amount_received"))

    @_plainly()
    def cancel(self, reference: str, *, key: str) -> port.PaidIn:
        """Cancel the PaymentIntent."""
        cancelled = self._client.v1.payment_intents.cancel(reference, {}, _key(key)).to_dict()
        return paid_in(cancelled)

    @_plainly()
    def refund(
        self, reference: str, amount: Money, *, refund_id: UUID, key: str | None = None
    ) -> port.PaidBack:
        """Give that much of the payment back."""
        asked: Any = {"payment_intent": reference, "metadata": {"refund": str(refund_id)}}
        asked["amount"] = amount.minor
        made = self._client.v1.refunds.create(asked, _key(key or refund_id))
        return paid_back(_just(amount, made))

    @_plainly()
    def movements(self, *, since: datetime) -> Iterator[port.Movement]:
        """The balance transactions; Stripe lists them the newest first."""
        asked = {"created": _since(since, skew=0), "expand": ["data.source"]}
        listed = self._listed("balance_transactions", **asked)
        return reversed([movement(each) for each in listed])

    def _listed(self, things: str, **asked: Any) -> Iterator[Facts]:
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


def _key(key: UUID | str) -> Facts:
    return {"idempotency_key": f"{key}"}


def _since(moment: datetime, *, skew: int = SKEW_SECONDS) -> Facts:
    return {"gte": int(moment.timestamp()) - skew}


def _just(amount: Money, moved: Any, name: str = "amount") -> Facts:
    """What was done, as plain values; it has to be of that amount."""
    facts: Facts = moved.to_dict()
    if amount != money(facts, facts[name]):
        raise port.GatewayUnsure("amount_differs")  # something moved: only asking tells what
    return facts
