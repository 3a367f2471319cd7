"""How much an organisation may keep: counted by the statement that takes it."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import MediaUse
from market import portable
from market.errors import Kind, MarketError

FILES_MAX = 2_000
BYTES_MAX = 500_000_000


class QuotaSpent(MarketError):
    """The seller keeps as much as there is room for; facts: `files_most`, `bytes_most`."""

    code, kind = "media.quota", Kind.CONFLICT


def take(session: Session, *, seller_id: UUID, files: int = 1, size_bytes: int) -> None:
    """Room for photos or recordings, or back with it (less than nothing); raises QuotaSpent."""
    portable.insert_new(session, MediaUse, organisation_id=seller_id, files=0, size_bytes=0)
    files_then, bytes_then = MediaUse.files + files, MediaUse.size_bytes + size_bytes
    taken = session.execute(
        update(MediaUse)
        .where(MediaUse.organisation_id == seller_id)
        .where(files_then.between(0, FILES_MAX), bytes_then.between(0, BYTES_MAX))
        .values(files=files_then, size_bytes=bytes_then)
        .returning(MediaUse.files)
    ).first()
    if taken is None and files > 0:
        raise QuotaSpent(files_most=FILES_MAX, bytes_most=BYTES_MAX)
