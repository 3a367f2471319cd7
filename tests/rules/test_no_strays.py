"""Nothing lies about that belongs to one machine, to another tool or to later."""

import ast
import re
import socket
from collections.abc import Iterator

import pytest

from tests.rules.source import ROOT, Module, calls, files, modules, refuse

HERE = "tests/rules/test_no_strays.py"
OTHER_LOCKS = ("uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock", "pdm.lock", "package-lock.json")
INDEX = re.compile(r"--(extra-)?index-url|--find-links|https?://[\w.-]*pypi|/simple/")
OWN_MACHINE = re.compile(r"(?<![\w.$}-])/(work|root|home)/")
LATER = re.compile(r"\b(TODO|FIXME|HACK|NotImplementedError)\b")
LEFT_OUT = ("skip", "skipif", "xfail")
ERRORS = range(400, 600)


def lines(*suffixes: str, under: str = ".") -> Iterator[tuple[str, str]]:
    for path, text in files(*suffixes, under=under):
        if path != HERE:
            yield from (
                (f"{path}:{number}", line) for number, line in enumerate(text.splitlines(), 1)
            )


def found(pattern: re.Pattern[str], *suffixes: str) -> Iterator[str]:
    return (f"{at} {line.strip()[:90]}" for at, line in lines(*suffixes) if pattern.search(line))


def test_dependencies_are_locked_in_one_way():
    refuse(name for name in OTHER_LOCKS if (ROOT / name).exists())


def test_no_package_index_is_named():
    refuse(
        f"{at} {line.strip()[:90]}"
        for at, line in lines()
        if INDEX.search(line) and "--no-emit-index-url" not in line and ".md:" not in at
    )


def test_every_pinned_package_has_its_hashes():
    for name in ("requirements.lock", "requirements-dev.lock"):
        pins = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        refuse(f"{name}: {pin.split()[0]}" for pin in pins if "--hash=sha256:" not in pin)


def test_no_path_of_somebodys_machine_is_named():
    refuse(found(OWN_MACHINE))


def test_nothing_is_put_off():
    refuse(found(LATER, ".py", ".html", ".css", ".js", ".md", ".po", ".toml", ".mako"))


def test_no_test_is_left_out_without_a_reason():
    refuse(
        module.at(found)
        for module in modules("tests")
        for found in [
            *(call for call in calls(module, *LEFT_OUT, "importorskip") if not reasoned(call)),
            *bare_marks(module),
        ]
    )


def test_no_test_can_speak_with_another_machine():
    with (
        socket.socket() as unused,
        pytest.raises(RuntimeError, match=re.escape("speaks with 192.0.2.1")),
    ):
        unused.connect(("192.0.2.1", 9))


def test_refusals_are_raised_and_not_returned():
    """What is returned is committed; what is raised is undone."""
    refuse(
        module.at(node)
        for module in modules("api")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Return) and returns_error(node)
    )
    refuse(module.at(call) for module in modules("api") for call in calls(module, "abort"))


def reasoned(call: ast.Call) -> bool:
    named = ast.unparse(call.func)
    if any(each.arg == "reason" for each in call.keywords):
        return True
    return named.endswith(("pytest.skip", "pytest.xfail")) and bool(call.args)


def bare_marks(module: Module) -> Iterator[ast.AST]:
    """`@pytest.mark.skip` without even a call."""
    for node in ast.walk(module.tree):
        for mark in getattr(node, "decorator_list", []):
            if isinstance(mark, ast.Attribute) and mark.attr in LEFT_OUT:
                yield mark


def returns_error(node: ast.Return) -> bool:
    if not (isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1):
        return False
    status = node.value.elts[1]
    return isinstance(status, ast.Constant) and status.value in ERRORS
