"""What the contract of gateways is tested with: one harness a rail.

A new rail is a class beside `Card` and a name in `RAILS`; the contract itself stays as it is.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from market.money import Money
from payments import fake_psp
from payments.fake_psp import payer
from payments.gateway import Gateway, PaidBack
from payments.stripe_gateway import StripeGateway


class Rail(Protocol):
    """A gateway, and what everybody but the market does on its rail.

    A harness is made for each test, with a folder of its own and the moment at which all of the
    test happens. It says what its rail cannot do, and the contract then asks for a refusal
    instead: without `captures_later` a charge in two steps is refused with
    `GatewayRefused("manual")`, and capture is refused whatever it is asked for. Without
    `refunds_at_once` a refund is answered as pending, and stands as succeeded after `settles`.
    Without `checks_refunds` the rail itself knows no limit to what goes back (a bank sends what
    it is told to), so it is the market alone that keeps refunds below what came.
    """

    gateway: Gateway
    captures_later: bool
    refunds_at_once: bool
    checks_refunds: bool

    def pays(self, reference: str, amount: Money) -> None:
        """The payer does all that is theirs to do: money comes, or is promised by a card."""

    def refuses(self, reference: str) -> None:
        """The payer tries in vain, or turns the money down; nothing moves."""

    def settles(self, refund: PaidBack) -> None:
        """Somebody or time brings a pending refund to its payer; nothing where none is pending."""


class Card:
    """Stripe's library over the shipped Stripe."""

    captures_later = True
    refunds_at_once = True
    checks_refunds = True

    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self.gateway = StripeGateway(
            fake_psp.KEY, http_client=lambda: fake_psp.http_client(folder, lambda: self.now)
        )

    def pays(self, reference: str, amount: Money) -> None:
        payer.pay(self.folder, reference, now=self.now)

    def refuses(self, reference: str) -> None:
        payer.pay(self.folder, reference, card=payer.DECLINED, now=self.now)

    def settles(self, refund: PaidBack) -> None:
        """A card's refund has arrived when it is answered."""


class SlowCard(Card):
    """The same with a card whose refunds take their time."""

    refunds_at_once = False

    def pays(self, reference: str, amount: Money) -> None:
        payer.pay(self.folder, reference, card=payer.REFUNDS_PENDING, now=self.now)

    def settles(self, refund: PaidBack) -> None:
        payer.finish_refund(self.folder, refund.reference, failed=False, now=self.now)


RAILS: list[Callable[[Path, datetime], Rail]] = [Card, SlowCard]
