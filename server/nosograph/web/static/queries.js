// Queries that were run or saved, kept in this browser alone.

const KEY = "query-editor";
const MOST = 50;

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return { history: [], saved: {}, ...found };
  } catch {
    return { history: [], saved: {} };
  }
}

function write(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is full or switched off: the queries of this page are then gone with it.
  }
}

const firstWords = (query) => query.replace(/^\s*PREFIX\s+\S+\s+\S+\s*$/gim, "").replace(/\s+/g, " ").trim().slice(0, 90) || query.slice(0, 90);

function button(text, act, className = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (className) made.className = className;
  made.addEventListener("click", act);
  return made;
}

export class Queries {
  // editor: has text and setText; the panel is put behind the form.
  constructor(form, editor) {
    this.editor = editor;
    this.kept = read();
    this.panel = document.createElement("details");
    this.panel.className = "queries";
    const summary = document.createElement("summary");
    summary.textContent = "Your queries";
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "They are kept in this browser and sent nowhere.";
    this.lists = document.createElement("div");
    this.panel.append(summary, hint, this.makeForm(), this.lists);
    form.after(this.panel);
    this.show();
  }

  makeForm() {
    const line = document.createElement("form");
    const label = document.createElement("label");
    const name = document.createElement("input");
    line.className = "save";
    name.required = true;
    name.maxLength = 80;
    name.setAttribute("autocomplete", "off");
    label.append("Save the query as ", name);
    const save = document.createElement("button");
    save.type = "submit";
    save.textContent = "Save";
    line.append(label, save);
    line.addEventListener("submit", (event) => {
      event.preventDefault();
      this.change((kept) => { kept.saved[name.value.trim()] = this.editor.text; });
      name.value = "";
    });
    return line;
  }

  // Reads first, so that what another tab has kept meanwhile stays.
  change(act) {
    this.kept = read();
    act(this.kept);
    write(this.kept);
    this.show();
  }

  remember(query) {
    this.change((kept) => {
      kept.history = [{ query, at: Date.now() }, ...kept.history.filter((entry) => entry.query !== query)].slice(0, MOST);
    });
  }

  show() {
    const saved = Object.entries(this.kept.saved).map(([name, query]) =>
      this.item(name, query, () => this.change((kept) => { delete kept.saved[name]; }), `Delete the saved query ${name}`));
    const run = this.kept.history.map(({ query, at }) =>
      this.item(firstWords(query), query, () => this.change((kept) => {
        kept.history = kept.history.filter((entry) => entry.query !== query);
      }), `Forget the query of ${new Date(at).toLocaleString("en")}`, new Date(at)));
    this.lists.replaceChildren();
    if (saved.length) this.lists.append(...this.list("Saved", saved));
    if (run.length) {
      this.lists.append(...this.list("Run before", run),
        button("Forget all that were run", () => this.change((kept) => { kept.history = []; })));
    }
  }

  list(title, items) {
    const heading = document.createElement("h2");
    heading.className = "minor";
    heading.textContent = title;
    const list = document.createElement("ul");
    list.className = "plain";
    list.append(...items);
    return [heading, list];
  }

  item(name, query, remove, words, at = null) {
    const line = document.createElement("li");
    const open = button(name, () => { this.editor.setText(query); this.editor.focus(); }, "open");
    open.title = query;
    const away = button("×", remove, "copy");
    away.setAttribute("aria-label", words);
    line.append(open);
    if (at) {
      const time = document.createElement("time");
      time.className = "hint";
      time.dateTime = at.toISOString();
      time.textContent = at.toLocaleString("en", { dateStyle: "short", timeStyle: "short" });
      line.append(" ", time);
    }
    line.append(away);
    return line;
  }
}
