// What scripts add to tables of statements: sorting by a column and filtering by words. Every row is there without.

const FILTERED = 12; // rows from which a filter is worth its space

function textOf(cell) {
  return cell?.dataset.order ?? cell?.textContent.trim() ?? "";
}

function compare(one, other) {
  return textOf(one).localeCompare(textOf(other), "en", { numeric: true });
}

function sortBy(table, header, column) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.matches(".group"));
    rows.sort((one, other) => compare(one.cells[column], other.cells[column]) * (descending ? -1 : 1));
    body.append(...rows);
  }
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sortBy(table, header, column));
    header.replaceChildren(button);
  });
}

function makeFilter(table) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.matches(".group"));
  if (rows.length < FILTERED) return;
  const label = document.createElement("label");
  const input = document.createElement("input");
  const shown = document.createElement("span");
  label.className = "filter";
  input.type = "search";
  input.setAttribute("autocomplete", "off");
  shown.className = "hint";
  shown.setAttribute("role", "status");
  label.append("Filter these rows ", input);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    for (const body of table.tBodies) body.hidden = ![...body.rows].some((row) => !row.hidden && !row.matches(".group"));
    const left = rows.filter((row) => !row.hidden).length;
    shown.textContent = words.length ? `${left} of ${rows.length}` : "";
  });
  table.closest(".wide").before(label, shown);
}

for (const table of document.querySelectorAll("table.statements")) {
  makeSortable(table);
  makeFilter(table);
}
