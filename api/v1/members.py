"""Posts in an organisation: asked for, granted, ended."""

from typing import Any
from uuid import UUID

from api import caching, paging
from api.fields import Choice, Instant, Integer, PageQuery, Schema, page_of
from api.v1.people_shapes import DECIDERS, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, ma, url_for
from market.accounts import Role, memberships
from market.accounts.destinations import shown
from market.accounts.memberships import Member
from market.accounts.models import Membership, MembershipState, Post
from market.db import columns_of
from market.errors import NotFound

blp = Blueprint("members", __name__, description="Who does what in an organisation.")


class MemberIn(Schema):
    """The post that one asks for."""

    post = Choice(Post, required=True)


class MemberChange(Schema):
    """Granted (`active`) or refused, ended or given up (`ended`)."""

    state = Choice((MembershipState.ACTIVE, MembershipState.ENDED), required=True)


class MembershipOut(Schema):
    """A post, asked for or held."""

    id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    post = Choice(Post)
    state = Choice(MembershipState)
    requested_at = Instant()
    decided_at = Instant(allow_none=True)
    version = Integer()


class MemberOut(MembershipOut):
    """A post with the name of its person and enough of their number to recognise them."""

    name = ma.fields.String()
    contact = ma.fields.String()


@blp.route("/organisations/<uuid:organisation_id>/members")
class Members(MethodView):
    """The people of an organisation."""

    @allowed(*DECIDERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(MemberOut, "members", name="MembersOut", most=100))
    def get(self, query: dict[str, Any], organisation_id: UUID) -> dict[str, Any]:
        """Everybody's posts and requests, newest first, for those who decide."""
        found = memberships.page(
            **asking(), organisation_id=organisation_id, after=last_id(query), limit=query["limit"]
        )
        rows = [_row(member) for member in found]
        return paging.answer(rows, query, "id")

    @allowed(Role.BUYER)
    @blp.arguments(MemberIn)
    @blp.response(201, MembershipOut)
    def post(self, body: dict[str, Any], organisation_id: UUID) -> Any:
        """Ask for a post."""
        asked = memberships.request(**acting(), organisation_id=organisation_id, post=body["post"])
        caching.versioned(asked.version)
        location = url_for(
            "members.OneMember", organisation_id=organisation_id, membership_id=asked.id
        )
        return asked, 201, {"Location": location}


@blp.route("/organisations/<uuid:organisation_id>/members/<uuid:membership_id>")
class OneMember(MethodView):
    """One post."""

    @allowed(Role.BUYER)
    @blp.response(200, MembershipOut)
    def get(self, organisation_id: UUID, membership_id: UUID) -> Membership:
        """A post of one's own, or of an organisation that one decides for."""
        return _found(organisation_id, membership_id)

    @allowed(Role.BUYER)
    @blp.arguments(MemberChange)
    @blp.response(200, MembershipOut)
    def patch(self, body: dict[str, Any], organisation_id: UUID, membership_id: UUID) -> Membership:
        """Grant it, refuse it, end it, or give one's own up."""
        membership = _found(organisation_id, membership_id)
        caching.expect_match(membership.version)
        moved = memberships.move(
            **acting(),
            membership_id=membership_id,
            to=MembershipState(body["state"]),
            version=membership.version,
        )
        caching.versioned(moved.version)
        return moved


def _found(organisation_id: UUID, membership_id: UUID) -> Membership:
    membership = memberships.get(**asking(), membership_id=membership_id)
    if membership.organisation_id != organisation_id:
        raise NotFound(what="membership")
    caching.versioned(membership.version)
    return membership


def _row(member: Member) -> dict[str, Any]:
    person = member.person
    return columns_of(member.membership) | {
        "name": person.name,
        "contact": shown(person.phone or person.email or ""),
    }
