"""Asking for money: one transfer per beneficiary of a checkout, one cash collection per order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.baskets import LINES_MAX
from market.accounts.models import Organisation, PaymentMode
from market.ids import new_code, uuid7
from market.orders import NewOrder, Rail
from market.orders.models import Order
from market.portable import Batch, fast_rows, flushed, given_ids, id_parameters, uuid_of
from payments import memos, vietqr
from payments.models import Payment, PaymentOrder, PaymentState

Owed: TypeAlias = Order | NewOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where a transfer goes; `owner_id` None is the custody account of the licensed partner."""

    owner_id: UUID | None = None
    bank_bin: str
    account: str
    holder: str


def accounts_of(
    session: Session, *, seller_ids: Collection[UUID], custody: BankAccount
) -> dict[UUID, BankAccount]:
    """Where each seller's money goes: to his own account in direct mode, else into custody."""
    given = given_ids(seller_ids)
    rows = fast_rows(flushed(session), _sellers(len(given)), given)
    accounts = [_account(seller) or custody for seller in rows]
    return {uuid_of(seller.id): account for seller, account in zip(rows, accounts, strict=True)}


def ask_transfers(
    batch: Batch, *, orders: Sequence[Owed], accounts: Mapping[UUID, BankAccount], now: datetime
) -> None:
    """A payment per beneficiary: sellers in custody share one, each direct seller has his own."""
    shared: dict[BankAccount, list[Owed]] = defaultdict(list)
    for order in orders:
        shared[accounts[order.seller_id]].append(order)
    for account, its_orders in shared.items():
        _ask(batch, account, its_orders, now)


def ask_cash(batch: Batch, *, orders: Sequence[Owed], now: datetime) -> None:
    """A collection at the door for each order."""
    for order in orders:
        _ask(batch, None, [order], now)


def payload(payment: Payment) -> str:
    """The VietQR text of a transfer that is asked for."""
    if payment.bank_bin is None or payment.bank_account is None:
        raise ValueError("cash has no QR")
    return vietqr.transfer(
        bank_bin=payment.bank_bin,
        account=payment.bank_account,
        amount_minor=payment.amount_minor,
        purpose=payment.memo,
    )


def _ask(batch: Batch, account: BankAccount | None, orders: Sequence[Owed], now: datetime) -> None:
    payment = _payment(account, orders, now)
    shares = [
        {"payment_id": payment["id"], "order_id": order.id, "amount_minor": order.total_minor}
        for order in orders
    ]
    batch.add(Payment, payment)
    batch.add(PaymentOrder, *shares)


def _payment(account: BankAccount | None, orders: Sequence[Owed], now: datetime) -> dict[str, Any]:
    """A transfer waits as long as the first of its orders; cash waits for its door."""
    return {
        "id": uuid7(),
        "group_id": orders[0].group_id,
        "beneficiary_id": account.owner_id if account else None,
        "rail": Rail.BANK_TRANSFER if account else Rail.CASH,
        "amount_minor": sum(order.total_minor for order in orders),
        "currency": orders[0].currency,
        "state": PaymentState.AWAITING,
        "memo": memos.memo_for(new_code()) if account else None,
        "bank_bin": account.bank_bin if account else None,
        "bank_account": account.account if account else None,
        "bank_holder": account.holder if account else None,
        "expires_at": min(order.deadline or now for order in orders) if account else None,
        "created_at": now,
    }


def _account(seller: Any) -> BankAccount | None:
    if seller.payment_mode != PaymentMode.DIRECT:
        return None
    if not (seller.bank_bin and seller.bank_account and seller.verified_at):
        return None  # nobody unverified receives buyers' money directly
    return BankAccount(
        owner_id=uuid_of(seller.id),
        bank_bin=seller.bank_bin,
        account=seller.bank_account,
        holder=seller.bank_holder or seller.name,
    )


_ACCOUNTS = select(
    Organisation.id,
    Organisation.name,
    Organisation.verified_at,
    Organisation.payment_mode,
    Organisation.bank_bin,
    Organisation.bank_account,
    Organisation.bank_holder,
)


@lru_cache(maxsize=LINES_MAX)
def _sellers(count: int) -> Any:
    return _ACCOUNTS.where(Organisation.id.in_(id_parameters(count)))
