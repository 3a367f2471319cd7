"""Validators: exact ETags, revalidation of what is read, and versions of what is edited."""

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Any, TypeVar

from flask import Response, g, request
from werkzeug.http import parse_etags

from api.errors import Malformed
from market.errors import Kind, MarketError, Stale

TAG_BYTES = 16
TAG_CHARACTERS = 22  # of base64, without the padding
HEADER_CHARACTERS_MAX = 2_000
Shown = TypeVar("Shown", bound=Any)


class PreconditionMissing(MarketError, code="precondition_missing", kind=Kind.PRECONDITION_MISSING):
    """An edit must say which version it edits (`If-Match`)."""


class BadPrecondition(Malformed, code="precondition.malformed"):
    """`If-Match` holds no list of entity tags."""


def versioned(shown: Shown) -> Shown:
    """The editable thing that the present answer shows, whose version the answer then names."""
    g.version = shown.version
    return shown


def expected_version() -> int | None:
    """The version that the caller wants to edit, None for any (`*`).

    Pass it to the verb, which guards its UPDATE with it. Raises PreconditionMissing,
    BadPrecondition, and Stale for a tag that was never one of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionMissing
    if header.strip() == "*":
        return None
    if len(header) > HEADER_CHARACTERS_MAX or not _TAGS.fullmatch(header):
        raise BadPrecondition
    ours = _OURS.fullmatch(header.strip())
    if ours is None:  # weak tags never match strongly, and several name no one version
        raise Stale
    return int(ours[1])


def expect_match(edited: Any) -> int:
    """The version of what is edited, if it is the one that the caller wants to edit.

    Raises what `expected_version` does, and Stale.
    """
    version: int = edited.version
    if expected_version() not in {None, version}:
        raise Stale(version=version)
    return version


def cache_for(seconds: int, *, shared: bool = False) -> None:
    """Let the present answer be used again for a while, by everybody's caches if `shared`."""
    g.cache_control = f"{'public' if shared else 'private'}, max-age={seconds}"


def tag(response: Response, *, version: int | None) -> None:
    """Give an answer its ETag: the version that it shows, if any, and the hash of its body."""
    if response.direct_passthrough or "ETag" in response.headers:
        return
    mark = hashlib.sha256(response.get_data()).digest()[:TAG_BYTES]
    exact = urlsafe_b64encode(mark)[:TAG_CHARACTERS].decode()
    tag = f'"{exact}"' if version is None else f'"v{version}-{exact}"'
    response.headers.add("ETag", tag)


def revalidate(response: Response, wanted: str) -> None:
    """Answer 304 without a body where the caller (`If-None-Match`) has this very answer."""
    ours, _ = response.get_etag()
    if ours is not None and parse_etags(wanted[:HEADER_CHARACTERS_MAX]).contains_weak(ours):
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
        response.headers.pop("Content-Length", None)


_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_TAGS = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")
_OURS = re.compile(r'"v([0-9]{1,16})(?:-[A-Za-z0-9_-]*)?"')
