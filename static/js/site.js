/* What every page can do: light or dark is chosen at once, without a new page; the cookie is the one that the service sets. */
(function () {
  "use strict";

  const YEAR_S = 365 * 24 * 3600;
  const menu = document.querySelector("details.appearance");
  if (!menu) return;
  const buttons = [...menu.querySelectorAll("button")];

  function show(theme) {
    if (theme === "automatic") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=color-scheme]").content = theme === "automatic" ? "light dark" : theme;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === theme));
    document.dispatchEvent(new CustomEvent("gs:theme"));
  }

  menu.querySelector("form").addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
    show(theme);
    close();
  });

  function close() {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }

  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
  });
  document.addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("gs:theme")));
})();

/* What is said once: shown until it was dismissed. A browser that keeps nothing shows it each time. */
(function () {
  "use strict";

  const box = document.querySelector("[data-once]");
  if (!box) return;
  const key = "geoservice.once." + box.dataset.once;

  function seen() {
    try {
      return localStorage.getItem(key) !== null;
    } catch {
      return false;
    }
  }

  // What shares the page's height with the box is told that its room has changed.
  function show(is) {
    box.hidden = !is;
    window.dispatchEvent(new Event("resize"));
  }

  if (seen()) return;
  show(true);
  box.querySelector("button").addEventListener("click", () => {
    show(false);
    document.getElementById("main").focus();
    try {
      localStorage.setItem(key, "seen");
    } catch {
      // It is said again at the next visit.
    }
  });
})();

/* Another question brings its own day with it. */
(function () {
  "use strict";

  // The map shows the form once more, so that the page listens and not each form.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("select[data-day]")) return;
    target.form.elements[target.dataset.day].value = target.selectedOptions[0].dataset.at;
  });
})();

/* Tables that are wider than their box tell at which side there is more, for the style sheet to hint at it. */
(function () {
  "use strict";

  for (const box of document.querySelectorAll(".table-wrap")) {
    const tell = () => {
      box.classList.toggle("more-before", box.scrollLeft > 1);
      box.classList.toggle("more-after", box.scrollWidth - box.clientWidth - box.scrollLeft > 1);
    };
    box.addEventListener("scroll", tell, { passive: true });
    new ResizeObserver(tell).observe(box);
  }
})();
