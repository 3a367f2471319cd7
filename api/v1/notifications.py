"""The inbox: what one was told, in the language that one reads."""

from typing import Any
from uuid import UUID

from api import context, paging
from api.fields import Instant, PageQuery, Schema, page_of
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, g, ma
from market import links, notifications
from market.accounts import Role
from market.db import columns_of
from market.notifications.models import Notice
from translations import text

blp = Blueprint("notifications", __name__, description="What one was told.")


class NoticeOut(Schema):
    """One notice; `link` is a page of the market."""

    id = ma.fields.UUID()
    text = ma.fields.String()
    link = ma.fields.String(allow_none=True)
    created_at = Instant()
    read_at = Instant(allow_none=True)


@blp.route("/notifications")
class Notices(MethodView):
    """One's notices."""

    @allowed(Role.BUYER)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(NoticeOut, "notices", name="NoticesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first."""
        found = notifications.inbox(**asking(), after=query["cursor"], limit=query["limit"])
        rows = [_shown(notice) for notice in found]
        return paging.answer(rows, query, "created_at", "id")


@blp.route("/notifications/<uuid:notice_id>/reading")
class Reading(MethodView):
    """Having read."""

    @allowed(Role.BUYER)
    @blp.response(201, NoticeOut)
    def post(self, notice_id: UUID) -> dict[str, Any]:
        """Say that one has read it."""
        return _shown(notifications.mark_read(**acting(), notice_id=notice_id))


def _shown(notice: Notice) -> dict[str, Any]:
    link = notice.link and links.for_reader(context.settings().secret_key, notice.link)
    words = text(g.languages, notice.key, **notice.params)
    return columns_of(notice) | {"link": link, "text": words}
