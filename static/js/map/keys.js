/* The keyboard: a popup that is closed, by Escape or by its button, gives it back to what opened it. */

function goBack({ gsOpener: opener }) {
  if (opener && opener.isConnected) opener.focus({ preventScroll: true });
}

export function addKeys(map) {
  map.on("popupopen", (event) => { map.gsPopup = event.popup; });
  map.on("popupclose", ({ popup }) => {
    map.gsPopup = null;
    const box = popup.getElement();
    if (box && box.contains(document.activeElement)) goBack(popup);
  });
  // A browser may take a map for reached by keyboard that a click has reached.
  map.getContainer().addEventListener("pointerdown", () => map.getContainer().classList.add("gs-by-pointer"), true);
  document.addEventListener("keydown", () => map.getContainer().classList.remove("gs-by-pointer"), true);
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !map.gsPopup) return;
    event.preventDefault(); // whoever else answers Escape leaves this one alone
    const popup = map.gsPopup;
    map.closePopup();
    goBack(popup);
  });
}
