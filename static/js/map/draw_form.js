/* What the panel of an area holds: the ways to give one, what is said of it, and its figures. */
import { element } from "./dom.js";
import { isArea } from "./outline.js";
import { words } from "./words.js";

const FILES = ".geojson,.json,.kml,.kmz,.zip,.gpkg";

function action(label, onClick, className = "gs-button gs-second") {
  const node = element("button", className, label);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

function upload(onFile) {
  const label = element("label", "gs-field", words.uploadLabel);
  const input = element("input");
  input.type = "file";
  input.accept = FILES;
  input.addEventListener("change", () => {
    if (input.files.length) onFile(input.files[0]);
    input.value = "";
  });
  label.append(input);
  return label;
}

function typing(onText) {
  const details = element("details", "gs-typing");
  const label = element("label", "gs-field", words.typeLabel);
  const area = element("textarea");
  area.rows = 5;
  area.spellcheck = false;
  label.append(area);
  details.append(element("summary", "", words.typeCorners), label, action(words.showFigures, () => onText(area.value)));
  return { details, area };
}

/* `acts` are what the buttons do: start, undo, finish, cancel, unmoved, typed(text), uploaded(file), removed. */
export function drawForm(acts) {
  const box = element("div", "gs-area");
  const begin = action(words.drawStart, acts.start, "gs-button");
  const undo = action(words.undoCorner, acts.undo);
  const finish = action(words.finish, acts.finish, "gs-button");
  const cancel = action(words.cancel, acts.cancel);
  const unmove = action(words.undoMove, acts.unmoved);
  const remove = action(words.removeArea, acts.removed);
  const buttons = element("p", "gs-buttons");
  buttons.append(begin, finish, undo, cancel, unmove, remove);
  const how = element("p", "gs-how");
  how.hidden = unmove.hidden = true;
  const status = element("p", "gs-said");
  status.setAttribute("aria-live", "polite");
  status.hidden = true;
  const typed = typing(acts.typed);
  const figures = element("div", "gs-answer-hold");
  figures.setAttribute("role", "region");
  figures.setAttribute("aria-label", words.areaFigures);
  box.append(element("p", "gs-how", words.areaHow), buttons, status, how, figures, upload(acts.uploaded), typed.details);

  /* Where a change takes away the button that has the keyboard, it goes to the figures, or to the button that is left. */
  function keepingFocus(change) {
    const held = document.activeElement;
    change();
    if (!buttons.contains(held) || !(held.hidden || held.disabled)) return;
    (begin.hidden ? cancel : figures.querySelector("h3") || begin).focus();
  }

  function drawing(on, corners) {
    keepingFocus(() => {
      begin.hidden = on;
      finish.hidden = undo.hidden = cancel.hidden = !on;
      finish.disabled = !isArea(corners);
      undo.disabled = !corners.length;
      remove.hidden = on || !figures.hasChildNodes();
    });
  }
  drawing(false, []);
  return {
    box,
    drawing,
    say: (text, wrong = false) => {
      status.textContent = text;
      status.hidden = !text;
      status.classList.toggle("gs-wrong", wrong);
    },
    /* Say whether the corners of what is measured can be moved, and how; `times` is how often they have been. */
    moved: (times, isThere, canBe) => {
      keepingFocus(() => { unmove.hidden = !times || begin.hidden; });
      how.hidden = !isThere;
      how.textContent = canBe ? words.moveHow : words.moveNot;
    },
    answer: (card, corners) => {
      figures.replaceChildren(...(card ? [card] : []));
      if (card) card.querySelector("h3").tabIndex = -1;
      keepingFocus(() => { remove.hidden = !card; });
      if (corners) typed.area.value = corners.map((corner) => corner.join(", ")).join("\n");
    },
    focus: () => begin.focus(),
  };
}
