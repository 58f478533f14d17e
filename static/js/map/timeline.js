/* The programme over time: a slider of stages with play, what is published of each, and its figures by zone. */
import { named } from "./ask_card.js";
import { element } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { isStill } from "./motion.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { percent, shareClasses } from "./scales.js";
import { makeScene, setAside } from "./scene.js";
import { figures, kindTags, legendOf, publishedOf, zoneTable } from "./stages.js";
import { coloursOf } from "./theme.js";
import { filled, formatted, number, spoken, words } from "./words.js";

const ICON = "M12 3a9 9 0 1 0 9 9h-2a7 7 0 1 1-7-7zm-1 4v6l4.6 2.8 1-1.7-3.6-2.1V7zm4-4v2h2.6L14 8.6 15.4 10 19 6.4V9h2V3z";
const STEP_MS = 2500;
const STEP_CALM_MS = 4500;

/* A stage as it stands in the address, timeline:stage, or null where it is none. */
export function stageOf(text) {
  const parts = (text || "").split(":");
  return parts.length === 2 && parts.every(Boolean) ? { timeline: parts[0], stage: parts[1] } : null;
}

/* What a reader who cannot see the slider hears of a stop. */
export function spokenStage(stage, said) {
  const parts = [stage.title, said[stage.kind]];
  if (stage.illustrative) parts.push(said.madeUpPositions);
  return parts.join(", ");
}

