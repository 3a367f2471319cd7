"""The two ways out, and what carries them: a gateway for SMS, SMTP for letters, a demo's file."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from market import clock
from market.config import ConfigError, Settings

TIMEOUT_SECONDS = 10
OUTBOX_FILE = "outbox.jsonl"
SHOWN_MAX = 200


class Undelivered(Exception):
    """The carrier did not take the message; trying again later may help."""


class Sms(Protocol):
    """Sends short messages; the same `key` twice is the same message."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Hand the text over for an E.164 number; raises Undelivered."""


class Email(Protocol):
    """Sends letters in plain text; the same `key` twice is the same letter."""

    def post(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand the letter over; raises Undelivered."""


def carriers(settings: Settings) -> dict[str, Any]:
    """The ports `sms` and `email` as the settings say; without a carrier, the demo's file.

    Raises ConfigError on a public address without one: nobody there reads a file.
    """
    demo = DemoOutbox(settings.data)
    missing = {"MARKET_SMS_URL": not settings.sms_url, "MARKET_SMTP_URL": not settings.smtp_url}
    problems = [f"{name} is required on a public address" for name, no in missing.items() if no]
    if problems and not settings.local:
        raise ConfigError(problems)
    return {
        "sms": HttpSms(settings.sms_url, settings.sms_token) if settings.sms_url else demo,
        "email": SmtpMail(settings.smtp_url, settings.mail_from) if settings.smtp_url else demo,
    }


class DemoOutbox:
    """Keeps what would have been sent in a file of the data folder, for a page of the demo."""

    def __init__(self, data: Path) -> None:
        self._path = data / OUTBOX_FILE

    def send(self, *, to: str, text: str, key: str) -> None:
        """As an SMS."""
        self._append({"channel": "sms", "to": to, "text": text, "key": key})

    def post(self, *, to: str, subject: str, text: str, key: str) -> None:
        """As a letter."""
        self._append({"channel": "email", "to": to, "subject": subject, "text": text, "key": key})

    def messages(self) -> list[dict[str, str]]:
        """The last messages, newest first."""
        if not self._path.exists():
            return []
        lines = self._path.read_bytes().splitlines()[-SHOWN_MAX:]
        return [orjson.loads(line) for line in reversed(lines)]

    def _append(self, message: dict[str, str]) -> None:
        line = orjson.dumps({"at": clock.now().isoformat()} | message) + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            file.write(line)  # one write to a file opened for appending is never torn apart


class HttpSms:
    """A gateway that takes `{"to", "text", "reference"}` as JSON with a bearer token."""

    def __init__(self, url: str, token: str) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ConfigError(["MARKET_SMS_URL must be http(s)://…"])
        self._url, self._token = url, token
        self._opener = build_opener(NoRedirect)

    def send(self, *, to: str, text: str, key: str) -> None:
        """Hand the text over; anything but a 2xx answer is Undelivered."""
        request = Request(  # noqa: S310  the scheme was checked above
            self._url,
            data=orjson.dumps({"to": to, "text": text, "reference": key}),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._token}",
                "Idempotency-Key": key,
            },
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                status = int(answer.status)
        except (URLError, OSError, ValueError) as error:
            # The reason alone: an address or a text must not end in a log.
            raise Undelivered(type(error).__name__) from None
        if status // 100 != HTTPStatus.OK // 100:
            raise Undelivered(str(status))


class SmtpMail:
    """A mail server at `smtp://user:password@host:port` or `smtps://…`; passwords only over TLS."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ConfigError(["MARKET_SMTP_URL must be smtp(s)://host"])
        self._server, self._sender = parts, sender

    def post(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand the letter over; whatever the server refuses is Undelivered."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._sender, to, subject
        letter["Message-ID"] = f"<{key}@{self._sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        try:
            with _connected(self._server) as connection:
                connection.send_message(letter)
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(type(error).__name__) from None


class NoRedirect(HTTPRedirectHandler):
    """For requests with a secret: an answer that points elsewhere is a refusal."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """The token and the code go where the settings say and nowhere else."""


@contextmanager
def _connected(server: SplitResult) -> Iterator[smtplib.SMTP]:
    host, context = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(
            host, server.port or 465, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        opened = smtplib.SMTP(host, server.port or 25, timeout=TIMEOUT_SECONDS)
    with opened as connection:
        connection.ehlo()
        if server.scheme == "smtp" and (server.username or connection.has_extn("starttls")):
            connection.starttls(context=context)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        yield connection
