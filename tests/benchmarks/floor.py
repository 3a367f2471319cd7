"""The floor: a bare Flask application with fixed bytes, served as the market itself is."""

import multiprocessing
import sys
from functools import partial

from flask import Flask, Response

from api import serving


def application(size: int) -> Flask:
    """One route and nothing around it."""
    body = b"x" * size
    app = Flask("floor", static_folder=None)

    @app.get("/")
    def page() -> Response:
        return Response(body, mimetype="application/json")

    return app


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces

    port, size = map(int, sys.argv[1:])
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "tests.benchmarks.floor",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=serving.WAITING_THREADS,
        backlog=serving.BACKLOG,
        websockets=False,
        log_enabled=False,
    )
    server.serve(target_loader=partial(_loaded, size), wrap_loader=False)


def _loaded(size: int) -> Flask:
    return application(size)


if __name__ == "__main__":
    main()
