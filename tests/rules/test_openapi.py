"""The committed description of the API is the true one, and leaves nothing out."""

import json
import re

from api.documentation import openapi_document
from tests.rules.source import ROOT, refuse

COMMITTED = ROOT / "api" / "openapi.json"

# Below /v1 but no resources of ours.
UNDESCRIBED = {
    "GET /v1/openapi.json": "the description itself",
    "GET /v1/docs": "the same for people",
}


def test_the_committed_description_is_the_true_one(application):
    true = json.loads(openapi_document(application))
    committed = json.loads(COMMITTED.read_bytes())

    refuse(
        f"{part} {name} differs; after a review: make contract"
        for part in sorted(true | committed)
        for name in differing(true.get(part), committed.get(part))
    )


def test_every_operation_of_the_api_is_described(application):
    described = {
        f"{method.upper()} {path}"
        for path, operations in json.loads(openapi_document(application))["paths"].items()
        for method in operations
        if method != "parameters"
    }
    served = {
        f"{operation.method} {with_braces(operation.route)}"
        for operation in application.operations.values()
        if operation.in_api
    } - set(UNDESCRIBED)

    refuse(f"{operation} is served or described, not both" for operation in described ^ served)


def test_every_operation_has_a_summary(application):
    refuse(
        f"{method.upper()} {path}"
        for path, operations in json.loads(openapi_document(application))["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and not operation.get("summary")
    )


def differing(true, committed):
    """Which members of two parts are not the same."""
    if not (isinstance(true, dict) and isinstance(committed, dict)):
        return [] if true == committed else [""]
    return [name for name in sorted(true | committed) if true.get(name) != committed.get(name)]


def with_braces(route):
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", route)
