"""The house's own terms as the running app knows them: custody account, fees, secret links."""

from api.context import settings
from catalog import delivering
from catalog.delivering import Landed
from market import links
from market.config import Settings
from market.money import Money
from market.orders import Part
from payments import rails
from payments.asking import BankAccount
from payments.checkout import House

ORDER, TICKET = links.ORDER, links.TICKET


def house() -> House:
    """The market's commission and the account that keeps buyers' money."""
    return terms_of(settings())


def terms_of(given: Settings) -> House:
    """The same, outside a request."""
    custody = BankAccount(
        bank_bin=given.custody_bank_bin, account=given.custody_account, holder=given.custody_name
    )
    return House(
        commission_basis_points=given.commission_basis_points,
        custody=custody,
        rails=rails.offered(given),
    )


def delivery_fee() -> Money:
    """What one seller's delivery costs, flat."""
    return Money(settings().delivery_fee_minor)


def landed(part: Part) -> Landed | None:
    """What delivery adds to the goods of a part, and whether that is too much for the house."""
    return delivering.landed(part, warning_basis_points=settings().landed_warning_basis_points)


def secret_of(purpose: str, code: str) -> str:
    """The secret part of the link to an order or a ticket."""
    return links.sealed(settings().secret_key, purpose, code)


def code_of(purpose: str, secret: str) -> str | None:
    """The code under a link's seal, or None."""
    return links.opened(settings().secret_key, purpose, secret)
