"""The house's own terms as the running app knows them: custody account, fees, secret links."""

from api.context import settings
from catalog import calendars, delivering
from market import Money, bookings, config, links, ticket_tokens
from market.inventory.models import Resource
from market.orders import Part
from payments import asking, checkout, models, rails, remitting

ORDER, TICKET = links.ORDER, links.TICKET


def house() -> checkout.House:
    """The market's commission and the account that keeps buyers' money."""
    return terms_of(settings())


def terms_of(given: config.Settings) -> checkout.House:
    """The same, outside a request."""
    custody = asking.BankAccount(given.custody_bank_bin, given.custody_account, given.custody_name)
    rate, on = given.commission_basis_points, rails.offered(given)
    return checkout.House(commission_basis_points=rate, custody=custody, rails=on)


def delivery_fee() -> Money:
    """What one seller's delivery costs, flat."""
    return Money(settings().delivery_fee_minor)


def landed(part: Part) -> delivering.Landed | None:
    """What delivery adds to the goods of a part, and whether that is too much for the house."""
    return delivering.landed(part, warning_basis_points=settings().landed_warning_basis_points)


def handing_in(remittance: models.Remittance) -> str:
    """The VietQR with which cash is handed in to the account that keeps buyers' money."""
    return remitting.payload(remittance, custody=house().custody)


def secret_of(purpose: str, code: str) -> str:
    """The secret part of the link to an order or a ticket."""
    return links.sealed(settings().secret_key, purpose, code)


def feed_url(resource: Resource) -> str:
    """The secret link to a thing's calendar."""
    secret = calendars.channels.secret_of(settings().secret_key, resource)
    return f"{settings().public_url}/ical/{secret}.ics"


def code_of(purpose: str, secret: str) -> str | None:
    """The code under a link's seal, or None."""
    return links.opened(settings().secret_key, purpose, secret)


def token_of(ticket: bookings.Ticket) -> str:
    """What of a ticket a phone verifies without signal."""
    return ticket_tokens.token_of(settings().secret_key, ticket)
