"""Sellers in a cooperative: they ask with the fee agreed, the manager approves, either ends it."""

from typing import Any
from uuid import UUID

from api import paging
from api.fields import Identifier, Instant, Integer, PageQuery, Schema, page_of
from api.v1.people_shapes import STAFF, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, ma, url_for
from market import cooperatives
from market.accounts import Role
from market.cooperatives.models import FEE_BASIS_POINTS_MAX, CooperativeMember
from market.errors import NotFound

blp = Blueprint("cooperative_members", __name__, description="Sellers in a cooperative.")

SELLERS = (Role.SELLER, Role.HOST)
READERS = (*SELLERS, Role.MANAGER, Role.ACCOUNTANT, Role.WEIGH_MASTER, *STAFF)


class JoinIn(Schema):
    """Which of one's organisations asks, and the agreed fee in hundredths of a per cent."""

    organisation_id = Identifier(required=True)
    fee_basis_points = Integer(most=FEE_BASIS_POINTS_MAX, required=True)


class CooperativeMemberOut(Schema):
    """A seller's membership; it counts from `approved_at` until `ended_at`."""

    id = ma.fields.UUID()
    cooperative_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    fee_basis_points = Integer()
    requested_at = Instant()
    approved_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)


@blp.route("/cooperatives/<uuid:cooperative_id>/members")
class CooperativeMembers(MethodView):
    """The cooperative's sellers."""

    @allowed(*READERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(
        200, page_of(CooperativeMemberOut, "memberships", name="CooperativeMembersOut", most=100)
    )
    def get(self, query: dict[str, Any], cooperative_id: UUID) -> dict[str, Any]:
        """Members and requests, newest first: all for its people, one's own for a seller."""
        found = cooperatives.page(
            **asking(), cooperative_id=cooperative_id, after=last_id(query), limit=query["limit"]
        )
        return paging.answer(found, query, "id")

    @allowed(*SELLERS)
    @blp.arguments(JoinIn)
    @blp.response(201, CooperativeMemberOut)
    def post(self, body: dict[str, Any], cooperative_id: UUID) -> Any:
        """Ask to join."""
        asked = cooperatives.ask_to_join(**acting(), cooperative_id=cooperative_id, **body)
        return asked, 201, {"Location": _address(asked)}


@blp.route("/cooperatives/<uuid:cooperative_id>/members/<uuid:member_id>")
class OneCooperativeMember(MethodView):
    """One membership."""

    @allowed(*READERS)
    @blp.response(200, CooperativeMemberOut)
    def get(self, cooperative_id: UUID, member_id: UUID) -> CooperativeMember:
        """The membership."""
        return _found(cooperative_id, member_id)

    @allowed(*SELLERS, Role.MANAGER)
    @blp.response(204)
    def delete(self, cooperative_id: UUID, member_id: UUID) -> None:
        """Leave, take the request back, or end it as the manager."""
        _found(cooperative_id, member_id)
        cooperatives.leave(**acting(), member_id=member_id)


@blp.route("/cooperatives/<uuid:cooperative_id>/members/<uuid:member_id>/approval")
class Approval(MethodView):
    """The manager's word."""

    @allowed(Role.MANAGER)
    @blp.response(201, CooperativeMemberOut)
    def post(self, cooperative_id: UUID, member_id: UUID) -> Any:
        """Take the seller in for the fee that was named."""
        _found(cooperative_id, member_id)
        member = cooperatives.approve(**acting(), member_id=member_id)
        return member, 201, {"Location": _address(member)}


def _found(cooperative_id: UUID, member_id: UUID) -> CooperativeMember:
    member = cooperatives.get(**asking(), member_id=member_id)
    if member.cooperative_id != cooperative_id:
        raise NotFound(what="member")
    return member


def _address(member: CooperativeMember) -> str:
    return url_for(
        "cooperative_members.OneCooperativeMember",
        cooperative_id=member.cooperative_id,
        member_id=member.id,
    )
