"""The house's own terms as the running app knows them: custody account, fees, secret links."""

from api.context import Acting, acting, settings
from catalog import calendars, delivering
from catalog.delivering import Landed
from market import links, ticket_tokens
from market.accounts import Actor
from market.bookings import Ticket
from market.config import Settings
from market.inventory.models import Resource
from market.money import Money
from market.orders import Part
from payments import rails, remitting
from payments.asking import BankAccount
from payments.checkout import House
from payments.models import Remittance

ORDER, TICKET = links.ORDER, links.TICKET


class Settling(Acting):
    """What every verb takes that may move money: who acts, and the account that keeps it."""

    custody: BankAccount


def house() -> House:
    """The market's commission and the account that keeps buyers' money."""
    return terms_of(settings())


def terms_of(given: Settings) -> House:
    """The same, outside a request."""
    custody = BankAccount(given.custody_bank_bin, given.custody_account, given.custody_name)
    return House(
        commission_basis_points=given.commission_basis_points,
        custody=custody,
        rails=rails.offered(given),
    )


def settling(actor: Actor | None = None) -> Settling:
    """As `acting` of the context, to be handed on as `**settling()`."""
    return {**acting(actor), "custody": house().custody}


def delivery_fee() -> Money:
    """What one seller's delivery costs, flat."""
    return Money(settings().delivery_fee_minor)


def landed(part: Part) -> Landed | None:
    """What delivery adds to the goods of a part, and whether that is too much for the house."""
    return delivering.landed(part, warning_basis_points=settings().landed_warning_basis_points)


def handing_in(remittance: Remittance) -> str:
    """The VietQR with which cash is handed in to the account that keeps buyers' money."""
    return remitting.payload(remittance, custody=house().custody)


def secret_of(purpose: str, code: str) -> str:
    """The secret part of the link to an order or a ticket."""
    return links.sealed(settings().secret_key, purpose, code)


def feed_url(resource: Resource) -> str:
    """The secret link to a thing's calendar."""
    secret = calendars.secret_of(settings().secret_key, resource)
    return f"{settings().public_url}/ical/{secret}.ics"


def code_of(purpose: str, secret: str) -> str | None:
    """The code under a link's seal, or None."""
    return links.opened(settings().secret_key, purpose, secret)


def token_of(ticket: Ticket) -> str:
    """What of a ticket a phone verifies without signal."""
    return ticket_tokens.token_of(settings().secret_key, ticket)
