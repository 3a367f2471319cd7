"""Posts in an organisation: asked for, granted, ended."""

from api import caching
from api.fields import Choice, Identified, Instant, Integer, Schema, String
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, ma
from api.v1.roles import DECIDERS, SIGNED_IN
from market.accounts import memberships
from market.accounts.destinations import shown
from market.accounts.memberships import Member
from market.accounts.models import Membership, MembershipState, Post
from market.db import columns_of
from market.errors import NotFound

blp = Resources("members", __name__, description="Who does what in an organisation.")

MEMBERS = "/organisations/<uuid:organisation_id>/members"
MEMBER = f"{MEMBERS}/<uuid:membership_id>"


class MemberIn(Schema):
    """The post that one asks for."""

    post = Choice(Post, required=True)


class MemberChange(Schema):
    """Granted (`active`) or refused, ended or given up (`ended`)."""

    state = Choice((MembershipState.ACTIVE, MembershipState.ENDED), required=True)


class MembershipOut(Identified):
    """A post, asked for or held."""

    organisation_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    post = Choice(Post)
    state = Choice(MembershipState)
    requested_at = Instant()
    decided_at = Instant(allow_none=True)
    version = Integer()


class MemberOut(MembershipOut):
    """A post with the name of its person and enough of their number to recognise them."""

    name = String()
    contact = String()


@blp.pages(MEMBERS, DECIDERS, MemberOut)
def page(query: Facts, organisation_id: UUID) -> Rows:
    """Everybody's posts and requests, newest first, for those who decide."""
    found = memberships.page(**asking(), organisation_id=organisation_id, **query)
    return [_row(member) for member in found]


@blp.post(MEMBERS, SIGNED_IN, MembershipOut, takes=MemberIn)
def ask(body: Facts, organisation_id: UUID) -> Created:
    """Ask for a post."""
    asked = memberships.request(**acting(), organisation_id=organisation_id, **body)
    names = {"organisation_id": organisation_id, "membership_id": asked.id}
    return created(caching.versioned(asked), "members.one", **names)


@blp.get(MEMBER, SIGNED_IN, MembershipOut)
def one(organisation_id: UUID, membership_id: UUID) -> Membership:
    """A post of one's own, or of an organisation that one decides for."""
    membership = memberships.get(**asking(), membership_id=membership_id)
    if membership.organisation_id != organisation_id:
        raise NotFound(what="membership")
    return caching.versioned(membership)


@blp.patch(MEMBER, SIGNED_IN, MembershipOut, takes=MemberChange)
def move(body: Facts, organisation_id: UUID, membership_id: UUID) -> Membership:
    """Grant it, refuse it, end it, or give one's own up."""
    membership = one(organisation_id, membership_id)
    which: Facts = {"membership_id": membership_id, "version": caching.expect_match(membership)}
    to = MembershipState(body["state"])
    return caching.versioned(memberships.move(**acting(), **which, to=to))


def _row(member: Member) -> Facts:
    person = member.person
    contact = shown(person.phone or person.email or "")
    return columns_of(member.membership) | {"name": person.name, "contact": contact}
