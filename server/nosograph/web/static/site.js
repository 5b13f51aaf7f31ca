// What scripts add to every page: copy buttons and suggestions in the search box. No page needs it to be read.

const REST = 120; // milliseconds without a keystroke before the server is asked
const SHOWN = 8;

function addCopyButton(element) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  const name = element.closest("div, section")?.querySelector("dt, h2, h3, summary")?.textContent;
  button.setAttribute("aria-label", name ? `Copy: ${name.trim()}` : "Copy");
  const text = element.textContent;
  button.addEventListener("click", async () => {
    let outcome = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      outcome = "Not allowed";
    }
    button.textContent = outcome;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  if (element.matches("pre")) element.before(button);
  else element.append(button);
}

class Suggestions {
  constructor(input) {
    this.input = input;
    this.form = input.form;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${input.id}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.list.hidden = true;
    this.form.append(this.list);
    this.at = -1;
    this.asked = 0;
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", this.list.id]]) input.setAttribute(name, value);
    input.addEventListener("input", () => this.wait());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), REST);
  }

  async ask() {
    const query = this.input.value.trim();
    const turn = ++this.asked;
    if (query.length < 2) return this.close();
    try {
      const parameters = new URLSearchParams({ q: query, limit: String(SHOWN) });
      const answer = await fetch(`${this.form.dataset.search}?${parameters}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || turn !== this.asked) return;
      const found = await answer.json();
      this.show(found.topic ? [found.topic, ...found.results] : found.results, answer.url);
    } catch {
      this.close();
    }
  }

  show(results, address) {
    this.at = -1;
    this.list.replaceChildren(...results.map((result, index) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.page = result.page ? new URL(result.page, address).href : "";
      const name = document.createElement("bdi");
      name.textContent = result.label;
      const kind = document.createElement("span");
      kind.className = "tag";
      kind.textContent = result.code ? `${result.kind}, by code` : result.kind;
      item.append(name, kind);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); this.open(item); });
      return item;
    }));
    const any = results.length > 0 && document.activeElement === this.input;
    this.list.hidden = !any;
    this.input.setAttribute("aria-expanded", String(any));
    this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    const items = [...this.list.children];
    if (event.key === "Escape" && !this.list.hidden) {
      this.close();
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !this.list.hidden && items.length) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + items.length + (this.at < 0 && step < 0 ? 1 : 0)) % items.length;
      items.forEach((item, index) => item.setAttribute("aria-selected", String(index === this.at)));
      this.input.setAttribute("aria-activedescendant", items[this.at].id);
      event.preventDefault();
    } else if (event.key === "Enter" && this.at >= 0 && !this.list.hidden) {
      this.open(items[this.at]);
      event.preventDefault();
    }
  }

  open(item) {
    if (item.dataset.page.startsWith(`${location.origin}/`)) location.assign(item.dataset.page);
  }

  close() {
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

document.querySelectorAll("[data-copy]").forEach(addCopyButton);
document.querySelectorAll('form[role="search"] input[type="search"]').forEach((input) => new Suggestions(input));
