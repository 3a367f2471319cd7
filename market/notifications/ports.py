"""The two ways out: a short message to a phone, a letter to a mailbox."""

from typing import Protocol


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
