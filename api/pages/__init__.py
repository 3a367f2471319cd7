"""The one front end: pages rendered here, phone first, complete without a script."""

from flask import Blueprint, Flask, request

from api import errors
from api.pages import frame

YEAR_SECONDS = 365 * 24 * 3600


class Pages(Blueprint):
    """The blueprint of the pages; a static file asked for by its version never changes."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """A year for the version that a page named; else it is asked for again."""
        known = filename and request.args.get("v") == frame.version_of(filename)
        return YEAR_SECONDS if known else None


def register(app: Flask) -> None:
    """Put the pages, their static files and their way to show a refusal on the application."""
    blp = Pages(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    for view in _views():
        view.register(blp)
    app.register_blueprint(blp)
    frame.prepare(app.jinja_env)
    errors.show_pages_with(app, frame.error_page)


def _views() -> tuple[frame.Views, ...]:
    from api.pages import (
        account,
        buying,
        checking_out,
        desk,
        following,
        hosting,
        revising,
        searching,
        selling,
        shop,
        signing,
        till,
    )

    return (
        shop.views,
        searching.views,
        buying.views,
        checking_out.views,
        following.views,
        signing.views,
        selling.views,
        revising.views,
        hosting.views,
        desk.views,
        till.views,
        account.views,
    )
