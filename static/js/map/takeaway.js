/* Take away: the frame that will be printed, drawn on the map; the page as PDF or picture; the data in view. */
import { element } from "./dom.js";
import { writtenHidden } from "./facets.js";
import { fetchFrom, fetchJson } from "./fetching.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { AREAS, choicesOf, choicesText, FORMS, PAPERS, PICTURE, pictureOf, SCALES, WAYS } from "./taking.js";
import { filled, number, words } from "./words.js";

const ICON = "M7 3h10v4H7zM5 8h14a2 2 0 0 1 2 2v6h-4v-3H7v3H3v-6a2 2 0 0 1 2-2zm4 7h6v6H9z";
const SHARE_OF_VIEW = 0.72;
const PAUSE_MS = 250;
const SLIDE = { width: "1920", height: "1080" };

/* What a layer of the map is called where it is printed; null for what cannot be. */
export function printedAs(spec) {
  if (spec.kind === "zones") return spec.classes.key === "covered_share" ? "zones" : spec.classes.key;
  if (spec.kind === "coverage" || spec.kind === "gaps") return spec.kind;
  return spec.printed || null;
}

/* Which places of layers are hidden on the map, by what their layers are called where they are printed. */
export function hiddenInPrint(specs) {
  return writtenHidden(new Map(specs.filter(({ printed, hidden }) => printed && hidden).map(({ printed, hidden }) => [printed, hidden])));
}

/* What is on the map and cannot be printed, by its titles: `specs` are those of the layers that are on. */
export function notPrinted(specs, { background, area, marks }) {
  const titles = specs.filter((spec) => printedAs(spec) === null).map(({ title }) => title);
  const further = [area && words.ownArea, marks && words.ownMarks, background && words.group_background];
  return [...titles, ...further.filter(Boolean)];
}

/* The largest box of a frame's proportions within a view, in pixels: west, north, east, south. */
export function inscribed([width, height], [frameWidth, frameHeight], share) {
  const scale = Math.min(width / frameWidth, height / frameHeight) * share / 2;
  return [width / 2 - frameWidth * scale, height / 2 - frameHeight * scale, width / 2 + frameWidth * scale, height / 2 + frameHeight * scale];
}

/* The name that a server gives a file, or another. */
export function fileName(disposition, otherwise) {
  const found = /filename="([^"]+)"/.exec(disposition || "");
  return found ? found[1] : otherwise;
}

function field(label, control) {
  const line = element("label", "gs-take-field");
  line.append(element("span", "", label), control);
  return line;
}

function select(options) {
  const node = element("select");
  for (const [key, text] of options) {
    const option = element("option", "", text);
    option.value = key;
    node.append(option);
  }
  return node;
}

function tick(label, checked = false) {
  const line = element("label", "gs-take-tick");
  const box = element("input");
  box.type = "checkbox";
  box.checked = checked;
  line.append(box, element("span", "", label));
  return { line, box };
}

function group(title, ...parts) {
  const node = element("fieldset", "gs-take-group");
  node.append(element("legend", "", title), ...parts);
  return node;
}

function action(label, className) {
  const node = element("button", className, label);
  node.type = "button";
  return node;
}

/* The panel's controls, by name. */
function controls() {
  const paired = (values, texts) => select(values.map((value, i) => [value, texts[i]]));
  const scales = SCALES.map((one) => (one ? "1:" + number(Number(one), 0) : words.printFitted));
  return {
    paper: paired(PAPERS, ["A4", "A3", words.printPicture]),
    way: paired(WAYS, [words.printLandscape, words.printPortrait]),
    area: paired(AREAS, [words.printView, words.printAll]),
    scale: paired(SCALES, scales),
    labels: tick(words.printLabels),
    grid: tick(words.printGrid),
    layers: element("div", "gs-take-ticks"),
    left: element("p", "gs-take-left"),
    told: element("p", "gs-take-told"),
    pdf: action(words.printPdf, "gs-take-action"),
    png: action(words.printPng, "gs-take-action gs-take-second"),
    form: paired(FORMS, ["GeoPackage", "GeoJSON (ZIP)", "CSV (ZIP)"]),
    data: action(words.takeData, "gs-take-action gs-take-second"),
    status: element("p", "gs-take-told"),
  };
}

/* The box that is asked for, in degrees: of the frame's proportions around the middle of the map, or all of the map. */
function bboxOf(map, frame) {
  const size = map.getSize();
  const [left, top, right, bottom] = frame
    ? inscribed([size.x, size.y], frame, SHARE_OF_VIEW) : [0, 0, size.x, size.y];
  const northWest = map.containerPointToLatLng([left, top]);
  const southEast = map.containerPointToLatLng([right, bottom]);
  return [northWest.lng, southEast.lat, southEast.lng, northWest.lat].map((one) => one.toFixed(5)).join(",");
}

