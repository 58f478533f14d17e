"""Run by the Python of QGIS: load collections by its provider for OGC API - Features, say what came, and draw them.

Arguments: the picture to write, the address of the service, west, south, east, north, and the collections, the
lowest first.
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE = QSize(768, 512)


def told(layer: object, box: object) -> dict[str, object]:
    """Say what QGIS knows of a layer once it has read all of it."""
    inside = [feature["id"] for feature in layer.getFeatures(QgsFeatureRequest().setFilterRect(box))]
    features = list(layer.getFeatures())
    extent = layer.extent()
    return {
        "valid": layer.isValid(),
        "error": layer.error().message(),
        "provider": layer.dataProvider().name(),
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.geometryDisplayString(layer.geometryType()),
        "fields": layer.fields().names(),
        "count": layer.featureCount(),
        "ids": [feature["id"] for feature in features],
        "inside": inside,
        "without_place": [feature["id"] for feature in features if not feature.hasGeometry()],
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
    }


def symbol(layer: object) -> object:
    if layer.geometryType() == QgsWkbTypes.PointGeometry:
        return QgsMarkerSymbol.createSimple({"color": "#ff0000", "outline_style": "no", "size": "2"})
    return QgsFillSymbol.createSimple({"color": "#3070c0", "outline_color": "#000000", "outline_width": "0.3"})


def draw(layers: list[object], bounds: object, picture: str) -> list[str]:
    """Draw layers, the lowest first, and give what went wrong."""
    settings = QgsMapSettings()
    settings.setLayers(list(reversed(layers)))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    settings.setExtent(bounds)
    settings.setOutputSize(SIZE)
    settings.setBackgroundColor(QColor("#ffffff"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)
    return [error.message for error in job.errors()]


def main() -> None:
    picture, address, *rest = sys.argv[1:]
    bounds = QgsRectangle(*(float(one) for one in rest[:4]))
    application = QgsApplication([], False)  # noqa: FBT003 - as it is declared
    application.initQgis()
    layers = [
        QgsVectorLayer(f"url='{address}' typename='{name}' restrictToRequestBBOX='1'", name, "OAPIF")
        for name in rest[4:]
    ]
    found = {layer.name(): told(layer, bounds) for layer in layers}
    for layer in layers:
        layer.setRenderer(QgsSingleSymbolRenderer(symbol(layer)))
    errors = draw(layers, bounds, picture)
    sys.stdout.write("\n" + json.dumps({"layers": found, "errors": errors}))
    del layers, layer
    application.exitQgis()


main()
