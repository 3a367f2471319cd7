"""Answers by SMS: "1" accepts the order that waits for the person of that phone."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import FieldInvalid, MarketError, ids, notifications, orders
from market.accounts import Actor, act_for, actor_of_person, phone
from market.accounts.models import Mandate, MandateState, Person, Scope
from market.orders import Order, State
from payments import hearing
from payments.stripe_hooks import TOLERANCE_SECONDS, NoEvent, SignatureWrong

YES = "1"
TAIL = 4  # so many of the last signs of a code name an order
SHOWN_MOST = 5
ID_CHARACTERS_MAX = 255


class Reply(NamedTuple):
    """What somebody wrote, by the gateway's id."""

    id: str
    phone: str
    text: str


def heard(body: bytes, signature: str | None, *, secret: str, now: datetime) -> Reply:
    """The SMS in `{id, from, text, at}`, signed by the hexadecimal HMAC-SHA256 of the bytes.

    `at` is ISO 8601 with its zone, five minutes from now at most; raises SignatureWrong, NoEvent.
    """
    known = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(known.encode(), (signature or "").encode("utf-8", "replace")):
        raise SignatureWrong
    try:
        told = orjson.loads(body)
        reply = Reply(told["id"], told["from"], told["text"])
        late = abs(now - datetime.fromisoformat(told["at"])) > timedelta(seconds=TOLERANCE_SECONDS)
    except (KeyError, TypeError, ValueError):
        raise NoEvent from None
    are_texts = all(isinstance(each, str) and "\0" not in each for each in reply)
    if not are_texts or len(reply.id) > ID_CHARACTERS_MAX:
        raise NoEvent
    if late:
        raise SignatureWrong
    return reply


def take(session: Session, *, reply: Reply, now: datetime) -> None:
    """Do what the SMS says, once, and answer it; one of nobody's phone is forgotten."""
    told = hearing.Told(reply.id, "reply")
    person = _person(session, reply.phone)
    if not hearing.keep(session, provider="sms", told=told, now=now) or person is None:
        return
    key, facts = _answer(session, person, ids.plain_code(reply.text), now)
    to: dict[str, Any] = {"person_id": person.id, "destination": person.phone}
    notifications.tell(session, key=key, params=facts, **to, now=now)


def _answer(
    session: Session, person: Person, said: str, now: datetime
) -> tuple[str, dict[str, str]]:
    """Accept what is meant, if that is one order; what to write back."""
    waiting = _waiting(session, person, now)
    meant, tail = [], said.removeprefix(YES)
    if said == YES or (said.startswith(YES) and len(tail) >= TAIL):
        meant = [each for each in waiting if each[0].code.endswith(tail)]
    if len(meant) != 1:
        codes = [order.code for order, _ in waiting[:SHOWN_MOST]]
        facts = {"codes": ", ".join(codes), "tail": codes[0][-TAIL:]} if codes else {}
        return ("notice.sms.which" if codes else "notice.sms.none"), facts
    ((order, actor),) = meant
    try:
        with session.begin_nested():
            orders.confirm(session, actor=actor, order_id=order.id, now=now)
    except MarketError:
        return "notice.sms.gone", {"code": order.code}
    return "notice.sms.accepted", {"code": order.code}


def _person(session: Session, number: str) -> Person | None:
    try:
        its = select(Person).where(Person.phone == phone(number))
    except FieldInvalid:
        return None
    return session.scalar(its.where(Person.banned_at.is_(None)))


def _waiting(session: Session, person: Person, now: datetime) -> list[tuple[Order, Actor]]:
    """What the person may accept, the most urgent first: of one's own, or under a mandate."""
    own = actor_of_person(session, person.id, now)
    its = select(Mandate.organisation_id).filter_by(agent_id=person.id, state=MandateState.ACTIVE)
    given = its.where(Mandate.expires_at > now, Mandate.organisation_id.not_in(own.seller_ids))
    principals = session.scalars(given.distinct()).all()
    found = []
    for actor in (own, *(act_for(session, own, each, now) for each in principals)):
        sold = Order.seller_id.in_(actor.sells_for(Scope.ORDERS))
        asked = select(Order).where(sold, Order.state == State.PLACED, Order.deadline > now)
        found += [(order, actor) for order in session.scalars(asked)]
    return sorted(found, key=lambda each: (each[0].deadline or now, each[0].id))
