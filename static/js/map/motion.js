/* Motion: what the map leaves out for who would rather have none. */

export function isStill() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/* Have maps stand still where the reader asks for it; before the first of them is made, since Leaflet reads its options then.
   Pans have no option: the arrow keys, a popup that makes room for itself and the borders of the map all go through panBy. */
export function standStill() {
  const { panBy, flyTo } = L.Map.prototype;
  const calm = (options) => (isStill() ? { ...options, animate: false } : options);
  L.Map.include({
    panBy(offset, options) { return panBy.call(this, offset, calm(options)); },
    flyTo(centre, zoom, options) { return flyTo.call(this, centre, zoom, calm(options)); },
  });
  if (isStill()) L.Map.mergeOptions({ fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false, inertia: false });
}
