/* The map's behaviour: folium declares (geoservice/maps), this acts. Values from data only ever become text nodes. */
import { furnish } from "./furnish.js";
import { addPanes, dataLayer } from "./layers.js";
import { standStill } from "./motion.js";

standStill();
L.Map.addInitHook(function () {
  addPanes(this);
});

window.geoservice = { dataLayer, furnish };
