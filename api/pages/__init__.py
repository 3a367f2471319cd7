"""The one front end: pages rendered here, phone first, complete without a script."""

from flask import Blueprint, Flask

from api import errors
from api.pages import frame


def register(app: Flask) -> None:
    """Put the pages, their static files and their way to show a refusal on the application."""
    blp = Blueprint(
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
        hosting,
        revising,
        selling,
        shop,
        signing,
    )

    return (
        shop.views,
        buying.views,
        checking_out.views,
        signing.views,
        selling.views,
        revising.views,
        hosting.views,
        desk.views,
        account.views,
    )
