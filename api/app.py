"""The application, put together once from the settings."""

from collections import defaultdict
from collections.abc import Iterable

from flask import Blueprint

from api import application, documentation, errors, health, manual, protection, requests, v1
from api.octo import register as show_octo
from api.operations import operations_of
from api.pages import register as show_pages
from market import Database, config, files
from payments import rails

FORM_PARTS_MAX = 200


def create_app(
    settings: config.Settings | None = None,
    database: Database | None = None,
    resources: Iterable[Blueprint] | None = None,
) -> application.MarketFlask:
    """The WSGI application; raises ConfigError, or Unmarked naming views without roles.

    Without settings the environment's are read. Other `resources` may stand in the place of the
    shipped ones and their pages.
    """
    settings = settings or config.Settings.from_environ()
    database = database or Database(settings, plans_once=True)
    app = application.MarketFlask("api", static_folder=None)
    app.url_map.merge_slashes = False  # no answer is elsewhere; OCTO's clients follow nothing
    app.config.update(
        SETTINGS=settings,
        DATABASE=database,
        FILES=files.files_for(settings),
        GATEWAYS=rails.gateways_for(settings, database),
        MAX_FORM_MEMORY_SIZE=settings.body_bytes_max,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
    )
    app.settings, app.database = settings, database
    app.guard = protection.Guard(settings)
    app.metrics = app.extensions["metrics"] = health.Metrics()
    app.extensions["cards"] = defaultdict(dict)
    app.url_map.converters.update(bigint=requests.Number, int=requests.Number)
    errors.register(app)
    app.register_blueprint(health.blp)
    app.register_blueprint(manual.blp)
    documentation.register(app, v1.BLUEPRINTS if resources is None else resources)
    if resources is None:
        show_pages(app)
        show_octo(app)
    app.operations = operations_of(app)
    app.wsgi_app = protection.with_headers(app.wsgi_app, settings)  # type: ignore[assignment,method-assign]
    return app
