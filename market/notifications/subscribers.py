"""Who is told when something happens to their organisation."""

from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from market import clock
from market.accounts.destinations import shown
from market.accounts.memberships import MembershipDecided, MembershipRequested
from market.accounts.models import Membership, MembershipState, Organisation, Person
from market.accounts.organisations import BankAccountChanged
from market.notifications.telling import tell, tell_deciders


def membership_requested(session: Session, event: MembershipRequested) -> None:
    """Those who decide for the organisation hear who asks to join, while it still waits."""
    membership, organisation, person = _joined(session, event.membership_id)
    if membership.state != MembershipState.REQUESTED:
        return
    who = person.name or shown(person.phone or person.email or "")
    key, now = "notice.membership.requested", membership.requested_at
    tell_deciders(session, organisation=organisation, key=key, person=who, now=now)


def membership_decided(session: Session, event: MembershipDecided) -> None:
    """The person hears what became of the post."""
    membership, organisation, person = _joined(session, event.membership_id)
    key, facts = f"notice.membership.{membership.state}", {"organisation": organisation.name}
    now = membership.decided_at or membership.requested_at
    tell(session, person_id=person.id, key=key, params=facts, now=now)


def bank_account_changed(session: Session, event: BankAccountChanged) -> None:
    """Everybody who decides hears it, so that a stolen phone cannot turn the money in silence."""
    organisation = session.get_one(Organisation, event.organisation_id)
    key = "notice.organisation.bank_account_changed"
    tell_deciders(session, organisation=organisation, key=key, now=clock.now())


def _joined(session: Session, membership_id: UUID) -> Row[Membership, Organisation, Person]:
    return session.execute(
        select(Membership, Organisation, Person)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == membership_id)
    ).one()
