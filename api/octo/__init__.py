"""OCTO, the protocol of the world's resellers, as one more face of the same verbs (octo.travel)."""

from flask import Flask

from api import errors
from api.octo import bookings, openings, products, protocol


def register(app: Flask) -> None:
    """Put /octo on the application, and its own way to show a refusal."""
    app.register_blueprint(protocol.blp)
    errors.show_with(app, protocol.blp.name, protocol.refusal)
