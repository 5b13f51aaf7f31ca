// What a script adds to a drawing: neighbours stand out, a click or Enter adds the neighbours of a box, statuses can be
// hidden, arrow keys move, and the picture can be made larger. Every picture is drawn on the server: what a click asks
// for is the page that the same box leads to without scripts, with the neighbours that are open already.

const section = document.getElementById("drawing");
const SCALES = [0.5, 3];
let figure = section?.querySelector(".picture");
let hidden = new Set();
let scale = 1;

const picture = () => figure.querySelector(".drawing svg");
const nodes = (more = "") => [...picture().querySelectorAll(`.node${more}`)];

function neighbours(name) {
  const near = new Set([name]);
  for (const arrow of picture().querySelectorAll(".arrow:not(.gone)")) {
    if (arrow.dataset.from === name) near.add(arrow.dataset.to);
    if (arrow.dataset.to === name) near.add(arrow.dataset.from);
  }
  return near;
}

function single(name) {
  const near = name ? neighbours(name) : null;
  for (const node of nodes()) node.classList.toggle("faded", Boolean(near) && !near.has(node.dataset.node));
  for (const arrow of picture().querySelectorAll(".arrow")) {
    const touches = arrow.dataset.from === name || arrow.dataset.to === name;
    arrow.classList.toggle("faded", Boolean(near) && !touches);
  }
}

function middle(node) {
  const box = node.querySelector(".box:not(.under)").getBBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

// The nearest box in the direction of an arrow key; a step to the side costs twice as much as one ahead.
function nearest(from, key) {
  const [x, y] = middle(from);
  let best = null;
  let least = Infinity;
  for (const node of nodes(":not(.gone)")) {
    const [a, b] = middle(node);
    const ahead = { ArrowRight: a - x, ArrowLeft: x - a, ArrowDown: b - y, ArrowUp: y - b }[key];
    const aside = key === "ArrowRight" || key === "ArrowLeft" ? Math.abs(b - y) : Math.abs(a - x);
    const cost = ahead + 2 * aside;
    if (node !== from && ahead > 4 && cost < least) [best, least] = [node, cost];
  }
  return best;
}

function hide() {
  for (const part of picture().querySelectorAll("[data-status]")) {
    part.classList.toggle("gone", hidden.has(part.dataset.status));
  }
  const shown = new Set(nodes(":not(.gone)").map((node) => node.dataset.node));
  for (const arrow of picture().querySelectorAll(".arrow")) {
    if (!shown.has(arrow.dataset.from) || !shown.has(arrow.dataset.to)) arrow.classList.add("gone");
  }
}

function addFilters() {
  for (const item of figure.querySelectorAll(".drawing-key [data-status]")) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(item.dataset.status);
    label.append(box, ...item.childNodes);
    item.append(label);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(item.dataset.status);
      else hidden.add(item.dataset.status);
      hide();
    });
  }
}

function resize() {
  const width = picture().viewBox.baseVal.width;
  picture().setAttribute("width", String(Math.round(width * scale)));
  picture().classList.toggle("scaled", scale !== 1);
}

function addTools() {
  const tools = document.createElement("div");
  tools.className = "drawing-tools";
  for (const [name, change] of [["Larger", 1.25], ["Smaller", 0.8], ["Whole", 0]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = name;
    button.addEventListener("click", () => {
      scale = change ? Math.min(Math.max(scale * change, SCALES[0]), SCALES[1]) : 1;
      resize();
    });
    tools.append(button);
  }
  const hint = document.createElement("span");
  hint.className = "hint";
  hint.textContent = "Point at a box, or reach it with Tab and the arrow keys, to see what it is linked with. "
    + "Click it or press Enter to add its neighbours, or the members of a group, and again to take them away.";
  tools.append(hint);
  document.querySelector(".no-script")?.remove();
  figure.before(tools);
  const told = document.createElement("p");
  told.className = "hint told";
  told.setAttribute("role", "status");
  tools.after(told);
  return told;
}

// Fetch the drawing with another set of open boxes, put it in the place of this one, and return to the box.
async function open(node) {
  const name = node.dataset.name;
  const before = figure.dataset.expanded.split(",").filter(Boolean);
  const opens = !before.includes(name);
  const wanted = opens ? [...before, name] : before.filter((other) => other !== name);
  const text = node.querySelectorAll("text:not(.note)");
  const what = "group" in node.dataset ? "Members" : "Neighbours";
  const label = [...text].map((line) => line.textContent).join("").trim();
  const address = new URL(figure.dataset.drawing, location.href);
  if (wanted.length) address.searchParams.set("with", wanted.join(","));
  told.textContent = "Loading …";
  let fresh = null;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh = page.querySelector("#drawing .picture");
    if (!fresh) throw new Error(page.querySelector("main p")?.textContent ?? answer.statusText);
    fresh.dataset.drawing = new URL(fresh.dataset.drawing, answer.url).href;
    for (const link of fresh.querySelectorAll("[href]")) {
      link.setAttribute("href", new URL(link.getAttribute("href"), answer.url).href);  // it is relative to another page
    }
  } catch (error) {
    told.textContent = `${what} of ${label} could not be loaded: ${error.message}`;
    return;
  }
  const shown = nodes().length;
  const table = figure.querySelector("details").open;
  const view = figure.querySelector(".drawing");
  const [left, top] = [view.scrollLeft, view.scrollTop];
  figure.replaceWith(fresh);
  figure = fresh;
  figure.querySelector("details").open = table;
  figure.querySelector(".drawing").scrollTo(left, top);
  prepare();
  if (section.classList.contains("full-width")) history.replaceState(null, "", address);
  const difference = nodes().length - shown;
  const many = `${Math.abs(difference)} ${Math.abs(difference) === 1 ? "resource" : "resources"}`;
  told.textContent = opens
    ? `${what} of ${label}: ${difference ? `${many} added` : "all are in the drawing"}.`
    : `${what} of ${label} are no longer opened: ${many} taken away.`;
  nodes().find((other) => other.dataset.name === name)?.focus({ preventScroll: true });
}

function prepare() {
  for (const node of nodes()) {
    node.addEventListener("mouseenter", () => single(node.dataset.node));
    node.addEventListener("mouseleave", () => single(null));
    node.addEventListener("focus", () => single(node.dataset.node));
    node.addEventListener("blur", () => single(null));
    node.addEventListener("click", (event) => {
      if (!node.dataset.name || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(node);
    });
    node.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      const next = nearest(node, event.key);
      if (next) next.focus();
      event.preventDefault();
    });
  }
  addFilters();
  hide();
  resize();
}

let told = null;
if (figure) {
  told = addTools();
  prepare();
}
