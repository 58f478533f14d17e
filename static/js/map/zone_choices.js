/* What stands above the table of zones: the question, the reach and the day, and which zones are listed. */
import { element } from "./dom.js";
import { isNarrow } from "./popup.js";
import { filled, formatted, words } from "./words.js";

const SHARES = [0.25, 0.5, 0.75];
const AT_ONCE_MS = 150;

/* The page's own form, once more: where it stands on the page a reader of the table may not see it. */
function question() {
  const form = document.querySelector("form.ask");
  if (!form) return null;
  const fold = element("details", "gs-question");
  fold.open = !isNarrow();
  const chosen = form.querySelector("select[name=question]").selectedOptions[0];
  fold.append(element("summary", "", chosen ? chosen.textContent : words.zonesTitle), form.cloneNode(true));
  return fold;
}

function field(label, input) {
  const node = element("label", "gs-field", label);
  node.append(input);
  return node;
}

/* Add the choices to the panel; `choose` takes what is chosen: {text} or {below}. */
export function addChoices(box, choose) {
  const form = question();
  if (form) box.append(form);
  const hold = element("div", "gs-choices");
  const text = element("input");
  text.type = "search";
  let waiting = null;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => choose({ text: text.value }), AT_ONCE_MS);
  });
  const below = element("select");
  const add = (value, label) => {
    const option = element("option", "", label);
    option.value = value;
    below.append(option);
  };
  add("", words.anyShare);
  for (const share of SHARES) add(String(share), filled(words.belowShare, { share: formatted(share, "share") }));
  below.addEventListener("change", () => choose({ below: below.value ? Number(below.value) : null }));
  hold.append(field(words.findZone, text), field(words.covered, below));
  box.append(hold);
  return {
    follow: (state) => {
      if (document.activeElement !== text) text.value = state.text;
      below.value = state.below === null ? "" : String(state.below);
    },
  };
}
