"""The resources of /v1, a file for what belongs together."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint

from api import media
from api.v1.resources import Resources
from market import tables

NAMES: list[str] = tables.words("api", "resources.json")  # in the order of the API's description
FILES = tuple(import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
_FOUND = {it.name: it for file in FILES for it in vars(file).values() if isinstance(it, Resources)}
BLUEPRINTS: tuple[Blueprint, ...] = (*(_FOUND[name] for name in NAMES), media.blp)
