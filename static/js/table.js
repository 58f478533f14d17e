/* Tables that sort: every button in a heading sorts by its column, by number where cells carry data-value. */
(function () {
  "use strict";

  function key(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return value === undefined ? cell.textContent.trim() : value === "" ? null : Number(value);
  }

  function compare(a, b, language) {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return typeof a === "number" ? a - b : String(a).localeCompare(String(b), language);
  }

  function sort(table, heading) {
    const column = heading.cellIndex;
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const language = document.documentElement.lang;
    rows.sort((a, b) => {
      const [x, y] = [key(a, column), key(b, column)];
      const order = compare(x, y, language);
      return x === null || y === null || !descending ? order : -order;
    });
    body.append(...rows);
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = heading.querySelector("button");
      if (button) button.addEventListener("click", () => sort(table, heading));
    }
  }
})();
