"""The server: granian with a few worker processes of one thread each, and clean logs."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from api import health, logs
from market.config import Settings

BLOCKING_THREADS = 1  # a second thread would only wait for the first one's interpreter lock
BACKLOG = 1024
STOP_SECONDS_MAX = 30


def run(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until stopped; requests that were begun are answered before the end."""
    from granian import Granian
    from granian.constants import Interfaces

    folder = health.metrics_folder(settings.data)
    shutil.rmtree(folder, ignore_errors=True)  # numbers of processes that are gone
    folder.mkdir(parents=True)
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
        process_name="market",
    )
    server.serve(target_loader=partial(_worker, settings, folder), wrap_loader=False)


def _worker(settings: Settings, folder: Path) -> Any:
    """The application of one worker process, which has engines and numbers of its own."""
    from api.app import create_app

    logs.configure()
    health.meet_in(folder)
    return create_app(settings)
