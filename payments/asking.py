"""Asking for money: one payment per rail and beneficiary of a checkout, cash by the order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.baskets import LINES_MAX
from market.accounts.models import Organisation, PaymentMode
from market.db import table_of
from market.errors import Kind, MarketError
from market.ids import new_code, uuid7
from market.orders import NewOrder, Order, Rail
from market.portable import Batch, fast_rows, flushed, given_ids, id_parameters, uuid_of
from payments import memos, vietqr
from payments.models import Payment, PaymentOrder, PaymentState

Owed: TypeAlias = Order | NewOrder


class NothingToPay(MarketError, code="checkout.nothing_to_pay", kind=Kind.CONFLICT):
    """All of an order is free of charge: somebody who pays has to come along."""


class BankAccount(NamedTuple):
    """Where a transfer goes; `owner_id` None is the custody account of the licensed partner."""

    bank_bin: str
    account: str
    holder: str
    owner_id: UUID | None = None


def accounts_of(
    session: Session, *, seller_ids: Collection[UUID], custody: BankAccount
) -> dict[UUID, BankAccount]:
    """Where each seller's money goes: to his own account in direct mode, else into custody."""
    given = given_ids(seller_ids)
    rows = fast_rows(flushed(session), _sellers(len(given)), given)
    accounts = [_account(seller) or custody for seller in rows]
    return {uuid_of(seller.id): account for seller, account in zip(rows, accounts, strict=True)}


def ask(
    batch: Batch, *, orders: Sequence[Owed], accounts: Mapping[UUID, BankAccount], now: datetime
) -> None:
    """A payment per rail and beneficiary: sellers in custody share one transfer or one card.

    A direct seller has a transfer of his own; cash is collected at each door. Raises NothingToPay.
    """
    if not all(order.left_minor for order in orders):
        raise NothingToPay
    shared: dict[Any, list[Owed]] = defaultdict(list)
    for order in orders:
        by_rail = {Rail.CASH: order.id, Rail.BANK_TRANSFER: accounts.get(order.seller_id)}
        shared[by_rail.get(Rail(order.rail))].append(order)
    for account, its_orders in shared.items():
        _ask(batch, account if isinstance(account, BankAccount) else None, its_orders, now)


def ask_like(batch: Batch, payment: Payment, *, orders: Sequence[Owed], now: datetime) -> None:
    """Ask for orders that are paid as the payment is; a transfer goes to the same account."""
    account = account_of(payment)
    accounts = {order.seller_id: account for order in orders if account}
    ask(batch, orders=orders, accounts=accounts, now=now)


def account_of(payment: Payment) -> BankAccount | None:
    """Where a transfer was asked to go; None of a card and of cash."""
    to, account = payment.bank_bin, payment.bank_account
    if to is None or account is None:
        return None
    return BankAccount(to, account, payment.bank_holder or "", payment.beneficiary_id)


def payload(payment: Payment, *, came: int = 0) -> str:
    """The VietQR text of a transfer that is asked for, or of what is missing after what came."""
    to, left = account_of(payment), payment.amount_minor - came
    if to is None:
        raise ValueError("only transfers have a QR")
    its: Any = {"bank_bin": to.bank_bin, "account": to.account, "purpose": payment.memo}
    return vietqr.Transfer(**its, amount_minor=left).payload()


def _ask(batch: Batch, account: BankAccount | None, orders: Sequence[Owed], now: datetime) -> None:
    """What is paid first waits as long as the first of its orders; cash waits for its door."""
    paid_first = orders[0].rail != Rail.CASH
    payment = {
        "id": uuid7(),
        "group_id": orders[0].group_id,
        "beneficiary_id": account.owner_id if account else None,
        "rail": orders[0].rail,
        "amount_minor": sum(order.left_minor for order in orders),
        "currency": orders[0].currency,
        "state": PaymentState.AWAITING,
        "memo": memos.memo_for(new_code()) if account else None,
        "bank_bin": account.bank_bin if account else None,
        "bank_account": account.account if account else None,
        "bank_holder": account.holder if account else None,
        "expires_at": min(order.deadline or now for order in orders) if paid_first else None,
        "created_at": now,
    }
    shares = [
        {"payment_id": payment["id"], "order_id": order.id, "amount_minor": order.left_minor}
        for order in orders
    ]
    batch.add(Payment, payment)
    batch.add(PaymentOrder, *shares)


def _account(seller: Any) -> BankAccount | None:
    if seller.payment_mode != PaymentMode.DIRECT:
        return None
    if not (seller.bank_bin and seller.bank_account and seller.verified_at):
        return None  # nobody unverified receives buyers' money directly
    holder, owner_id = seller.bank_holder or seller.name, uuid_of(seller.id)
    return BankAccount(seller.bank_bin, seller.bank_account, holder, owner_id)


_SELLER = table_of(Organisation).c
_BANK = ("payment_mode", "bank_bin", "bank_account", "bank_holder")
_ACCOUNTS = select(*_SELLER["id", "name", "verified_at", *_BANK])


@lru_cache(maxsize=LINES_MAX)
def _sellers(count: int) -> Any:
    return _ACCOUNTS.where(_SELLER.id.in_(id_parameters(count)))
