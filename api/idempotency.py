"""A write that is sent again is answered again, not done again (`Idempotency-Key`).

Phones that lost an answer may ask for it weeks later. The answer is stored with its effect, in
one transaction; refusals are not stored, so that trying again can succeed.
"""

import hashlib
import re
from typing import Any

import orjson
from flask import Response, g
from sqlalchemy.orm import Session

from api import errors, operations, requests
from api.requests import Request
from market import Actor, clock, idempotency

KEY_CHARACTERS_MAX = 255
KEPT_HEADERS = ("Content-Type", "Content-Language", "Location", "ETag")
REPLAYED = "Idempotency-Replayed"
# What a guest is known by; an answer is repeated only to who could have had it.
GUEST_HEADERS = ("Basket", "Order-Secret")


class BadKey(errors.Malformed, code="idempotency.key_malformed"):
    """The key is empty, too long, or given twice."""


class Replayed(Exception):
    """The request was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def never_stored(view: operations.View) -> operations.View:
    """Mark a view whose answers hold secrets and are never kept."""
    return operations.mark(view, "never_stored", True)


def recall(claim: idempotency.Request, session: Session) -> None:
    """Go on with the sole right to answer; raises Replayed, InFlight, KeyReused."""
    kept = idempotency.recall(session, claim)
    if kept is not None:
        raise Replayed(Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"}))


def keep(claim: idempotency.Request, session: Session, response: Response) -> None:
    """Store a success in the transaction of its effect."""
    status, given = response.status_code, response.headers
    if 200 <= status < 300:  # noqa: PLR2004
        headers = {name: given[name] for name in KEPT_HEADERS if name in given}
        answer = idempotency.Answer(status=status, headers=headers, body=response.get_data())
        idempotency.keep(session, claim, answer, now=clock.now())


def claim_of(request: Request, operation: operations.Operation) -> idempotency.Request | None:
    """What a keyed write of the API claims; None where there is no key or none counts."""
    header: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if header is None or not (operation.writes and operation.in_api):
        return None
    key = _key(header)
    if operation.never_stored or operation.own_transactions:
        return None
    return idempotency.Request(
        caller=_caller(request, g.actor),
        route=f"{request.method} {request.path}",
        key=key,
        body_hash=_body_hash(request, operation),
    )


def _key(header: str) -> str:
    """The key, bare or as a quoted string of RFC 8941."""
    if _BARE.fullmatch(header):
        return header
    quoted = _QUOTED.fullmatch(header)
    if quoted is None or not 1 <= len(quoted[1]) <= KEY_CHARACTERS_MAX:
        raise BadKey(max=KEY_CHARACTERS_MAX)
    return re.sub(r"\\(.)", r"\1", quoted[1])


def _caller(request: Request, actor: Actor) -> str:
    if actor.person_id is not None:
        return f"{actor.person_id} {actor.mandate_id or ''}"
    known_by = "\0".join(request.headers.get(name, "") for name in GUEST_HEADERS)
    return f"nobody {hashlib.sha256(known_by.encode()).hexdigest()}"


def _body_hash(request: Request, operation: operations.Operation) -> bytes:
    query = [pair for pair in requests.pairs_of(request) if pair[0] not in requests.EVERYWHERE]
    sent = request.get_data().hex() if operation.raw_body else _content(request)
    content = [sorted(query), sent]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def _content(request: Request) -> Any:
    """What is sent, however it was written: JSON by its values, a form by its parts."""
    if request.mimetype != requests.FORM:
        return request.strict_json
    parts = []
    for name, file in request.files.items(multi=True):
        stream: Any = file.stream
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        parts.append((name, file.filename, file.mimetype, digest))
    return [sorted(requests.form_of(request)), sorted(parts, key=repr)]


_BARE = re.compile(r"[!#-+\--~]{1,255}")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,510})"')
