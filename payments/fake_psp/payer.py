"""What others than the market do at the shipped Stripe: payers, their banks, the dashboard.

`told` is how often the notifications of a deed are sent: 0 loses them, 2 sends them twice.
Each verb raises Refused where Stripe would not let it happen.
"""

from datetime import datetime
from pathlib import Path

from payments.fake_psp import intents, returns
from payments.fake_psp.books import opened

# Stripe's test cards, as https://docs.stripe.com/testing has them.
GOOD = "4242424242424242"
DECLINED = "4000000000000002"
POOR = "4000000000009995"
SECURED = "4000002500003155"  # asks for 3-D Secure
REFUNDS_PENDING = "4000000000007726"


def pay(folder: Path, reference: str, *, card: str = GOOD, told: int = 1, now: datetime) -> str:
    """Confirm the PaymentIntent with a card; its status then."""
    with opened(folder, now, told=told) as books:
        return str(intents.confirm(books, reference, card)["status"])


def authenticate(
    folder: Path, reference: str, *, passed: bool, told: int = 1, now: datetime
) -> str:
    """Pass or fail the 3-D Secure that the card asked for; the PaymentIntent's status then."""
    with opened(folder, now, told=told) as books:
        intent = intents.expect(books, reference, "requires_action")
        if passed:
            intents.pay(books, intent, intent["payment_method"])
        else:
            intents.decline(books, intent, "payment_intent_authentication_failure")
        return str(intent["status"])


def dispute(folder: Path, reference: str, *, told: int = 1, now: datetime) -> str:
    """Have one's bank ask the payment back; the dispute's reference."""
    with opened(folder, now, told=told) as books:
        return str(returns.dispute(books, reference)["id"])
