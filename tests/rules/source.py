"""The program's own text, read once, for the rules to look at."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "payments", "catalog", "market", "translations", "migrations")
OTHERS_FOLDERS = {"__pycache__", "build", "data", "node_modules"}


@dataclass(frozen=True)
class Module:
    """One Python file: where it stands in the project, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        """The place of a node, as an editor opens it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """The Python files of the packages, of all of them unless some are named."""
    found = (
        path for package in packages or PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
    )
    return tuple(_module(path) for path in found if "__pycache__" not in path.parts)


def _module(path: Path) -> Module:
    text = path.read_text()
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def files(*suffixes: str, under: str = ".") -> Iterator[tuple[str, str]]:
    """Path and text of the project's files, without what tools and the running program leave."""
    folders = [ROOT / under]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir():
                if not _is_foreign(path):
                    folders.append(path)
            elif not suffixes or path.suffix in suffixes:
                try:
                    yield path.relative_to(ROOT).as_posix(), path.read_text()
                except UnicodeDecodeError:
                    continue  # pictures and fonts


def _is_foreign(folder: Path) -> bool:
    name = folder.name
    if folder.parent != ROOT and name in {"data", "build"}:
        return False
    hidden = name.startswith(".") and name != ".ci"
    return hidden or name in OTHERS_FOLDERS or name.endswith(".egg-info")


def calls(module: Module, *names: str) -> Iterator[ast.Call]:
    """Calls of methods or functions with one of the names, whatever they are called on."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node


def imports(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """The dotted names that the module imports: `from a import b` is `a.b`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def refuse(offenders: Iterable[str]) -> None:
    """Fail with every offender's name, one a line."""
    named = "\n".join(offenders)
    if named:
        pytest.fail(f"against the rule:\n{named}", pytrace=False)


def docstrings(tree: ast.Module) -> set[ast.Constant]:
    """The strings that explain rather than do."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
