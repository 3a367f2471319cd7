"""Who belongs where: posts in an organisation, and sellers in a cooperative for a fee agreed."""

from api import caching
from api.fields import Choice, Identified, Identifier, Instant, Integer, Schema, String
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, ma
from api.v1.roles import DECIDERS, SIGNED_IN, STAFF, Role
from market import columns_of, cooperatives, existing
from market.accounts import destinations, memberships, models

blp = Resources("members", __name__, description="Who does what in an organisation.")
joined = Resources("cooperative_members", __name__, description="Sellers in a cooperative.")

MEMBERS = "/organisations/<uuid:organisation_id>/members"
MEMBER = f"{MEMBERS}/<uuid:membership_id>"
SELLERS_IN = "/cooperatives/<uuid:cooperative_id>/members"
SELLER_IN = f"{SELLERS_IN}/<uuid:member_id>"
OWNERS = (Role.SELLER, Role.HOST)
READERS = (*OWNERS, Role.MANAGER, Role.ACCOUNTANT, Role.WEIGH_MASTER, *STAFF)


class MemberIn(Schema):
    """The post that one asks for."""

    post = Choice(models.Post, required=True)


class MemberChange(Schema):
    """Granted (`active`) or refused, ended or given up (`ended`)."""

    state = Choice((models.MembershipState.ACTIVE, models.MembershipState.ENDED), required=True)


class MembershipOut(Identified):
    """A post, asked for or held."""

    organisation_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    post = Choice(models.Post)
    state = Choice(models.MembershipState)
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
def one(organisation_id: UUID, membership_id: UUID) -> models.Membership:
    """A post of one's own, or of an organisation that one decides for."""
    found = memberships.get(**asking(), membership_id=membership_id)
    is_here = found.organisation_id == organisation_id
    return caching.versioned(existing(found if is_here else None, "membership"))


@blp.patch(MEMBER, SIGNED_IN, MembershipOut, takes=MemberChange)
def move(body: Facts, organisation_id: UUID, membership_id: UUID) -> models.Membership:
    """Grant it, refuse it, end it, or give one's own up."""
    membership = one(organisation_id, membership_id)
    which: Facts = {"membership_id": membership_id, "version": caching.expect_match(membership)}
    to = models.MembershipState(body["state"])
    return caching.versioned(memberships.move(**acting(), **which, to=to))


def _row(member: memberships.Member) -> Facts:
    person = member.person
    contact = destinations.shown(person.phone or person.email or "")
    return columns_of(member.membership) | {"name": person.name, "contact": contact}


class JoinIn(Schema):
    """Which of one's organisations asks, and the agreed fee in hundredths of a per cent."""

    organisation_id = Identifier(required=True)
    fee_basis_points = Integer(most=models.FEE_BASIS_POINTS_MAX, required=True)


class CooperativeMemberOut(Identified):
    """A seller's membership; it counts from `approved_at` until `ended_at`."""

    cooperative_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    fee_basis_points = Integer()
    requested_at = Instant()
    approved_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)


@joined.pages(SELLERS_IN, READERS, CooperativeMemberOut)
def sellers(query: Facts, cooperative_id: UUID) -> Rows:
    """Members and requests, newest first: all for its people, one's own for a seller."""
    return cooperatives.page(**asking(), cooperative_id=cooperative_id, **query)


@joined.post(SELLERS_IN, OWNERS, CooperativeMemberOut, takes=JoinIn)
def join(body: Facts, cooperative_id: UUID) -> Created:
    """Ask to join."""
    member = models.CooperativeMember(cooperative_id=cooperative_id, **body)
    return _answer(cooperatives.ask_to_join(**acting(), member=member))


@joined.get(SELLER_IN, READERS, CooperativeMemberOut)
def membership(cooperative_id: UUID, member_id: UUID) -> models.CooperativeMember:
    """The membership."""
    member = cooperatives.get(**asking(), member_id=member_id)
    return existing(member if member.cooperative_id == cooperative_id else None, "member")


@joined.delete(SELLER_IN, (*OWNERS, Role.MANAGER))
def leave(cooperative_id: UUID, member_id: UUID) -> None:
    """Leave, take the request back, or end it as the manager."""
    membership(cooperative_id, member_id)
    cooperatives.leave(**acting(), member_id=member_id)


@joined.post(f"{SELLER_IN}/approval", (Role.MANAGER,), CooperativeMemberOut)
def approve(cooperative_id: UUID, member_id: UUID) -> Created:
    """Take the seller in for the fee that was named."""
    membership(cooperative_id, member_id)
    return _answer(cooperatives.approve(**acting(), member_id=member_id))


def _answer(member: models.CooperativeMember) -> Created:
    names = {"cooperative_id": member.cooperative_id, "member_id": member.id}
    return created(member, "cooperative_members.membership", **names)
