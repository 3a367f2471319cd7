"""The tasks that carry words outside: notices, and sign-in codes that are worked out on the way."""

from textwrap import shorten
from uuid import UUID

from sqlalchemy import func, select, update

from market import links
from market.accounts.destinations import Channel, channel_of
from market.accounts.models import Challenge, Person
from market.accounts.signing_in import SignInCodeAsked, code_of
from market.notifications.models import Notice
from market.notifications.telling import LANGUAGE, NoticeMade
from market.worker import Context
from translations import text
from translations.folding import ascii_only

SUBJECT_MAX = 78  # RFC 5322 §2.1.1


def deliver(context: Context, event: NoticeMade) -> None:
    """Carry a notice to its reader's mailbox or else phone; a second run sends nothing."""
    with context.database.reading() as session:
        found = session.execute(
            select(Notice, func.coalesce(Notice.destination, Person.email, Person.phone))
            .outerjoin(Person, Person.id == Notice.person_id)
            .where(Notice.id == event.notice_id)
        ).one_or_none()
    notice, destination = found or (None, None)
    if notice is None or destination is None or notice.sent_at is not None:
        return
    words = text(_languages(notice.language), notice.key, **notice.params)
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
    words = text(_languages(challenge.language), "sign_in.message", code=code)
    _send(context, challenge.destination, words, "", challenge.id)


def _languages(language: str) -> tuple[str, ...]:
    return (language,) if language == LANGUAGE else (language, LANGUAGE)


def _send(context: Context, destination: str, words: str, link: str, key: UUID) -> None:
    if channel_of(destination) is Channel.SMS:
        message = ascii_only(f"{words} {link}".strip())
        context.ports["sms"].send(to=destination, text=message, key=str(key))
        return
    subject = shorten(words, SUBJECT_MAX, placeholder="…")
    letter = f"{words}\n\n{link}\n" if link else f"{words}\n"
    context.ports["email"].post(to=destination, subject=subject, text=letter, key=str(key))
