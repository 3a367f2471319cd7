"""Photos of goods and visits: sent as a form, cleaned before any transaction begins."""

from typing import Any
from uuid import UUID

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from flask_smorest.fields import Upload
from werkzeug.datastructures import FileStorage

from api import context
from api.auth import allowed
from api.fields import Schema
from api.v1 import offer_rows
from api.v1.offer_shapes import PhotoOut
from catalog import media
from catalog.models import Experience, Listing, Photo
from market import clock
from market.accounts import Role

blp = Blueprint("photos", __name__, description="Photos of goods and visits.")

SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)


class PhotoIn(Schema):
    """One photo: JPEG, PNG or WebP."""

    photo = Upload(required=True)


def received(photo: FileStorage) -> media.CleanPhoto:
    """The photo of the form, cleaned; refused with a `photo.*` code."""
    return media.clean(photo.stream.read(), bytes_max=context.settings().upload_bytes_max)


@blp.route("/listings/<uuid:listing_id>/photos")
class ListingPhotos(MethodView):
    """The photos of goods."""

    @allowed(*SELLERS)
    @blp.arguments(PhotoIn, location="files")
    @blp.response(201, PhotoOut)
    def post(self, form: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Show one more photo, after the others."""
        return _attach(Listing, listing_id, form["photo"])


@blp.route("/listings/<uuid:listing_id>/photos/<uuid:photo_id>")
class ListingPhoto(MethodView):
    """One photo of goods."""

    @allowed(*SELLERS)
    @blp.response(204)
    def delete(self, listing_id: UUID, photo_id: UUID) -> None:
        """Show it no more."""
        _remove(Listing, listing_id, photo_id)


@blp.route("/experiences/<uuid:experience_id>/photos")
class ExperiencePhotos(MethodView):
    """The photos of a visit."""

    @allowed(*SELLERS)
    @blp.arguments(PhotoIn, location="files")
    @blp.response(201, PhotoOut)
    def post(self, form: dict[str, Any], experience_id: UUID) -> dict[str, Any]:
        """Show one more photo, after the others."""
        return _attach(Experience, experience_id, form["photo"])


@blp.route("/experiences/<uuid:experience_id>/photos/<uuid:photo_id>")
class ExperiencePhoto(MethodView):
    """One photo of a visit."""

    @allowed(*SELLERS)
    @blp.response(204)
    def delete(self, experience_id: UUID, photo_id: UUID) -> None:
        """Show it no more."""
        _remove(Experience, experience_id, photo_id)


def _attach(kind: type[Any], offer_id: UUID, photo: FileStorage) -> dict[str, Any]:
    clean = received(photo)
    row: Photo = media.attach(
        g.session,
        actor=g.actor,
        kind=kind,
        offer_id=offer_id,
        photo=clean,
        files=context.files(),
        now=clock.now(),
    )
    return offer_rows.photo(row.id, row.width, row.height)


def _remove(kind: type[Any], offer_id: UUID, photo_id: UUID) -> None:
    media.remove(
        g.session,
        actor=g.actor,
        kind=kind,
        offer_id=offer_id,
        photo_id=photo_id,
        now=clock.now(),
    )
