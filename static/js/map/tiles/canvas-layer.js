/* A layer of vector tiles drawn on canvases by ourselves: clusters far out, places and shapes near; picked, filtered and
   styled from what is at hand, without fetching again. */
import { isDark } from "../theme.js";
import { clusterRadius, clustersOf } from "./clusters.js";
import { conditionOf } from "./condition.js";
import { UNITS, textAt } from "./decode.js";
import { gridAt, placed, TILE_PX, unitPx } from "./grid.js";
import { paintClusters, paintPoints, paintShapes, thinOut } from "./painting.js";
import { holds, nearestPoint, together } from "./picking.js";
import { Slices } from "./slices.js";
import { askWorker, TileSource } from "./source.js";

const CLUSTERS_ACROSS = 6;
const PICK_PX = 10;
const SAME_PX = 3;
const slices = new Slices();

function ratio() {
  return window.devicePixelRatio || 1;
}

function passesOf(points, filters) {
  const active = Object.entries(filters).filter(([name]) => points.facets[name]);
  if (!active.length) return () => true;
  const allowed = active.map(([name, values]) => {
    const facet = points.facets[name];
    return { codes: facet.codes, on: facet.values.map((value) => values.has(value)) };
  });
  return (i) => allowed.every(({ codes, on }) => on[codes[i]]);
}

/* The class, made when it is first needed: Leaflet is not there before the page is. */
export function canvasLayer(spec, written) {
  CanvasLayer = CanvasLayer || L.GridLayer.extend(METHODS);
  return new CanvasLayer(spec, written);
}

let CanvasLayer = null;

