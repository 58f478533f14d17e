"""The description of the interface is true: schemathesis makes requests from it, right and wrong, and checks them.

Values that no schema can describe (filters, boxes, moments, cursors) are made by rules of their own.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from geoservice.ogc.parameters import FIRST_DAY, LAST_DAY

LIMIT = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
FEW, MANY = 2, 12
_TESTED = (
    r"^/(conformance|api|collections)?$|^/(collections|tiles)/(things|nothing|posts-gaps)([/.].*)?$"
    r"|^/analyses|^/place$|^/areas/\{areaId\}$|^/tileMatrixSets|^/tiles(/\{tileMatrixSetId\}.*)?$"
)
_DERIVED_TOO = ("before_at", "at", "case", "pieces")


def _texts(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


schemathesis.openapi.format("cql2", _texts("id = 'b'", "NOT (id LIKE 'a%')", "S_INTERSECTS(geometry, BBOX(-1,-1,1,1))"))
schemathesis.openapi.format("ogc-datetime", _texts("2020-01-01", "2020-01-01T00:00:00Z/..", "../2021-01-01"))

schemathesis.openapi.format("date", st.dates(FIRST_DAY, LAST_DAY).map(str))


@pytest.fixture(scope="session")
def description(troublesome_app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api", troublesome_app).include(path_regex=_TESTED)


def sensible(case: Any) -> Any:
    """Put right what no schema can say: where a box lies, that a cursor comes from a link, how a filter is written."""
    if case.method == "POST":
        case.body = {"question": "posts"} | {name: case.body[name] for name in ("at", "case") if name in case.body}
    if case.query:
        if "bbox" in case.query:
            case.query["bbox"] = "-10,-10,10,10" if len(str(case.query["bbox"])) % 2 else "-10,-10,0,10,10,0"
        if case.query.pop("cursor", None) is not None:
            case.query["offset"] = 1
        if len(case.query) > 1:
            case.query.pop("pieces", None)  # whole zones have fewer properties than cells
        if case.path.startswith(("/tiles/{tileMatrixSetId}", "/tiles")) and "/tiles/" not in case.path.removeprefix(
            "/tiles"
        ):
            for name in _DERIVED_TOO:  # which there are depends on the collections
                case.query.pop(name, None)
        if case.path_parameters.get("fileSuffix") == "kml":
            case.query.pop("crs", None)  # KML knows one system alone
        if "filter" in case.query:
            case.query.pop("filter-lang", None)
    return case


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.soak)])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_every_operation_does_what_the_description_says(description: Any, mode: GenerationMode, examples: int) -> None:
    tested = 0
    for found in description.get_all_operations():
        operation = found.ok()
        case_of = operation.as_strategy(generation_mode=mode)
        if mode is GenerationMode.POSITIVE:
            case_of = case_of.map(sensible)

        @settings(LIMIT, max_examples=examples)
        @given(case=case_of)
        def answers(case: Any) -> None:
            case.call_and_validate(headers={"Accept-Encoding": "identity"})

        try:
            answers()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE
        tested += 1
    assert tested > 20


def test_every_reference_in_the_description_leads_somewhere(api: FlaskClient) -> None:
    document = api.get("/api").get_json(force=True)
    waiting, references = [document], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            references |= {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    assert references
    for reference in references:
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind]


def test_every_collection_and_every_parameter_that_it_has_is_described(api: FlaskClient) -> None:
    document = api.get("/api").get_json(force=True)
    shared = document["components"]["parameters"]
    for one in api.get("/collections").get_json()["collections"]:
        listed = document["paths"][f"/collections/{one['id']}/items"]["get"]["parameters"]
        names = {p["name"] if "name" in p else shared[p["$ref"].rpartition("/")[2]]["name"] for p in listed}
        told = api.get(f"/collections/{one['id']}/items?unheard=1").get_json()["description"]
        allowed = told.partition("parameters ")[2].removesuffix(".").split(", ")
        assert names == set(allowed)


def test_every_address_of_the_data_is_described(troublesome_app: Flask, api: FlaskClient) -> None:
    """Each described address is asked of the routes themselves; none that they know is left over."""
    document = api.get("/api").get_json(force=True)
    parts = {name: p["schema"] for name, p in document["components"]["parameters"].items() if p["in"] == "path"}
    values = {name: str(schema["enum"][0]) if "enum" in schema else "0" for name, schema in parts.items()}
    routes = troublesome_app.url_map.bind("localhost")
    described = {
        routes.match(re.sub(r"\{(\w+)\}", lambda part: values[part[1]], path), method=method.upper())[0]
        for path, operations in document["paths"].items()
        for method in operations
    }
    blueprints = ("features.", "tiles.", "downloads.", "interface.", "analyses.", "places.")
    known = {rule.endpoint for rule in troublesome_app.url_map.iter_rules() if rule.endpoint.startswith(blueprints)}
    assert len(known) > 15
    assert known - described == set()
