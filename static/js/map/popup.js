/* One popup at a time, placed clear of what lies on the map. */
import { words } from "./words.js";

const NARROW_PX = 1000;
const MARGIN_PX = 20;
const FRAME_PX = 70; // the tip and frame of a popup
const BESIDE_PX = 60;

export function isNarrow() {
  return window.innerWidth < NARROW_PX;
}

function widthOf(map, selector) {
  const one = map.getContainer().querySelector(selector);
  return one && map.getSize().x >= NARROW_PX ? one.offsetWidth + 20 : 60;
}

/* How far down the search box reaches, which stays above every popup. */
function searchDepth(map) {
  const search = map.getContainer().querySelector(".gs-search");
  return search ? search.offsetTop + search.offsetHeight : 0;
}

/* How far up the coordinates and the credits reach, which stay above every popup too. */
function footHeight(map) {
  const foot = map.getContainer().querySelector(".leaflet-bottom.leaflet-right");
  return Math.max(BESIDE_PX, foot ? foot.offsetHeight + MARGIN_PX / 2 : 0);
}

/* What comes into it later is read out too. */
function focusOn(box) {
  box.tabIndex = -1;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", words.whatIsHere);
  box.setAttribute("aria-live", "polite");
  box.focus({ preventScroll: true });
}

/* Open a popup. With `enter`, for who goes by keyboard, the keyboard goes into it; Escape takes it back (keys.js). */
export function open(map, latlng, content, enter = false) {
  const size = map.getSize();
  const top = Math.max(MARGIN_PX, searchDepth(map) + MARGIN_PX / 2);
  const bottom = footHeight(map);
  const popup = L.popup({
    maxWidth: Math.min(340, size.x - 140),
    maxHeight: Math.max(120, size.y - top - bottom - FRAME_PX),
    autoPanPaddingTopLeft: [widthOf(map, ".legend"), top],
    autoPanPaddingBottomRight: [BESIDE_PX, bottom],
  });
  const opener = document.activeElement;
  popup.setLatLng(latlng).setContent(content).openOn(map);
  const close = popup.getElement().querySelector(".leaflet-popup-close-button");
  if (close) {
    close.setAttribute("aria-label", words.close);
    close.title = words.close;
  }
  popup.gsOpener = map.getContainer().contains(opener) ? opener : map.getContainer();
  if (enter) focusOn(popup.getElement().querySelector(".leaflet-popup-content"));
  return popup;
}