const METHODS = {
  options: { updateWhenZooming: false, updateWhenIdle: false, keepBuffer: 1, noWrap: true },

  initialize(spec, written) {
    L.setOptions(this, { pane: spec.pane, opacity: spec.tiles.opacity });
    this.gsSpec = spec;
    this.written = written;
    this.filters = {};
    const ask = askWorker(spec.tiles.worker, spec.tiles.layer, spec.tiles.facets);
    this.source = new TileSource(ask);
    this.pending = 0;
    this.on("tileunload", ({ tile }) => this.leave(tile));
  },

  // The grid lies as the data does at any zoom, also between whole ones, so that no tile is ever stretched.
  _setView(center, zoom, noPrune, noUpdate) {
    if (!noUpdate) {
      this._tileZoom = zoom;
      this._updateLevels();
      this._resetGrid();
      this._update(center);
      if (!noPrune) this._pruneTiles();
      this._noPrune = Boolean(noPrune);
    }
    this._setZoomTransforms(center, zoom);
  },

  grid(zoom = this._tileZoom) {
    return gridAt(zoom, this.gsSpec.tiles.maxZoom);
  },

  getTileSize() {
    const { side } = this.grid(this._tileZoom === undefined ? this._map.getZoom() : this._tileZoom);
    return L.point(side, side);
  },

  // What was there before stays until what comes in its place is drawn.
  _pruneTiles() {
    if (this._map && this._tileZoom !== undefined && !this._noTilesToLoad()) return;
    L.GridLayer.prototype._pruneTiles.call(this);
  },

  _updateOpacity() {
    if (!this._map) return;
    L.DomUtil.setOpacity(this._container, this.options.opacity);
    let fresh = false;
    for (const tile of Object.values(this._tiles || {})) {
      if (!tile.current || !tile.loaded || tile.active) continue;
      L.DomUtil.setOpacity(tile.el, 1);
      tile.active = fresh = true;
    }
    if (fresh && !this._noPrune) this._pruneTiles();
  },

  placedTile(coords) {
    const { side } = this.grid(coords.z);
    const origin = this._level.origin;
    const r = ratio();
    return [placed(coords.x * side - origin.x, side, r), placed(coords.y * side - origin.y, side, r)];
  },

  _getTilePos(coords) {
    const [across, down] = this.placedTile(coords);
    return L.point(across.start / ratio(), down.start / ratio());
  },

  _initTile(tile) {
    tile.classList.add("leaflet-tile", "gs-canvas-tile");
    tile.onselectstart = tile.onmousemove = L.Util.falseFn;
  },

  // Where the server thins places, it is to do so among those that are shown, or their numbers would be wrong.
  address(coords) {
    const { dataZoom } = this.grid(coords.z);
    const address = L.Util.template(this.gsSpec.tiles.url, { z: dataZoom, x: coords.x, y: coords.y });
    const condition = this.clustered(coords.z) ? conditionOf(this.filters) : "";
    return condition ? address + (address.includes("?") ? "&" : "?") + "filter=" + encodeURIComponent(condition) : address;
  },

  createTile(coords, done) {
    const tile = document.createElement("canvas");
    const [across, down] = this.placedTile(coords);
    const r = ratio();
    tile.width = across.length;
    tile.height = down.length;
    tile.style.width = across.length / r + "px";
    tile.style.height = down.length / r + "px";
    tile.gs = { coords, across, down, ratio: r, side: this.grid(coords.z).side, entry: null };
    this.fill(tile).then(() => done(null, tile), (error) => this.fail(tile, error, done));
    return tile;
  },

  fail(tile, error, done) {
    if (!error.aborted) this.fire("gs:failed", { error });
    done(error, tile);
  },

  async fill(tile) {
    const entry = this.source.take(this.address(tile.gs.coords));
    tile.gs.entry = entry;
    this.pending += 1;
    try {
      const data = await entry.done;
      if (tile.gs && tile.gs.entry === entry) {
        tile.gs.data = data;
        await slices.run(tile, this.steps(tile));
      }
    } finally {
      this.pending -= 1;
    }
  },

  leave(tile) {
    slices.drop(tile);
    if (tile.gs.entry) this.source.release(tile.gs.entry);
    tile.gs = null;
    tile.width = tile.height = 0;
  },

  // Whether places are gathered at this zoom of the map: where the server thins them.
  clustered(zoom) {
    return this.grid(zoom).dataZoom < this.gsSpec.tiles.thinnedBelow;
  },

  *steps(tile) {
    const { data, coords, across, down, ratio: r, side } = tile.gs; // a page that is made larger may have another by now
    const unit = unitPx(side, r);
    const place = (x, y) => [x * unit + across.origin, y * unit + down.origin];
    // A tile that is drawn anew shows what it did until the new drawing is whole.
    const target = tile.gs.drawn ? document.createElement("canvas") : tile;
    [target.width, target.height] = [across.length, down.length];
    const context = target.getContext("2d");
    if (data.shapes.length) {
      context.setTransform(unit, 0, 0, unit, across.origin, down.origin);
      yield* paintShapes(context, data.shapes, this.gsSpec, unit);
      context.setTransform(1, 0, 0, 1, 0, 0);
      if (this.gsSpec.hatched) thinOut(context, [across, down], r);
    }
    tile.gs.clusters = null;
    if (data.points) {
      const passes = passesOf(data.points, this.filters);
      const how = { place, ratio: r, size: [across.length, down.length], passes, written: this.written };
      if (this.clustered(coords.z)) {
        tile.gs.clusters = this.clustersIn(data.points, side, passes);
        yield* paintClusters(context, tile.gs.clusters, this.gsSpec, { ...how, dark: isDark() });
      } else {
        yield* paintPoints(context, data.points, this.gsSpec, how);
      }
    }
    if (target !== tile) {
      tile.width = across.length;
      tile.getContext("2d").drawImage(target, 0, 0);
    }
    tile.gs.drawn = true;
  },

  // A mark lies wholly within its tile, so that none is cut at a border.
  clustersIn(points, side, passes) {
    const across = Math.max(1, Math.round((CLUSTERS_ACROSS * side) / TILE_PX));
    return clustersOf(points, across, passes).map((one) => {
      const margin = ((clusterRadius(one.count) + 1) * UNITS) / side;
      const within = (value) => Math.min(UNITS - margin, Math.max(margin, value));
      return { ...one, x: within(one.x), y: within(one.y) };
    });
  },

  redrawn() {
    const tiles = Object.values(this._tiles || {}).map(({ el }) => el).filter((el) => el.gs && el.gs.data);
    return Promise.all(tiles.map((tile) => slices.run(tile, this.steps(tile))));
  },

  /* Show only places whose properties are among those given, by name: {status: Set}; what is near is not fetched again. */
  async filter(filters) {
    this.filters = filters;
    const tiles = Object.values(this._tiles || {}).map(({ el }) => el).filter((el) => el.gs);
    const elsewhere = tiles.filter((el) => el.gs.entry.url !== this.address(el.gs.coords));
    const here = tiles.filter((el) => el.gs.data && !elsewhere.includes(el));
    if (elsewhere.length) this.fire("loading");
    await Promise.all([...here.map((el) => slices.run(el, this.steps(el))), ...elsewhere.map((el) => this.refill(el))]);
    if (elsewhere.length) this.fire("load");
  },

  /* Fill a tile from another address; it shows what it did until then. */
  async refill(tile) {
    const before = tile.gs.entry;
    try {
      await this.fill(tile);
    } catch (error) {
      if (!error.aborted) this.fire("gs:failed", { error });
    } finally {
      this.source.release(before);
    }
  },

  /* Draw anew with another colour, symbol or classes. */
  restyle(changes) {
    Object.assign(this.gsSpec, changes);
    return this.redrawn();
  },

  isBusy() {
    return this.pending > 0 || slices.jobs.size > 0;
  },

  currentTiles() {
    return Object.values(this._tiles || {}).filter((tile) => tile.current && tile.el.gs && tile.el.gs.data);
  },

  latLngIn(coords, x, y) {
    const { side } = this.grid(coords.z);
    const at = L.point((coords.x + x / UNITS) * side, (coords.y + y / UNITS) * side);
    return this._map.unproject(at, coords.z);
  },

  /* What is picked at a place: {latlng, cluster: count} or {latlng, ids} or {latlng, shape: properties}; or null. */
  pick(latlng, reachPx = PICK_PX) {
    const at = this._map.project(latlng, this._tileZoom);
    for (const { el, coords } of this.currentTiles()) {
      const { side, data, clusters } = el.gs;
      const x = (at.x / side - coords.x) * UNITS;
      const y = (at.y / side - coords.y) * UNITS;
      if (x < 0 || y < 0 || x >= UNITS || y >= UNITS) continue;
      const found = this.pickIn(data, clusters, [x, y], (reachPx * UNITS) / side);
      if (found) return { ...found, latlng: found.x === undefined ? latlng : this.latLngIn(coords, found.x, found.y) };
    }
    return null;
  },

  pickIn({ points, shapes }, clusters, [x, y], reach) {
    for (const one of clusters || []) {
      const radius = Math.max(reach, (clusterRadius(one.count) * reach) / PICK_PX);
      if (Math.hypot(one.x - x, one.y - y) > radius) continue;
      return one.count > 1 ? { x: one.x, y: one.y, cluster: one.count } : this.placeOf(points, [one.first]);
    }
    if (points && !clusters) {
      const passes = passesOf(points, this.filters);
      const nearest = nearestPoint(points, x, y, reach, passes);
      if (nearest >= 0) return this.placeOf(points, together(points, nearest, (reach * SAME_PX) / PICK_PX, passes));
    }
    const shape = shapes.find((one) => holds(one, x, y));
    return shape ? { shape: shape.properties } : null;
  },

  placeOf(points, all) {
    return { x: points.x[all[0]], y: points.y[all[0]], ids: all.map((i) => textAt(points.ids, i)) };
  },

  /* What is told of places in view: their number, with how many marks stand for them. */
  inView() {
    const bounds = this._map.getBounds();
    let [count, marks] = [0, 0];
    for (const { el, coords } of this.currentTiles()) {
      const { points } = el.gs.data;
      const passes = points && passesOf(points, this.filters);
      const singles = points ? Array.from({ length: points.n }, (_, i) => i).filter(passes) : [];
      const all = el.gs.clusters || singles.map((i) => ({ x: points.x[i], y: points.y[i], count: points.counts[i] }));
      for (const one of all) {
        const inside = one.x >= 0 && one.y >= 0 && one.x < UNITS && one.y < UNITS;
        if (!inside || !bounds.contains(this.latLngIn(coords, one.x, one.y))) continue;
        count += one.count;
        marks += 1;
      }
    }
    return { count, marks };
  },
};
