"""The market over HTTP: strict requests in, one transaction each, plain answers out."""

from flask_smorest import Blueprint

from api.requests import StrictParser

# Set before any resource is defined, so that none can be read by the lenient parser.
Blueprint.ARGUMENTS_PARSER = StrictParser()
