"""For whom a seller works in this browser: a shop of their own, or one that gave them a mandate."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from api.pages.frame import UUID, asking, g, request
from market import accounts, cases, clock
from market.accounts import Actor, Role, Scope
from market.accounts.models import MandateState, Organisation, OrganisationKind
from market.errors import NotFound, existing

COOKIE = "shop"
KEEPERS = (Role.SELLER, Role.HOST, Role.AGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The shop one stands behind, who one is there, and the other shops one could change to."""

    shop: Organisation
    shops: tuple[Organisation, ...]
    actor: Actor

    @property
    def only(self) -> Actor:
        """The same actor, for this shop and no other of theirs."""
        return replace(self.actor, seller_ids=frozenset({self.shop.id}))


def here() -> Counter | None:
    """The counter chosen last, else the first there is; None for who sells for nobody."""
    shops = _shops()
    if not shops:
        return None
    chosen = request.cookies.get(COOKIE, "")
    shop = next((each for each in shops if str(each.id) == chosen), shops[0])
    is_own = shop.id in g.actor.seller_ids
    actor = g.actor if is_own else accounts.act_for(g.session, g.actor, shop.id, clock.now())
    return Counter(shop=shop, shops=shops, actor=actor)


def needed(scope: Scope | None = None) -> Counter:
    """The same; raises NotFound for who sells for nobody, OutOfScope for a mandate without it."""
    found = existing(here(), "organisation")
    if scope is not None:
        accounts.require_scope(found.actor, scope)
    return found


def require(shop_id: str) -> None:
    """Refuse a shop that the reader does not work for; raises NotFound."""
    if shop_id not in {str(shop.id) for shop in _shops()}:
        raise NotFound(what="organisation")


def _shops() -> tuple[Organisation, ...]:
    """One's own first, then those under a mandate, each in the order they were founded."""
    own = g.actor.seller_ids
    ids = own | _principals()
    if not ids:
        return ()
    found = g.session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(ids), Organisation.kind != OrganisationKind.COOPERATIVE)
        .order_by(Organisation.id)
    )
    return tuple(sorted(found, key=lambda shop: shop.id not in own))


def _principals() -> frozenset[UUID]:
    if not g.actor.has(Role.AGENT) or g.actor.mandate_id is not None:
        return frozenset()
    now = clock.now()
    return frozenset(
        mandate.organisation_id
        for mandate in cases.mandates(**asking(), limit=100)
        if mandate.agent_id == g.actor.person_id
        and mandate.state == MandateState.ACTIVE
        and mandate.expires_at > now
    )