class Takeaway {
  constructor(map, layers, spec) {
    // `frames` are the sizes of the map's frame by page: as the page says, and then as answers do, which know what is on it.
    const frames = new Map(Object.entries(spec.frames));
    Object.assign(this, { map, layers, spec, frames, shape: null, choices: [], asked: 0, due: false, open: false });
    // What the reader chose: `picked` are the ids of layers, null where they are those that the map shows.
    Object.assign(this, { controls: null, wanted: choicesOf(null), picked: null, pixels: null });
  }

  fill(body) {
    const c = (this.controls = controls());
    c.told.setAttribute("aria-live", "polite");
    c.status.setAttribute("aria-live", "polite");
    body.append(
      group(words.printPage, field(words.printPaper, c.paper), field(words.printWay, c.way),
        field(words.printArea, c.area), field(words.printScale, c.scale)),
      group(words.printWhat, c.layers, c.labels.line, c.grid.line, c.left),
      c.told,
    );
    const buttons = element("p", "gs-take-actions");
    buttons.append(c.pdf, c.png);
    const take = element("p", "gs-take-actions");
    take.append(c.data);
    body.append(buttons, group(words.dataInView, field(words.dataFormat, c.form), take), c.status);
    for (const one of [c.paper, c.way, c.area, c.scale, c.grid.box]) one.addEventListener("change", () => this.soon());
    for (const one of [c.paper, c.way, c.area, c.scale, c.grid.box, c.labels.box, c.form]) one.addEventListener("change", changed);
    this.takeUp(this.wanted);
    c.pdf.addEventListener("click", () => this.take(c.pdf, this.pageAddress("pdf")));
    c.png.addEventListener("click", () => this.take(c.png, this.pageAddress("png")));
    c.data.addEventListener("click", () => this.take(c.data, this.dataAddress()));
  }

  opened() {
    this.open = true;
    this.map.on("moveend", this.later, this);
    this.tickLayers();
    this.soon();
  }

  closed() {
    this.open = false;
    this.picked = null;
    this.map.off("moveend", this.later, this);
    clearTimeout(this.timer);
    this.draw(null);
  }

  /* What is chosen now, as plain values. */
  current() {
    const c = this.controls;
    if (!c) return this.wanted;
    const values = ["paper", "way", "area", "scale", "form"].map((name) => [name, c[name].value]);
    return { ...Object.fromEntries(values), labels: c.labels.box.checked, grid: c.grid.box.checked, layers: this.picked };
  }

  /* Choose what an address says, or what is chosen at first. */
  restore(choices) {
    if (choicesText(choices) === choicesText(this.current())) return;
    this.wanted = choices;
    if (this.controls) this.takeUp(choices);
    if (this.open) this.soon();
  }

