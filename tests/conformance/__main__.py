"""OCTO's public schema against the demo: `make octo`, where npm answers.

The package of types of OCTO is fetched by npm into a folder that is thrown away. Its description
of the protocol is what schemathesis makes requests from; its validators are fed live answers.
Exempt is that every option has a start time, as the official validator of suppliers wants none of
opening hours; that nobody is refused with 400, which is 401 here; that ids made up by chance are
taken; and that a wrong method is 405 and told by Allow: what is not of OCTO is BAD_REQUEST here.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

PACKAGE = "@octocloud/types@2.0.4"
FETCH = ("npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit")
FETCH_SECONDS, DEMO_SECONDS, LOOK_SECONDS = 120, 300, 0.5
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CAPABILITIES = ("", "octo/pricing, octo/content")
NOT_HELD = "positive_data_acceptance,unsupported_method,allow_header_conformance"
EXAMPLES = ("--max-examples", "15", "--exclude-checks", NOT_HELD)


def main() -> int:
    with TemporaryDirectory(prefix="octo-") as name:
        folder = Path(name)
        if not fetched(folder):
            say(f"NOT RUN: npm does not answer, and {PACKAGE} is needed from it.")
            return 0
        with demo(folder) as (url, key):
            return max(
                *(fuzz(folder, url, key, each) for each in CAPABILITIES), feed(folder, url, key)
            )


def fetched(folder: Path) -> bool:
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    (folder / "package.json").write_text('{"private": true}')
    try:
        done = subprocess.run([*FETCH, PACKAGE], cwd=folder, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The demo of a fresh data folder, its address and a reseller's key, until it is left."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {"DATA": str(folder / "data"), "DATABASE_URL": "", "PUBLIC_URL": url, "DEMO": "1"}
    environment = os.environ | {f"MARKET_{name}": value for name, value in given.items()}
    market = [sys.executable, "-m", "api", "demo", "--port", str(port)]
    with (folder / "demo.log").open("wb") as log:
        said = {"stdout": log, "stderr": log}
        running = subprocess.Popen(market, cwd=ROOT, env=environment, **said)
    try:
        wait_for(f"{url}/readyz", running, folder / "demo.log")
        guide = json.loads((folder / "data" / "demo.json").read_text())
        yield f"{url}/octo", guide["keys"]["octo"]
    finally:
        running.terminate()
        running.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + DEMO_SECONDS
    while running.poll() is None and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            continue
    raise SystemExit(f"the demo did not come up:\n{log.read_text()[-2000:]}")


def fuzz(folder: Path, url: str, key: str, capabilities: str) -> int:
    """Requests made from the description, and all that it says of their answers."""
    text = (folder / "node_modules/@octocloud/types/src/openapi.yaml").read_text()
    said = yaml.safe_load(text)
    members = said["components"]["schemas"]["Option"]["properties"]
    del members["availabilityLocalStartTimes"]["minItems"]
    for operation in (each for path in said["paths"].values() for each in path.values()):
        operation["responses"]["401"] = {"description": "Nobody is asking."}
    (folder / "openapi.json").write_text(json.dumps(said))
    say(f"schemathesis with the capabilities {capabilities or 'none'!r}")
    command = [Path(sys.executable).with_name("schemathesis"), "run", "openapi.json", *EXAMPLES]
    headers = ["-H", f"Authorization: Bearer {key}", "-H", f"Octo-Capabilities: {capabilities}"]
    command += ["--url", url, *headers, "--no-color"]
    return subprocess.run(command, cwd=folder, check=False).returncode


def feed(folder: Path, url: str, key: str) -> int:
    """Live answers, in the validators of the package."""
    command = ["node", str(HERE / "feed.cjs"), str(folder), url, key]
    return subprocess.run(command, check=False).returncode


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
