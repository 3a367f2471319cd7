"""Who is asking, and what they may be: the one value that every verb and question receives."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from market.errors import Forbidden


class Role(StrEnum):
    """The roles of the API's contract; a person may have several at once."""

    NOBODY = "nobody"
    BUYER = "buyer"
    SELLER = "seller"
    HOST = "host"
    MEMBER = "member"
    AGENT = "agent"
    WEIGH_MASTER = "weigh-master"
    ACCOUNTANT = "accountant"
    MANAGER = "manager"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"
    RESELLER = "reseller"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The one who asks: a person on a device, perhaps acting for a farm under a mandate.

    `seller_ids` are the organisations they may sell for, `cooperative_ids` those whose books they
    may read, `managed_ids` the organisations they decide for. Under a mandate `seller_ids` is the
    one principal, and `mandate_id` and `scope` say on whose word.
    """

    person_id: UUID | None = None
    device_id: UUID | None = None
    roles: frozenset[Role] = frozenset({Role.NOBODY})
    seller_ids: frozenset[UUID] = frozenset()
    cooperative_ids: frozenset[UUID] = frozenset()
    managed_ids: frozenset[UUID] = frozenset()
    mandate_id: UUID | None = None
    scope: frozenset[str] = frozenset()
    language: str | None = field(default=None, compare=False)

    def has(self, *roles: Role) -> bool:
        """Whether any of the roles is theirs."""
        return not self.roles.isdisjoint(roles)

    def sells_for(self, scope: str) -> frozenset[UUID]:
        """The organisations they may sell for in one part of the work, as their mandate goes."""
        return self.seller_ids if self.mandate_id is None or scope in self.scope else frozenset()

    @property
    def oversees(self) -> bool:
        """Whether they look after the whole market."""
        return self.has(Role.MODERATOR, Role.ADMINISTRATOR)


def require_administrator(actor: Actor, what: str) -> None:
    """Refuse what only an administrator may; raises Forbidden."""
    if not actor.has(Role.ADMINISTRATOR):
        raise Forbidden(what=what)


NOBODY = Actor()
SYSTEM = Actor(roles=frozenset({Role.ADMINISTRATOR}))
