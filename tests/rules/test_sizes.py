"""Nothing grows beyond what can be read in one go, and the whole stays small."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import chain

import migrations
from tests.rules.source import ROOT, Module, files, modules, refuse

FUNCTION_LINES_MAX = 40  # signature and docstring included, decorators not
FILE_LINES_MAX = 300
PARAMETERS_MAX = 6
NESTING_MAX = 3
WHOLE_LINES_MAX = 30_000
TABLES_MAX = 80
DEPENDENCIES_MAX = 25

PASSED_BY_HABIT = {"self", "cls", "session", "actor", "now"}
DATA = ("migrations/versions/", "api/simulation/facts", "catalog/categories.py")
CODE = (".py", ".html", ".css", ".js")
COMMENT = re.compile(r"# .*|// .*|/\*[^*]*\*/|\{#[^#]*#\}")  # of one line

Function = ast.FunctionDef | ast.AsyncFunctionDef
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def measured() -> Iterator[Module]:
    """All modules but those that only hold data."""
    return (module for module in modules() if not module.path.startswith(DATA))


def functions() -> Iterator[tuple[str, Function]]:
    for module in measured():
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                yield f"{module.at(node)} {node.name}", node


def too_many(numbers: Iterator[tuple[str, int]], most: int) -> list[str]:
    return [f"{place}: {number} (at most {most})" for place, number in numbers if number > most]


def test_functions_are_short():
    lengths = ((place, each.end_lineno - each.lineno + 1) for place, each in functions())

    refuse(too_many(lengths, FUNCTION_LINES_MAX))


def test_files_are_short():
    lengths = ((module.path, len(module.text.splitlines())) for module in measured())

    refuse(too_many(lengths, FILE_LINES_MAX))


def test_functions_take_few_parameters():
    counts = ((place, parameters(each)) for place, each in functions())

    refuse(too_many(counts, PARAMETERS_MAX))


def test_blocks_are_not_nested_deep():
    depths = ((place, max(map(depth, each.body))) for place, each in functions())

    refuse(too_many(depths, NESTING_MAX))


def test_the_whole_is_small():
    lines = sum(
        code_lines(path, text)
        for path, text in files(*CODE)
        if not path.startswith(("tests/", *DATA))  # the ceilings are on code, not on its facts
    )

    assert lines <= WHOLE_LINES_MAX


def test_the_tables_are_few():
    assert len(migrations.metadata().tables) <= TABLES_MAX


def test_the_dependencies_are_few():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert len(project["dependencies"]) <= DEPENDENCIES_MAX


def code_lines(path: str, text: str) -> int:
    """The lines that do something: blank ones, docstrings and comments are for the reader."""
    lines = text.splitlines()
    told = told_lines(ast.parse(text)) if path.endswith(".py") else set()
    said = [line.strip() for number, line in enumerate(lines, 1) if number not in told]
    return len([line for line in said if line and not COMMENT.fullmatch(line)])


def told_lines(tree: ast.Module) -> set[int]:
    """The numbers of the lines of docstrings."""
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and node.body)
    first = (body[0] for body in bodies)
    strings = [
        it for it in first if isinstance(it, ast.Expr) and isinstance(it.value, ast.Constant)
    ]
    return {line for it in strings for line in range(it.lineno, (it.end_lineno or 0) + 1)}


def parameters(function: Function) -> int:
    """How many a caller has to think of."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return len([each for each in every if each and each.arg not in PASSED_BY_HABIT])


def depth(node: ast.AST) -> int:
    """How many blocks stand within each other; an `elif` is as deep as its `if`.

    A function inside a function starts anew: it is measured by itself.
    """
    if isinstance(node, Function | ast.ClassDef):
        return 0
    if not isinstance(node, BLOCKS):
        return max(map(depth, ast.iter_child_nodes(node)), default=0)
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        return max(depth(node.orelse[0]), 1 + max(map(depth, node.body)))
    below = chain.from_iterable(
        getattr(node, part, []) for part in ("body", "orelse", "finalbody", "handlers", "cases")
    )
    return 1 + max(map(depth, below), default=0)
