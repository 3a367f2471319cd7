"""Asking for money: one transfer per beneficiary of a checkout, one cash collection per order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, PaymentMode
from market.ids import new_code, uuid7
from market.orders import Rail
from market.orders.models import Order
from payments import memos, vietqr
from payments.models import Payment, PaymentOrder, PaymentState


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where a transfer goes; `owner_id` None is the custody account of the licensed partner."""

    owner_id: UUID | None = None
    bank_bin: str
    account: str
    holder: str


def ask_transfers(
    session: Session,
    *,
    orders: Sequence[Order],
    custody: BankAccount,
    expires_at: datetime,
    now: datetime,
) -> list[Payment]:
    """A payment per beneficiary: sellers in custody share one, each direct seller has his own."""
    accounts = _accounts(session, {order.seller_id for order in orders}, custody)
    shared: dict[BankAccount, list[Order]] = defaultdict(list)
    for order in orders:
        shared[accounts[order.seller_id]].append(order)
    return [
        _ask(session, its_orders, Rail.BANK_TRANSFER, now, account=account, expires_at=expires_at)
        for account, its_orders in shared.items()
    ]


def ask_cash(session: Session, *, orders: Sequence[Order], now: datetime) -> list[Payment]:
    """A collection at the door for each order."""
    return [_ask(session, [order], Rail.CASH, now) for order in orders]


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


def _ask(
    session: Session,
    orders: Sequence[Order],
    rail: Rail,
    now: datetime,
    *,
    account: BankAccount | None = None,
    expires_at: datetime | None = None,
) -> Payment:
    payment = Payment(
        id=uuid7(),
        group_id=orders[0].group_id,
        beneficiary_id=account.owner_id if account else None,
        rail=rail,
        amount_minor=sum(order.total_minor for order in orders),
        currency=orders[0].currency,
        state=PaymentState.AWAITING,
        memo=memos.memo_for(new_code()) if account else None,
        bank_bin=account.bank_bin if account else None,
        bank_account=account.account if account else None,
        bank_holder=account.holder if account else None,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(payment)
    session.flush()
    session.add_all(
        PaymentOrder(payment_id=payment.id, order_id=order.id, amount_minor=order.total_minor)
        for order in orders
    )
    session.flush()
    return payment


def _accounts(
    session: Session, seller_ids: set[UUID], custody: BankAccount
) -> dict[UUID, BankAccount]:
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(seller_ids)))
    return {seller.id: _account(seller) or custody for seller in rows}


def _account(seller: Organisation) -> BankAccount | None:
    if seller.payment_mode != PaymentMode.DIRECT:
        return None
    if not (seller.bank_bin and seller.bank_account and seller.verified_at):
        return None  # nobody unverified receives buyers' money directly
    return BankAccount(
        owner_id=seller.id,
        bank_bin=seller.bank_bin,
        account=seller.bank_account,
        holder=seller.bank_holder or seller.name,
    )
