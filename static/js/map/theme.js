/* Light and dark: what stands for more is darker on light ground and lighter on dark (see maps/palette.py). */
import { style } from "./style.js";

/* Whether the page is shown in dark now: as the reader chose, or else as the system has it. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/* The colours of a ramp of the palette, {colours, dark}, for the ground that there is now. */
export function coloursOf(ramp) {
  return isDark() ? ramp.dark : ramp.colours;
}

/* Give the classes of a layer or a legend the colours of the ground that they lie on. */
export function onGround(classes, dark) {
  if (!classes || !classes.dark) return;
  classes.light = classes.light || classes.colours;
  classes.colours = dark ? classes.dark : classes.light;
}

/* Draw a layer anew in the colours of its ground. */
function restyle(layer) {
  if (layer.setStyle) layer.setStyle((feature) => style(feature, layer.gsSpec));
  else if (layer.restyle) layer.restyle({});
}

export function addTheme(map, layers) {
  const take = () => {
    const dark = isDark();
    for (const layer of layers) {
      const { classes, legend, tiles } = layer.gsSpec;
      onGround(classes, dark);
      onGround(legend, dark);
      if (classes || tiles) restyle(layer);
    }
    map.fire("gs:theme");
  };
  document.addEventListener("gs:theme", take);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", take);
  take();
}
