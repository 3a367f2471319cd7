"""Sellers in a cooperative: they ask with the fee agreed, the manager approves, either ends it."""

from api.fields import Identified, Identifier, Instant, Integer, Schema
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, ma
from api.v1.roles import STAFF, Role
from market import cooperatives
from market.accounts.models import FEE_BASIS_POINTS_MAX, CooperativeMember
from market.errors import existing

blp = Resources("cooperative_members", __name__, description="Sellers in a cooperative.")

MEMBERS = "/cooperatives/<uuid:cooperative_id>/members"
MEMBER = f"{MEMBERS}/<uuid:member_id>"
OWNERS = (Role.SELLER, Role.HOST)
READERS = (*OWNERS, Role.MANAGER, Role.ACCOUNTANT, Role.WEIGH_MASTER, *STAFF)


class JoinIn(Schema):
    """Which of one's organisations asks, and the agreed fee in hundredths of a per cent."""

    organisation_id = Identifier(required=True)
    fee_basis_points = Integer(most=FEE_BASIS_POINTS_MAX, required=True)


class CooperativeMemberOut(Identified):
    """A seller's membership; it counts from `approved_at` until `ended_at`."""

    cooperative_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    fee_basis_points = Integer()
    requested_at = Instant()
    approved_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)


@blp.pages(MEMBERS, READERS, CooperativeMemberOut)
def page(query: Facts, cooperative_id: UUID) -> Rows:
    """Members and requests, newest first: all for its people, one's own for a seller."""
    return cooperatives.page(**asking(), cooperative_id=cooperative_id, **query)


@blp.post(MEMBERS, OWNERS, CooperativeMemberOut, takes=JoinIn)
def join(body: Facts, cooperative_id: UUID) -> Created:
    """Ask to join."""
    member = CooperativeMember(cooperative_id=cooperative_id, **body)
    return _answer(cooperatives.ask_to_join(**acting(), member=member))


@blp.get(MEMBER, READERS, CooperativeMemberOut)
def one(cooperative_id: UUID, member_id: UUID) -> CooperativeMember:
    """The membership."""
    member = cooperatives.get(**asking(), member_id=member_id)
    return existing(member if member.cooperative_id == cooperative_id else None, "member")


@blp.delete(MEMBER, (*OWNERS, Role.MANAGER))
def leave(cooperative_id: UUID, member_id: UUID) -> None:
    """Leave, take the request back, or end it as the manager."""
    one(cooperative_id, member_id)
    cooperatives.leave(**acting(), member_id=member_id)


@blp.post(f"{MEMBER}/approval", (Role.MANAGER,), CooperativeMemberOut)
def approve(cooperative_id: UUID, member_id: UUID) -> Created:
    """Take the seller in for the fee that was named."""
    one(cooperative_id, member_id)
    return _answer(cooperatives.approve(**acting(), member_id=member_id))


def _answer(member: CooperativeMember) -> Created:
    names = {"cooperative_id": member.cooperative_id, "member_id": member.id}
    return created(member, "cooperative_members.one", **names)
