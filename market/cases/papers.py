"""Papers with a case: photos and PDFs, kept away from the public and given out by the case only."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from market import audit
from market.accounts.actors import Actor
from market.cases import queries
from market.cases.deciding import AlreadyDecided
from market.cases.models import Case, CaseState
from market.errors import Kind, MarketError, NotFound
from market.files import Files

PAPERS_MAX = 10
# The first bytes tell what a file is; its name and what the sender calls it do not.
KINDS: Mapping[bytes, tuple[str, str]] = {
    b"%PDF-": ("pdf", "application/pdf"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
}


class NotAPaper(MarketError):
    """The file is neither PDF nor JPEG nor PNG."""

    code, kind = "paper.unsupported", Kind.UNSUPPORTED


class TooManyPapers(MarketError):
    """No more papers fit; facts: `most`."""

    code, kind = "paper.too_many", Kind.CONFLICT


def attach(
    session: Session, *, actor: Actor, case_id: UUID, content: bytes, files: Files, now: datetime
) -> Case:
    """Put one more paper to an open case; the very same paper again changes nothing."""
    ending = next((kind[0] for start, kind in KINDS.items() if content.startswith(start)), None)
    if ending is None:
        raise NotAPaper
    case = queries.get(session, actor=actor, case_id=case_id, lock=True)
    if case.state != CaseState.OPEN:
        raise AlreadyDecided(state=case.state)
    file = f"papers/{case.id}/{hashlib.sha256(content).hexdigest()}.{ending}"
    if any(paper["file"] == file for paper in case.documents):
        return case
    if len(case.documents) >= PAPERS_MAX:
        raise TooManyPapers(most=PAPERS_MAX)
    files.put(file, content)
    name = f"{len(case.documents) + 1}.{ending}"
    case.documents = [*case.documents, {"name": name, "file": file}]
    case.version += 1
    audit.note(session, actor=actor, verb="case.paper_added", subject_id=case.id, now=now)
    return case


def read(
    session: Session, *, actor: Actor, case_id: UUID, name: str, files: Files
) -> tuple[bytes, str]:
    """A paper's content and media type, for whoever may see its case."""
    case = queries.get(session, actor=actor, case_id=case_id)
    paper: dict[str, Any] = next((each for each in case.documents if each["name"] == name), {})
    if not paper:
        raise NotFound(what="paper")
    media_types = dict(KINDS.values())
    return files.get(paper["file"]), media_types[name.rpartition(".")[2]]
