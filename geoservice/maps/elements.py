"""Our own folium elements: each declares data and leaves the behaviour to static/js/map.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template


class DataLayer(Layer):
    """Features on the map: `spec` holds the data or its address, the style, and what its popups show.

    `label` is HTML for the layer control and must be escaped by whoever makes it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = geoservice.dataLayer({{ this.spec|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self, element_id: str, label: str, spec: Mapping[str, Any], *, control: bool = True, show: bool
    ) -> None:
        super().__init__(name=label, overlay=True, control=control, show=show)
        self._name = "DataLayer"
        self._id = element_id
        self.spec = dict(spec)


class Furniture(MacroElement):
    """Legend, labels, permalink and messages: all that the map carries beside its layers."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            geoservice.furnish({{ this._parent.get_name() }}, [{{ this.layers|join(", ") }}], {{ this.spec|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, layers: Sequence[DataLayer], spec: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Furniture"
        self._id = "furniture"
        self.layers = [layer.get_name() for layer in layers]
        self.spec = dict(spec)
