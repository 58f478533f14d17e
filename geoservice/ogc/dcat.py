"""The catalogue for portals that harvest, as JSON-LD: DCAT 3 as DCAT-AP 3 narrows it, with its context in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from geoservice.collections import Outline
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.geojson import DECIMALS
from geoservice.formats.geojson import MEDIA_TYPE as GEOJSON
from geoservice.i18n import LANGUAGES, Text
from geoservice.ogc.downloads import download_links
from geoservice.ogc.links import collection_address
from geoservice.tiles import MEDIA_TYPE as MVT
from geoservice.tiles.matrix_set import WEB_MERCATOR

MEDIA_TYPE = "application/ld+json"
PATH = "catalog.jsonld"
_IANA = "https://www.iana.org/assignments/media-types/"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = {"en": f"{_AUTHORITY}language/ENG", "zh": f"{_AUTHORITY}language/ZHO"}
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core"
_IRIS = (
    "dcat:accessService",
    "dcat:accessURL",
    "dcat:downloadURL",
    "dcat:endpointDescription",
    "dcat:endpointURL",
    "dcat:landingPage",
    "dcat:mediaType",
    "dcat:servesDataset",
    "dct:conformsTo",
    "dct:language",
    "dct:source",
    "foaf:homepage",
)
_DATES = ("dcat:startDate", "dcat:endDate", "dct:modified")

Node = dict[str, Any]


def catalog(base: str, region: Text, collections: Iterable[Outline]) -> Node:
    """Write the catalogue of all collections; layers come before what is derived from them."""
    described = list(collections)
    publisher = {"@id": f"{base}/#publisher", "@type": "foaf:Agent", "foaf:name": _texts(_service_title(region))}
    datasets = [{**_dataset(base, one), "dct:publisher": _publisher(one, publisher)} for one in described]
    return {
        "@context": _context(),
        "@id": f"{base}/#catalog",
        "@type": "dcat:Catalog",
        "dct:title": _texts(_service_title(region)),
        "dct:description": _texts(
            Text(
                en=f"Facilities and cameras of {region.en}, what they cover and what they leave out.",
                zh=f"{region.within('zh')}的設施及鏡頭、其覆蓋範圍及未覆蓋的地方。",
            )
        ),
        "dct:publisher": publisher,
        "dct:language": list(_LANGUAGES.values()),
        "foaf:homepage": f"{base}/",
        **_modified(one for node in datasets if (one := node.get("dct:modified"))),
        "dcat:service": _service(base, region, described),
        "dcat:dataset": datasets,
    }


def _context() -> Node:
    return {
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "locn": "http://www.w3.org/ns/locn#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        **{name: {"@type": "@id"} for name in _IRIS},
        **{name: {"@type": "xsd:date"} for name in _DATES},
    }


def _service_title(region: Text) -> Text:
    return Text(en=f"Coverage and gaps: {region.en}", zh=f"覆蓋與空隙：{region.within('zh')}")


def _service(base: str, region: Text, described: Iterable[Outline]) -> Node:
    return {
        "@id": f"{base}/#service",
        "@type": "dcat:DataService",
        "dct:title": _texts(_service_title(region)),
        "dcat:endpointURL": f"{base}/",
        "dcat:endpointDescription": f"{base}/api",
        "dct:conformsTo": [_FEATURES, _TILES],
        "dcat:servesDataset": [collection_address(base, one.id) for one in described],
    }


def _dataset(base: str, described: Outline) -> Node:
    about, address = described.about, collection_address(base, described.id)
    rests_on = about.get("rests_on", ())
    licences = _licences(about)
    return {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": described.id,
        "dct:title": _texts(described.title),
        "dct:description": _texts(described.description),
        "dcat:landingPage": f"{address}?f=html",
        **_modified([about["as_of"]] if "as_of" in about else [layer["as_of"] for layer in rests_on]),
        **({"dct:license": licences} if licences else {}),
        **({"dct:source": [collection_address(base, layer["layer"]) for layer in rests_on]} if rests_on else {}),
        **_provenance(about),
        **_place(described),
        **_period(described),
        "dcat:distribution": [*_files(address, licences), *_services(base, address, licences)],
    }


def _files(address: str, licences: list[Node]) -> list[Node]:
    return [
        {
            **_distribution(f"{address}#{suffix}", link["title"], link["type"], licences),
            "dcat:accessURL": link["href"],
            "dcat:downloadURL": link["href"],
        }
        for suffix, link in zip(DOWNLOADS, download_links(address, {}), strict=True)
    ]


def _services(base: str, address: str, licences: list[Node]) -> list[Node]:
    """Describe a collection's features and tiles, which are asked for in parts."""
    ways = (
        ("features", "OGC API - Features", GEOJSON, "items", _FEATURES),
        ("tiles", "OGC API - Tiles", MVT, f"tiles/{WEB_MERCATOR}/tilejson.json", _TILES),
    )
    return [
        {
            **_distribution(f"{address}#{name}", title, media_type, licences),
            "dcat:accessURL": f"{address}/{path}",
            "dcat:accessService": f"{base}/#service",
            "dct:conformsTo": standard,
        }
        for name, title, media_type, path, standard in ways
    ]


def _distribution(address: str, title: str, media_type: str, licences: list[Node]) -> Node:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": {"@value": title, "@language": "en"},
        "dcat:mediaType": f"{_IANA}{media_type.partition(';')[0]}",
        **({"dct:license": licences} if licences else {}),
    }


def _publisher(described: Outline, service: Node) -> Node:
    """Give who publishes a dataset: the source of a layer, this service for what it derives."""
    source = described.about.get("source")
    if source is None:
        return {"@id": service["@id"]}
    page = {"foaf:homepage": source["url"]} if source.get("url") else {}
    return {"@type": "foaf:Agent", "foaf:name": _texts(Text(**source["name"])), **page}


def _licences(about: Mapping[str, Any]) -> list[Node]:
    """Give the licences that a collection comes under, each once; one without an address is told by its name."""
    rows = [about, *about.get("rests_on", ())]
    named = {row["licence"]["name"]["en"]: row["licence"] for row in rows if "licence" in row}
    return [
        {
            **({"@id": licence["url"]} if licence.get("url") else {}),
            "@type": "dct:LicenseDocument",
            "dct:title": _texts(Text(**licence["name"])),
        }
        for licence in named.values()
    ]


def _provenance(about: Mapping[str, Any]) -> Node:
    if "assumption" not in about:
        return {}
    said = {"@type": "dct:ProvenanceStatement", "rdfs:label": _texts(Text(**about["assumption"]))}
    return {"dct:provenance": said}


def _place(described: Outline) -> Node:
    if described.extent is None:
        return {}
    box = shapely.to_wkt(shapely.box(*described.extent), rounding_precision=DECIMALS)
    literal = {"@type": "geo:wktLiteral", "@value": box}
    return {"dct:spatial": {"@type": "dct:Location", "dcat:bbox": literal}}


def _period(described: Outline) -> Node:
    days = zip(("dcat:startDate", "dcat:endDate"), described.interval, strict=True)
    known = {name: day.isoformat() for name, day in days if day is not None}
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", **known}} if known else {}


def _modified(days: Iterable[str]) -> Node:
    """Say when what is known was last brought up to date, from dates as ISO 8601 writes them."""
    latest = max(days, default=None)
    return {} if latest is None else {"dct:modified": latest}


def _texts(text: Text) -> list[Node]:
    return [
        {"@value": said, "@language": LANGUAGES[language].tag}
        for language in LANGUAGES
        if (said := text.en if language == "en" else text.zh) is not None
    ]
