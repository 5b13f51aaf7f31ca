// What a script adds to the drawing of a condition: neighbours stand out, statuses can be hidden, arrow keys move,
// and the picture can be made larger. The picture itself was drawn on the server.

const view = document.getElementById("drawing-view");
const picture = view?.querySelector("svg");

function neighbours(name) {
  const near = new Set([name]);
  for (const arrow of picture.querySelectorAll(".arrow:not(.gone)")) {
    if (arrow.dataset.from === name) near.add(arrow.dataset.to);
    if (arrow.dataset.to === name) near.add(arrow.dataset.from);
  }
  return near;
}

function single(name) {
  const near = name ? neighbours(name) : null;
  for (const node of picture.querySelectorAll(".node")) {
    node.classList.toggle("faded", Boolean(near) && !near.has(node.dataset.node));
  }
  for (const arrow of picture.querySelectorAll(".arrow")) {
    const touches = arrow.dataset.from === name || arrow.dataset.to === name;
    arrow.classList.toggle("faded", Boolean(near) && !touches);
  }
}

function place(node) {
  const box = node.querySelector("rect").getBBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

// The nearest box in the direction of an arrow key; a step to the side costs twice as much as one ahead.
function nearest(from, key) {
  const [x, y] = place(from);
  let best = null;
  let least = Infinity;
  for (const node of picture.querySelectorAll(".node:not(.gone)")) {
    const [a, b] = place(node);
    const ahead = { ArrowRight: a - x, ArrowLeft: x - a, ArrowDown: b - y, ArrowUp: y - b }[key];
    const aside = key === "ArrowRight" || key === "ArrowLeft" ? Math.abs(b - y) : Math.abs(a - x);
    const cost = ahead + 2 * aside;
    if (node !== from && ahead > 4 && cost < least) [best, least] = [node, cost];
  }
  return best;
}

function addFilters(key) {
  for (const item of key.querySelectorAll("[data-status]")) {
    const status = item.dataset.status;
    const parts = picture.querySelectorAll(`[data-status="${status}"]`);
    if (!parts.length) continue;
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    label.append(box, ...item.childNodes);
    item.append(label);
    box.addEventListener("change", () => {
      parts.forEach((part) => part.classList.toggle("gone", !box.checked));
      const shown = new Set([...picture.querySelectorAll(".node:not(.gone)")].map((node) => node.dataset.node));
      for (const arrow of picture.querySelectorAll(".arrow")) {
        const ends = shown.has(arrow.dataset.from) && shown.has(arrow.dataset.to);
        const wanted = key.querySelector(`[data-status="${arrow.dataset.status}"] input`)?.checked ?? true;
        arrow.classList.toggle("gone", !ends || !wanted);
      }
    });
  }
}

function addTools() {
  const tools = document.createElement("div");
  tools.className = "drawing-tools";
  const width = picture.viewBox.baseVal.width;
  let scale = 1;
  for (const [name, change] of [["Larger", 1.25], ["Smaller", 0.8], ["Whole", 0]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = name;
    button.addEventListener("click", () => {
      scale = change ? Math.min(Math.max(scale * change, 0.5), 4) : 1;
      if (scale === 1) picture.removeAttribute("width");
      else picture.setAttribute("width", String(Math.round(width * scale)));
      picture.classList.toggle("scaled", scale !== 1);
    });
    tools.append(button);
  }
  const hint = document.createElement("span");
  hint.className = "hint";
  hint.textContent = "Point at a box, or reach it with Tab and the arrow keys, to see what it is linked with.";
  tools.append(hint);
  view.before(tools);
}

if (picture) {
  for (const node of picture.querySelectorAll(".node")) {
    node.addEventListener("mouseenter", () => single(node.dataset.node));
    node.addEventListener("mouseleave", () => single(null));
    node.addEventListener("focus", () => single(node.dataset.node));
    node.addEventListener("blur", () => single(null));
    node.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      const next = nearest(node, event.key);
      if (next) next.focus();
      event.preventDefault();
    });
  }
  addFilters(view.parentElement.querySelector(".drawing-key"));
  addTools();
}
