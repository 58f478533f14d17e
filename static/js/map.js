/* The behaviour of the map: layers from data, popups, legend, labels, permalink. Folium declares; this acts.
   Values from data only ever become text nodes, never markup. */
(function (root) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const SYMBOLS = {
    circle: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
    square: "M2.5 2.5h11v11h-11z",
    diamond: "M8 1 15 8 8 15 1 8z",
    triangle: "M8 1.5 15 14H1z",
    cross: "M6 1h4v5h5v4h-5v5H6v-5H1V6h5z",
  };
  const SAME_PLACE_PX = 24;
  const ZONE_ZOOM = 11.5;
  const LABELS_FROM_ZOOM = 10.5;
  const MARKERS_FULL_FROM_ZOOM = 11.5;
  const NARROW_PX = 1000;

  let language = "en";
  let words = {};

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined && text !== null) node.textContent = String(text);
    return node;
  }

  function number(value, digits) {
    return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  }

  /* Values as people read them: m² become km² or ha, metres become km, shares become percent. */
  function formatted(value, format) {
    if (value === null || value === undefined || value === "") return null;
    if (format === "share") {
      return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value);
    }
    if (format === "area") {
      return value >= 1e5 ? number(value / 1e6, 2) + " km²" : number(value, 0) + " m²";
    }
    if (format === "length") return value >= 1000 ? number(value / 1000, 1) + " km" : number(value, 0) + " m";
    if (format === "count") return typeof value === "number" ? number(value, 0) : String(value);
    if (format.startsWith("unit:") && typeof value === "number") return number(value, 1) + " " + format.slice(5);
    if (format.startsWith("unit:")) return String(value) + " " + format.slice(5);
    return String(value);
  }

  function title(feature, spec) {
    const p = feature.properties;
    const key = spec.titleKeys.find((name) => p[name]);
    const name = key ? p[key] : feature.id;
    return spec.titlePrefix ? spec.titlePrefix + ": " + name : String(name);
  }

  function facts(feature, spec) {
    const list = element("dl", "facts");
    for (const field of spec.fields) {
      const raw = feature.properties[field.key];
      const word = field.format === "word" && spec.words[field.key] ? spec.words[field.key][raw] : undefined;
      const text = word === undefined ? formatted(raw, field.format) : word;
      if (text === null) continue;
      list.append(element("dt", "", field.label), element("dd", "", text));
    }
    return list;
  }

  function card(feature, spec) {
    const box = element("section", "card");
    box.append(element("h3", "", title(feature, spec)));
    if (spec.illustrative) box.append(element("p", "made-up", words.illustrative));
    box.append(facts(feature, spec));
    if (spec.link) {
      const link = element("a", "", spec.link.label);
      link.href = spec.link.base + "#zone-" + encodeURIComponent(feature.id);
      box.append(link);
    }
    if (spec.footer) box.append(element("p", "footer", spec.footer));
    return box;
  }

  function classColour(value, classes) {
    if (value === null || value === undefined) return "#cccccc";
    const position = classes.breaks.filter((limit) => value >= limit).length;
    return classes.colours[position];
  }

  function symbol(spec) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SYMBOLS[spec.symbol] || SYMBOLS.circle);
    path.setAttribute("fill", spec.colour);
    path.setAttribute("stroke", "#ffffff");
    path.setAttribute("stroke-width", "1.5");
    svg.append(path);
    return svg;
  }

  function marker(feature, latlng, spec) {
    const icon = L.divIcon({ className: spec.illustrative ? "facility made-up-mark" : "facility", html: symbol(spec), iconSize: [20, 20] });
    const name = title(feature, spec);
    return L.marker(latlng, { icon: icon, title: name, alt: name, keyboard: true, riseOnHover: true });
  }

  /* Facilities that stand metres apart share one popup, so that none hides beneath another. */
  function markersAt(map, clicked) {
    const at = map.latLngToLayerPoint(clicked.getLatLng());
    const found = [clicked];
    map.eachLayer((layer) => {
      if (layer !== clicked && layer.gsFeature && map.latLngToLayerPoint(layer.getLatLng()).distanceTo(at) <= SAME_PLACE_PX) {
        found.push(layer);
      }
    });
    return found;
  }

  function openMarker(layer) {
    const map = layer._map;
    const together = markersAt(map, layer);
    const box = element("div", "cards");
    if (together.length > 1) box.append(element("p", "together", number(together.length, 0) + " " + words.here));
    together.forEach((one, position) => {
      if (together.length === 1) {
        box.append(card(one.gsFeature, one.gsSpec));
        return;
      }
      const details = element("details");
      details.open = position === 0;
      details.append(element("summary", "", title(one.gsFeature, one.gsSpec)), card(one.gsFeature, one.gsSpec));
      box.append(details);
    });
    open(map, layer.getLatLng(), box);
  }

  function open(map, latlng, content) {
    const size = map.getSize();
    const layers = map.getContainer().querySelector(".leaflet-control-layers");
    const wide = layers && size.x >= NARROW_PX;
    const legend = map.getContainer().querySelector(".legend");
    const right = wide ? layers.offsetWidth + 20 : 60;
    const left = wide && legend ? legend.offsetWidth + 20 : 60;
    const popup = L.popup({
      maxWidth: Math.min(340, size.x - 140),
      maxHeight: Math.max(120, size.y - 150),
      autoPanPaddingTopLeft: [left, 20],
      autoPanPaddingBottomRight: [right, 60],
    });
    const opener = document.activeElement;
    popup.setLatLng(latlng).setContent(content).openOn(map);
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) {
      close.setAttribute("aria-label", words.close);
      close.title = words.close;
    }
    popup.gsOpener = map.getContainer().contains(opener) ? opener : map.getContainer();
  }

  function style(feature, spec) {
    if (spec.kind === "zones") {
      return {
        fillColor: classColour(feature.properties[spec.classes.key], spec.classes),
        fillOpacity: 0.85, color: "#5a6570", weight: 1,
      };
    }
    if (spec.kind === "gaps") {
      const colour = classColour(feature.properties[spec.classes.key], spec.classes);
      return { fillColor: colour, fillOpacity: 0.7, color: colour, opacity: 0.7, weight: 0.5 };
    }
    return {
      fillColor: spec.colour, fillOpacity: 0.35, color: spec.colour, weight: 1.5,
      dashArray: spec.illustrative ? "4 4" : null,
    };
  }

  const PANES = { zones: 410, coverage: 420, gaps: 430, footprints: 440 };

  function addFeatures(layer, collection) {
    const spec = layer.gsSpec;
    layer.addData(collection);
    layer.fire("gs:data");
    return spec;
  }

  async function fetchPages(url, use, signal) {
    let next = url;
    while (next) {
      const response = await fetch(next, { headers: { Accept: "application/geo+json" }, signal: signal });
      const told = (response.headers.get("Content-Type") || "").includes("json");
      const body = told ? await response.json() : {};
      if (!response.ok || !told) throw new Error(body.description || words.noAnswer + " (" + response.status + ")");
      use(body);
      const link = (body.links || []).find((one) => one.rel === "next");
      next = link ? new URL(link.href, location.href).pathname + new URL(link.href, location.href).search : null;
    }
  }

  function dataLayer(spec) {
    const layer = L.geoJSON(null, {
      pane: PANES[spec.kind] ? "gs-" + spec.kind : "markerPane",
      style: (feature) => style(feature, spec),
      pointToLayer: (feature, latlng) =>
        feature.properties.count === undefined || !spec.clusters ? marker(feature, latlng, spec) : cluster(feature, latlng, spec),
      onEachFeature: (feature, one) => {
        one.gsSpec = spec;
        if (one.gsCluster) return;
        if (spec.kind === "points") {
          one.gsFeature = feature;
          one.on("click keypress", (event) => {
            if (event.type === "click" || event.originalEvent.key === "Enter") openMarker(one);
          });
        } else {
          one.on("click", (event) => open(one._map, event.latlng, card(feature, spec)));
        }
      },
    });
    layer.gsSpec = spec;
    layer.on("add", () => (spec.viewFromZoom === undefined ? load(layer) : followView(layer)));
    layer.on("remove", () => {
      if (layer.gsStop) layer.gsStop();
      told(layer._map, spec, "there");
    });
    return layer;
  }

  /* Many places far out are one mark with their number; a click or Enter goes nearer. */
  function cluster(feature, latlng, spec) {
    const count = feature.properties.count;
    const size = Math.round(26 + 6 * Math.log10(count));
    const text = element("span", spec.illustrative ? "cluster made-up-mark" : "cluster", number(count, 0));
    text.style.setProperty("--colour", spec.colour);
    text.style.lineHeight = size - 4 + "px";
    const icon = L.divIcon({ className: "cluster-hold", html: text, iconSize: [size, size] });
    const name = number(count, 0) + (spec.illustrative ? " (" + words.illustrative + ")" : "");
    const mark = L.marker(latlng, { icon: icon, title: name, alt: name, keyboard: true });
    mark.gsCluster = true;
    const nearer = () => {
      const map = mark._map;
      map.getContainer().focus({ preventScroll: true });
      map.setView(latlng, Math.min(map.getZoom() + 2, map.getMaxZoom()));
    };
    mark.on("click", nearer);
    mark.on("keypress", (event) => { if (event.originalEvent.key === "Enter") nearer(); });
    return mark;
  }

  /* A large layer is fetched for what is in view, again whenever the view has moved. */
  function followView(layer) {
    const map = layer._map;
    const spec = layer.gsSpec;
    let asked = null;
    const refresh = () => {
      if (asked) asked.abort();
      asked = new AbortController();
      const mine = asked;
      const near = map.getZoom() >= spec.viewFromZoom;
      hint(map, spec, near || spec.clusters ? "" : words.zoomInFor + " " + (spec.legend ? spec.legend.title : ""));
      if (!near && !spec.clusters) {
        layer.clearLayers();
        return;
      }
      const view = map.getBounds().pad(0.1);
      const box = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()].map((v) => v.toFixed(5)).join(",");
      const address = new URL(near ? spec.url : spec.clusters, location.href);
      address.searchParams.set("bbox", box);
      if (!near) address.searchParams.set("zoom", String(Math.floor(map.getZoom())));
      const fresh = [];
      fetchPages(address.href, (page) => fresh.push(page), mine.signal)
        .then(() => {
          layer.clearLayers();
          fresh.forEach((page) => addFeatures(layer, page));
          told(map, spec, "there");
        })
        .catch((error) => {
          if (error.name !== "AbortError") told(map, spec, "failed", error.message);
        });
    };
    map.on("moveend", refresh);
    layer.gsStop = () => {
      map.off("moveend", refresh);
      if (asked) asked.abort();
      hint(map, spec, "");
    };
    refresh();
  }

  /* What is only to be seen farther in says so. */
  function hint(map, spec, text) {
    map.gsHints = map.gsHints || new Map();
    if (text) map.gsHints.set(spec.kind, text);
    else map.gsHints.delete(spec.kind);
    if (!map.gsHint) return;
    map.gsHint.textContent = [...map.gsHints.values()].join(" ");
    map.gsHint.hidden = !map.gsHints.size;
  }

  /* Data comes when a layer is first shown; a failure is said on the map and tried again at the next showing. */
  function load(layer) {
    const spec = layer.gsSpec;
    if (layer.gsLoaded) return;
    layer.gsLoaded = true;
    if (spec.data) {
      addFeatures(layer, spec.data);
      return;
    }
    const map = layer._map;
    told(map, spec, "loading");
    fetchPages(spec.url, (page) => addFeatures(layer, page))
      .then(() => told(map, spec, "there"))
      .catch((error) => {
        layer.gsLoaded = false;
        layer.clearLayers();
        told(map, spec, map.hasLayer(layer) ? "failed" : "there", error.message);
      });
  }

  /* What is still to come, and what has failed, is said until it is there. */
  function told(map, spec, state, message) {
    map.gsStates = map.gsStates || new Map();
    if (state === "there") map.gsStates.delete(spec);
    else map.gsStates.set(spec, { state: state, message: message });
    showStatus(map);
  }

  function showStatus(map) {
    if (!map.gsStatus) return;
    const states = [...(map.gsStates || new Map()).values()];
    const failed = states.filter((one) => one.state === "failed").map((one) => words.failed + " " + one.message);
    const text = failed.length ? failed.join(" ") : states.length ? words.loading : "";
    map.gsStatus.textContent = text;
    map.gsStatus.hidden = !text;
  }

  function legendRow(colour, text) {
    const row = element("li");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "swatch");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const box = document.createElementNS(SVG, "rect");
    box.setAttribute("width", "16");
    box.setAttribute("height", "16");
    box.setAttribute("fill", colour);
    svg.append(box);
    row.append(svg, element("span", "", text));
    return row;
  }

  function legendOf(spec) {
    const part = element("section");
    part.append(element("h2", "", spec.legend.title));
    const list = element("ul");
    const legend = spec.legend;
    if (legend.colour) {
      list.append(legendRow(legend.colour, ""));
      part.firstChild.prepend(list.firstChild.firstChild);
      return part;
    }
    const text = (value) => legend.format === "figure" ? number(value, 2) : formatted(value, legend.format);
    legend.colours.forEach((colour, i) => {
      const low = legend.breaks[i - 1];
      const high = legend.breaks[i];
      const words_ =
        low === undefined && high === undefined ? ""
          : low === undefined ? words.below + " " + text(high)
          : high === undefined ? text(low) + " " + words.andMore
            : text(low) + " – " + text(high);
      list.append(legendRow(colour, words_));
    });
    if (legend.missing) list.append(legendRow(legend.missing.colour, legend.missing.text));
    part.append(list);
    return part;
  }

  function addLegend(map, layers, spec) {
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => {
      const box = element("details", "legend leaflet-bar");
      box.open = map.getSize().x > 600;
      const body = element("div", "legend-body");
      box.append(element("summary", "", words.legend), body);
      const draw = () => {
        body.replaceChildren(element("p", "reach", spec.reach));
        for (const layer of layers) {
          if (layer.gsSpec.legend && map.hasLayer(layer)) body.append(legendOf(layer.gsSpec));
        }
      };
      map.on("layeradd layerremove", (event) => { if (layers.includes(event.layer)) draw(); });
      draw();
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(map);
  }

  function addStatus(map) {
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      map.gsStatus = element("p", "map-status");
      map.gsStatus.setAttribute("role", "status");
      map.gsStatus.hidden = true;
      map.gsHint = element("p", "map-status");
      map.gsHint.hidden = true;
      const hold = element("div");
      hold.append(map.gsStatus, map.gsHint);
      return hold;
    };
    control.addTo(map);
    map.gsHint.textContent = [...(map.gsHints || new Map()).values()].join(" ");
    map.gsHint.hidden = !map.gsHint.textContent;
  }

  function addLabels(map, labels) {
    const group = L.layerGroup();
    for (const label of labels) {
      const text = element("span", "", label.text);
      const icon = L.divIcon({ className: "zone-label", html: text, iconSize: [0, 0] });
      L.marker([label.lat, label.lon], { icon: icon, interactive: false, keyboard: false, pane: "gs-labels" }).addTo(group);
    }
    const toggle = () => {
      map.getContainer().classList.toggle("gs-far", map.getZoom() < MARKERS_FULL_FROM_ZOOM);
      if (map.getZoom() >= LABELS_FROM_ZOOM) group.addTo(map);
      else group.remove();
      keepApart(group);
    };
    map.on("zoomend", toggle);
    toggle();
  }

  /* Where two names would lie on each other, the one that comes first (of the larger zone) is shown. */
  function keepApart(group) {
    const taken = [];
    group.eachLayer((label) => {
      const text = label.getElement() && label.getElement().firstChild;
      if (!text) return;
      text.hidden = false;
      const box = text.getBoundingClientRect();
      const hit = taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top);
      text.hidden = hit;
      if (!hit) taken.push(box);
    });
  }

  /* #zone=ID opens a zone, as the table links to it; #view=lat,lon,zoom restores a view. */
  function followHash(map, layers) {
    const hash = new URLSearchParams(location.hash.slice(1));
    const view = (hash.get("view") || "").split(",").map(Number);
    if (view.length === 3 && view.every(Number.isFinite)) map.setView([view[0], view[1]], view[2], { animate: false });
    const wanted = hash.get("zone");
    const zones = layers.find((layer) => layer.gsSpec.kind === "zones");
    if (!wanted || !zones) return;
    let done = false;
    const show = () => {
      zones.eachLayer((one) => {
        if (done || String(one.feature.id) !== wanted) return;
        done = true;
        const bounds = one.getBounds();
        const zoom = Math.min(14, Math.max(ZONE_ZOOM, map.getBoundsZoom(bounds)));
        map.closePopup();
        map.gsZone = wanted;
        if (view.length !== 3) map.setView(bounds.getCenter(), zoom, { animate: false });
        open(map, bounds.getCenter(), card(one.feature, zones.gsSpec));
      });
    };
    zones.on("gs:data", show);
    show();
  }

  function rememberView(map) {
    const remember = () => {
      const centre = map.getCenter();
      const view = [centre.lat.toFixed(5), centre.lng.toFixed(5), map.getZoom()].join(",");
      const zone = map.gsZone ? "&zone=" + encodeURIComponent(map.gsZone) : "";
      history.replaceState(null, "", "#view=" + view + zone);
      keepInLinks();
    };
    map.on("moveend", remember);
    map.on("popupclose", () => {
      map.gsZone = null;
      remember();
    });
    keepInLinks();
  }

  /* Another question, reach or language is shown in the same view. */
  function keepInLinks() {
    for (const form of document.querySelectorAll("form.ask")) form.action = form.action.split("#")[0] + location.hash;
    for (const link of document.querySelectorAll("a.language")) link.href = link.href.split("#")[0] + location.hash;
  }

  /* The keyboard: Escape closes what is open and goes back to what opened it. */
  function addKeys(map) {
    const hold = map.getContainer();
    const layers = hold.querySelector(".leaflet-control-layers");
    const toggle = layers && layers.querySelector(".leaflet-control-layers-toggle");
    map.on("popupopen", (event) => { map.gsPopup = event.popup; });
    map.on("popupclose", () => { map.gsPopup = null; });
    hold.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (layers && layers.contains(document.activeElement) && root.geoservice.isNarrow()) {
        layers.classList.remove("leaflet-control-layers-expanded");
        toggle.focus();
      } else if (map.gsPopup) {
        const opener = map.gsPopup.gsOpener;
        map.closePopup();
        if (opener && opener.isConnected) opener.focus({ preventScroll: true });
      }
    });
    if (toggle) {
      toggle.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        // Leaflet has unfolded the control by now. A focus that moves later would take it from a quick hand.
        event.preventDefault();
        layers.querySelector("input").focus();
      });
    }
  }

  function furnish(map, layers, spec) {
    language = spec.language;
    words = spec.words;
    map.attributionControl.setPrefix(false).addAttribution(spec.credits);
    addStatus(map);
    addLegend(map, layers, spec);
    addLabels(map, spec.labels);
    addKeys(map);
    for (const [selector, word] of [
      [".leaflet-control-zoom-in", words.zoomIn], [".leaflet-control-zoom-out", words.zoomOut],
      [".leaflet-control-layers-toggle", words.layers],
    ]) {
      const control = map.getContainer().querySelector(selector);
      if (control) {
        control.title = word;
        control.setAttribute("aria-label", word);
      }
    }
    if (spec.bounds) {
      const [west, south, east, north] = spec.bounds;
      map.fitBounds([[south, west], [north, east]], { animate: false });
    }
    if (spec.served) {
      followHash(map, layers);
      rememberView(map);
      window.addEventListener("hashchange", () => followHash(map, layers));
    }
    showStatus(map);
    root.geoservice.map = map;
  }

  /* Panes must stand before the first layer is added to the map. */
  L.Map.addInitHook(function () {
    // The controls come before the many markers for who goes by keyboard.
    this._container.insertBefore(this._controlContainer, this._mapPane);
    for (const [name, z] of Object.entries({ ...PANES, labels: 640 })) {
      const pane = this.createPane("gs-" + name);
      pane.style.zIndex = z;
      if (name === "labels") pane.style.pointerEvents = "none";
    }
  });

  root.geoservice = { dataLayer: dataLayer, furnish: furnish, formatted: formatted, isNarrow: () => window.innerWidth < NARROW_PX };
})(window);
