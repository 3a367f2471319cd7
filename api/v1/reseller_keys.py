"""Keys with which resellers' programs ask and book; what they may book, and when."""

from api.fields import Identified, Instant, Integer, Schema, Text, page_of
from api.idempotency import never_stored
from api.v1.resources import UUID, Facts, Resources, Role, acting, asking, g
from market.accounts import keys
from market.accounts.keys import HOLD_MINUTES_MAX, KEYS_MAX, NOTICE_MINUTES_MAX, WINDOW_DAYS_MAX
from market.db import columns_of

blp = Resources("reseller_keys", __name__, description="Keys of resellers (OCTO, at /octo).")

KEYS = "/organisations/<uuid:organisation_id>/keys"
BY = (Role.RESELLER, Role.ADMINISTRATOR)


class WindowIn(Schema):
    """What the key may book; only an administrator says it, else it is as of the last key."""

    notice_minutes = Integer(most=NOTICE_MINUTES_MAX)
    window_days = Integer(least=1, most=WINDOW_DAYS_MAX)
    hold_minutes = Integer(least=1, most=HOLD_MINUTES_MAX)


class KeyIn(WindowIn):
    """A name by which its people know it."""

    name = Text(most=80, required=True)


class KeyOut(Identified):
    """A key; its `secret` is shown when it is made, and never again."""

    name = Text(most=80)
    notice_minutes = Integer()
    window_days = Integer()
    hold_minutes = Integer()
    created_at = Instant()
    secret = Text(most=60)


KeysOut = page_of(KeyOut, "the keys that count", name="KeysOut", most=KEYS_MAX)


@blp.get(KEYS, BY, KeysOut)
def of_reseller(organisation_id: UUID) -> Facts:
    """The keys that count, the oldest first."""
    items = keys.of_reseller(**asking(), organisation_id=organisation_id)
    return {"items": items, "next": None}


@blp.post(KEYS, BY, KeyOut, takes=KeyIn)
@never_stored
def make(body: Facts, organisation_id: UUID) -> Facts:
    """Make one more; keep its secret, it is not shown again."""
    name, window = body.pop("name"), keys.Window(**body) if body else None
    its: Facts = {"organisation_id": organisation_id, "name": name, "window": window}
    key, secret = keys.make(**acting(), **its)
    g.session.flush()
    return columns_of(key) | {"secret": secret}


@blp.delete(f"{KEYS}/<uuid:key_id>", BY)
def revoke(organisation_id: UUID, key_id: UUID) -> None:
    """Let nobody speak with the key from now on."""
    keys.revoke(**acting(), organisation_id=organisation_id, key_id=key_id)
