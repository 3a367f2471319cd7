"""Calendars elsewhere that are looked into, and the links to ours for them."""

from api import fields, house
from api.v1.resources import SELLERS, UUID, Created, Facts, Resources, Rows, acting, asking, created
from catalog import booking_models, calendars
from market import columns_of, fetching

blp = Resources("channels", __name__, description="Calendars here and elsewhere (iCal).")

ONE = "/channels/<uuid:channel_id>"
FEED = "/resources/<uuid:resource_id>/feed"


class ChannelIn(fields.Schema):
    """The https link of a calendar in which a room type, a boat or a guide is booked too."""

    resource_id = fields.Identifier(required=True)
    name = fields.Text(most=60, required=True)
    url = fields.Text(most=fetching.URL_MAX, required=True)


class ChannelOut(fields.Identified, ChannelIn):
    """How many times ahead it takes, how many of them our orders have too, and how it went."""

    taken = fields.Integer()
    conflicts = fields.Integer()
    failed = fields.Choice(calendars.syncing.FAILURES, allow_none=True)
    synced_at = fields.Instant(allow_none=True)
    tried_at = fields.Instant(allow_none=True)
    created_at = fields.Instant()


class FeedOut(fields.Schema):
    """The secret link to what is taken here."""

    url = fields.Text(most=fetching.URL_MAX)


@blp.pages("/channels", SELLERS, ChannelOut)
def mine(query: Facts) -> Rows:
    """One's calendars elsewhere, newest first."""
    return [_shown(each) for each in calendars.mine(**asking(), **query)]


@blp.post("/channels", SELLERS, ChannelOut, takes=ChannelIn)
def add(body: Facts) -> Created:
    """Look into a calendar from now on."""
    return created(_shown(calendars.add(**acting(), **body)), "channels.mine")


@blp.delete(ONE, SELLERS)
def remove(channel_id: UUID) -> None:
    """Look into it no more; what it took is free again."""
    calendars.remove(**acting(), channel_id=channel_id)


@blp.post(f"{ONE}/sync", SELLERS, ChannelOut, status=202)
def sync(channel_id: UUID) -> Facts:
    """Have it looked at now; `tried_at` tells when that was done."""
    return _shown(calendars.ask_sync(**acting(), channel_id=channel_id))


@blp.get(FEED, SELLERS, FeedOut)
def feed(resource_id: UUID) -> Facts:
    """The link to give to others."""
    return {"url": house.feed_url(calendars.own(**asking(), resource_id=resource_id))}


@blp.post(FEED, SELLERS, FeedOut)
def renew(resource_id: UUID) -> Facts:
    """Another link; the one before opens nothing any more."""
    return {"url": house.feed_url(calendars.channels.renew(**acting(), resource_id=resource_id))}


def _shown(channel: booking_models.Channel) -> Facts:
    conflicts = sum(bool(each["orders"]) for each in channel.events.values())
    return {**columns_of(channel), "taken": len(channel.events), "conflicts": conflicts}
