"""The description of the API: OpenAPI 3.1, from the routes, with what all of them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from narrowgate.gateway.observing.request_id import HEADER
from narrowgate.gateway.problems import problems
from narrowgate.model.problem import Problem

_METHODS = ("get", "put", "post", "delete", "patch")
_THEIRS = ("HTTPValidationError", "ValidationError")
TAGS = [
    {"name": "files", "description": "Exports, and what else is done with files and records."},
    {"name": "ledger", "description": "What left, to whom, and how that is proved."},
    {"name": "policies", "description": "What may leave."},
    {"name": "operation", "description": "How the gateway does."},
]
"""What calls are for. Each route bears one of these."""
_CERTIFICATE = {
    "type": "mutualTLS",
    "description": "A client's certificate, shown to the proxy before the gateway, where there is one.",
}
_CALL_ID = {"description": "Id of the call; one's own if it is a UUID.", "schema": {"type": "string", "format": "uuid"}}


class Application(FastAPI):
    """An application that describes itself as it answers."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            made = get_openapi(
                title=self.title,
                version=self.version,
                summary=self.summary,
                description=self.description,
                routes=self.routes,
                tags=self.openapi_tags,
            )
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            for name in _THEIRS:
                schemas.pop(name, None)
            schemas["Problem"] = Problem.model_json_schema()
            made["components"]["headers"] = {HEADER: _CALL_ID}
            made["components"].setdefault("securitySchemes", {})["certificate"] = _CERTIFICATE
            for operation in _operations(made):
                _complete(operation)
            self.openapi_schema = made
        return self.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _complete(operation: dict[str, Any]) -> None:
    """Tell of the problems that any route answers with, so that none has to name them."""
    told = operation["responses"]
    if _is_the_frameworks(told.get("422")):
        del told["422"]
    usual = [500]
    if "parameters" in operation or "requestBody" in operation:
        usual.append(400)
    if "security" in operation:
        operation["security"].append({"certificate": []})
        usual += [401, 403, 429, 503]
    for status, said in problems(*usual).items():
        told.setdefault(str(status), said)
    for said in told.values():
        said.setdefault("headers", {})[HEADER] = {"$ref": f"#/components/headers/{HEADER}"}
    operation["responses"] = dict(sorted(told.items()))


def _is_the_frameworks(said: dict[str, Any] | None) -> bool:
    """Whether an answer is FastAPI's for malformed calls; ours is a problem document."""
    schema = (said or {}).get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith("/HTTPValidationError")
