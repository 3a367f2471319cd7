"""Servers on this machine for the time of a measurement, and what `/proc` says of them."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

from market.config import Settings

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30
LOG_BYTES_SHOWN = 6_000
TICKS = os.sysconf("SC_CLK_TCK")
GENEROUS = 1_000_000_000  # the guard of haste is on and counts, but lets everything through


class Server:
    """A running server: one connection to it, and the costs of its processes."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid, self.port = pid, port
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS_MAX)

    def get(self, path: str) -> bytes:
        """The body of an answer over the kept connection; anything but 200 is an error."""
        self._line.request("GET", path, headers={"Accept-Language": "vi"})
        answer = self._line.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{answer.status} for {path}: {body[:200]!r}")
        return body

    def cpu_seconds(self) -> float:
        """User and system time of all its processes until now."""
        return sum(_cpu_seconds(pid) for pid in _tree(self._pid))

    def worker_pss_mib(self) -> float:
        """The proportional share of memory of the largest process, which is the one worker."""
        return max(_pss_kib(pid) for pid in _tree(self._pid)) / 1024

    def close(self) -> None:
        self._line.close()


@contextmanager
def market(settings: Settings, workers: int = 1) -> Iterator[Server]:
    """The whole market, all of its middleware on."""
    port = free_port()
    command = ["-m", "api", "serve", "--port", str(port), "--workers", str(workers)]
    with _running(command, port, "/healthz", environment(settings)) as server:
        yield server


@contextmanager
def floor(size: int) -> Iterator[Server]:
    """Bare Flask that answers with so many bytes."""
    port = free_port()
    command = ["-m", "tests.benchmarks.floor", str(port), str(size)]
    with _running(command, port, "/", dict(os.environ)) as server:
        yield server


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a server of its own process is told them."""
    return {
        **os.environ,
        "MARKET_DATA": str(settings.data),
        "MARKET_DATABASE_URL": settings.database_url,
        "MARKET_SECRET_KEY": settings.secret_key,
        "MARKET_DURABILITY": settings.durability,
        "MARKET_REQUESTS_PER_MINUTE": str(GENEROUS),
    }


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(
    arguments: list[str], port: int, probe: str, environ: dict[str, str]
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=log)
        try:
            server = _answering(process, port, probe)
            yield server
            server.close()
        except BaseException:
            log.seek(max(0, log.tell() - LOG_BYTES_SHOWN))
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[Any]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answering(process: "subprocess.Popen[Any]", port: int, probe: str) -> Server:
    deadline = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < deadline:
        server = Server(process.pid, port)
        try:
            server.get(probe)
        except OSError:
            server.close()
            time.sleep(0.05)
        else:
            return server
    raise RuntimeError(f"no answer from {process.args}")


def _tree(pid: int) -> list[int]:
    children = [
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text().split()
    ]
    return [pid, *(below for child in children for below in _tree(child))]


def _cpu_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / TICKS


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
