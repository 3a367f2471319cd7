"""The ways out (SMS by a gateway, letters by SMTP, a demo's file), and the tasks that take them."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from http import HTTPStatus
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.error import URLError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

import orjson
from sqlalchemy import func, select, update

from market import clock, links
from market.accounts.destinations import Channel, channel_of
from market.accounts.models import Challenge, Person
from market.accounts.people import SignInCodeAsked, code_of
from market.config import ConfigError, Settings
from market.notifications.telling import LANGUAGE, Notice, NoticeMade
from market.worker import Context
from translations import text
from translations.folding import ascii_only

TIMEOUT_SECONDS = 10
OUTBOX_FILE = "outbox.jsonl"
SHOWN_MAX = 200
ANSWERED_BY_SMS = frozenset({"notice.order.placed", "notice.order.soon"})  # `payments.replying`
SUBJECT_MAX = 78  # RFC 5322 §2.1.1


class Undelivered(Exception):
    """The carrier did not take the message; trying again later may help."""


def carriers(settings: Settings) -> dict[str, Any]:
    """The ports `sms` (which can `send`) and `email` (`post`); without a carrier, the demo's file.

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
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        body = orjson.dumps({"to": to, "text": text, "reference": key})
        headers["Idempotency-Key"] = key
        request = Request(self._url, body, headers)  # noqa: S310  the scheme was checked above
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


def deliver(context: Context, event: NoticeMade) -> None:
    """Carry a notice to its reader's mailbox or else phone; a second run sends nothing."""
    with context.database.reading() as session:
        to = func.coalesce(Notice.destination, Person.email, Person.phone)
        asked = select(Notice, to).outerjoin_from(Notice, Person)
        found = session.execute(asked.where(Notice.id == event.notice_id)).one_or_none()
    notice, destination = found or (None, None)
    if notice is None or destination is None or notice.sent_at is not None:
        return
    languages = (notice.language, LANGUAGE)
    words = text(languages, notice.key, **notice.params)
    by_sms = channel_of(destination) is Channel.SMS and context.settings.sms_hook_secret
    if by_sms and notice.key in ANSWERED_BY_SMS:
        tail = str(notice.params["code"])[-4:]
        words += " " + text(languages, "notice.sms.how", tail=tail)
    path = notice.link and links.for_reader(context.settings.secret_key, notice.link)
    link = f"{context.settings.public_url.rstrip('/')}{path}" if path else ""
    _send(context, destination, words, link, notice.id)
    sent = update(Notice).where(Notice.id == event.notice_id).values(sent_at=context.now())
    with context.database.transaction() as session:
        session.execute(sent)


def send_code(context: Context, event: SignInCodeAsked) -> None:
    """Send the six digits of a challenge, unless it is too late to use them."""
    with context.database.reading() as session:
        challenge = session.get(Challenge, event.challenge_id)
    if challenge is None or challenge.used_at or challenge.expires_at <= context.now():
        return
    code = code_of(context.settings.secret_key, challenge.id, challenge.destination)
    words = text((challenge.language, LANGUAGE), "sign_in.message", code=code)
    _send(context, challenge.destination, words, "", challenge.id)


@contextmanager
def _connected(server: SplitResult) -> Iterator[smtplib.SMTP]:
    context, is_secure = ssl.create_default_context(), server.scheme == "smtps"
    connect: Any = partial(smtplib.SMTP_SSL, context=context) if is_secure else smtplib.SMTP
    # Without a port it is the usual one of the two.
    with connect(server.hostname or "", server.port or 0, timeout=TIMEOUT_SECONDS) as connection:
        connection.ehlo()
        if not is_secure and (server.username or connection.has_extn("starttls")):
            connection.starttls(context=context)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        yield connection


def _send(context: Context, destination: str, words: str, link: str, key: UUID) -> None:
    if channel_of(destination) is Channel.SMS:
        message = ascii_only(f"{words} {link}".strip())
        context.ports["sms"].send(to=destination, text=message, key=str(key))
        return
    subject = shorten(words, SUBJECT_MAX, placeholder="…")
    letter = f"{words}\n\n{link}\n" if link else f"{words}\n"
    context.ports["email"].post(to=destination, subject=subject, text=letter, key=str(key))
