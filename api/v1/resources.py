"""What every resource is written with."""

import marshmallow as ma
from flask import Response, g, request, url_for
from flask.views import MethodView
from flask_smorest import Blueprint
from flask_smorest.fields import Upload

from api.auth import allowed, public
from api.context import acting, asking

__all__ = (
    "Blueprint", "MethodView", "Response", "Upload",
    "acting", "allowed", "asking", "g", "ma", "public", "request", "url_for",
)  # fmt: skip
