from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Literal, URIRef
from shapely import from_wkt

from geoservice.formats.downloads import DOWNLOADS
from geoservice.settings import Settings
from geoservice.web import create_app

# rdflib's own reader of JSON-LD makes a graph that rdflib warns of.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

ADDRESS = "/catalog.jsonld"
ROOT = "http://localhost/"
IANA = "https://www.iana.org/assignments/media-types/"


def harvested(client: FlaskClient) -> Graph:
    """Read the catalogue as a portal does; what is in it is all that it needs."""
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.content_type == "application/ld+json"
    assert isinstance(answer.get_json(force=True)["@context"], dict)
    return Graph().parse(data=answer.get_data(as_text=True), format="json-ld")


@pytest.fixture(scope="module")
def city_client(city_app: Flask) -> FlaskClient:
    return city_app.test_client()


@pytest.fixture(scope="module")
def graph(city_client: FlaskClient) -> Graph:
    return harvested(city_client)


def listed(client: FlaskClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/collections").get_json()["collections"]
    return found


def test_every_collection_is_a_dataset_of_the_catalogue(graph: Graph, city_client: FlaskClient) -> None:
    (catalogue,) = graph.subjects(RDF.type, DCAT.Catalog)
    (service,) = graph.subjects(RDF.type, DCAT.DataService)
    expected = {URIRef(f"{ROOT}collections/{one['id']}") for one in listed(city_client)}
    assert expected
    assert set(graph.objects(catalogue, DCAT.dataset)) == expected
    assert set(graph.objects(service, DCAT.servesDataset)) == expected
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == expected


def test_what_dcat_ap_requires_is_there(graph: Graph) -> None:
    required = {
        DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset),
        DCAT.Dataset: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.distribution, DCTERMS.identifier),
        DCAT.Distribution: (DCAT.accessURL, DCAT.mediaType, DCTERMS.license),
        DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
        FOAF.Agent: (FOAF.name,),
    }
    for kind, names in required.items():
        nodes = set(graph.subjects(RDF.type, kind))
        assert nodes
        assert [(node, name) for node in nodes for name in names if (node, name, None) not in graph] == []


def test_titles_are_in_both_languages(hong_kong_app: Flask) -> None:
    graph = harvested(hong_kong_app.test_client())
    for kind in (DCAT.Catalog, DCAT.Dataset):
        for node in graph.subjects(RDF.type, kind):
            titles = list(graph.objects(node, DCTERMS.title))
            assert sorted(title.language for title in titles if isinstance(title, Literal)) == ["en", "zh-Hant"]


def test_every_address_in_a_distribution_answers_with_its_media_type(graph: Graph, city_client: FlaskClient) -> None:
    dataset = URIRef(f"{ROOT}collections/posts")
    distributions = set(graph.objects(dataset, DCAT.distribution))
    assert len(distributions) == len(DOWNLOADS) + 2
    for one in distributions:
        address, media_type = graph.value(one, DCAT.accessURL), graph.value(one, DCAT.mediaType)
        answer = city_client.get(str(address))
        assert answer.status_code == 200
        served = "application/json" if str(address).endswith("tilejson.json") else str(media_type).removeprefix(IANA)
        assert answer.mimetype == served
        assert answer.content_length or answer.get_data()


def test_extent_and_dates_are_those_of_the_collection(graph: Graph, city_client: FlaskClient) -> None:
    for one in listed(city_client):
        node = URIRef(f"{ROOT}collections/{one['id']}")
        place = graph.value(graph.value(node, DCTERMS.spatial), DCAT.bbox)
        assert from_wkt(str(place)).bounds == pytest.approx(one["extent"]["spatial"]["bbox"][0], abs=1e-6)  # type: ignore[index]
        modified = graph.value(node, DCTERMS.modified)
        assert isinstance(modified, Literal)
        assert modified.datatype == XSD.date
        assert isinstance(modified.toPython(), date)


def test_a_derived_collection_names_its_layers_and_what_is_assumed(graph: Graph, city_client: FlaskClient) -> None:
    derived = [one for one in listed(city_client) if "assumption" in one["about"]]  # type: ignore[operator]
    assert derived
    for one in derived:
        node = URIRef(f"{ROOT}collections/{one['id']}")
        layers = {str(source).rpartition("/")[2] for source in graph.objects(node, DCTERMS.source)}
        assert layers == {row["layer"] for row in one["about"]["rests_on"]}  # type: ignore[index]
        assert graph.value(node, DCTERMS.provenance) is not None


def test_the_catalogue_is_found_from_the_first_page(city_client: FlaskClient) -> None:
    links = city_client.get("/").get_json()["links"]
    assert [one["href"] for one in links if one["type"] == "application/ld+json"] == [f"{ROOT}catalog.jsonld"]
    page = city_client.get("/collections", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/catalog.jsonld" type="application/ld+json"' in page


def test_addresses_are_those_behind_a_proxy(city_folder: Path) -> None:
    app = create_app(Settings.from_env({}, layers=city_folder, trusted_proxies=1))
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.org", "X-Forwarded-Prefix": "/geo"}
    text = app.test_client().get(ADDRESS, headers=headers).get_data(as_text=True)
    assert '"https://example.org/geo/collections/posts"' in text
    assert "localhost" not in text


def test_the_catalogue_is_one_for_every_language_and_is_not_sent_twice(city_client: FlaskClient) -> None:
    first = city_client.get(ADDRESS, headers={"Accept-Language": "zh-HK"})
    assert "Accept-Language" not in first.vary
    again = city_client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert city_client.get(f"{ADDRESS}?x=1").status_code == 400


def test_links_to_files_keep_nothing_of_the_page_that_they_stand_on(city_client: FlaskClient) -> None:
    page = city_client.get("/collections/posts?f=json&lang=zh").get_json()
    files = [one["href"] for one in page["links"] if one["rel"] == "enclosure"]
    assert len(files) == len(DOWNLOADS)
    assert {city_client.head(address).status_code for address in files} == {200}
