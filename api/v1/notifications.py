"""The inbox: what one was told, in the language that one reads."""

from api import context
from api.fields import Instant, Schema, page_of
from api.v1.resources import UUID, Facts, Resources, Rows, acting, asking, g, ma
from api.v1.roles import SIGNED_IN
from market import links, notifications
from market.db import columns_of
from market.notifications.telling import Notice
from translations import text

blp = Resources("notifications", __name__, description="What one was told.")


class NoticeOut(Schema):
    """One notice; `link` is a page of the market."""

    id = ma.fields.UUID()
    text = ma.fields.String()
    link = ma.fields.String(allow_none=True)
    created_at = Instant()
    read_at = Instant(allow_none=True)


NoticesOut = page_of(NoticeOut, "notices", name="NoticesOut", most=100)


@blp.pages("/notifications", SIGNED_IN, NoticesOut, key=("created_at", "id"))
def inbox(query: Facts) -> Rows:
    """The newest first."""
    return [_shown(notice) for notice in notifications.inbox(**asking(), **query)]


@blp.post("/notifications/<uuid:notice_id>/reading", SIGNED_IN, NoticeOut)
def mark_read(notice_id: UUID) -> Facts:
    """Say that one has read it."""
    return _shown(notifications.mark_read(**acting(), notice_id=notice_id))


def _shown(notice: Notice) -> Facts:
    link = notice.link and links.for_reader(context.settings().secret_key, notice.link)
    words = text(g.languages, notice.key, **notice.params)
    return columns_of(notice) | {"link": link, "text": words}
