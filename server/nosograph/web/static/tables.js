// What scripts add to tables of statements and answers: sorting by a column, filtering by words, and, where the table
// says how many rows a page has, paging. Every row is there without.

const FILTERED = 12; // rows from which a filter is worth its space

function textOf(cell) {
  return cell?.dataset.order ?? cell?.textContent.trim() ?? "";
}

function compare(one, other) {
  return textOf(one).localeCompare(textOf(other), "en", { numeric: true });
}

function compareNumbers(one, other) {
  return Number(textOf(one)) - Number(textOf(other));
}

const isRow = (row) => !row.matches(".group");

// Puts a field before an element that takes words, and returns where the outcome is told.
function addFilter(element, take) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const status = document.createElement("span");
  label.className = "filter";
  input.type = "search";
  input.setAttribute("autocomplete", "off");
  status.className = "hint";
  status.setAttribute("role", "status");
  label.append("Filter these rows ", input);
  input.addEventListener("input", () => take(input.value.toLowerCase().split(/\s+/).filter(Boolean)));
  element.before(label, status);
  return status;
}

const hasAll = (words) => (row) => words.every((word) => row.textContent.toLowerCase().includes(word));

// A long table in parts that open: one filter for all of them, which opens the parts that have a fitting row.
function enhanceParts(container) {
  const parts = [...container.querySelectorAll("details")];
  const rowsOf = (part) => [...part.querySelectorAll("tbody tr")];
  const before = parts.map((part) => part.open);
  const status = addFilter(container, (words) => {
    let fitting = 0;
    let all = 0;
    parts.forEach((part, index) => {
      const rows = rowsOf(part);
      const shown = rows.filter(hasAll(words));
      for (const row of rows) row.hidden = !shown.includes(row);
      part.hidden = shown.length === 0;
      part.open = words.length ? shown.length > 0 : before[index];
      fitting += shown.length;
      all += rows.length;
    });
    status.textContent = words.length ? `${fitting} of ${all}` : "";
  });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Open all";
  button.addEventListener("click", () => {
    const open = button.textContent === "Open all";
    for (const part of parts) part.open = open;
    button.textContent = open ? "Close all" : "Open all";
  });
  status.after(button);
}

class Rows {
  constructor(table) {
    this.table = table;
    this.length = Number(table.dataset.pageLength) || Infinity;
    this.page = 0;
    this.words = [];
    this.makeSortable();
    this.makeTools();
    this.show();
  }

  get rows() {
    return [...this.table.tBodies].flatMap((body) => [...body.rows]).filter(isRow);
  }

  makeSortable() {
    [...this.table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = header.textContent;
      button.addEventListener("click", () => this.sortBy(header, column));
      header.replaceChildren(button);
    });
  }

  sortBy(header, column) {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of this.table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const order = "number" in header.dataset ? compareNumbers : compare;
    for (const body of this.table.tBodies) {
      const rows = [...body.rows].filter(isRow);
      rows.sort((one, other) => order(one.cells[column], other.cells[column]) * (descending ? -1 : 1));
      body.append(...rows);
    }
    this.page = 0;
    this.show();
  }

  makeTools() {
    const total = this.rows.length;
    if (total < FILTERED || this.table.closest("[data-parts]")) return;
    this.status = addFilter(this.table.closest(".wide"), (words) => {
      this.words = words;
      this.page = 0;
      this.show();
    });
    if (total > this.length) this.makePager();
  }

  makePager() {
    const pager = document.createElement("p");
    pager.className = "pager";
    [this.before, this.after] = [["Page before", -1], ["Next page", 1]].map(([name, step]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => { this.page += step; this.show(); });
      return button;
    });
    this.location = document.createElement("span");
    this.location.setAttribute("role", "status");
    pager.append(this.before, this.location, this.after);
    this.table.closest(".wide").after(pager);
  }

  show() {
    const all = this.rows;
    const fitting = all.filter(hasAll(this.words));
    const first = this.page * this.length || 0;
    const shown = new Set(fitting.slice(first, first + this.length));
    for (const row of all) row.hidden = !shown.has(row);
    for (const body of this.table.tBodies) body.hidden = ![...body.rows].some((row) => !row.hidden && isRow(row));
    if (this.status) this.status.textContent = this.words.length ? `${fitting.length} of ${all.length}` : "";
    if (!this.location) return;
    this.before.disabled = this.page === 0;
    this.after.disabled = first + this.length >= fitting.length;
    this.location.textContent = fitting.length
      ? `${first + 1} to ${Math.min(first + this.length, fitting.length)} of ${fitting.length}` : "No row";
  }
}

export function enhanceTables(within) {
  for (const table of within.querySelectorAll("table.statements")) new Rows(table);
  for (const container of within.querySelectorAll("[data-parts]")) enhanceParts(container);
}

enhanceTables(document);
