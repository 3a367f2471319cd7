"""Whether this process lives, whether it can serve, and how it has been doing."""

import hmac
from contextlib import suppress
from functools import cache

from flask import Blueprint, Response, current_app, make_response, request
from sqlalchemy.exc import SQLAlchemyError

from api import auth, context
from market.errors import Forbidden

SERIES = ("market_request_seconds", "Time to answer a request.", ("method", "route", "status"))
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

blp = Blueprint("health", __name__)


class Metrics:
    """Counts and durations of requests by route, method and status."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Histogram

        self.registry = CollectorRegistry()
        by_series = Histogram(*SERIES, buckets=SECONDS, registry=self.registry)
        self._series = cache(by_series.labels)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answered request."""
        self._series(method, route, str(status)).observe(seconds)

    def exposed(self) -> bytes:
        """The numbers of all workers in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        everywhere = CollectorRegistry()
        try:
            MultiProcessCollector(everywhere)  # type: ignore[no-untyped-call]
        except ValueError:  # one process only: nothing was told where to meet
            everywhere = self.registry
        return generate_latest(everywhere)


@blp.get("/healthz")
@auth.public
def alive() -> Response:
    """The process answers."""
    return Response('{"status":"alive"}', mimetype="application/json")


@blp.get("/readyz")
@auth.public
def ready() -> Response:
    """The database answers and stands at the revision that this program was written for."""
    import migrations  # alembic is only needed here, and takes a tenth of the start

    checks = {"database": "unreachable", "schema": "unknown"}
    with suppress(SQLAlchemyError):  # the answer says so
        at = migrations.current(context.database().read_engine)
        checks |= {"database": "ok", "schema": "ok" if at == migrations.head() else "other"}
    is_ready = set(checks.values()) == {"ok"}
    status = "ready" if is_ready else "not ready"
    return make_response({"status": status, "checks": checks}, 200 if is_ready else 503)


@blp.get("/metrics")
@auth.public
def metrics() -> Response:
    """Numbers for the operator: with the token of the settings, or all on this machine."""
    settings = context.settings()
    token = settings.metrics_token
    given = request.headers.get("Authorization", "")
    knows_token = token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    is_here = settings.local and context.client_address() in {"127.0.0.1", "::"}
    if not knows_token and not is_here:
        raise Forbidden
    numbers: Metrics = current_app.extensions["metrics"]
    return Response(numbers.exposed(), mimetype="text/plain; version=0.0.4")