  takeUp(choices) {
    const c = this.controls;
    for (const name of ["paper", "way", "area", "scale", "form"]) c[name].value = choices[name];
    c.labels.box.checked = choices.labels;
    c.grid.box.checked = choices.grid;
    this.picked = choices.layers;
    this.tickLayers();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE_MS);
  }

  /* Ask once: an address opens the panel, and says where the map is and what is chosen in the same breath. */
  soon() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      if (this.open) this.ask();
    });
  }

  isSlide() {
    return this.controls.paper.value === PICTURE;
  }

  question() {
    const { id, at, case: which } = this.spec.question;
    return { question: id, at, case: which, lang: this.spec.language };
  }

  /* The page that is asked for, and the frame whose ground it shows; a picture beside paper is of all that is in view. */
  page(kind) {
    const c = this.controls;
    const frame = this.frames.get(this.pageKey());
    if (kind === "png" && !this.isSlide() && this.pixels) {
      const size = this.map.getSize();
      const [width, height] = pictureOf([size.x, size.y], window.devicePixelRatio || 1, this.pixels);
      return { page: { width, height }, frame: null };
    }
    if (kind === "png" || (kind === "frame" && this.isSlide())) return { page: SLIDE, frame };
    return { page: { size: this.isSlide() ? PAPERS[0] : c.paper.value, orientation: c.way.value }, frame };
  }

  /* What is asked: `kind` is frame, pdf or png. */
  params(kind) {
    const c = this.controls;
    const params = new URLSearchParams(this.question());
    const { page, frame } = this.page(kind);
    for (const [name, value] of Object.entries(page)) params.set(name, value);
    if (c.area.value === "view") params.set("bbox", bboxOf(this.map, frame));
    if (c.scale.value) params.set("scale", c.scale.value);
    if (!c.labels.box.checked) params.set("labels", "false");
    if (!c.grid.box.checked) params.set("grid", "false");
    if (this.choices.length) {
      params.set("layers", this.chosen().join(",") || "none");
      this.hide(params);
    }
    return params;
  }

  pageKey() {
    return this.isSlide() ? PICTURE : this.controls.paper.value + " " + this.controls.way.value;
  }

  pageAddress(kind) {
    return this.spec.services[kind === "pdf" ? "printPdf" : "printPng"] + "?" + this.params(kind);
  }

  dataAddress() {
    const params = new URLSearchParams(this.question());
    params.delete("lang");
    params.set("bbox", bboxOf(this.map, null));
    params.set("layers", this.chosen().join(",") || "none");
    this.hide(params);
    return this.spec.services.mapData + this.controls.form.value + "?" + params;
  }

  /* Leave out of layers that are printed what is hidden on the map. */
  hide(params) {
    const chosen = new Set(this.chosen());
    const specs = this.layers.map(({ gsSpec, gsHidden }) => ({ printed: gsSpec.printed, hidden: gsHidden }));
    const hidden = hiddenInPrint(specs.filter(({ printed }) => chosen.has(printed)));
    if (hidden) params.set("hidden", hidden);
  }

  chosen() {
    return this.choices.filter((one) => one.box.checked).map((one) => one.id);
  }

  /* Ask the server which ground the page will show, and draw it; the last to be asked counts. */
  async ask() {
    const c = this.controls;
    const turn = ++this.asked;
    clearTimeout(this.timer);
    c.way.disabled = this.isSlide();
    c.png.textContent = this.isSlide() ? words.printPng : words.printPngView;
    try {
      const page = this.pageKey();
      const told = await fetchJson(this.spec.services.printFrame + "?" + this.params("frame"));
      if (turn !== this.asked || !this.open) return;
      this.frames.set(page, told.frame_mm);
      this.pixels = told.pixels;
      if (!this.choices.length) this.offer(told.choices);
      this.draw(told.frame);
      c.told.classList.remove("gs-take-failed");
      c.told.textContent = filled(words.printTold, { scale: number(told.scale, 0), page: told.page.name });
    } catch (error) {
      if (turn !== this.asked) return;
      this.draw(null);
      c.told.classList.add("gs-take-failed");
      c.told.textContent = words.printFailed + " " + error.message;
    }
  }

  /* List what can be printed, ticked as the map shows it; zones have one shading at a time. */
  offer(choices) {
    this.choices = choices.map((one) => ({ id: one.id, shading: one.shading, ...tick(one.title, one.shown) }));
    for (const one of this.choices) {
      one.box.addEventListener("change", () => {
        if (one.shading && one.box.checked) this.choices.forEach((other) => { if (other.shading && other !== one) other.box.checked = false; });
        this.picked = this.chosen();
        changed();
        this.later();
      });
    }
    this.controls.layers.replaceChildren(...this.choices.map((one) => one.line));
    this.tickLayers();
  }

  /* Tick what the reader picked, or else what the map shows. */
  tickLayers() {
    this.tellLeft();
    const shown = new Set(this.picked || this.layers.filter((one) => this.map.hasLayer(one)).map((one) => printedAs(one.gsSpec)));
    const shading = this.choices.find((one) => one.shading && shown.has(one.id));
    for (const one of this.choices) one.box.checked = one.shading ? one === shading : shown.has(one.id);
  }

  /* Say before printing what of the map cannot be printed. */
  tellLeft() {
    let background = false;
    this.map.eachLayer((layer) => { background = background || layer instanceof L.TileLayer; });
    const on = this.layers.filter((one) => this.map.hasLayer(one)).map((one) => one.gsSpec);
    const marks = this.map.getContainer().querySelector(".gs-found, .leaflet-gs-spots-pane path") !== null;
    const titles = notPrinted(on, { background, marks, area: Boolean(this.map.gsArea) });
    const { left } = this.controls;
    left.textContent = titles.length ? filled(words.printLeft, { titles: titles.join(words.listed) }) : "";
    left.hidden = !titles.length;
  }

  draw(frame) {
    if (this.shape) this.shape.remove();
    this.shape = frame && L.geoJSON(frame, {
      interactive: false,
      pane: "gs-labels",
      style: { weight: 2, dashArray: "6 4", fill: false, className: "gs-frame" },
    }).addTo(this.map);
  }

  /* Fetch a file and hand it to the reader; while it is made the button waits, and a failure is told. */
  async take(button, address) {
    if (button.getAttribute("aria-disabled") === "true") return;
    const status = this.controls.status;
    button.setAttribute("aria-disabled", "true"); // and not disabled, which would take the keyboard from it
    status.classList.remove("gs-take-failed");
    status.textContent = words.takeMaking;
    try {
      const response = await fetchFrom(address, { headers: { Accept: "application/json, */*" } });
      const name = fileName(response.headers.get("Content-Disposition"), "map");
      const content = await response.blob();
      const link = element("a");
      link.href = URL.createObjectURL(content);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      status.textContent = filled(words.takeDone, { name, size: number(Math.max(content.size / 1000, 1), 0) });
    } catch (error) {
      status.classList.add("gs-take-failed");
      status.textContent = words.takeFailed + " " + error.message;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }
}

export function addTakeaway(map, layers, spec) {
  if (!spec.services.printFrame) return;
  const takeaway = new Takeaway(map, layers, spec);
  addPanel(map, {
    id: "take",
    title: words.takeAway,
    icon: ICON,
    content: (body) => takeaway.fill(body),
    onOpen: () => takeaway.opened(),
    onClose: () => takeaway.closed(),
  });
  remember("take", {
    read: (text) => takeaway.restore(choicesOf(text)),
    write: () => choicesText(takeaway.current()),
  });
}
