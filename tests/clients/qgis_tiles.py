"""Run by the Python of QGIS: draw vector tiles as its map canvas would, and say what was loaded.

Arguments: the picture to write, west, south, east, north in Web Mercator, kind=name=address of each layer.
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsRectangle,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE = QSize(768, 512)


def style(name: str, kind: int, symbol: object) -> object:
    found = QgsVectorTileBasicRendererStyle(name, "", kind)
    found.setSymbol(symbol)
    found.setEnabled(True)
    found.setMinZoomLevel(-1)
    found.setMaxZoomLevel(-1)
    return found


def fill(name: str) -> object:
    symbol = QgsFillSymbol.createSimple({"color": "#3070c0", "outline_color": "#000000", "outline_width": "0.3"})
    return style(name, QgsWkbTypes.PolygonGeometry, symbol)


def dots(name: str) -> object:
    """Draw points; this style would put a dot on every polygon too."""
    symbol = QgsMarkerSymbol.createSimple({"color": "#ff0000", "outline_style": "no", "size": "2"})
    return style(name, QgsWkbTypes.PointGeometry, symbol)


def main() -> None:
    picture, *rest = sys.argv[1:]
    bounds, addresses = [float(one) for one in rest[:4]], [one.split("=", 2) for one in rest[4:]]
    application = QgsApplication([], False)  # noqa: FBT003 - as it is declared
    application.initQgis()
    layers = []
    for kind, name, address in addresses:
        layer = QgsVectorTileLayer(f"type=xyz&url={address}&zmin=0&zmax=17", name)
        renderer = QgsVectorTileBasicRenderer()
        renderer.setStyles([dots(name) if kind == "dots" else fill(name)])
        layer.setRenderer(renderer)
        layers.append(layer)
    settings = QgsMapSettings()
    settings.setLayers(list(reversed(layers)))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*bounds))
    settings.setOutputSize(SIZE)
    settings.setBackgroundColor(QColor("#ffffff"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)
    told = {
        "valid": [layer.isValid() for layer in layers],
        "errors": [error.message for error in job.errors()],
    }
    sys.stdout.write(json.dumps(told))
    del job, settings, layers
    application.exitQgis()


main()
