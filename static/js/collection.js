/* The small map on the pages of a collection and of its features. What it shows comes from the addresses of the API;
   values from data only ever become text nodes. */
(function () {
  "use strict";

  const box = document.querySelector(".data-map");
  if (!box) return;
  const MOST = 500;
  const words = JSON.parse(box.dataset.words);
  const status = document.querySelector(".data-map-status");
  const shape = { weight: 1.5, fillOpacity: 0.22 };
  const point = { radius: 5, weight: 1.2, fillOpacity: 1 };
  const land = { weight: 1, fillOpacity: 1, interactive: false };

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = { fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still };
  const map = L.map(box, { preferCanvas: true, zoomControl: false, zoomSnap: 0.5, scrollWheelZoom: false, ...motion });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  map.createPane("land").style.zIndex = 300;
  if (box.dataset.background) {
    const credit = document.createElement("span");
    credit.textContent = box.dataset.attribution || "";
    L.tileLayer(box.dataset.background, { attribution: credit.innerHTML, maxZoom: 22 }).addTo(map);
  }
  const shown = L.featureGroup().addTo(map);
  let ground = null;
  let asked = null;

  /* What is drawn on a canvas needs the colours of the style sheet as they are now, in light or in dark. */
  function takeColours() {
    const probe = document.createElement("span");
    probe.hidden = true;
    box.append(probe);
    const colour = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    Object.assign(shape, { color: colour("figure"), fillColor: colour("link") });
    Object.assign(point, { color: colour("paper"), fillColor: colour("focus") });
    Object.assign(land, { color: colour("coast"), fillColor: colour("land") });
    probe.remove();
  }

  function recolour() {
    takeColours();
    if (ground) ground.setStyle(land);
    shown.eachLayer((group) => {
      if (group.setStyle) group.setStyle((feature) => (isPoint(feature) ? point : shape));
    });
  }

  const isPoint = (feature) => Boolean(feature.geometry) && feature.geometry.type.includes("Point");

  function say(text) {
    status.textContent = text;
    status.hidden = !text;
  }

  async function get(address, params) {
    const url = new URL(address, document.baseURI);
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    const answer = await fetch(url, { headers: { Accept: "application/geo+json" }, signal: asked.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  function card(feature) {
    const part = document.createElement("div");
    const p = feature.properties || {};
    const name = document.createElement("strong");
    name.textContent = (words.language === "zh" && p.name_zh) || p.name_en || p.name_zh || feature.id;
    part.append(name);
    if (box.dataset.items) {
      const link = document.createElement("a");
      link.href = box.dataset.items + "/" + encodeURIComponent(feature.id) + box.dataset.kept;
      link.textContent = words.more;
      part.append(document.createElement("br"), link);
    }
    return part;
  }

  function draw(collection) {
    shown.clearLayers();
    L.geoJSON(collection, {
      style: (feature) => (isPoint(feature) ? point : shape),
      pointToLayer: (feature, place) => L.circleMarker(place, point),
      onEachFeature: (feature, layer) => layer.bindPopup(() => card(feature)),
    }).addTo(shown);
  }

  function drawClusters(collection) {
    shown.clearLayers();
    for (const feature of collection.features) {
      const [lon, lat] = feature.geometry.coordinates;
      const count = feature.properties.count;
      const size = 22 + 6 * Math.floor(Math.log10(count));
      const label = document.createElement("span");
      label.className = "data-cluster";
      label.textContent = count > 9999 ? Math.round(count / 1000) + "k" : String(count);
      const icon = L.divIcon({ className: "", html: label, iconSize: [size + 8, size] });
      const mark = L.marker([lat, lon], { icon: icon, keyboard: false }).addTo(shown);
      mark.on("click", () => map.setView([lat, lon], map.getZoom() + 2));
    }
  }

  function fit(bounds) {
    map.fitBounds(bounds, { padding: [14, 14], maxZoom: box.dataset.background ? 16 : 13, animate: false });
  }

  function inView() {
    const b = map.getBounds().pad(0.1);
    const west = Math.max(-180, b.getWest()), east = Math.min(180, b.getEast());
    return [west, Math.max(-90, b.getSouth()), east, Math.min(90, b.getNorth())].join(",");
  }

  /* Many features come as numbers far out and one by one near by. */
  async function drawView() {
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const bbox = inView();
      const page = await get(box.dataset.src, { limit: MOST, bbox: bbox });
      if (page.numberMatched <= page.numberReturned) draw(page);
      else drawClusters(await get(box.dataset.clusters, { bbox: bbox, zoom: Math.round(map.getZoom()) }));
      say("");
    } catch (error) {
      if (error.name !== "AbortError") say(words.failed);
    }
  }

  async function drawLand() {
    if (!box.dataset.land || box.dataset.background) return;
    const found = await get(box.dataset.land, {});
    ground = L.geoJSON(found, { style: () => land, pane: "land", interactive: false }).addTo(map);
  }

  async function start() {
    const [west, south, east, north] = JSON.parse(box.dataset.bounds);
    fit([[south, west], [north, east]]);
    asked = new AbortController();
    say(words.loading);
    const around = drawLand();
    const page = await get(box.dataset.src, box.dataset.clusters ? { limit: MOST } : {});
    if (box.dataset.clusters && page.numberMatched > page.numberReturned) {
      await around;
      await drawView();
      map.on("moveend", drawView);
    } else {
      draw(page);
      if (shown.getBounds().isValid()) fit(shown.getBounds());
      await around;
      say(shown.getBounds().isValid() ? "" : words.nowhere);
    }
  }

  takeColours();
  document.addEventListener("gs:theme", recolour);
  start()
    .catch(() => say(words.failed))
    .finally(() => { box.dataset.state = "drawn"; });
})();
