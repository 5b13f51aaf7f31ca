// What scripts add to the answer to a query: its views as tabs, bars where one column names and one counts, and tools
// for its table. The answer itself was made on the server, which has every value as text.

import { enhanceTables } from "./tables.js";

const MOST_BARS = 40;
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function bar(share) {
  const picture = document.createElementNS(SVG, "svg");
  const rectangle = document.createElementNS(SVG, "rect");
  const size = { viewBox: "0 0 340 14", width: 340, height: 14, "aria-hidden": "true", preserveAspectRatio: "xMinYMid meet" };
  for (const [key, value] of Object.entries(size)) picture.setAttribute(key, value);
  for (const [key, value] of Object.entries({ class: "bar-plain", y: 1, height: 12, rx: 2, width: 330 * share })) {
    rectangle.setAttribute(key, value);
  }
  picture.append(rectangle);
  return picture;
}

// Bars are apt where exactly one column holds numbers and another one names the rows.
function chart(table) {
  const headers = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const counting = headers.findIndex((header) => "number" in header.dataset);
  const naming = headers.findIndex((header, index) => !("number" in header.dataset)
    && rows.every((row) => !row.cells[index].querySelector(".unbound")));
  const numbers = rows.map((row) => Number(row.cells[counting]?.textContent));
  const apt = rows.length > 1 && rows.length <= MOST_BARS && naming >= 0 && numbers.every((number) => number >= 0)
    && headers.filter((header) => "number" in header.dataset).length === 1;
  if (!apt) return null;
  const most = Math.max(...numbers) || 1;
  const body = element("tbody", {}, ...rows.map((row, index) => element("tr", {},
    element("th", { scope: "row" }, element("bdi", {}, row.cells[naming].querySelector("bdi").textContent)),
    element("td", {}, bar(numbers[index] / most), " ", element("span", { class: "count" }, row.cells[counting].textContent)))));
  return element("figure", { class: "chart" },
    element("figcaption", {}, `${headers[counting].textContent} by ${headers[naming].textContent}`),
    element("table", {}, body));
}

function makeTabs(views) {
  const line = element("div", { class: "switch", role: "tablist", "aria-label": "Ways to see the answer" });
  const tabs = views.map((view, index) => {
    const tab = element("button", { type: "button", role: "tab", id: `tab-${index}`, "aria-controls": `view-${index}` }, view.dataset.view);
    Object.assign(view, { id: `view-${index}` });
    view.setAttribute("role", "tabpanel");
    view.setAttribute("aria-labelledby", tab.id);
    line.append(tab);
    return tab;
  });
  const choose = (chosen, focus = false) => tabs.forEach((tab, index) => {
    tab.setAttribute("aria-selected", String(index === chosen));
    tab.tabIndex = index === chosen ? 0 : -1;
    views[index].hidden = index !== chosen;
    if (focus && index === chosen) tab.focus();
  });
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose((index + step + tabs.length) % tabs.length, true);
    });
  });
  choose(0);
  views[0].before(line);
}

function addCopyButton(link) {
  if (!navigator.clipboard) return;
  const button = element("button", { type: "button", class: "copy" }, "Copy the link");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
  });
  link.after(" ", button);
}

export function enhanceAnswer(section) {
  const table = section.querySelector("table.answers");
  const bars = table && chart(table);
  if (bars) section.querySelector("[data-view=Table]").after(element("div", { class: "view", "data-view": "Chart" }, bars));
  const views = [...section.querySelectorAll("[data-view]")];
  if (views.length > 1) makeTabs(views);
  const link = section.querySelector("a.here");
  if (link) addCopyButton(link);
}

// An answer that was on the page from the beginning has its table ready: tables.js has looked at the whole page.
export function showAnswer(section) {
  enhanceAnswer(section);
  enhanceTables(section);
}
