"""The parts that a description in OpenAPI 3.0 is made of: operations, parameters, references, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
JSON = "application/json"
HTML = "text/html"

Document = dict[str, Any]

_HEADERS: Mapping[str, Any] = {
    "ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}},
    "Link": {"description": "The links of the document.", "schema": {"type": "string"}},
    "Content-Crs": {"description": "The system of the coordinates, of features.", "schema": {"type": "string"}},
}
_PAGE: Mapping[str, Any] = {HTML: {"schema": {"type": "string"}}}


def reference(kind: str, name: str) -> Document:
    """Refer to a shared part."""
    return {"$ref": f"#/components/{kind}/{name}"}


def get_document(
    operation: str,
    summary: str,
    schema: str,
    shared: Sequence[str],
    media_type: str,
    own: Sequence[Document] = (),
    *,
    answered: bool = False,
    tag: str | None = None,
) -> Document:
    """Describe a document that GET gives at one address, as JSON or as a page."""
    parameters = [*(reference("parameters", name) for name in (*shared, "f", "lang")), *own]
    content = {media_type: {"schema": reference("schemas", schema)}, **_PAGE}
    tag = tag or ("data" if "." in operation else "interface")
    return get_content(operation, summary, tag, content, parameters, answered=answered)


def get_content(
    operation: str,
    summary: str,
    tag: str,
    content: Mapping[str, Any],
    parameters: Sequence[Document],
    *,
    answered: bool = False,
) -> Document:
    """Describe what GET gives at one address; `answered` where that takes the answer to a question."""
    responses = {
        "200": {"description": summary, "headers": dict(_HEADERS), "content": dict(content)},
        "304": {"description": "What the client has is still true."},
        "400": reference("responses", "wrong"),
        "404": reference("responses", "missing"),
    }
    if answered:
        responses["503"] = reference("responses", "unanswerable")
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": [tag],
            "parameters": list(parameters),
            "responses": responses,
        }
    }


def problem(text: str) -> Document:
    """Describe an error, told as JSON or as a page."""
    return {"description": text, "content": {JSON: {"schema": reference("schemas", "exception")}, **_PAGE}}


def query_parameter(name: str, text: str, schema: Document, example: Any = None) -> Document:
    """Describe one parameter; a list is written with commas."""
    parameter = {"name": name, "in": "query", "description": text, "required": False, "schema": schema}
    if schema["type"] == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter if example is None else {**parameter, "example": example}


def path_parameter(name: str, text: str, schema: Document) -> Document:
    """Describe one part of an address."""
    return {"name": name, "in": "path", "description": text, "required": True, "schema": schema}