export function addTimeline(map, layers, spec) {
  if (!spec.services.timelines) return;
  const state = {
    list: null, doc: null, turn: 0, at: 0, wanted: null, on: false, playing: null, back: null,
    scene: makeScene(map, "stage", spec.tiles), head: null,
  };
  const placed = layers.filter((layer) => layer.gsSpec.kind === "points" && layer.gsSpec.layer);
  const parts = {};
  const panel = addPanel(map, {
    id: "time", title: words.overTime, icon: ICON,
    content: (body) => build(body),
    onOpen: () => begin(),
    onClose: () => end(),
  });
  remember("stage", {
    read: (text) => {
      state.wanted = stageOf(text);
      if (state.wanted && panel.isOpen() && state.doc) follow();
    },
    write: () => (panel.isOpen() && state.on && state.doc ? state.doc.id + ":" + state.doc.stages[state.at].id : null),
  });
  map.on("gs:theme", () => {
    if (state.on) go(state.at);
    else if (state.doc) tellStage(state.at);
  });

  function build(body) {
    parts.status = element("p", "gs-note");
    parts.status.setAttribute("role", "status");
    parts.which = element("select");
    const label = element("label", "gs-field", words.programme);
    label.append(parts.which);
    parts.choice = label;
    parts.which.addEventListener("change", () => { state.wanted = null; load(parts.which.value, 0, true); });
    parts.about = element("p", "gs-about");
    parts.slider = element("input", "gs-slider");
    Object.assign(parts.slider, { type: "range", min: "0", step: "1" });
    parts.slider.setAttribute("aria-label", words.stage);
    parts.slider.addEventListener("input", () => { pause(); go(Number(parts.slider.value)); });
    parts.stops = element("ol", "gs-stops");
    parts.play = element("button", "gs-play");
    parts.play.type = "button";
    parts.play.addEventListener("click", () => (state.playing ? pause() : play()));
    const row = element("div", "gs-time-row");
    const line = element("div", "gs-time-line");
    line.append(parts.slider, parts.stops);
    row.append(parts.play, line);
    parts.stage = element("div", "gs-stage");
    body.append(parts.status, parts.choice, row, parts.stage, parts.about);
    pause();
    begin();
  }

  async function begin() {
    if (!parts.status || state.busy) return;
    if (state.doc) {
      follow();
      return;
    }
    state.busy = true;
    parts.status.textContent = words.loading;
    try {
      const list = await fetchJson(spec.services.timelines);
      state.list = list.timelines;
      parts.which.replaceChildren(...state.list.map((one) => new Option(one.title, one.id)));
      parts.choice.hidden = state.list.length < 2;
      const known = state.wanted && state.list.find((one) => one.id === state.wanted.timeline);
      const own = state.list.find((one) => one.stages.some((stage) => stage.question === spec.question.id));
      await load((known || own || state.list[0]).id, 0, false);
    } catch (error) {
      parts.status.textContent = words.failed + " " + error.message;
    } finally {
      state.busy = false;
    }
  }

  /* Fetch a programme; what a later call overtakes changes nothing. */
  async function load(id, at, shows) {
    state.turn += 1;
    const { turn } = state;
    pause();
    parts.status.textContent = words.loadingFigures;
    const address = new URL(spec.services.timelines, location.href);
    address.pathname += "/" + encodeURIComponent(id);
    address.searchParams.set("case", spec.question.case);
    let doc;
    try {
      doc = await fetchJson(address.href);
    } catch (error) {
      if (turn !== state.turn) return;
      parts.status.textContent = words.failed + " " + error.message;
      return;
    }
    if (turn !== state.turn) return;
    state.doc = doc;
    parts.status.textContent = "";
    parts.which.value = id;
    parts.about.textContent = state.doc.description;
    parts.slider.max = String(state.doc.stages.length - 1);
    parts.slider.style.setProperty("--stops", String(state.doc.stages.length));
    drawStops();
    if (shows) go(at);
    else follow();
  }

  /* Go to the stage of the address, or to that of the page's own question; else show figures alone. */
  function follow() {
    const { stages, id } = state.doc;
    if (state.wanted && state.wanted.timeline !== id && state.list.some((one) => one.id === state.wanted.timeline)) {
      load(state.wanted.timeline, 0, false);
      return;
    }
    const wanted = stages.findIndex((one) => state.wanted && one.id === state.wanted.stage);
    const own = stages.findIndex((one) => one.asked.question === spec.question.id);
    const at = wanted >= 0 ? wanted : state.on || own >= 0 ? Math.max(own, state.on ? state.at : 0) : -1;
    if (at >= 0) go(at);
    else tellStage(0);
  }

  function drawStops() {
    parts.stops.replaceChildren(...state.doc.stages.map((stage, position) => {
      const item = element("li", "gs-stop");
      const stop = element("button", "gs-stop-button");
      stop.type = "button";
      stop.tabIndex = -1;
      stop.append(element("span", markClass(stage)), element("span", "gs-stop-text", stage.title));
      stop.addEventListener("click", () => { pause(); go(position); });
      item.append(stop);
      return item;
    }));
  }

  function markClass(stage) {
    return ["gs-mark", "gs-mark-" + stage.kind, stage.illustrative ? "gs-mark-made-up" : ""].join(" ").trim();
  }

  /* Show a stage in the panel and on the map. */
  async function go(at) {
    state.wanted = null;
    state.at = at;
    if (!panel.isOpen()) return;
    if (!state.on) {
      state.on = true;
      state.back = setAside(map, layers, placed);
    }
    tellStage(at);
    showHead(state.doc.stages[at]);
    changed();
    const stage = state.doc.stages[at];
    if (!stage.available) {
      state.scene.clear();
      return;
    }
    showPoints(stage);
    const next = state.doc.stages[at + 1];
    await state.scene.show({
      side: { ...stage.asked, illustrative: stage.illustrative },
      planned: stage.kind === "planned",
      values: new Map(stage.zones.map((zone) => [zone.zone_id, zone.covered_share])),
      classes: classes(),
      tell: (zone) => tellZone(zone),
    });
    if (next && next.available && state.at === at) state.scene.prefetch(next.asked);
  }

  /* What the map shows is said on the map too. */
  function showHead(stage) {
    if (!state.head) state.head = element("div", "gs-head gs-head-stage");
    state.head.replaceChildren(element("strong", "", state.doc.title + ": " + stage.title), kindTags(stage));
    if (!state.head.isConnected) map.getContainer().append(state.head);
  }

  function classes() {
    const shares = state.doc.stages.filter((one) => one.available).flatMap((one) => one.zones.map((z) => z.covered_share));
    return shareClasses(Math.max(0, ...shares.filter((one) => one !== null)), coloursOf(spec.palette.share));
  }

  function tellZone(id) {
    const rows = state.doc.stages.filter((one) => one.available).map((one) => [one, one.zones.find((z) => z.zone_id === id)]);
    return [named(rows[0][1]), ...rows.map(([one, zone]) => one.title + ": " + percent(zone.covered_share, spoken()))];
  }

  /* The sources of the stage are on the map, and those of its other stages are not. */
  function showPoints(stage) {
    const every = new Set(state.doc.stages.flatMap((one) => one.asked.sources));
    for (const layer of placed) {
      const id = layer.gsSpec.layer;
      if (!every.has(id)) continue;
      if (stage.asked.sources.includes(id)) map.addLayer(layer);
      else map.removeLayer(layer);
    }
  }

  function tellStage(at) {
    const stage = state.doc.stages[at];
    parts.slider.value = String(at);
    parts.slider.setAttribute("aria-valuetext", spokenStage(stage, words));
    [...parts.stops.children].forEach((item, position) => item.classList.toggle("gs-stop-now", position === at));
    const heading = element("h3", "", stage.title);
    const told = [heading, kindTags(stage)];
    if (!state.on) told.push(element("p", "gs-note", words.moveToShow));
    if (stage.available) {
      const before = state.doc.stages.slice(0, at).reverse().find((one) => one.available);
      told.push(figures(stage, before));
    } else {
      told.push(element("p", "gs-problem", words.stageMissing + " " + stage.problem));
    }
    if (stage.available && stage.asked.remark) told.push(element("p", "gs-problem", stage.asked.remark));
    told.push(publishedOf(stage));
    if (stage.note) told.push(element("p", "gs-about", stage.note));
    for (const one of stage.differs || []) told.push(element("p", "gs-assumed", one.text));
    if (stage.available) told.push(legendOf(classes(), words.shareLegend, (value) => formatted(value, "share")), byZone(stage));
    if (stage.available) told.push(element("p", "gs-about", stage.asked.assumption));
    parts.stage.replaceChildren(...told);
  }

  function byZone(stage) {
    const rows = [...stage.zones].sort((a, b) => (b.covered_share ?? -1) - (a.covered_share ?? -1));
    return zoneTable(
      filled(words.zonesOfStage, { stage: stage.title }),
      [words.zone, words.covered, words.sources],
      rows.map((zone) => ({
        id: zone.zone_id, name: named(zone),
        cells: [percent(zone.covered_share, spoken()), number(zone.sources_inside, 0)],
      })),
      (id) => flyTo(id));
  }

  function flyTo(id) {
    const bounds = state.scene.bounds(id);
    if (bounds) map.fitBounds(bounds, { animate: !isStill() });
  }

  function play() {
    parts.play.textContent = words.pause;
    parts.play.setAttribute("aria-pressed", "true");
    const turn = { timer: null };
    state.playing = turn;
    const step = async (at) => {
      await go(at);
      if (state.playing !== turn) return;
      if (at + 1 >= state.doc.stages.length) pause();
      else turn.timer = setTimeout(() => step(at + 1), isStill() ? STEP_CALM_MS : STEP_MS);
    };
    step(state.on && state.at + 1 < state.doc.stages.length ? state.at + 1 : 0);
  }

  function pause() {
    if (state.playing) clearTimeout(state.playing.timer);
    state.playing = null;
    if (!parts.play) return;
    parts.play.textContent = words.play;
    parts.play.setAttribute("aria-pressed", "false");
  }

  function end() {
    pause();
    state.scene.clear();
    if (!state.on) return;
    state.on = false;
    state.head.remove();
    state.back();
    changed();
  }
}
