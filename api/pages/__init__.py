"""The one front end: pages rendered here, phone first, complete without a script."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask, request

from api import errors
from api.pages import filters, frame

YEAR_SECONDS = 365 * 24 * 3600


class Pages(Blueprint):
    """The blueprint of the pages; a static file asked for by its version never changes."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """A year for the version that a page named; else it is asked for again."""
        known = filename and request.args.get("v") == filters.version_of(filename)
        return YEAR_SECONDS if known else None


def register(app: Flask) -> None:
    """Put the pages, their static files and their way to show a refusal on the application.

    The pages are the views of the modules beside this one.
    """
    blp = Pages(errors.PAGES, __name__, template_folder="templates", static_folder="static")
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    frame.views.register(blp)
    app.register_blueprint(blp)
    filters.prepare(app.jinja_env)
    errors.show_with(app, errors.PAGES, frame.error_page)
