"""The catalogues: every PO file of a language, read once, by key."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from translations.languages import REGISTRY

FOLDER = Path(__file__).parent / "locale"


class UnknownMessage(KeyError):
    """No language of the reader has the key."""


class Entry(NamedTuple):
    """One message of a PO file; `fuzzy` marks a translation that waits for a second look."""

    domain: str
    key: str
    text: str
    fuzzy: bool


@cache
def catalogue(tag: str) -> Mapping[str, str]:
    """The finished messages of a registered language, by key; empty for one without files."""
    if tag not in REGISTRY:
        # Also keeps a tag that came over the network from naming a folder.
        raise LookupError(f"no language {tag!r} in the registry")
    finished = (entry for entry in entries(tag) if entry.text and not entry.fuzzy)
    return {entry.key: entry.text for entry in finished}


def find(languages: tuple[str, ...], key: str) -> tuple[str, str]:
    """The message in the first language that has it, and that language's tag."""
    for tag in languages:
        found = catalogue(tag).get(key)
        if found is not None:
            return found, tag
    raise UnknownMessage(key)


def entries(tag: str, folder: Path = FOLDER) -> Iterator[Entry]:
    """Everything in the PO files of a language as it stands there; a malformed file is an error."""
    for path in files(tag, folder):
        with path.open("rb") as file:
            messages = read_po(file, domain=path.stem, abort_invalid=True)
        for message in messages:
            if message.id:
                yield Entry(path.stem, str(message.id), str(message.string), message.fuzzy)


def files(tag: str, folder: Path = FOLDER) -> list[Path]:
    """The PO files of a language, one a domain."""
    return sorted((folder / tag / "LC_MESSAGES").glob("*.po"))
