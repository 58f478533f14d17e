"""Our own folium elements: each declares data and leaves the behaviour to the modules in static/js/map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template

# Branca renders what a template gives as a template once more: braces that come from data must not look like one.
_ESCAPES = (
    ("{{", "{\\u007b"),
    ("{%", "{\\u0025"),
    ("{#", "{\\u0023"),
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)


def as_script(value: Mapping[str, Any]) -> str:
    """Write a value as JSON that is safe within a script, within HTML, and within a template rendered twice.

    In JSON two braces side by side, or a brace before % or #, stand only within strings, where escapes mean the same.
    """
    text = json.dumps(value, ensure_ascii=False)
    for found, written in _ESCAPES:
        text = text.replace(found, written)
    return text


def as_label(markup: str) -> str:
    """Write escaped HTML so that no brace in it can be taken for a template's."""
    return markup.replace("{", "&#123;")


class DataLayer(Layer):
    """Features on the map: `spec` holds the data or its address, the style, and what its popups show.

    `label` is HTML for the layer control and must be escaped by whoever makes it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = geoservice.dataLayer({{ this.spec_json }});
        {% endmacro %}
        """
    )

    def __init__(
        self, element_id: str, label: str, spec: Mapping[str, Any], *, control: bool = True, show: bool
    ) -> None:
        super().__init__(name=label, overlay=True, control=control, show=show)
        self._name = "DataLayer"
        self._id = element_id
        self.spec_json = as_script({"id": element_id, **spec})


class Furniture(MacroElement):
    """Legend, labels, permalink and messages: all that the map carries beside its layers."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            geoservice.furnish({{ this._parent.get_name() }}, [{{ this.layers|join(", ") }}], {{ this.spec_json }});
        {% endmacro %}
        """
    )

    def __init__(self, layers: Sequence[DataLayer], spec: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Furniture"
        self._id = "furniture"
        self.layers = [layer.get_name() for layer in layers]
        self.spec_json = as_script(spec)
