"""The application, put together once from the settings."""

from collections import defaultdict
from collections.abc import Iterable

from flask import Blueprint

from api import documentation, errors, health, manual, pages, protection, requests, v1
from api.application import MarketFlask
from api.health import Metrics
from api.operations import operations_of
from market.config import Settings
from market.db import Database
from market.files import files_for
from payments import rails

FORM_PARTS_MAX = 200


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    resources: Iterable[Blueprint] | None = None,
) -> MarketFlask:
    """The WSGI application; raises ConfigError, or Unmarked naming views without roles.

    Without settings the environment's are read. Other `resources` may stand in the place of the
    shipped ones and their pages.
    """
    settings = settings or Settings.from_environ()
    database = database or Database(settings, plans_once=True)
    app = MarketFlask("api", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        DATABASE=database,
        FILES=files_for(settings),
        GATEWAYS=rails.gateways_for(settings, database),
        MAX_FORM_MEMORY_SIZE=settings.body_bytes_max,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
    )
    app.settings, app.database = settings, database
    app.guard = protection.Guard(settings)
    app.metrics = app.extensions["metrics"] = Metrics()
    app.extensions["cards"] = defaultdict(dict)
    app.url_map.converters.update(bigint=requests.Number, int=requests.Number)
    errors.register(app)
    app.register_blueprint(health.blp)
    app.register_blueprint(manual.blp)
    documentation.register(app, v1.BLUEPRINTS if resources is None else resources)
    if resources is None:
        pages.register(app)
    app.operations = operations_of(app)
    app.wsgi_app = protection.with_headers(app.wsgi_app, settings)  # type: ignore[assignment,method-assign]
    return app
