"""The resources of /v1, one file each."""

from flask_smorest import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
