"""Starting: from a fresh process to its first answer."""

import subprocess
import sys
import time
from statistics import median

from market.config import Settings
from tests.benchmarks.servers import environment

STARTS = 5
SCRIPT = """
from api.app import create_app
answer = create_app().test_client().get("/v1/listings?limit=20")
assert answer.status_code == 200, answer.text
print("answered", flush=True)
"""


def measure(settings: Settings) -> float:
    """Seconds, the median of a few starts."""
    return median(_seconds(settings) for _ in range(STARTS))


def _seconds(settings: Settings) -> float:
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment(settings), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        answered = process.stdout.readline()
        took = time.monotonic() - began
    if process.returncode or not answered:
        raise RuntimeError("the application did not start")
    return took
