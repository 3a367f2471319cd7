"""The label on a box: what it is, who grew it where, and the code that tells the rest.

A ticket looks the same: what it is for, who waits where and when, and the code that opens the gate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from api.pictures import sheet
from api.pictures.sheet import Code, Sheet, words
from market import ids, tables

WIDTH, HEIGHT = 105.0, 148.0  # A6, as sticker sheets and thermal printers have it
MARGIN = 8.0
INNER = WIDTH - 2 * MARGIN
PINE, INK, SOFT = "#14532d", "#18211c", "#56635b"
EMPTY = Path(__file__).with_name("label.svg").read_text()  # all that is the same on each label
LINE_HEIGHT = 1.28  # of the font size: room for the marks of Ế and ậ
CAPITAL_HEIGHT = 0.7
SLACK = 0.96  # a screen without the printed font shows some letters wider
SYMBOL_WIDTH = 46.0

# Points and lines at most, in the order in which they are tried.
Trials = Sequence[tuple[float, int]]
TRIALS: dict[str, Trials] = tables.words("api", "labels.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """What a label says, in the reader's words already; `lines` are the short ones by the QR.

    The QR holds the `url`, with what follows its `#` on a ticket.
    """

    code: str
    url: str
    title: str
    producer: str
    commune: str
    day: str
    weight: str
    lines: tuple[str, ...] = ()
    token: str = ""


def label_svg(facts: LabelFacts) -> bytes:
    """The label as an SVG image, for the screen."""
    return sheet.to_svg(_sheet(facts))


def label_pdf(*facts: LabelFacts) -> bytes:
    """The labels as a PDF, each a page of A6, for the printer."""
    return sheet.to_pdf(*map(_sheet, facts))


def _sheet(facts: LabelFacts) -> Sheet:
    marks = (EMPTY, *_sender(facts), *_product(facts), *_remarks(facts), *_code(facts))
    title = f"{facts.code} {facts.title}"
    scanned = f"{facts.url}#{facts.token}" if facts.token else facts.url
    left = MARGIN if facts.lines else (WIDTH - SYMBOL_WIDTH) / 2
    return Sheet(WIDTH, HEIGHT, title, marks, Code(scanned, (left, 69), SYMBOL_WIDTH))


def _sender(facts: LabelFacts) -> Iterator[str]:
    left, room = MARGIN + 17, INNER - 17
    name = _fitted(facts.producer, room, TRIALS["sender"], weight=800)
    place = _fitted(facts.commune, room, TRIALS["place"], weight=400)
    top = 12 - (name.height + place.height + 1) / 2
    yield from name.at(left, top, fill="#ffffff")
    yield from place.at(left, top + name.height + 1, fill="#d6e8dc")


def _product(facts: LabelFacts) -> Iterator[str]:
    title = _fitted(facts.title, INNER, TRIALS["title"], weight=800)
    yield from title.at(MARGIN, 37 - title.height / 2, fill=INK)
    half = (INNER - 4) / 2
    for number, text in enumerate((facts.day, facts.weight)):
        left = MARGIN + number * (half + 4)
        said = _fitted(text, half - 6, TRIALS["tile"], weight=600)
        yield from said.at(left + half / 2, 57 - said.height / 2, fill=PINE, centred=True)


def _remarks(facts: LabelFacts) -> Iterator[str]:
    beside = MARGIN + SYMBOL_WIDTH + 6
    top = 69.0
    for line in facts.lines:
        said = _fitted(line, WIDTH - MARGIN - beside, TRIALS["remark"], weight=400)
        if top + said.height > 69 + SYMBOL_WIDTH:
            return
        yield from said.at(beside, top, fill=INK)
        top += said.height + 2.4


def _code(facts: LabelFacts) -> Iterator[str]:
    printed = _fitted(ids.grouped(facts.code), INNER - 6, TRIALS["code"], weight=800)
    shown = facts.url.removeprefix(f"{urlsplit(facts.url).scheme}://")
    address = _fitted(shown, INNER, TRIALS["address"], weight=400)
    yield from printed.at(WIDTH / 2, 127.75 - printed.height / 2, fill="#ffffff", centred=True)
    yield from address.at(WIDTH / 2, 137.5, fill=SOFT, centred=True)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that fit where they were measured for."""

    lines: tuple[str, ...]
    size: float
    weight: int

    @property
    def height(self) -> float:
        return len(self.lines) * self._step

    @property
    def _step(self) -> float:
        return self.size * sheet.POINT_MM * LINE_HEIGHT

    def at(self, x: float, top: float, *, fill: str, centred: bool = False) -> Iterator[str]:
        """The lines below `top`, their letters in the middle of their lines."""
        baseline = top + self._step / 2 + self.size * sheet.POINT_MM * CAPITAL_HEIGHT / 2
        for number, line in enumerate(self.lines):
            place = (x, round(baseline + number * self._step, 2))
            yield words(line, place, size=self.size, weight=self.weight, fill=fill, centred=centred)


def _fitted(text: str, width: float, trials: Trials, *, weight: int) -> _Paragraph:
    """The text at the first trial into which it fits; else at the last, cut with an ellipsis."""
    lines: list[str] = []
    for size, lines_max in trials:
        lines = _wrapped(text, width, size, weight)
        if len(lines) <= lines_max and all(_fits(line, width, size, weight) for line in lines):
            return _Paragraph(tuple(lines), size, weight)
    size, lines_max = trials[-1]
    kept = [*lines[: lines_max - 1], " ".join(lines[lines_max - 1 :])]
    return _Paragraph(tuple(_cut(line, width, size, weight) for line in kept), size, weight)


def _wrapped(text: str, width: float, size: float, weight: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):  # a number and its unit hold together by a no-break space
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _fits(longer, width, size, weight):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fits(line: str, width: float, size: float, weight: int) -> bool:
    return sheet.width_of(line, size=size, weight=weight) <= width * SLACK


def _cut(line: str, width: float, size: float, weight: int) -> str:
    if _fits(line, width, size, weight):
        return line
    while line and not _fits(f"{line}…", width, size, weight):
        line = line[:-1].rstrip()
    return f"{line}…"
