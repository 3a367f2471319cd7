"""The server: granian with a few worker processes, each answering one request at a time.

One thread at a time is the fastest way to run Python (measured), but a phone on a slow network
sends a photo for minutes. So each worker has threads to wait in: a request is first received
whole, side by side with others, and then takes its turn.
"""

import gc
import multiprocessing
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from werkzeug.exceptions import RequestTimeout

from api import logs, operations, protection
from market.config import Settings

WAITING_THREADS = 16
BACKLOG = 1024
STOP_SECONDS_MAX = 30
SLICE_BYTES = 4096  # the server's read waits until it has all that was asked for
MEMORY_BYTES_MAX = 1024 * 1024  # of one body; more goes to a temporary file
PATIENCE_SECONDS = 20.0
SLOWEST_BYTES_PER_SECOND = 1024  # an eighth of what the slowest phones of today manage


def run(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until stopped; requests that were begun are answered before the end."""
    from granian import Granian
    from granian.constants import Interfaces

    _require_port(host, port)
    _share_metrics(settings.data / "metrics")
    server = Granian(
        "api.app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=WAITING_THREADS,
        backlog=BACKLOG,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS_MAX,
        log_enabled=False,
    )
    try:
        server.serve(target_loader=partial(_application, settings), wrap_loader=False)
    except RuntimeError as error:  # the server's way to say that the port is taken
        raise OSError(str(error).partition("\n")[0]) from error


def in_turn(application: protection.Wsgi, *, bytes_max: int) -> protection.Wsgi:
    """The application, entered by one request at a time, each received whole before."""
    turn = threading.Lock()

    def run_one(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in operations.SAFE_METHODS:
            environ["wsgi.input"] = _received(environ["wsgi.input"], bytes_max)
        with turn:
            return application(environ, start_response)

    return run_one


class TooSlow:
    """A body that never came; whoever wants to read it answers 408."""

    def read(self, _size: int = -1) -> bytes:
        """Nothing to be had."""
        raise RequestTimeout

    readline = read


def _received(source: Any, bytes_max: int) -> IO[bytes] | TooSlow:
    """The body as far as it may be read (the application refuses one that is longer)."""
    kept: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115  read later
    started = time.monotonic()
    size = 0
    while size <= bytes_max and (part := source.read(SLICE_BYTES)):
        kept.write(part)
        size += len(part)
        allowed = PATIENCE_SECONDS + size / SLOWEST_BYTES_PER_SECOND
        if time.monotonic() - started > allowed:
            return TooSlow()
    kept.seek(0)
    return kept


def _require_port(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: the server itself would silently share it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def _share_metrics(parent: Path) -> None:
    """Let the workers' numbers meet in a folder of this server's own; those long gone are removed.

    The metrics library only listens to its environment variable. It is put into the environment
    of the processes to come, which are therefore started anew and not forked.
    """
    for old in parent.glob("*"):
        if not Path(f"/proc/{old.name}").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.putenv("PROMETHEUS_MULTIPROC_DIR", str(folder.resolve()))
    multiprocessing.set_start_method("spawn", force=True)


def _application(settings: Settings) -> protection.Wsgi:
    """The application of one worker process, with engines and numbers of its own."""
    from api.app import create_app

    logs.configure()
    application = in_turn(create_app(settings), bytes_max=settings.upload_bytes_max)
    gc.collect()
    gc.freeze()  # what was made at the start stays: no later collection looks at it again
    return application
