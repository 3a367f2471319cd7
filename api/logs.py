"""Logs as JSON lines that never hold a phone number, an address, a code or a secret."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from market import tables

ROOT = "market"
ACCESS = "market.access"
HIDDEN = "…"
SECRET_NAMES = ("authorization", "code", "cookie", "email", "password", "phone", "secret", "token")
_STANDARD = frozenset(vars(logging.makeLogRecord({})))


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log of the process through the one clean writer (to stderr by default)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    global _access  # noqa: PLW0603  one process, one log
    _access = handler.stream if level <= logging.INFO else None


class JsonLines(logging.Formatter):
    """A record as one line of JSON; the facts given as `extra` become members."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line[name] = _shown(name, value)
        if record.exc_info:
            line["trace"] = redacted(self.formatException(record.exc_info))
        return orjson.dumps(line, default=lambda value: redacted(str(value))).decode()


def access(**facts: Any) -> None:
    """Note an answered request; its facts hold no text of the caller's, so the way is short."""
    if _access is not None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": "info", "logger": ACCESS, "message": "request", **facts}
        _access.write(orjson.dumps(line).decode() + "\n")


def redacted(text: str) -> str:
    """The text without what names, reaches or authorises a person."""
    for pattern, left in _PATTERNS:
        text = pattern.sub(left, text)
    return text


def _shown(name: str, value: Any) -> Any:
    if any(secret in name.lower() for secret in SECRET_NAMES):
        return HIDDEN
    return redacted(value) if isinstance(value, str) else value


_access: TextIO | None = None
_FORMS = tables.facts("api", "redactions.csv")
_PATTERNS = [(re.compile(form["pattern"]), form["left"]) for form in _FORMS]
