"""The service over a troublesome city, and the schemas of the standards that answers are held to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from troublesome import SCHEMAS, write_troublesome_city

from geoservice.settings import Settings
from geoservice.web import create_app


@pytest.fixture(scope="session")
def troublesome_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = write_troublesome_city(tmp_path_factory.mktemp("contract") / "city")
    return create_app(Settings.from_env({}, layers=folder, max_limit=1000))


@pytest.fixture(scope="session")
def api(troublesome_app: Flask) -> FlaskClient:
    return troublesome_app.test_client(use_cookies=False)


@pytest.fixture(scope="session")
def conforms() -> Callable[[str, Any], None]:
    """Hold a document to one of the schemas, none of which refers to anything outside its folder."""
    contents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(content)) for name, content in contents.items()
    )

    def check(name: str, document: Any) -> None:
        Draft202012Validator(contents[name], registry=registry).validate(document)

    return check


Get = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def get(api: FlaskClient, conforms: Callable[[str, Any], None]) -> Get:
    """Get a document that must be well, and of a schema if one is named."""

    def get_(address: str, schema: str | None = None, **params: Any) -> dict[str, Any]:
        response = api.get(address, query_string=params or None)
        assert response.status_code == 200, response.get_data(as_text=True)
        document: dict[str, Any] = response.get_json(force=True)
        if schema is not None:
            conforms(schema, document)
        return document

    return get_


@pytest.fixture(scope="session")
def refused(api: FlaskClient, conforms: Callable[[str, Any], None]) -> Callable[..., str]:
    """Get what is told of a wrong request: a 400 with a document that names the parameter."""

    def refused_(address: str, parameter: str, **params: Any) -> str:
        response = api.get(address, query_string=params or None)
        assert response.status_code == 400, (params, response.status_code, response.get_data(as_text=True)[:300])
        conforms("exception.json", response.get_json())
        told: str = response.get_json()["description"]
        assert f"'{parameter}'" in told
        return told

    return refused_
