"""From what somebody wrote to the unit that is meant: ranked answers, never one silent guess.

A written address is kept letter by letter, with the names that its place has and had.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from market.geography import names
from market.geography.names import SAYS, WARD_LEVEL, Name, Said, Word, is_beyond, read
from market.geography.units import NEW_SINCE, OLD_UNTIL, Unit, unit
from translations.telex import undone

# A written address ends with its place, and longer texts are not addresses.
_TEXT_MAX = 300

# How much of the trust in a reading each doubt leaves.
_ACCENTS_LEFT_OUT, _ACCENTS_DIFFER = 0.95, 0.8
_RETYPED, _SLIP = 0.95, 0.75
_OLD, _SPLIT = 0.98, 0.5
_TYPE_LEFT_OUT, _TYPE_DIFFERS, _IS_LOCAL = 0.8, 0.4, 0.3
_COULD_BE_DISTRICT, _COULD_BE_PROVINCE = 0.5, 0.3
_AREA_LEFT_OUT, _AREA_DIFFERS = 0.9, 0.4
_ONE_OF_DISTRICT, _WHOLE_DISTRICT = 0.3, 0.9

# Below the first a person is asked; so also when the next answer is nearer than the second.
_SURE, _APART = 0.6, 0.15


class Candidate(NamedTuple):
    """One unit that may be meant, how likely (0 to 1), and by which name (`place.reason.*`)."""

    unit: Unit
    confidence: float
    reason: str
    former: str | None = None  # that name in full, if it is one of before 1 July 2025


class _Span(NamedTuple):
    start: int
    end: int
    key: str
    spelled: str
    said: Said | None
    trust: float = 1


class _Reading(NamedTuple):
    span: _Span
    name: Name
    type_trust: float
    trust: float


def resolve(text: str) -> list[Candidate]:
    """The units a written place may mean, best first; none when no name of ours is in it."""
    text = text[-_TEXT_MAX:]
    spans, readings = _understood(text)
    best: dict[str, Candidate] = {}
    for candidate in (*_by_name(readings), *_by_district(spans, readings)):
        known = best.get(candidate.unit.code)
        if known is None or known.confidence < candidate.confidence:
            best[candidate.unit.code] = candidate
    if names.is_beyond(names.read(text)):
        trust = _AREA_DIFFERS  # a ward of another province, most likely: never taken unasked
        best = {
            code: found._replace(confidence=round(found.confidence * trust, 3))
            for code, found in best.items()
        }
    return sorted(best.values(), key=lambda found: (-found.confidence, found.unit.code))


def ambiguous(candidates: Sequence[Candidate]) -> bool:
    """True when a person has to be asked which one; no answer at all is not ambiguous."""
    if not candidates:
        return False
    first, *others = candidates
    close = any(first.confidence - other.confidence < _APART for other in others)
    return close or first.confidence < _SURE


def _understood(text: str) -> tuple[list[_Span], list[_Reading]]:
    """As it is written; if that names no unit, with the keyboard put right; else with slips."""
    best: list[_Span] = []
    for spans in _ways_to_read(text):
        readings = list(_readings(spans))
        if readings:
            return spans, readings
        if not any(span.key in names.index().areas for span in best):
            best = spans
    return best, []


def _ways_to_read(text: str) -> Iterator[list[_Span]]:
    words = names.read(text)
    as_written = list(_spans(words))
    yield as_written
    yield [span._replace(trust=_RETYPED) for span in _spans(names.read(undone(text)))]
    yield [*as_written, *_slips(words)]


def _spans(words: list[Word]) -> Iterator[_Span]:
    """Every run of words that is a name."""
    known = names.index()
    for span in _runs(words):
        if span.key in known.names or span.key in known.areas or span.key in known.provinces:
            yield span


def _slips(words: list[Word]) -> Iterator[_Span]:
    """Every run of words that is a name but for one slip."""
    for span in _runs(words):
        for meant in names.near(span.key) if span.key not in SAYS else ():  # not Phú Long
            yield span._replace(key=meant, spelled=meant, trust=_SLIP)


def _runs(words: list[Word]) -> Iterator[_Span]:
    for start, first in enumerate(words):
        key = spelled = ""
        for end in range(start, min(start + names.NAME_WORDS_MAX, len(words))):
            if words[end].part != first.part:
                break
            key, spelled = key + words[end].plain, spelled + words[end].spelled
            yield _Span(start, end + 1, key, spelled, _said_before(words, start))


def _said_before(words: list[Word], start: int) -> Said | None:
    part = words[start].part
    before = [word.plain for word in words[max(0, start - 2) : start] if word.part == part]
    return SAYS.get("".join(before)) or SAYS.get(before[-1]) if before else None


def _readings(spans: list[_Span]) -> Iterator[_Reading]:
    """The spans as names of units, without those that another one explains."""
    known = names.index()
    found = [
        _weighed(span, name, spans)
        for span in spans
        if _may_name_unit(span, spans)
        for name in known.names.get(span.key, ())
    ]
    for reading in found:
        if not any(_explains(other, reading) for other in found):
            yield reading


def _may_name_unit(span: _Span, spans: list[_Span]) -> bool:
    """Not a district, nor the province after one, nor a number, nor the "Lạt" of "Đà Lạt"."""
    if span.key.isdigit():
        return span.said is Said.WARD  # the figure in "Xa4" is the mark of a keyboard
    if span.said is not None:
        return span.said in WARD_LEVEL or span.said is Said.LOCAL
    areas, provinces = names.index().areas.keys(), names.index().provinces
    others = [other for other in spans if other is not span]
    if any(_within(span, other) and other.key in areas | provinces for other in others):
        return False
    return span.key not in provinces or all(other.key in provinces for other in others)


def _weighed(span: _Span, name: Name, spans: list[_Span]) -> _Reading:
    type_trust = _type_trust(span, name)
    trust = span.trust * type_trust * _spelling_trust(span, name) * _area_trust(span, name, spans)
    if name.reason != "name":
        trust *= _SPLIT if name.reason == "split" else _OLD
    return _Reading(span, name, type_trust, trust)


def _type_trust(span: _Span, name: Name) -> float:
    if span.said is name.said:
        return 1
    if span.said is Said.LOCAL:
        return _IS_LOCAL
    if span.said is not None:
        return _TYPE_DIFFERS
    if span.key in names.index().provinces:
        return _COULD_BE_PROVINCE
    if len(names.index().areas.get(span.key, ())) > 1:
        return _COULD_BE_DISTRICT
    return _TYPE_LEFT_OUT


def _spelling_trust(span: _Span, name: Name) -> float:
    if span.spelled == name.spelled:
        return 1
    return _ACCENTS_LEFT_OUT if span.spelled == span.key else _ACCENTS_DIFFER


def _area_trust(span: _Span, name: Name, spans: list[_Span]) -> float:
    areas, provinces = names.index().areas, names.index().provinces - {"lamdong"}
    beside = [other for other in spans if not _within(span, other)]
    said = {other.key for other in beside if other.said in (None, Said.AREA)}
    trust = _AREA_LEFT_OUT
    if said & areas.keys():
        trust = 1 if said & name.areas else _AREA_DIFFERS
    if said & provinces and name.province not in said:
        trust *= _AREA_DIFFERS
    return trust


def _explains(other: _Reading, reading: _Reading) -> bool:
    """A longer name around it, or an earlier name whose district it is."""
    inner, outer = reading.span, other.span
    if (inner.start, inner.end) == (outer.start, outer.end):
        return False
    its_district = outer.end <= inner.start and inner.said is None and inner.key in other.name.areas
    return its_district or (_within(inner, outer) and other.type_trust >= reading.type_trust)


def _within(inner: _Span, outer: _Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _by_name(readings: list[_Reading]) -> Iterator[Candidate]:
    for reading in readings:
        reason = reading.name.reason
        if reason != "split" and reading.span.trust == _SLIP:
            reason += "_near"
        elif reason != "split" and reading.span.spelled != reading.name.spelled:
            reason += "_folded"
        trust = round(reading.trust, 3)
        yield Candidate(reading.name.unit, trust, reason, reading.name.former)


def _by_district(spans: list[_Span], readings: list[_Reading]) -> Iterator[Candidate]:
    """When nothing nearer than an old district is said: every unit made of it."""
    named = any(reading.span.trust > _SLIP for reading in readings)
    for span in spans:
        others = [  # neither the same name again, nor another way to read the same words
            it.trust
            for it in readings
            if it.span.key != span.key and (it.span.start, it.span.end) != (span.start, span.end)
        ]
        nearer = max(others, default=0) > _ONE_OF_DISTRICT
        if nearer or span.said is Said.LOCAL or (span.said in WARD_LEVEL and named):
            continue
        found = names.index().areas.get(span.key, ())
        for its_unit in found:
            trust = _WHOLE_DISTRICT if len(found) == 1 else _ONE_OF_DISTRICT
            former = names.index().districts.get(span.key)
            yield Candidate(its_unit, round(span.trust * trust, 3), "old_district", former)


# How much a reading must be trusted to be worth a word: a whole old district is, a street is not.
_WORTH_A_WORD = 0.3


def kept(line: str, unit_code: str, *, place: str | None = None) -> dict[str, Any]:
    """The address as it is kept with an order; `place` is the unit as the buyer wrote it.

    `forms` are its names by date, the old ward's or district's where that one is written;
    `elsewhere` are units written instead of this one: a question, nothing is changed.
    """
    here, written = unit(unit_code), f"{line}, {place}" if place else line
    address = {"unit_code": here.code, "unit_name": here.name, "line": line}
    if place and place != here.name:
        address["place"] = place
    other = [{"unit_code": one.code, "unit_name": one.name} for one in elsewhere(line, unit_code)]
    return {**address, "forms": _forms(here, written), "elsewhere": other}


def elsewhere(line: str, unit_code: str) -> list[Unit]:
    """The units that a line names where it names others and not this one."""
    found = _worth_a_word(line)
    named = [one.unit for one in found if one.confidence > found[0].confidence / 2]
    return [] if unit(unit_code) in named else named


def beyond(line: str) -> bool:
    """Whether a line tells of another province."""
    return is_beyond(read(line))


def _forms(here: Unit, written: str) -> list[dict[str, str]]:
    now = {"name": here.name, "valid_from": NEW_SINCE.isoformat()}
    former = next((one.former for one in _worth_a_word(written) if one.unit == here), None)
    return [now, {"name": former, "valid_until": OLD_UNTIL.isoformat()}] if former else [now]


@lru_cache(maxsize=256)  # quoted, ordered, and once more for each seller
def _worth_a_word(text: str) -> list[Candidate]:
    return [one for one in resolve(text) if one.confidence >= _WORTH_A_WORD]
