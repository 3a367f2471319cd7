"""The field where people write a place as they say it, and addresses as they are shown.

Of the field come `<name>_text` (what is written), `<name>` (the code that was chosen, if any) and
`<name>_for` (the text that it was chosen for); a code counts only for its own text.
"""

from collections.abc import Mapping
from itertools import groupby

from api.pages import cards
from api.pages.frame import Any, Facts, g, request, sentence
from market import FieldInvalid, MarketError, geography
from market.geography import Candidate, Unit
from translations import text

OPTIONS_MAX = 12


def chosen(given: Mapping[str, str], name: str, *, line: str = "") -> dict[str, str]:
    """The form with the code of the place that is meant, "" where nothing is written.

    Raises FieldInvalid where somebody has to say which one: no place or several can be meant, or
    the line of the address names another one and nobody was asked about that line yet.
    """
    code, found = _meant(given, name)
    if not code and given.get(f"{name}_text"):
        raise FieldInvalid(field=name, reason="place.several" if found else "place.none")
    if code and given.get(f"{name}_asked") != line:
        for other in geography.elsewhere(line, code):
            raise FieldInvalid(field=name, reason="place.elsewhere", place=other.name)
        if geography.beyond(line):
            raise FieldInvalid(field=name, reason="place.beyond")
    return {**given, name: code}


def asked(*names: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a page is asked for, with the places of these fields; and the places that are unsure."""
    given = {name: value.strip()[:200] for name, value in request.args.items()}
    errors: dict[str, str] = {}
    for name in names:
        try:
            given = chosen(given, name)
        except MarketError as refusal:
            errors[name] = sentence(refusal)
    return given, errors


def field_facts(values: Mapping[str, Any], name: str, line: str | None) -> Facts:
    """What the macro `commune` draws: the text, the places to choose from, and all if none fits."""
    code, found = _meant(values, name)
    here = [unit] if (unit := geography.known(code)) else []
    written = values.get(f"{name}_text", here[0].name if here else "")
    other = geography.elsewhere(line, code) if here and line else []
    options = {one.unit.code: _option(one.unit, one.former) for one in found}
    options |= {unit.code: _option(unit) for unit in (*here, *other) if unit.code not in options}
    return {
        "text": written,
        "chosen": code,
        "options": list(options.values())[:OPTIONS_MAX],
        "asked": line if other or geography.beyond(line or "") else None,
        "all": cards.communes() if written and not options else [],
    }


def read_out(address: Mapping[str, Any]) -> str:
    """A kept address as a person reads it, with the name of before where that was written.

    Of a point where goods are fetched also its own name and its hours.
    """
    place = f"{address['line']}, {address['unit_name']}"
    former = [form["name"] for form in address.get("forms", ()) if "valid_until" in form]
    if former:
        place = text(g.languages, "place.with_former", place=place, former=former[0])
    if point := address.get("pickup"):
        hours = open_hours(point["hours"])
        return text(g.languages, "delivery.at_point", name=point["name"], place=place, hours=hours)
    return place


def open_hours(hours: Mapping[str, Any]) -> str:
    """Hours by weekday in words; days one after the other with the same hours are said once."""
    days = enumerate(sorted(hours))
    runs = groupby(days, lambda at: (int(at[1]) - at[0], *hours[at[1]]))
    said = []
    for (_, opens, closes), its in runs:
        names = [text(g.languages, f"delivery.day.{day}") for _, day in its]
        ends = {"first": names[0], "last": names[-1]}
        named = text(g.languages, "delivery.days", **ends) if names[1:] else names[0]
        said.append(text(g.languages, "delivery.hours", days=named, opens=opens, closes=closes))
    return "; ".join(said)


def _meant(values: Mapping[str, Any], name: str) -> tuple[str, list[Candidate]]:
    """The code that was chosen or can only be meant, else ""; and all that the text may mean."""
    code, written = values.get(name) or "", values.get(f"{name}_text")
    if written is None or (code and written == values.get(f"{name}_for")):
        return code, []
    found = geography.resolve(written)
    unsure = not found or geography.ambiguous(found) or found[0].reason.endswith("_near")
    return "" if unsure else found[0].unit.code, found


def _option(unit: Unit, former: str | None = None) -> dict[str, str]:
    why = text(g.languages, "place.former", name=former) if former else ""
    return {"value": unit.code, "word": unit.name, "why": why}
