"""Each package imports only what stands to its right, and one file reads the environment."""

import ast
import subprocess
import sys

from tests.rules.source import ROOT, calls, imports, modules, refuse

ENVIRONMENT = "market/config.py"


def test_no_import_goes_against_the_contracts():
    """In a process of its own, because the linter silences every logger that it finds."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"

    linted = subprocess.run(
        [sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert linted.returncode == 0, linted.stdout


def test_only_the_settings_read_the_environment():
    offenders = [
        module.at(node)
        for module in modules()
        if module.path != ENVIRONMENT
        for node in [
            *(n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and _is_environ(n)),
            *calls(module, "getenv"),
            *(n for n, name in imports(module) if name in {"os.environ", "os.getenv"}),
        ]
    ]

    refuse(offenders)


def _is_environ(node: ast.Attribute) -> bool:
    return node.attr in {"environ", "environb"} and getattr(node.value, "id", "") == "os"
