"""The server: granian with a few worker processes of one thread each, and clean logs."""

import multiprocessing
import os
import shutil
from functools import partial
from pathlib import Path

from api import logs
from api.application import MarketFlask
from market.config import Settings

BLOCKING_THREADS = 1  # a second thread would only wait for the first one's interpreter lock
BACKLOG = 1024
STOP_SECONDS_MAX = 30


def run(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until stopped; requests that were begun are answered before the end."""
    from granian import Granian
    from granian.constants import Interfaces

    _share_metrics(settings.data / "metrics")
    server = Granian(
        "api.app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=BLOCKING_THREADS,
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


def _share_metrics(folder: Path) -> None:
    """Let the workers' numbers meet in a folder, emptied of processes that are gone.

    The metrics library only listens to its environment variable. It is put into the environment
    of the processes to come, which are therefore started anew and not forked.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.putenv("PROMETHEUS_MULTIPROC_DIR", str(folder.resolve()))
    multiprocessing.set_start_method("spawn", force=True)


def _application(settings: Settings) -> MarketFlask:
    """The application of one worker process, with engines and numbers of its own."""
    from api.app import create_app

    logs.configure()
    return create_app(settings)
