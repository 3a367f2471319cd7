"""Which rails the market takes money by, and the gateway behind each."""

from collections.abc import Mapping

from market.config import Settings
from market.db import Database
from market.orders import Rail
from payments import bank_gateway, fake_bank, feeds, local_gateway, stripe_gateway
from payments.gateway import Gateway


def offered(settings: Settings) -> tuple[Rail, ...]:
    """The ways to pay that a buyer is offered: a card only where a provider is set, or shown."""
    takes_cards = bool(settings.stripe_key) or settings.demo
    cards = (Rail.CARD,) if takes_cards else ()
    return (Rail.BANK_TRANSFER, Rail.CASH, *cards)


def bank_for(settings: Settings) -> bank_gateway.BankFeed | None:
    """Who can be asked what the bank has booked; the shipped bank tells direct sellers' lines too.

    None: nobody, the bank has to tell.
    """
    if settings.demo:
        return fake_bank.Feed(folder=settings.data)
    key, account = settings.casso_key, settings.custody_account
    return feeds.CassoFeed(key, account=account) if key else None


def gateways_for(settings: Settings, database: Database) -> Mapping[Rail, Gateway]:
    """The gateways that the settings ask for; only the shipped bank sends money by itself."""
    account = settings.custody_account
    if settings.demo:
        shipped = fake_bank.Feed(folder=settings.data, account=account)
        bank = bank_gateway.BankGateway(database, shipped, shipped)
    else:
        bank = bank_gateway.BankGateway(database, bank_gateway.ToldLines(database, account))
    card = stripe_gateway.gateway_for(settings)
    cards: dict[Rail, Gateway] = {Rail.CARD: card} if card else {}
    return {Rail.BANK_TRANSFER: bank, Rail.CASH: local_gateway.CashGateway(database), **cards}
