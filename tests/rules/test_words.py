"""What a person reads comes from the translations, whichever language they read in."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment

from tests.rules.source import Module, docstrings, files, modules, refuse

VIETNAMESE = re.compile("[À-ÖØ-öø-ɏẠ-ỹ]")
WORD = re.compile(r"[^\W\d_]{2,}")
UNREADABLE = re.compile(r"""[\w-]+="[^"]*"|\S*\d\S*""")  # attributes made by macros; codes
PHRASE = re.compile(r"[A-Z][a-z]+ [a-z]+")  # how an English sentence or label begins
READ_ALOUD = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
UNREAD = {"script", "style"}

# The same in every language.
NAMES = {"VietQR", "PDF", "CSV", "QR", "JSON"}
# What macros of templates make keys of messages from.
PARTS_OF_KEYS = {"cut", "gathered", "landed", "picked"}

ENGLISH_TEMPLATES = {"api/templates/documentation.html": "the API's manual, for programmers"}
WITH_WORDS = {
    "api/simulation/": "the story's people speak",
    "catalog/categories.py": "a table of names in both languages",
    "market/geography/names.py": "the words of addresses, as people type them",
    "market/geography/resolving.py": "the words of addresses, as people type them",
    "payments/banks.py": "the banks' own names",
    "api/documentation.py": "the market's name, in the API's description",
    "api/commands.py": "the market's name, in the commands' help",
}


def test_templates_hold_no_words():
    refuse(
        f"{path}: {words}"
        for path, text in files(".html", under="api")
        if path not in ENGLISH_TEMPLATES
        for words in [*phrases(text), *page(text).words]
    )


def test_modules_hold_no_vietnamese():
    refuse(
        f"{module.at(text)} {text.value[:60]!r}"
        for module in modules("api", "catalog", "market", "migrations", "payments")
        if not module.path.startswith(tuple(WITH_WORDS))
        for text in strings(module)
        if any(VIETNAMESE.search(word) for word in WORD.findall(text.value))
    )


def test_scripts_hold_no_vietnamese():
    refuse(
        f"{path}:{number} {line.strip()[:80]}"
        for path, text in files(".js", under="api")
        for number, line in enumerate(text.splitlines(), 1)
        if VIETNAMESE.search(line.partition("//")[0])
    )


def strings(module: Module) -> Iterator[ast.Constant]:
    explaining = docstrings(module.tree)
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in explaining
        ):
            yield node


def phrases(template: str) -> Iterator[str]:
    """Words that stand in a template's own expressions."""
    for _, kind, token in Environment().lex(template):
        if kind == "string" and (VIETNAMESE.search(token) or PHRASE.search(token)):
            yield token


class Page(HTMLParser):
    """Collects what would be read or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        self._inside = [tag] if tag in UNREAD else []
        for name, value in attrs:
            if name in READ_ALOUD:
                self._read(value or "")

    def handle_endtag(self, tag):
        self._inside = []

    def handle_data(self, data):
        if not self._inside:
            self._read(data)

    def _read(self, text):
        words = WORD.findall(UNREADABLE.sub("", text))
        self.words += [word for word in words if word not in NAMES | PARTS_OF_KEYS]


def page(template: str) -> Page:
    read = Page()
    shown = {"variable_begin": "x_", "block_begin": " "}  # a tag or a text, but no word of its own
    tokens = Environment().lex(template)
    read.feed(
        "".join(token if kind == "data" else shown.get(kind, "") for _, kind, token in tokens)
    )
    return read
